"""Where an image's artefacts lie: under which names, put there together, and whether they are there already."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from headwater import command
from headwater.config.images import ImageKind, ImageRule
from headwater.errors import Kind, fail
from headwater.image.model import Image
from headwater.image.note import NOTE, read_note, write_note
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
SPARSE = 16 << 20  # bytes from which a file may have holes worth keeping; for less, `cp` takes longer to start than to copy


def file_name(format_: str, rule: ImageRule) -> str:
    """What the artefact of a format is called."""
    return FILES[format_].format(rule.name)


def paths_of(rule: ImageRule, made: Result) -> dict[str, Blob]:
    """The outputs by their paths in the image's folder."""
    if rule.kind is ImageKind.OCI:
        return {f"oci/{name}": blob for name, blob in made.outputs.items()}
    return {file_name(name, rule): blob for name, blob in made.outputs.items()}


def publish(files: Mapping[str, Blob], image: Image, place: Path, store: Store) -> None:
    """Lay the artefacts, by their paths in it, beside their place and rename; a cut leaves the old image or the new one."""
    # names that the next run finds again: what a killed one leaves here is gigabytes; the image's lock keeps others away
    beside, old = place.with_name(f".{place.name}.new"), place.with_name(f".{place.name}.old")
    for leftover in (beside, old):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        for name, blob in files.items():
            target = beside / name
            target.parent.mkdir(parents=True, exist_ok=True)
            _lay(store.path(blob.digest), target, blob)
        write_note(image, beside)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)  # a disk may be full, and a half image is of no use
        raise
    if place.exists():
        place.rename(old)
    beside.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def _lay(source: Path, target: Path, blob: Blob) -> None:
    """A blob of a layout is the store's own, read-only, as files of a repository are. Everything else is a copy."""
    if target.name == blob.digest:
        with suppress(OSError):  # another file system, or a store of another owner
            os.link(source, target)
            return
    if blob.size < SPARSE:
        _copy(source, target)
    else:
        command.run(["cp", "--reflink=auto", "--sparse=always", source, target], kind=Kind.STORE)
    target.chmod(0o644)


def _copy(source: Path, target: Path) -> None:
    try:
        shutil.copyfile(source, target)
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
