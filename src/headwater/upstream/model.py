"""A component's sources as a value: the spec, the files beside it, the archives it names."""

from __future__ import annotations

import msgspec


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """What exactly was taken: `kind` is `local` or `archive`, `digest` a SHA-512."""

    kind: str
    name: str
    digest: str
    member: str = ""


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
    """A spec, the loose files beside it by name, and the archives by file name. `spec` is a name in `files`."""

    component: str
    spec: str
    files: dict[str, LooseFile]
    archives: dict[str, Archive] = {}
    pin: Pin

    @property
    def text(self) -> str:
        """The spec's text (UTF-8; other bytes survive as surrogates)."""
        return self.files[self.spec].content.decode(errors="surrogateescape")
