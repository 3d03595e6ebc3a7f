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
    def nevra(self) -> str:
        epoch = f"{self.epoch}:" if self.epoch else ""
        return f"{self.name}-{epoch}{self.version}-{self.release}.{self.arch}"

    @property
    def filename(self) -> str:
        return f"{self.name}-{self.version}-{self.release}.{self.arch}.rpm"
