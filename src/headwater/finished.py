"""Images that were made from the very same inputs before and lie where they were put: told before any stage is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from headwater.config import Inputs, Project, unmoved
from headwater.digest import are_as_they_were, digest_of, digests_of
from headwater.errors import Problem
from headwater.store import Store

if TYPE_CHECKING:
    from headwater.image.model import Image

KIND = "images"


class Made(msgspec.Struct, frozen=True):
    """One file (or OCI layout) of an image, as `hw image build` tells it. `size` is in bytes."""

    image: str
    format: str
    size: int
    digest: str
    path: str


class Record(msgspec.Struct, frozen=True):
    """What a run made, and the digest of all that it was made from; empty where that changed meanwhile."""

    inputs: str
    made: tuple[Made, ...]
    notes: dict[str, str]  # digests of the notes beside the images, by path: another run may have put others in their places
    beside: tuple[str, ...]  # files that go with the images
    warnings: tuple[Problem, ...]  # what is not wrong and perhaps not meant: as long as it is so, it is told


def made_of(images: Mapping[str, Image]) -> tuple[Made, ...]:
    """All artefacts of images, in the order in which they were made."""
    return tuple(
        Made(name, one.format, one.size, one.digest, str(one.path)) for name, image in images.items() for one in image.artefacts
    )


def finished_images(project: Project, store: Store, names: Sequence[str], inputs: Inputs) -> Record | None:
    """What is known of the images named (none: of all), if they were made from these very inputs and all is there."""
    kept = store.use(KIND, _key(project, names))
    if kept is None:
        return None
    try:
        record = msgspec.convert(kept.facts, Record)
    except msgspec.ValidationError:  # written by another version of Headwater
        return None
    whole = all(_is_whole(one) for one in record.made) and all(Path(path).exists() for path in record.beside)
    return record if whole and are_as_they_were(record.notes) and record.inputs == digest_of(inputs) else None


def keep_images(  # noqa: PLR0917 each is a different thing to remember
    project: Project,
    store: Store,
    names: Sequence[str],
    made: Sequence[Made],
    notes: Iterable[Path],
    beside: Iterable[Path],
    before: Inputs,
    warnings: Iterable[Problem] = (),
) -> Record:
    """Remember what a run made that began with the inputs `before`."""
    inputs, paths = unmoved(project, before), tuple(str(path) for path in beside)
    record = Record(inputs, tuple(made), digests_of(notes), paths, tuple(warnings))
    store.put(KIND, _key(project, names), {}, facts=msgspec.to_builtins(record))
    return record


def _key(project: Project, names: Sequence[str]) -> str:
    return digest_of([str(project.root), sorted(names)])


def _is_whole(one: Made) -> bool:
    path = Path(one.path)
    return (path / "index.json").is_file() if one.format == "oci" else path.is_file() and path.stat().st_size == one.size
