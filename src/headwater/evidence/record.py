"""The last finished world of a project, kept in the store: what `hw why` reads, and how a second run knows it is done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from headwater.config import Inputs, Project
from headwater.digest import are_as_they_were, digest_of, digests_of
from headwater.evidence.model import World
from headwater.evidence.seal import LIST, SIGNATURE
from headwater.image import notes_of
from headwater.sbom import beside
from headwater.store import Store

KIND = "world"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A World as bytes, without what is open: the project and the store come from the run that reads it.

    `inputs` is the digest of what it was made from, empty where that changed meanwhile; `files` are digests by path of what
    says which images and packages lie in their places.
    """

    inputs: str
    files: dict[str, str]
    seconds: float
    world: dict[str, Any]


def keep_world(world: World, seconds: float, inputs: str) -> None:
    """Make this the last finished world of its project, made from these inputs."""
    fields = {name: getattr(world, name) for name in World.__struct_fields__ if name not in {"project", "store"}}
    record = {"inputs": inputs, "files": digests_of(_telling(world)), "seconds": seconds, "world": fields}
    data = msgspec.msgpack.encode(record, enc_hook=_encode)
    world.store.put(KIND, _name(world.project), {"world": data})


def last_world(project: Project, store: Store) -> World | None:
    """The last finished world of a project, whether or not the project was changed since."""
    record = _read(project, store)
    return _world(record, project, store) if record else None


def finished_world(project: Project, store: Store, inputs: Inputs) -> tuple[World, float] | None:
    """The last world and how long it took, if it was made from these very inputs and all that it made is still there."""
    record = _read(project, store)
    if record is None or record.inputs != digest_of(inputs) or not are_as_they_were(record.files):
        return None
    world = _world(record, project, store)
    return (world, record.seconds) if all(place.exists() for place in _made(world)) else None


def _telling(world: World) -> Iterator[Path]:
    yield from notes_of(world.images.values())
    for channel in world.repository.channels.values() if world.repository else ():
        yield channel.path / "repodata" / "repomd.xml"


def _made(world: World) -> Iterator[Path]:
    """Files that must be there for a world to be whole."""
    yield from (artefact.path for image in world.images.values() for artefact in image.artefacts)
    yield from beside(world.images.values(), world.project.output)
    for name in world.answers:
        yield from (world.project.output / "results" / f"{name}.{suffix}" for suffix in ("json", "xml"))
    yield from (world.project.output / name for name in (LIST, SIGNATURE))
    if world.repository:
        for channel in world.repository.channels.values():
            yield channel.path / "repodata" / "repomd.xml.asc"


def _read(project: Project, store: Store) -> Record | None:
    kept = store.use(KIND, _name(project))
    if kept is None:
        return None
    try:
        return msgspec.msgpack.decode(store.read(kept.outputs["world"].digest), type=Record)
    except msgspec.DecodeError:  # written by another version of Headwater
        return None


def _world(record: Record, project: Project, store: Store) -> World:
    hints = {name: field.type for name, field in _fields().items()}
    values = {
        name: msgspec.convert(value, hints[name], dec_hook=_decode, strict=False)
        for name, value in record.world.items()
        if name in hints
    }
    return World(project=project, store=store, **values)


def _fields() -> dict[str, msgspec.structs.FieldInfo]:
    return {field.name: field for field in msgspec.structs.fields(World)}


def _name(project: Project) -> str:
    return digest_of(["world of", str(project.root)])


def _encode(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError(f"a World holds no {type(value).__name__}")


def _decode(kind: type, value: Any) -> Any:
    if kind is Path:
        return Path(value)
    raise NotImplementedError(f"a World holds no {kind.__name__}")
