"""Signatures beside a file (repomd.xml.asc, an image's digests): made by sq, checked in this process by the same library."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from pysequoia import Cert, Sig, verify

from headwater.digest import digest_bytes, digest_of
from headwater.errors import Failure, Kind, fail
from headwater.sign.key import SQ
from headwater.sign.model import Key
from headwater.store import Store
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

VERSION = 1  # of what `sign_bytes` makes


def sign_file(path: Path, key: Key, toolbox: Toolbox, store: Store) -> bytes:
    """A detached, ASCII-armored OpenPGP signature of a file's content."""
    return sign_bytes(path.read_bytes(), key, toolbox, store)


def sign_bytes(data: bytes, key: Key, toolbox: Toolbox, store: Store) -> bytes:
    """A detached, ASCII-armored OpenPGP signature of some bytes; the same one each time, from the store.

    Sequoia puts a random salt into every signature, so only the store makes a second call give the same bytes.
    """
    identity = digest_of({"version": VERSION, "data": digest_bytes(data), "key": key.fingerprint})
    found = store.use("signature", identity)
    if not found:
        words = [*SQ, "--time", when(key), "sign", "--signer-file", "/tmp/key", "--signature-file", "-", "-"]  # noqa: S108
        binds = [sandbox.Bind(source=key.secret, target="/tmp/key")]  # noqa: S108 the sandbox's own tmpfs
        signature = sandbox.run(toolbox, words, binds=binds, stdin=data, timeout=60, kind=Kind.SIGNATURE).stdout
        check_bytes(data, signature, key, "what was just signed")
        found = store.put("signature", identity, {"asc": signature}, inputs={"data": digest_bytes(data)})
    return store.read(found.outputs["asc"].digest)


def check_file(path: Path, signature: bytes, key: Key) -> None:
    """Raise Failure(SIGNATURE) unless `signature` is this key's over this file's content."""
    check_bytes(path.read_bytes(), signature, key, str(path))


def check_bytes(data: bytes, signature: bytes, key: Key, name: str) -> None:
    """Raise Failure(SIGNATURE) unless `signature` is this key's over `data`; `name` is what people call the data."""
    certificate = Cert.from_bytes(key.public)
    try:
        good = verify(bytes=data, store=lambda _ids: [certificate], signature=Sig.from_bytes(signature)).valid_sigs
    except Exception as error:  # noqa: BLE001 pysequoia raises plain ones: wrong bytes, other key, no signature
        raise _refused(name, key, str(error).partition("\n")[0]) from None  # below the first line is a stack
    if not any(one.certificate.lower() == key.fingerprint for one in good):
        raise _refused(name, key, "it is not signed by this key")


def read_certificate(path: Path) -> Cert:
    """Somebody's OpenPGP certificate (public key) from a file, armored or not."""
    try:
        return Cert.from_bytes(path.read_bytes())
    except Exception as error:  # noqa: BLE001 pysequoia raises plain ones, the file system others
        why = str(error).partition("\n")[0]
        raise fail(
            Kind.SIGNATURE, f"`{path}` is no OpenPGP certificate", why=why, hint="a key's public half: public.asc"
        ) from None


def is_signed(data: bytes, signature: bytes, certificates: Sequence[Cert]) -> bool:
    """Is it a detached signature over `data` by one of these?"""
    try:
        good = verify(bytes=data, store=lambda _ids: list(certificates), signature=Sig.from_bytes(signature)).valid_sigs
    except Exception:  # noqa: BLE001 as in check_bytes
        return False
    return any(one.certificate.lower() == known.fingerprint.lower() for one in good for known in certificates)


def when(key: Key) -> str:
    """The time that the key's signatures bear, as sq reads it (ISO 8601, UTC)."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(key.created))


def _refused(name: str, key: Key, why: str) -> Failure:
    return fail(
        Kind.SIGNATURE,
        f"`{name}` is not what was signed",
        why=f"expected a good signature by {key.fingerprint}: {why}",
        hint="remove it and make it again: hw world",
    )
