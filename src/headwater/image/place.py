"""Where an image's artefacts lie: under which names, put there together, and whether they are there already."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import msgspec

from headwater.config.images import ImageKind, ImageRule
from headwater.errors import Kind, fail
from headwater.image.model import Image
from headwater.image.note import NOTE, read_note
from headwater.sparse import copy
from headwater.store import Blob, Result, Store

FILES = {
    "raw": "{}.raw",
    "qcow2": "{}.qcow2",
    "vhd": "{}.vhd",
    "uki": "{}.efi",
    "vars": "{}.vars.fd",
    "erofs": "{}.erofs",
    "verity": "{}.verity",
    "cpio": "{}.cpio.zst",
    "iso": "{}.iso",
    "wsl": "{}.wsl",
}


def file_name(format_: str, rule: ImageRule) -> str:
    """What the artefact of a format is called."""
    return FILES[format_].format(rule.name)


def paths_of(rule: ImageRule, made: Result) -> dict[str, Blob]:
    """The outputs by their paths in the image's folder."""
    if rule.kind is ImageKind.OCI:
        return {f"oci/{name}": blob for name, blob in made.outputs.items()}
    return {file_name(name, rule): blob for name, blob in made.outputs.items()}


@contextmanager
def placing(place: Path) -> Iterator[Path]:
    """An empty folder beside an image's place, to be filled and then renamed; a cut leaves the old image or the new one."""
    # names that the next run finds again: what a killed one leaves here is gigabytes; the image's lock keeps others away
    beside, old = place.with_name(f".{place.name}.new"), place.with_name(f".{place.name}.old")
    for leftover in (beside, old):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        beside.mkdir(parents=True)
        yield beside
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)  # a disk may be full, and a half image is of no use
        raise
    if place.exists():
        place.rename(old)
    beside.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def lay(files: Mapping[str, Blob], beside: Path, store: Store) -> None:
    """Lay artefacts, by their paths in the folder, where they were not laid already."""
    missing = {beside / name: blob for name, blob in files.items() if not (beside / name).exists()}
    store.verify(missing.values())
    for folder in {target.parent for target in missing}:
        folder.mkdir(parents=True, exist_ok=True)
    for target, blob in missing.items():
        _lay(store.path(blob.digest), target, blob)


def _lay(source: Path, target: Path, blob: Blob) -> None:
    """A blob of a layout is the store's own, read-only, as files of a repository are. Everything else is a copy."""
    if target.name == blob.digest:
        with suppress(OSError):  # another file system, or a store of another owner
            os.link(source, target)
            return
    with source.open("rb") as file:
        copy_artefact(file, target)


def copy_artefact(source: IO[bytes], target: Path) -> None:
    """Copy a file that anybody may read."""
    try:
        copy(source, target)
        target.chmod(0o644)
    except OSError as error:
        why = f"{error.strerror}: {target}"
        raise fail(Kind.STORE, f"`{target.name}` could not be laid into its place", why=why, hint="df .") from None


def finished_image(place: Path, key: str) -> Image | None:
    """The image that lies there whole already, if it is the wanted one."""
    image = image_at(place)
    return image if image and image.key == key else None


def image_at(place: Path) -> Image | None:
    """The image that lies in its place; None where none is, or a part of it is not there whole."""
    image = read_note(place / NOTE)
    if image is None:
        return None
    moved = tuple(msgspec.structs.replace(each, path=place / each.path.name) for each in image.artefacts)
    whole = all(each.path.is_dir() or (each.path.is_file() and each.path.stat().st_size == each.size) for each in moved)
    return msgspec.structs.replace(image, artefacts=moved) if whole else None
