"""A package's header as a value."""

from __future__ import annotations

import stat
from enum import IntFlag

import msgspec


class FileFlag(IntFlag):
    """rpm's own numbers (rpmfileAttrs)."""

    CONFIG = 1
    DOC = 2
    MISSING_OK = 8
    NO_REPLACE = 16
    GHOST = 64
    LICENSE = 128
    README = 256
    ARTIFACT = 4096


class Dependency(msgspec.Struct, frozen=True, array_like=True, order=True):
    """A requirement, provide, and so on: `name relation evr`; relation and evr are empty for any version.

    `flags` are the rest of rpm's sense flags (pre, post, rpmlib, found by a script).
    """

    name: str
    relation: str
    evr: str
    flags: int

    def __str__(self) -> str:
        return f"{self.name} {self.relation} {self.evr}" if self.relation else self.name


class PackageFile(msgspec.Struct, frozen=True, array_like=True):
    """One entry of a package. `mode` is st_mode with its type; `digest` the SHA-256 of a regular file, else empty.

    Entries of one package with the same `inode` and content are hard links of each other; of these rpm gives the content once.
    """

    path: str
    mode: int
    user: str
    group: str
    size: int
    digest: str
    link: str
    flags: int
    mtime: int
    inode: int
    caps: str

    @property
    def ghost(self) -> bool:
        return bool(self.flags & FileFlag.GHOST)

    @property
    def config(self) -> bool:
        return bool(self.flags & FileFlag.CONFIG)

    @property
    def directory(self) -> bool:
        return stat.S_ISDIR(self.mode)

    @property
    def regular(self) -> bool:
        return stat.S_ISREG(self.mode)


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a package file says of itself; `signatures` counts OpenPGP signatures, unchecked. Times are Unix seconds.

    `scripts` begin with `#!` and their program where that is not /bin/sh.
    """

    name: str
    epoch: int
    version: str
    release: str
    arch: str
    summary: str
    description: str
    licence: str
    vendor: str
    url: str
    source_rpm: str
    build_time: int
    build_host: str
    installed_size: int
    payload_digest: str
    signatures: int
    scripts: dict[str, str]
    requires: tuple[Dependency, ...]
    provides: tuple[Dependency, ...]
    conflicts: tuple[Dependency, ...]
    obsoletes: tuple[Dependency, ...]
    recommends: tuple[Dependency, ...]
    suggests: tuple[Dependency, ...]
    supplements: tuple[Dependency, ...]
    enhances: tuple[Dependency, ...]
    files: tuple[PackageFile, ...]

    @property
    def nevra(self) -> str:
        epoch = f"{self.epoch}:" if self.epoch else ""
        return f"{self.name}-{epoch}{self.version}-{self.release}.{self.arch}"
