"""A .deb as values: what it says about itself and what it holds."""

from __future__ import annotations

from enum import Enum

import msgspec

from headwater.toolbox.debian import Deb


class EntryKind(Enum):
    FILE = "file"
    DIRECTORY = "directory"
    LINK = "link"  # symbolic; `target` is its text
    TWIN = "twin"  # another name of the file at `target`, an absolute path


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One path of a package, absolute and already under /usr where that is its place; `mtime` is in seconds."""

    path: str
    kind: EntryKind
    mode: int
    user: str = "root"
    group: str = "root"
    size: int = 0
    mtime: int = 0
    target: str = ""
    capabilities: str = ""
    config: bool = False


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """A package name, perhaps with a bound: `operator` is one of `<< <= = >= >>` or empty."""

    name: str
    operator: str = ""
    version: str = ""


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """A .deb that was read: its control fields, conffiles, entries by path, and the few texts that are looked into."""

    deb: Deb
    fields: dict[str, str]
    conffiles: frozenset[str]
    entries: dict[str, Entry]
    texts: dict[str, str] = {}


class Evr(msgspec.Struct, frozen=True, kw_only=True):
    """A version as rpm writes it."""

    epoch: int
    version: str
    release: str

    def __str__(self) -> str:
        epoch = f"{self.epoch}:" if self.epoch else ""
        return f"{epoch}{self.version}-{self.release}"
