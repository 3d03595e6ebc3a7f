"""What bills of materials tell, before it is written in any format."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from headwater.image.model import Image
from headwater.rpm import Header
from headwater.rpm.model import Rpm
from headwater.toolbox.debian import Deb

NAMESPACE = uuid.UUID("9d3c0b52-6f0a-5c1e-8a54-3b1f6c9f2a10")  # of the serial numbers that are made from digests


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What a component was built from: SHA-512 of archives by file name, and how many deviations from upstream's spec."""

    archives: dict[str, str]
    deviations: int


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the packages of images, and who makes these.

    `sources` are by component; `debs` says by package name which .deb a bridged package was made from, `foreign` says the same
    for other machines, by architecture.
    """

    distro: str
    version: str = ""
    vendor: str = ""
    sources: dict[str, Source] = {}
    debs: dict[str, Deb] = {}
    foreign: dict[str, dict[str, Deb]] = {}


class HeldFile(msgspec.Struct, frozen=True):
    """A regular file. SPDX 2.3 asks for SHA-1 besides SHA-256."""

    path: str
    sha256: str
    sha1: str


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A package in an image; `origin` says in words what it was made from."""

    rpm: Rpm
    deb: Deb | None
    origin: str


Headers = Callable[[Sequence[Rpm]], Sequence[Header]]  # reads what packages say of themselves


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """A package in the words of both formats, without its files; `references` are the LicenseRefs of its licence."""

    spdx: dict[str, Any]
    cyclonedx: dict[str, Any]
    licence: str
    references: tuple[str, ...]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """All that a package with its files in an image adds to the documents, as JSON that stands there as it is.

    `files` and `relationships` are lists of SPDX; `licence` is what its header says, `references` are the LicenseRefs of that.
    """

    package: msgspec.Raw
    files: msgspec.Raw
    relationships: msgspec.Raw
    component: msgspec.Raw
    licence: str
    references: tuple[str, ...]


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """An image, its packages in order of name, and the files that no package brought. `vendor` and `distro` name who made it.

    `parts` are those of its packages by `Rpm.digest`.
    """

    image: Image
    distro: str
    version: str
    vendor: str
    epoch: int
    packages: tuple[Held, ...]
    made: tuple[HeldFile, ...]
    parts: dict[str, Part]

    @property
    def created(self) -> datetime:
        """The one time of the image: not when somebody happened to write this down."""
        return datetime.fromtimestamp(self.epoch, UTC)

    @property
    def serial(self) -> uuid.UUID:
        """A name that follows from the content."""
        return uuid.uuid5(NAMESPACE, f"{self.image.name} {self.image.index}")
