"""What is in an image, package by package and file by file, ready to be written in any format of a bill of materials."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from headwater.image import read_root
from headwater.image.model import Entry, Image
from headwater.rpm.model import Rpm
from headwater.sbom.files import held_files
from headwater.sbom.model import Contents, Facts, Headers, Held
from headwater.sbom.parts import parts
from headwater.store import Store
from headwater.toolbox.debian import Deb


def held(image: Image, facts: Facts) -> tuple[Held, ...]:
    """The packages of an image in order of name, still without files."""
    return tuple(_held(rpm, facts) for rpm in sorted(image.packages))


def contents(image: Image, packages: Sequence[Held], facts: Facts, headers: Headers, store: Store) -> Contents:
    """Read an image's index and gather what is known of each package in it."""
    assert image.index, f"image {image.name} keeps the list of its paths"
    root = read_root(image.index, store)
    by_package: dict[str, list[Entry]] = defaultdict(list)
    for entry in root.entries:
        if entry.is_file:
            by_package[entry.package].append(entry)
    files = {name: by_package.pop(name, []) for name in {one.rpm.name for one in packages}}
    return Contents(
        image=image,
        distro=facts.distro,
        version=facts.version,
        vendor=facts.vendor,
        epoch=root.epoch,
        packages=tuple(packages),
        made=held_files([entry for some in by_package.values() for entry in some], store),
        parts=parts(packages, files, facts, headers, store),
    )


def _held(rpm: Rpm, facts: Facts) -> Held:
    deb = facts.debs.get(rpm.name) if rpm.origin == "bridge" else None
    return Held(rpm=rpm, deb=deb, origin=_origin(rpm, deb, facts))


def _origin(rpm: Rpm, deb: Deb | None, facts: Facts) -> str:
    if deb:
        return f"bridged from {deb.path}, SHA-256 {deb.sha256}"
    source = facts.sources.get(rpm.component)
    if rpm.origin == "bridge" or not source:
        return f"{rpm.origin} from {rpm.component}"
    archives = "; ".join(f"{name}, SHA-512 {sha512}" for name, sha512 in sorted(source.archives.items()))
    return f"built from {archives or 'files of this project'}; {source.deviations} deviations from upstream's spec"
