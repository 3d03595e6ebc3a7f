"""A repository as a value."""

from __future__ import annotations

from pathlib import Path

import msgspec

from headwater.rpm.model import Rpm


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """One directory with repodata: `base`, `debug` or `source`; `repomd` is the SHA-256 of repomd.xml."""

    name: str
    path: Path
    packages: tuple[Rpm, ...]
    repomd: str


class Repository(msgspec.Struct, frozen=True, kw_only=True):
    """All channels of one distribution, signed by `fingerprint`."""

    path: Path
    channels: dict[str, Channel]
    fingerprint: str
    digest: str
