"""A signing key as a value."""

from __future__ import annotations

import uuid
from pathlib import Path

import msgspec
from pysequoia import Cert


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """An OpenPGP key of the project. `public` is its certificate, ASCII-armored; `secret` a file that never leaves its folder.

    `fingerprint` is lower-case hexadecimal, `signer` that of the subkey that signs. `created` (Unix time) is also the time that
    all its signatures bear: a signature here says who, not when, and so does not depend on a clock.
    """

    fingerprint: str
    signer: str
    created: int
    user_id: str
    public: bytes
    secret: Path

    @property
    def keyring(self) -> bytes:
        """The certificate without armor, as gpg wants its keyrings."""
        return bytes(Cert.from_bytes(self.public))


class ImageKey(msgspec.Struct, frozen=True, kw_only=True):
    """The project's key for container images: Ed25519 as PEM files, `secret` in PKCS #8, `public` its SubjectPublicKeyInfo."""

    public: bytes
    secret: Path


class SecureBoot(msgspec.Struct, frozen=True, kw_only=True):
    """Keys by which firmware knows what it may start: PK, KEK and db, each NAME.key and NAME.pem in `folder`.

    `fingerprint` is the SHA-256 of db's certificate.
    """

    folder: Path
    fingerprint: str

    @property
    def owner(self) -> str:
        """The GUID that the firmware's lists give as theirs."""
        return str(uuid.UUID(self.fingerprint[:32], version=4))


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """Whom an image believes: `keyring` (OpenPGP, binary) signs its updates, `secure_boot` what its firmware starts."""

    keyring: bytes = b""
    secure_boot: SecureBoot | None = None


NOBODY = Trust()  # nothing is signed, and nobody believed
