"""A component's sources as a value: the spec, the files beside it, the archives it names, and where all of it comes from."""

from __future__ import annotations

import msgspec

from headwater.origin import Origin


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """What exactly was taken.

    `kind` is `local` or `archive` (`digest` is a SHA-512), `dist-git` or `spec-tree` (`digest` is the commit, or the SHA-512 of
    a folder that is no repository; `url` says where). `member` is the path of the spec inside, `tree` git's own digest
    of the folder that holds it: the same tree has the same files, whatever the commit.
    """

    kind: str
    name: str
    digest: str
    member: str = ""
    url: str = ""
    tree: str = ""


class LooseFile(msgspec.Struct, frozen=True, kw_only=True):
    """A small file beside the spec (a patch, a unit file): whole content in memory; mode is 0o644 or 0o755."""

    content: bytes
    mode: int = 0o644


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """A source kept in the store under its SHA-256 (`digest`) and accepted by its SHA-512; size in bytes."""

    digest: str
    sha512: str
    size: int
    origin: str = ""


class SourceTree(msgspec.Struct, frozen=True, kw_only=True):
    """A spec, the loose files beside it by name, and the archives by file name. `spec` is a name in `files`.

    `sources` is the list of archives as upstream writes it, with the project's own entries (`files` does not hold it); empty
    where upstream has none. `repins` are the SHA-512 of archives that upstream lists by MD5, by its line: for the lock.
    """

    component: str
    spec: str
    files: dict[str, LooseFile]
    archives: dict[str, Archive] = {}
    pin: Pin
    sources: str = ""
    repins: dict[str, str] = {}

    @property
    def text(self) -> str:
        """The spec's text (UTF-8; other bytes survive as surrogates)."""
        return self.files[self.spec].content.decode(errors="surrogateescape")


class Upstream(msgspec.Struct, frozen=True, kw_only=True):
    """Where a component comes from, every reference followed. `kind` is `dist-git` or `spec-tree`.

    `url` is a repository (or, of a spec-tree, a folder), `path` the package's folder in it. `commit` is the project's pin
    (7 to 40 hexadecimal digits), `snapshot` a moment (RFC 3339); both may be empty. `resolution` is azldev's digest of all
    that decides which commit it is.
    """

    component: str
    kind: str
    name: str
    url: str
    branch: str
    path: str = ""
    commit: str = ""
    snapshot: str = ""
    resolution: str = ""
    where: Origin | None = None


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """A folder of a commit: git's digest of it, and its files by their path in it."""

    commit: str
    tree: str
    files: dict[str, LooseFile]


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """One commit of a history; times are Unix seconds."""

    id: str
    author: str
    email: str
    authored: int
    committed: int
    message: str


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """Which commit, and why that one. `commit` is a pin as it was written, else whole; empty for a folder without history."""

    component: str
    commit: str
    why: str
