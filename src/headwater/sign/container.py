"""Signatures of container images as podman, skopeo and cosign check them: with a key of their kind, over a small JSON text.

The text is sigstore's "simple signing" payload (containers-signature(5) has its fields); Ed25519 (RFC 8032) signs it, so that
the same image has the same signature every time. OpenPGP signs everything else here, and these tools do not read it.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from headwater.digest import canonical_json, digest_bytes, digest_of
from headwater.errors import Kind
from headwater.progress import step
from headwater.sign.key import require_private, set_up
from headwater.sign.model import ImageKey
from headwater.store import Store
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

SECRET, PUBLIC = "images.pem", "images.pub"
WORK = "/tmp/work"  # noqa: S108 in the sandbox


def open_image_key(folder: Path, toolbox: Toolbox) -> ImageKey:
    """The key for images in the project's folder of keys; the first call makes it."""
    secret = folder / SECRET
    if not secret.exists():
        with step("key", "container images", reason=f"{folder.name} holds none"):
            _make(folder, toolbox)
    require_private(folder, 0o700)
    require_private(secret, 0o600)
    if not (folder / PUBLIC).exists():
        (folder / PUBLIC).write_bytes(_openssl(["pkey", "-in", f"{WORK}/key", "-pubout"], toolbox, secret))
    return ImageKey(public=(folder / PUBLIC).read_bytes(), secret=secret)


def payload(digest: str, name: str) -> bytes:
    """What is signed: that the image with this manifest (`sha256:...`) is the one of this name (`HOST/PATH`, no tag)."""
    critical = {
        "identity": {"docker-reference": name},
        "image": {"docker-manifest-digest": digest},
        "type": "cosign container image signature",
    }
    return canonical_json({"critical": critical, "optional": None})


def sign_payload(text: bytes, key: ImageKey, toolbox: Toolbox, store: Store) -> bytes:
    """The 64 bytes of an Ed25519 signature."""
    identity = digest_of({"payload": digest_bytes(text), "key": digest_bytes(key.public)})
    found = store.use("image-signature", identity)
    if not found:
        with store.scratch("sign") as work:
            (work / "text").write_bytes(text)
            words = ["pkeyutl", "-sign", "-rawin", "-inkey", f"{WORK}/key", "-in", "/tmp/text"]  # noqa: S108 in the sandbox
            signature = _openssl(words, toolbox, key.secret, sandbox.Bind(source=work / "text", target="/tmp/text"))  # noqa: S108
        found = store.put("image-signature", identity, {"sig": signature})
    return store.read(found.outputs["sig"].digest)


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


def _openssl(words: list[str], toolbox: Toolbox, secret: Path, *more: sandbox.Bind) -> bytes:
    binds = [sandbox.Bind(source=secret, target=f"{WORK}/key"), *more]
    return sandbox.run(toolbox, ["openssl", *words], binds=binds, timeout=60, kind=Kind.SIGNATURE).stdout
