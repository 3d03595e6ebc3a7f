"""An image as a value, and the pieces it is composed of."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec

from headwater.rpm.model import Rpm


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One path of a root file system. `path` is absolute; `mode` is st_mode whole; `mtime` in seconds since 1970.

    A file's content is `size` bytes at `offset` of the blob `pack`, with SHA-256 `digest`. `links` groups the hard links of
    one package (0: none). `caps` are file capabilities as text (`cap_net_raw=ep`). `package` is the package's name, or says
    which step of ours made it (`made:...`). Owners are names; numbers are found when the whole image is known.
    """

    path: str
    mode: int
    user: str = "root"
    group: str = "root"
    mtime: int = 0
    size: int = 0
    digest: str = ""
    pack: str = ""
    offset: int = 0
    target: str = ""
    links: int = 0
    caps: str = ""
    package: str = ""

    @property
    def is_directory(self) -> bool:
        return stat.S_ISDIR(self.mode)

    @property
    def is_file(self) -> bool:
        return stat.S_ISREG(self.mode)

    @property
    def is_link(self) -> bool:
        return stat.S_ISLNK(self.mode)


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A package as it enters an image: its entries, whose contents lie one after the other in the blob `pack`."""

    package: str
    buildtime: int
    entries: tuple[Entry, ...]


class Ids(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers of the names of users and groups."""

    users: dict[str, int]
    groups: dict[str, int]


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """A whole root file system: entries in order of path. `epoch` is the time of everything that no package brought."""

    entries: tuple[Entry, ...]
    ids: Ids
    epoch: int


class Artefact(msgspec.Struct, frozen=True, kw_only=True):
    """One file (or OCI layout directory) of an image; `digest` is `sha256:...` of the file.

    That of a layout is of its OCI manifest, or of the OCI index where there are twins.
    """

    format: str
    path: Path
    digest: str
    size: int


class Twin(msgspec.Struct, frozen=True, kw_only=True):
    """The image for machines of another architecture (in OCI's word): its packages and, as `index`, its Root."""

    architecture: str
    packages: tuple[Rpm, ...]
    index: str


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """What was composed: `packages` is what is in it, in order of name.

    `reasons` says of each package, by name, why it is in; `index` is the digest of the blob with all entries (JSON of Root).
    All of that is of this machine; `twins` are for others.
    """

    name: str
    kind: str
    key: str
    artefacts: tuple[Artefact, ...]
    packages: tuple[Rpm, ...]
    seconds: float
    cached: bool
    reasons: dict[str, str] = {}
    index: str = ""
    twins: tuple[Twin, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 (hexadecimal) that others can check: of the OCI manifest or index, or of the first file."""
        return self.artefacts[0].digest.removeprefix("sha256:")

    @property
    def every_package(self) -> tuple[Rpm, ...]:
        """Its packages and those of its twins, each once."""
        return tuple(sorted({*self.packages, *(rpm for twin in self.twins for rpm in twin.packages)}))

    def artefact(self, format_: str) -> Artefact:
        """The artefact of one format (`oci`, `raw`, `qcow2`, `vhd`, `cpio`, `uki`, `iso`, `wsl`)."""
        return next(artefact for artefact in self.artefacts if artefact.format == format_)
