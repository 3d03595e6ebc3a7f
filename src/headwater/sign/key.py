"""The project's key: made on first use, kept in a folder of its own that only its owner can read."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from typing import Any

from pysequoia import Cert, Tsk
from pysequoia.packet import PacketPile, Tag

from headwater.errors import Kind, fail
from headwater.progress import step
from headwater.sign.model import Key
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

SECRET = "secret.pgp"  # noqa: S105 a file name
PUBLIC = "public.asc"
# No home, no key server, no certificate store: only the file that is named.
SQ = ("/usr/bin/sq", "--home", "none", "--key-store", "none", "--cert-store", "none", "--batch")


def open_key(folder: Path, name: str, toolbox: Toolbox) -> Key:
    """The key in a folder; the first call makes it (OpenPGP v4, Ed25519, no expiry) for the user id `name`.

    No expiry, because an installed system must still be able to verify its packages when nobody renews anything.
    """
    secret = folder / SECRET
    if not secret.exists():
        with step("key", name, reason=f"{folder.name} holds none"):
            _make(folder, name, toolbox)
    require_private(folder, 0o700)
    require_private(secret, 0o600)
    return _read(secret)


def set_up(folder: Path) -> None:
    """Make the folder of keys, which only its owner reads and git leaves alone."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    require_private(folder, 0o700)
    if not (folder / ".gitignore").exists():
        (folder / ".gitignore").write_text("# Keys are never committed.\n*\n")


def _make(folder: Path, name: str, toolbox: Toolbox) -> None:
    set_up(folder)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as beside:
        words = [*SQ, "key", "generate", "--own-key", "--userid", name, "--allow-non-canonical-userids"]
        words += ["--without-password", "--expiration", "never", "--cipher-suite", "cv25519", "--profile", "rfc4880"]
        words += ["--cannot-encrypt", "--cannot-authenticate", "--output", f"/tmp/new/{SECRET}"]  # noqa: S108 the sandbox's
        words += ["--rev-cert", "/tmp/new/revocation.asc"]  # noqa: S108 the sandbox's own tmpfs
        binds = [sandbox.Bind(source=Path(beside), target="/tmp/new", writable=True)]  # noqa: S108 the sandbox's
        sandbox.run(toolbox, words, binds=binds, timeout=60, kind=Kind.SIGNATURE, what=f"no key could be made for `{name}`")
        _keep(folder, Path(beside))


def _keep(folder: Path, made: Path) -> None:
    """Move a new key in, whole; where two processes made one each, the first stays."""
    fingerprint = _read(made / SECRET).fingerprint
    for file in made.iterdir():
        file.chmod(0o600)
    (made / "revocation.asc").rename(folder / f"{fingerprint}.revocation.asc")
    try:
        os.link(made / SECRET, folder / SECRET)  # unlike a rename, a link never replaces
    except FileExistsError:
        (folder / f"{fingerprint}.revocation.asc").unlink()
        return
    (made / PUBLIC).write_bytes(_read(folder / SECRET).public)
    (made / PUBLIC).rename(folder / PUBLIC)


def require_private(path: Path, mode: int) -> None:
    """Raise Failure(SIGNATURE) for a key, or a folder of keys, that others can read."""
    found = stat.S_IMODE(path.stat().st_mode)
    if found & 0o077:
        raise fail(
            Kind.SIGNATURE,
            f"others can read `{path}`",
            why=f"its mode is {found:o}, expected {mode:o}",
            hint=f"chmod {mode:o} {path}",
        )


def _read(secret: Path) -> Key:
    try:
        data = secret.read_bytes()
        certificate = Tsk.from_bytes(data).extract_certificate()
        packets = list(PacketPile.from_bytes(bytes(certificate)))
        return _key(certificate, packets, secret)
    except Exception as error:  # noqa: BLE001 pysequoia raises plain ones for whatever is wrong with the bytes
        raise fail(
            Kind.SIGNATURE,
            f"`{secret}` is no OpenPGP key",
            why=str(error).partition("\n")[0],  # below the first line is a stack
            hint=f"restore it from a copy, or move {secret.parent} away: the next run makes a new key",
        ) from None


def _key(certificate: Cert, packets: list[Any], secret: Path) -> Key:
    # sq writes the primary key first and, as asked for, one subkey: the one that signs.
    signers = [packet for packet in packets if packet.tag == Tag.PublicSubkey] or packets[:1]
    return Key(
        fingerprint=certificate.fingerprint.lower(),
        signer=signers[0].fingerprint.lower(),
        created=int(signers[0].key_created.timestamp()),
        user_id=str(certificate.user_ids[0]) if certificate.user_ids else "",
        public=str(certificate).encode(),
        secret=secret,
    )
