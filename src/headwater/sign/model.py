"""A signing key as a value."""

from __future__ import annotations

from pathlib import Path

import msgspec


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


class ImageKey(msgspec.Struct, frozen=True, kw_only=True):
    """The project's key for container images: Ed25519 as PEM files, `secret` in PKCS #8, `public` its SubjectPublicKeyInfo."""

    public: bytes
    secret: Path
