"""A package file as a value."""

from __future__ import annotations

import msgspec


class Rpm(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One package file in the store.

    `digest` is the SHA-256 of the file as kept, `payload` that of the unsigned file it came from (equal when unsigned).
    `arch` is `src` for source packages. `origin` is `built` or `bridge`; `component` the component or the .deb's source.
    """

    name: str
    epoch: int = 0
    version: str
    release: str
    arch: str
    digest: str
    size: int
    origin: str
    component: str
    payload: str = ""

    @property
    def evr(self) -> str:
        epoch = f"{self.epoch}:" if self.epoch else ""
        return f"{epoch}{self.version}-{self.release}"

    @property
    def nevra(self) -> str:
        return f"{self.name}-{self.evr}.{self.arch}"

    @property
    def filename(self) -> str:
        return f"{self.name}-{self.version}-{self.release}.{self.arch}.rpm"


class SpecQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A spec to be evaluated. `file` is the name that messages show; `files` (by base name) lie in %{_sourcedir} meanwhile.

    `macros` are macro files by name, loaded in order before the spec is read; `defines` win over them.
    """

    file: str
    text: bytes
    files: dict[str, bytes] = {}
    macros: dict[str, bytes] = {}
    defines: dict[str, str] = {}
    undefines: tuple[str, ...] = ()


class SpecFile(msgspec.Struct, frozen=True, kw_only=True):
    """A source or patch that a spec names, macros expanded; `uri` may be a bare file name."""

    uri: str
    number: int
    patch: bool

    @property
    def filename(self) -> str:
        return self.uri.rpartition("/")[2]


class SubPackage(msgspec.Struct, frozen=True, kw_only=True):
    """A package that a spec makes; `requires` and `provides` are those that the spec writes down.

    `files` are the lines of its %files, expanded: globs, directives and all. What a file of a list (`-f`) adds is not there.
    """

    name: str
    epoch: int
    version: str
    release: str
    arch: str
    summary: str
    licence: str
    requires: tuple[str, ...]
    provides: tuple[str, ...]
    files: tuple[str, ...] = ()


class SpecFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What rpm reads in a spec. Dependencies are as rpm prints them (`make >= 4`).

    `missing` are macros that the spec uses and nobody defines: what rpm says of it may be wrong where they matter.
    """

    name: str
    epoch: int
    version: str
    release: str
    licence: str
    summary: str
    url: str
    build_requires: tuple[str, ...]
    build_conflicts: tuple[str, ...]
    build_archs: tuple[str, ...]
    exclusive_archs: tuple[str, ...]
    exclude_archs: tuple[str, ...]
    sources: tuple[SpecFile, ...]
    packages: tuple[SubPackage, ...]
    missing: tuple[str, ...]
