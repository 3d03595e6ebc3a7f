"""A package's folder that lies on the disk and in no repository: what stands in it stands for a commit."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from headwater.upstream import objects
from headwater.upstream.address import place_of
from headwater.upstream.hosts import Refused
from headwater.upstream.model import Folder, LooseFile, Upstream


def plain_folder(upstream: Upstream) -> Path | None:
    """The spec-tree of a component, where it is a folder of this machine and no repository."""
    place = place_of(upstream.url) if upstream.kind == "spec-tree" else None
    return place if place and place.is_dir() and not objects.is_repository(place) else None


def folder_commit(upstream: Upstream) -> str | None:
    """What stands for the commit of a package in a plain folder now; empty where it cannot be read, None for all others."""
    root = plain_folder(upstream)
    try:
        return read_folder(root, upstream.path).commit if root else None
    except Refused:
        return ""


def read_folder(root: Path, path: str) -> Folder:
    """A package's folder on the disk, with the same rules as in git; a SHA-512 over it stands for a commit. Raises Refused."""
    place = root / path
    if not place.is_dir() or not place.resolve().is_relative_to(root.resolve()):
        raise Refused(f"`{root}` has no folder `{path}`")
    files: dict[str, LooseFile] = {}
    for folder, folders, names in os.walk(place):
        folders.sort()
        for name in sorted(names):
            file = Path(folder) / name
            objects.check_text(str(file.relative_to(place)))
            files[str(file.relative_to(place))] = _read(file, place)
            if len(files) > objects.MOST_FILES:
                raise Refused(f"`{place}` holds more than {objects.MOST_FILES:,} files")
    return Folder(commit=_digest(files), tree="", files=files)


def _read(file: Path, place: Path) -> LooseFile:
    goal = file.resolve()
    if not goal.is_relative_to(place.resolve()) or not goal.is_file():
        raise Refused(f"`{file}` is no file of its folder")
    if goal.stat().st_size > objects.MOST:
        raise Refused(f"`{file}` has {goal.stat().st_size:,} bytes; a file beside a spec has at most {objects.MOST:,}")
    return LooseFile(content=goal.read_bytes(), mode=0o755 if goal.stat().st_mode & 0o100 else 0o644)


def _digest(files: Mapping[str, LooseFile]) -> str:
    facts = [[name, file.mode, hashlib.sha512(file.content).hexdigest()] for name, file in sorted(files.items())]
    return hashlib.sha512(msgspec.json.encode(facts)).hexdigest()
