"""Signatures of container images as podman, skopeo and cosign check them: with a key of their kind, over a small JSON text.

The text is sigstore's "simple signing" payload (containers-signature(5) has its fields); Ed25519 (RFC 8032) signs it, so that
the same image has the same signature every time. OpenPGP signs everything else here, and these tools do not read it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

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

Sign = Callable[[Sequence[bytes]], list[bytes]]
Texts = Mapping[str, bytes]  # by a name for each, of letters and digits


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
    with signing(texts, key, toolbox, store) as sign:
        return sign(texts)


@contextmanager
def signing(first: Sequence[bytes], key: ImageKey, toolbox: Toolbox, store: Store) -> Iterator[Sign]:
    """`sign_payloads` for who knows only some of the texts yet: those that are new are signed meanwhile."""
    owner = digest_bytes(key.public)

    def identity(text: bytes) -> str:
        return digest_of({"payload": digest_bytes(text), "key": owner})

    with ExitStack() as stack:
        known = {identity(text): text for text in first}
        early = {one: text for one, text in known.items() if store.get(KIND, one) is None}
        ready = [stack.enter_context(_signer(early, key, toolbox, store))] if early else []

        def sign(texts: Sequence[bytes]) -> list[bytes]:
            identities = [identity(text) for text in texts]
            found = {one: store.use(KIND, one) for one in identities}
            missing = {one: text for one, text in zip(identities, texts, strict=True) if found[one] is None}
            if missing:
                once = ready.pop() if ready else stack.enter_context(_signer({}, key, toolbox, store))
                for one, signature in once(missing).items():
                    found[one] = store.put(KIND, one, {"sig": signature})
            return [store.read(made.outputs["sig"].digest) for made in map(found.get, identities) if made]

        yield sign


@contextmanager
def _signer(early: Texts, key: ImageKey, toolbox: Toolbox, store: Store) -> Iterator[Callable[[Texts], dict[str, bytes]]]:
    """What signs texts once, each by an openssl of its own, in a sandbox that is made now and begins with some."""
    words = ["pkeyutl", "-sign", "-rawin", "-inkey", KEY, "-in", "{}", "-out", "{}.sig"]
    words = ["xargs", "-P0", "-I{}", "openssl", *words]
    with store.scratch("sign") as work:

        def put(texts: Texts) -> bytes:
            for name, text in texts.items():
                (work / name).write_bytes(text)
            return "".join(f"{name}\n" for name in texts).encode()

        binds = [sandbox.Bind(source=key.secret, target=KEY), sandbox.Bind(source=work, target=WORK, writable=True)]
        with sandbox.begun(toolbox, words, binds=binds, cwd=WORK, first=put(early), timeout=60, kind=Kind.SIGNATURE) as finish:

            def sign(texts: Texts) -> dict[str, bytes]:
                every = {**early, **texts}
                finish(put({name: text for name, text in texts.items() if name not in early}))
                return {name: (work / f"{name}.sig").read_bytes() for name in every}

            yield sign


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
