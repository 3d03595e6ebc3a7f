"""What is in an image, package by package and file by file, ready to be written in any format of a bill of materials."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from headwater.digest import digest_of
from headwater.image.model import Entry, Image, Root
from headwater.rpm.model import Rpm
from headwater.sbom.described import described
from headwater.sbom.model import Contents, Facts, Held, HeldFile
from headwater.store import Store
from headwater.toolbox.debian import Deb

VERSION = 1  # of how SHA-1 sums are kept


def held(image: Image, facts: Facts) -> tuple[Held, ...]:
    """The packages of an image in order of name, still without files."""
    return tuple(_held(rpm, facts) for rpm in sorted(image.packages))


def contents(image: Image, packages: Sequence[Held], facts: Facts, store: Store) -> Contents:
    """Read an image's index and gather what is known of each package in it."""
    assert image.index, f"image {image.name} keeps the list of its paths"
    root = msgspec.json.decode(store.read(image.index), type=Root)
    by_package: dict[str, list[HeldFile]] = defaultdict(list)
    for entry, file in _files(root.entries, store):
        by_package[entry.package].append(file)
    known = tuple(msgspec.structs.replace(one, files=tuple(by_package.pop(one.rpm.name, ()))) for one in packages)
    return Contents(
        image=image,
        distro=facts.distro,
        version=facts.version,
        vendor=facts.vendor,
        epoch=root.epoch,
        packages=known,
        made=tuple(sorted((file for files in by_package.values() for file in files), key=lambda file: file.path)),
        described=described(packages, facts, store),
    )


def _held(rpm: Rpm, facts: Facts) -> Held:
    deb = facts.debs.get(rpm.name) if rpm.origin == "bridge" else None
    return Held(rpm=rpm, header=facts.headers.get(rpm.digest), deb=deb, origin=_origin(rpm, deb, facts))


def _origin(rpm: Rpm, deb: Deb | None, facts: Facts) -> str:
    if deb:
        return f"bridged from {deb.path}, SHA-256 {deb.sha256}"
    source = facts.sources.get(rpm.component)
    if rpm.origin == "bridge" or not source:
        return f"{rpm.origin} from {rpm.component}"
    archives = "; ".join(f"{name}, SHA-512 {sha512}" for name, sha512 in sorted(source.archives.items()))
    return f"built from {archives or 'files of this project'}; {source.deviations} deviations from upstream's spec"


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
