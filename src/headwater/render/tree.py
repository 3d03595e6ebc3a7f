"""The package folder: spec, patches, files and the `sources` list; the same bytes every time, and whole or absent."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from headwater.render.model import RenderedPackage
from headwater.upstream.model import LooseFile
from headwater.whole import replacing

SOURCES = "sources"


def folder(package: RenderedPackage, *, checked_in: bool = False) -> dict[str, LooseFile]:
    """The folder's files by name; with `checked_in` without those that each machine makes for itself."""
    left_out = package.extra if checked_in else ()
    files = {name: file for name, file in sorted(package.tree.files.items()) if name not in left_out}
    listed = sources(package)
    return {**files, SOURCES: LooseFile(content=listed)} if listed else files


def sources(package: RenderedPackage) -> bytes:
    """The list of archives in dist-git's form: upstream's own where it has one, else `SHA512 (name) = digest`, by name."""
    if package.tree.sources:
        return package.tree.sources.encode(errors="surrogateescape")
    return "".join(f"SHA512 ({name}) = {one.sha512}\n" for name, one in sorted(package.tree.archives.items())).encode()


def write(package: RenderedPackage, place: Path, *, checked_in: bool = False) -> bool:
    """Make `place` the package's folder; whether anything changed. Archives stay in the store."""
    wanted = folder(package, checked_in=checked_in)
    if read(place) == wanted:
        return False
    with replacing(place) as new:
        fill(new, wanted)
    return True


def is_written(package: RenderedPackage, place: Path, *, checked_in: bool = False) -> bool:
    """Whether `place` is the package's folder already."""
    return read(place) == folder(package, checked_in=checked_in)


def read(place: Path) -> dict[str, LooseFile]:
    """What is in a package folder; empty where there is none."""
    if not place.is_dir():
        return {}
    return {
        str(path.relative_to(place)): LooseFile(content=path.read_bytes(), mode=0o755 if os.access(path, os.X_OK) else 0o644)
        for path in sorted(place.rglob("*"))
        if path.is_file()
    }


def fill(place: Path, files: Mapping[str, LooseFile]) -> None:
    """Write files into a folder that is there."""
    for name, file in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        path.chmod(file.mode)
