"""Which layer and line gave a value, and what it overrode: `hw config why KEY`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from headwater.config.findings import Findings
from headwater.config.layers import inner
from headwater.config.lineage import JOINED, OWN, ancestors, whole_images
from headwater.config.load import Reading
from headwater.config.places import Path, parse_key
from headwater.config.reader import Array, Table
from headwater.errors import Failure, Kind, fail
from headwater.origin import Origin
from headwater.suggest import unknown_name


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What one layer says: `layer` in words, `value` as written, `effect` is `counts`, `added` or `overridden`."""

    layer: str
    value: Any
    where: Origin
    effect: str


def trace(reading: Reading, text: str) -> tuple[Said, ...]:
    """Every layer that says something about a key, lowest first. Raises Failure(USAGE) where none does."""
    path = parse_key(text)
    found = [(layer, value, where) for layer, table, rest in _layers(reading, path) for value, where in _at(table, rest)]
    if not found:
        raise _unknown(reading, path, text)
    effects = _effects([value for _, value, _ in found], path)
    return tuple(
        Said(layer=layer, value=value, where=where, effect=effect)
        for (layer, value, where), effect in zip(found, effects, strict=True)
    )


def _layers(reading: Reading, path: Path) -> Iterator[tuple[str, Table, Path]]:
    """The layers that may say something, lowest first, each with what is left of the path inside it."""
    if len(path) > 2 and path[0] == "components" and path[1] in reading.heirs.names():
        for label, table in reading.heirs.inherited(str(path[1])):
            yield label, table, path[2:]
    if len(path) > 3 and path[0] == "images" and path[2] in JOINED:  # a number counts in the whole list
        images = whole_images(inner(reading.layers.merged, "images"), Findings())
        yield f"image {path[1]}", inner(images, str(path[1])), path[2:]
        return
    if len(path) > 2 and path[0] == "images" and path[2] not in OWN:
        for name, table in ancestors(inner(reading.layers.merged, "images"), str(path[1])):
            yield f"image {name}", table, path[2:]
    for table in reading.layers.layers:
        yield table.spot.source.name, table, path


def _at(table: Table, path: Path) -> Iterator[tuple[Any, Origin]]:
    value: Any = table
    spot = table.spot
    for part in path:
        if isinstance(value, Table) and part in value:
            spot, value = value.at(str(part)), value[str(part)]
        elif isinstance(value, Array) and isinstance(part, int) and part < len(value):
            spot, value = list(value.spots())[part], value[part]
        else:
            return
    yield value, spot.origin


def _effects(values: list[Any], path: Path) -> list[str]:
    """The last value counts that is not empty; arrays and tables add to one another. For images see `lineage.py`."""
    if path[0] == "images" and len(path) > 2 and not (path[2] in JOINED or isinstance(values[-1], Table)):
        return ["overridden"] * (len(values) - 1) + ["counts"]
    if all(isinstance(value, Array | Table) for value in values):
        return ["added"] * (len(values) - 1) + ["counts" if len(values) == 1 else "added"]
    winner = next((index for index in reversed(range(len(values))) if values[index]), len(values) - 1)
    return ["counts" if index == winner else "overridden" for index in range(len(values))]


def _unknown(reading: Reading, path: Path, text: str) -> Failure:
    """Nothing says it: the part that is unknown, with the nearest that is there."""
    table: Any = reading.layers.merged
    for part in path:
        if not isinstance(table, Table):
            break
        if part not in table:
            return Failure([unknown_name("key here", str(part), table, Kind.USAGE)])
        table = table[str(part)]
    return fail(Kind.USAGE, f"no layer says `{text}`", why="it has its default, or is no key", hint="hw config dump --resolved")
