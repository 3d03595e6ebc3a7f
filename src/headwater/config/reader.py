"""TOML files as tables that know where they come from; lines are looked up only when somebody asks for one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rtoml

from headwater.config.findings import Findings
from headwater.origin import Origin

if TYPE_CHECKING:
    from headwater.config.places import Path as KeyPath
    from headwater.config.places import Place

LIMIT = 4 << 20  # bytes of one TOML file; the largest known one (of 7,583 components) has a quarter of that
BARE = re.compile(r"[A-Za-z0-9_-]+").fullmatch
POSITION = re.compile(r" \(at line (\d+), column (\d+)\)$")


class Source:
    """One TOML file: what origins call it, and its text."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text

    @cached_property
    def places(self) -> dict[KeyPath, Place]:
        """The line and column of every key; found the first time one is wanted."""
        from headwater.config.places import places_of  # noqa: PLC0415 images are asked for more often than lines

        return places_of(self.text)

    def origin(self, path: KeyPath) -> Origin:
        line, column = self.places.get(path, (1, 1)) if path else (0, 0)
        return Origin(file=self.name, line=line, column=column, key=dotted(path))


class Spot:
    """A key of a file that has not been looked up yet."""

    __slots__ = ("path", "source")

    def __init__(self, source: Source, path: KeyPath) -> None:
        self.source, self.path = source, path

    @property
    def origin(self) -> Origin:
        """The place with its line."""
        return self.source.origin(self.path)

    @property
    def rough(self) -> Origin:
        """The place without its line: file and key name it as well, and no text is searched."""
        return Origin(file=self.source.name, key=dotted(self.path))

    def inner(self, part: str | int) -> Spot:
        return Spot(self.source, (*self.path, part))


NOWHERE = Spot(Source("", ""), ())


class Table(dict[str, Any]):
    """A TOML table; after merging, its keys may stand in several files (`moved`)."""

    __slots__ = ("moved", "spot")

    def __init__(self, spot: Spot) -> None:
        super().__init__()
        self.spot = spot
        self.moved: dict[str, Spot] = {}

    @property
    def where(self) -> Origin:
        return self.spot.origin

    def at(self, key: str) -> Spot:
        """Where a key of this table stands."""
        return self.moved.get(key) or self.spot.inner(key)

    def place(self, key: str) -> Origin:
        return self.at(key).origin

    def put(self, key: str, value: Any, spot: Spot) -> None:
        self[key] = value
        self.moved[key] = spot

    def copy(self) -> Table:
        made = Table(self.spot)
        made.update(self)
        made.moved = dict(self.moved)
        return made


class Array(list[Any]):
    """A TOML array; after joining, its elements may stand in several files (`moved`, one for each)."""

    __slots__ = ("moved", "spot")

    def __init__(self, spot: Spot) -> None:
        super().__init__()
        self.spot = spot
        self.moved: list[Spot] | None = None

    def spots(self) -> Iterator[Spot]:
        return iter(self.moved) if self.moved is not None else map(self.spot.inner, range(len(self)))


def read(path: Path, root: Path, findings: Findings, *, asked_by: Spot | None = None) -> Table:
    """Read a TOML file; one that cannot be read is a problem (blamed on `asked_by`) and an empty table."""
    name = shown(path, root)
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read(min(size, LIMIT) + 1)  # whoever asks for more gets memory for it first
            if len(data) > size:  # it grew, or is no plain file
                data += file.read(LIMIT + 1 - len(data))
    except OSError as error:
        where = asked_by.origin if asked_by else Origin(file=name)
        findings.add(where, f"`{name}` cannot be read", why=error.strerror or str(error))
        return _unread(name, findings)
    if len(data) > LIMIT:
        findings.add(Origin(file=name), f"`{name}` is too large", why=f"a TOML file may have {LIMIT >> 20} MiB")
        return _unread(name, findings)
    return parse(data, name, findings)


def parse(data: bytes, name: str, findings: Findings) -> Table:
    """Parse a TOML text; `name` is what origins call its file."""
    try:
        text = data.decode().removeprefix("\ufeff").replace("\r\n", "\n")
        return _table(_values(text), Spot(Source(name, text), ()))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        findings.add(
            Origin(file=name, line=line), f"`{name}` is not UTF-8", why=f"byte {error.start} is {data[error.start]:#x}"
        )
    except RecursionError:
        findings.add(Origin(file=name), f"`{name}` nests too deep", why="no key of the format needs it")
    except ValueError as error:
        findings.add(_position(str(error), name, data), f"`{name}` is not TOML", why=POSITION.sub("", str(error)))
    return _unread(name, findings)


def _values(text: str) -> dict[str, Any]:
    """By rtoml, which is ten times faster than tomllib; that says better what is wrong with a text, and has the last word.

    But not on depth: a key of many parts would keep it busy for hours.
    """
    try:
        return rtoml.loads(text)
    except rtoml.TomlParsingError as error:
        import tomllib  # noqa: PLC0415 only for who must be told what is wrong

        if "recurs" in str(error):
            raise RecursionError from None
        return tomllib.loads(text)


def _unread(name: str, findings: Findings) -> Table:
    findings.unread = True
    return Table(Spot(Source(name, ""), ()))


def shown(path: Path, root: Path) -> str:
    """How origins name a file: relative to the project's root when it lies below it."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _position(message: str, name: str, data: bytes) -> Origin:
    if match := POSITION.search(message):
        return Origin(file=name, line=int(match[1]), column=int(match[2]))
    at_end = "end of document" in message
    return Origin(file=name, line=data.count(b"\n") + 1 if at_end else 0)  # a number of thousands of digits has no place


def _table(values: dict[str, Any], spot: Spot) -> Table:
    table = Table(spot)
    for key, value in values.items():
        if type(value) is dict:
            value = _table(value, spot.inner(key))  # noqa: PLW2901 the same value, wrapped
        elif type(value) is list:
            value = _array(value, spot.inner(key))  # noqa: PLW2901
        table[key] = value
    return table


def _array(values: list[Any], spot: Spot) -> Array:
    array = Array(spot)
    array.extend(values)
    for number, value in enumerate(values):
        if type(value) is dict:
            array[number] = _table(value, spot.inner(number))
        elif type(value) is list:
            array[number] = _array(value, spot.inner(number))
    return array


def dotted(path: KeyPath) -> str:
    """A key path as TOML writes it, with `[0]` for elements of arrays."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif text:
            text = f"{text}.{part}" if BARE(part) else f'{text}."{part}"'
        else:
            text = part if BARE(part) else f'"{part}"'
    return text
