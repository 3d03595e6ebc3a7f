"""What is in an image, package by package and file by file, ready to be written in any format of a bill of materials."""

from __future__ import annotations

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from headwater.digest import digest_of
from headwater.evidence.model import World
from headwater.image.model import Entry, Image, Root
from headwater.rpm import Header
from headwater.rpm.model import Rpm
from headwater.store import Store
from headwater.toolbox.debian import Deb

VERSION = 1  # of how SHA-1 sums are kept
NAMESPACE = uuid.UUID("9d3c0b52-6f0a-5c1e-8a54-3b1f6c9f2a10")  # of the serial numbers that are made from digests


class HeldFile(msgspec.Struct, frozen=True):
    """A regular file. SPDX 2.3 asks for SHA-1 besides SHA-256."""

    path: str
    sha256: str
    sha1: str


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A package in an image, with those of its files that the image holds; `origin` says in words what it was made from."""

    rpm: Rpm
    header: Header | None
    deb: Deb | None
    origin: str
    files: tuple[HeldFile, ...]


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """An image, its packages by name, and the files that no package brought. `vendor` and `distro` name who made it."""

    image: Image
    distro: str
    version: str
    vendor: str
    epoch: int
    packages: tuple[Held, ...]
    made: tuple[HeldFile, ...]

    @property
    def created(self) -> datetime:
        """The one time of the image: not when somebody happened to write this down."""
        return datetime.fromtimestamp(self.epoch, UTC)

    @property
    def serial(self) -> uuid.UUID:
        """A name that follows from the content."""
        return uuid.uuid5(NAMESPACE, f"{self.image.name} {self.image.index}")


def contents(image: Image, world: World) -> Contents:
    """Read an image's index and gather what is known of each package in it."""
    assert image.index, f"image {image.name} keeps the list of its paths"
    root = msgspec.json.decode(world.store.read(image.index), type=Root)
    by_package: dict[str, list[HeldFile]] = defaultdict(list)
    for entry, held in _files(root.entries, world.store):
        by_package[entry.package].append(held)
    packages = tuple(_held(rpm, tuple(by_package.pop(rpm.name, ())), world) for rpm in sorted(image.packages))
    made = sorted((file for files in by_package.values() for file in files), key=lambda file: file.path)
    distro = world.project.project.default_distro
    return Contents(
        image=image,
        distro=world.project.name,
        version=world.project.version if distro else "",
        vendor=world.project.distro.vendor if distro else "",
        epoch=root.epoch,
        packages=packages,
        made=tuple(made),
    )


def _held(rpm: Rpm, files: tuple[HeldFile, ...], world: World) -> Held:
    deb = world.debs.get(rpm.name) if rpm.origin == "bridge" else None
    return Held(rpm=rpm, header=world.headers.get(rpm.digest), deb=deb, origin=_origin(rpm, deb, world), files=files)


def _origin(rpm: Rpm, deb: Deb | None, world: World) -> str:
    if deb:
        return f"bridged from {deb.path}, SHA-256 {deb.sha256}"
    rendered = world.rendered.get(rpm.component)
    if rpm.origin == "bridge" or not rendered:
        return f"{rpm.origin} from {rpm.component}"
    archives = [f"{name}, SHA-512 {archive.sha512}" for name, archive in sorted(rendered.tree.archives.items())]
    asked = len({change.where for change in rendered.changes})
    return f"built from {'; '.join(archives) or 'files of this project'}; {asked} deviations from upstream's spec"


def _files(entries: Iterable[Entry], store: Store) -> Iterator[tuple[Entry, HeldFile]]:
    by_pack: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.is_file:
            by_pack[entry.pack].append(entry)
    for pack, some in sorted(by_pack.items()):
        sums = _sha1(pack, some, store)
        yield from ((entry, HeldFile(entry.path, entry.digest, sums[entry.digest])) for entry in some)


def _sha1(pack: str, entries: Sequence[Entry], store: Store) -> dict[str, str]:
    """SHA-1 sums by SHA-256, of contents that lie in one blob; computed once."""
    places = sorted({(entry.digest, entry.offset, entry.size) for entry in entries})
    key = digest_of([VERSION, pack, places])
    known = store.use("sha1", key)
    if not known:
        sums = {digest: _sha1_of(pack, offset, size, store) for digest, offset, size in places}
        known = store.put("sha1", key, {}, facts=sums)
    return msgspec.convert(known.facts, dict[str, str])


def _sha1_of(pack: str, offset: int, size: int, store: Store) -> str:
    if not size:
        return hashlib.sha1(usedforsecurity=False).hexdigest()
    with store.path(pack).open("rb") as file:
        file.seek(offset)
        return hashlib.sha1(file.read(size), usedforsecurity=False).hexdigest()
