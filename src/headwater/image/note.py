"""The note beside an image's artefacts: the Image that they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from headwater.image.model import Image

NOTE = "image.json"


def notes_of(images: Iterable[Image]) -> Iterator[Path]:
    """Where the notes of images lie."""
    yield from (image.artefacts[0].path.parent / NOTE for image in images)


def write_note(image: Image, folder: Path) -> None:
    (folder / NOTE).write_bytes(msgspec.json.format(msgspec.json.encode(image, order="sorted", enc_hook=str)))


def read_note(file: Path) -> Image | None:
    """The image that a note tells of; None where there is no note, or none that can be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Image, dec_hook=lambda kind, text: kind(text))
    except (OSError, ValueError, RecursionError):  # not there, no JSON of an Image, no UTF-8, or without end
        return None
