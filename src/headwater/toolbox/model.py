"""The toolbox as a value, and the Debian packages it is made of."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Deb(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One .deb file. `path` is its place below the mirror's address (`pool/main/...`), `size` is in bytes."""

    name: str
    version: str
    arch: str
    sha256: str
    size: int
    path: str

    @property
    def filename(self) -> str:
        return self.path.rpartition("/")[2]


class Lock(msgspec.Struct, frozen=True, kw_only=True):
    """What was wanted of a suite, and what apt's resolver chose for it; every tuple is sorted."""

    suite: str
    wanted: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    debs: tuple[Deb, ...] = ()


class Toolbox(msgspec.Struct, frozen=True, kw_only=True):
    """A root filesystem with the field's tools. `key` is the digest of all its packages' names, versions and digests.

    `moved` names what differs from the lock (`name old -> new`), because the mirror no longer has the locked file.
    """

    root: Path
    key: str
    moved: tuple[str, ...] = ()
