"""Signatures of container images as podman, skopeo and cosign check them: with a key of their kind, over a small JSON text.

The text is sigstore's "simple signing" payload (containers-signature(5) has its fields); Ed25519 (RFC 8032) signs it, so that
the same image has the same signature every time. OpenPGP signs everything else here, and these tools do not read it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from headwater.command import Begun
from headwater.digest import canonical_json, digest_bytes, digest_of
from headwater.errors import Kind
from headwater.progress import step
from headwater.sign.key import require_private, set_up
from headwater.sign.model import ImageKey
from headwater.store import Store
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

KIND = "image-signature"
SECRET, PUBLIC = "images.pem", "images.pub"
WORK, KEY = "/tmp/work", "/tmp/key"  # noqa: S108 in the sandbox


def open_image_key(folder: Path, toolbox: Toolbox) -> ImageKey:
    """The key for images in the project's folder of keys; the first call makes it."""
    secret = folder / SECRET
    if not secret.exists():
        with step("key", "container images", reason=f"{folder.name} holds none"):
            _make(folder, toolbox)
    require_private(folder, 0o700)
    require_private(secret, 0o600)
    if not (folder / PUBLIC).exists():
        (folder / PUBLIC).write_bytes(_openssl(["pkey", "-in", KEY, "-pubout"], toolbox, secret))
    return ImageKey(public=(folder / PUBLIC).read_bytes(), secret=secret)


def payload(digest: str, name: str) -> bytes:
    """What is signed: that the image with this manifest (`sha256:...`) is the one of this name (`HOST/PATH`, no tag)."""
    critical = {
        "identity": {"docker-reference": name},
        "image": {"docker-manifest-digest": digest},
        "type": "cosign container image signature",
    }
    return canonical_json({"critical": critical, "optional": None})


def sign_payloads(texts: Sequence[bytes], key: ImageKey, toolbox: Toolbox, store: Store) -> list[bytes]:
    """Of each text the 64 bytes of an Ed25519 signature; those that are new are made together."""
    with signing(key, toolbox, store) as signer:
        return signer.signatures(texts)


class Signer:
    """`sign_payloads` for who knows texts one after the other: they are signed while others are written."""

    def __init__(self, key: ImageKey, toolbox: Toolbox, store: Store, stack: ExitStack) -> None:
        self._key, self._toolbox, self._store, self._stack = key, toolbox, store, stack
        self._owner = digest_bytes(key.public)
        self._work = Path()
        self._program: Begun | None = None
        self._under_way: set[str] = set()

    def begin(self, texts: Iterable[bytes]) -> None:
        """Sign those that are new, each by an openssl of its own; nothing is waited for."""
        for text in texts:
            name = self._identity(text)
            if name not in self._under_way and self._store.get(KIND, name) is None:
                program = self._program or self._start()
                (self._work / name).write_bytes(text)
                program.tell(f"{name}\n".encode())
                self._under_way.add(name)

    def signatures(self, texts: Sequence[bytes]) -> list[bytes]:
        """The signature of each text."""
        self.begin(texts)
        names = [self._identity(text) for text in texts]
        if self._program and not self._under_way.isdisjoint(names):
            self._program.finish()
            for name in self._under_way:
                self._store.put(KIND, name, {"sig": self._work / f"{name}.sig"})
            self._program = None
            self._under_way.clear()
        return [self._store.read(made.outputs["sig"].digest) for name in names if (made := self._store.use(KIND, name))]

    def _start(self) -> Begun:
        words = ["pkeyutl", "-sign", "-rawin", "-inkey", KEY, "-in", "{}", "-out", "{}.sig"]
        words = ["xargs", "-P0", "-I{}", "openssl", *words]
        self._work = self._stack.enter_context(self._store.scratch("sign"))
        binds = [sandbox.Bind(source=self._key.secret, target=KEY), sandbox.Bind(source=self._work, target=WORK, writable=True)]
        begun = sandbox.begun(self._toolbox, words, binds=binds, cwd=WORK, timeout=60, kind=Kind.SIGNATURE)
        self._program = self._stack.enter_context(begun)
        return self._program

    def _identity(self, text: bytes) -> str:
        return digest_of({"payload": digest_bytes(text), "key": self._owner})


@contextmanager
def signing(key: ImageKey, toolbox: Toolbox, store: Store) -> Iterator[Signer]:
    """What signs in this block; a sandbox is made when the first new text is known."""
    with ExitStack() as stack:
        yield Signer(key, toolbox, store, stack)


def _make(folder: Path, toolbox: Toolbox) -> None:
    set_up(folder)
    secret = sandbox.run(toolbox, ["openssl", "genpkey", "-algorithm", "ed25519"], kind=Kind.SIGNATURE).stdout
    handle, beside = tempfile.mkstemp(dir=folder, prefix=".new-")  # which only its owner reads
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secret)
        os.link(beside, folder / SECRET)  # unlike a rename, a link never replaces
    except FileExistsError:
        return  # another process was first
    finally:
        Path(beside).unlink()


def _openssl(words: list[str], toolbox: Toolbox, secret: Path) -> bytes:
    binds = [sandbox.Bind(source=secret, target=KEY)]
    return sandbox.run(toolbox, ["openssl", *words], binds=binds, timeout=60, kind=Kind.SIGNATURE).stdout
