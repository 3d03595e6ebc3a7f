"""TOML files as tables that remember their lines."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from headwater.config.findings import Findings
from headwater.config.places import Path as KeyPath
from headwater.config.places import Place, places_of
from headwater.origin import Origin

LIMIT = 4 << 20  # bytes of one TOML file; the largest known one (of 7,583 components) has a quarter of that
BARE = re.compile(r"[A-Za-z0-9_-]+")
POSITION = re.compile(r" \(at line (\d+), column (\d+)\)$")


class Table(dict[str, Any]):
    """A TOML table: its own place, and that of each of its keys (after merging they may be in several files)."""

    def __init__(self, where: Origin) -> None:
        super().__init__()
        self.where = where
        self.places: dict[str, Origin] = {}

    def put(self, key: str, value: Any, place: Origin) -> None:
        self[key] = value
        self.places[key] = place


class Array(list[Any]):
    """A TOML array with the place of each element."""

    def __init__(self) -> None:
        super().__init__()
        self.places: list[Origin] = []

    def put(self, value: Any, place: Origin) -> None:
        self.append(value)
        self.places.append(place)


def read(path: Path, root: Path, findings: Findings, *, asked_by: Origin | None = None) -> Table:
    """Read a TOML file; one that cannot be read is a problem (blamed on `asked_by`) and an empty table."""
    name = shown(path, root)
    try:
        if path.stat().st_size > LIMIT:
            findings.add(Origin(file=name), f"`{name}` is too large", why=f"a TOML file may have {LIMIT >> 20} MiB")
            return _unread(name, findings)
        data = path.read_bytes()
    except OSError as error:
        findings.add(asked_by or Origin(file=name), f"`{name}` cannot be read", why=error.strerror or str(error))
        return _unread(name, findings)
    return parse(data, name, findings)


def parse(data: bytes, name: str, findings: Findings) -> Table:
    """Parse a TOML text; `name` is what origins call its file."""
    try:
        text = data.decode().replace("\r\n", "\n")
        values = tomllib.loads(text)
        places = places_of(text)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        findings.add(
            Origin(file=name, line=line), f"`{name}` is not UTF-8", why=f"byte {error.start} is {data[error.start]:#x}"
        )
    except tomllib.TOMLDecodeError as error:
        findings.add(_position(str(error), name, data), f"`{name}` is not TOML", why=POSITION.sub("", str(error)))
    except RecursionError:
        findings.add(Origin(file=name), f"`{name}` nests too deep", why="no key of the format needs it")
    else:
        return _table(values, (), places, name)
    return _unread(name, findings)


def _unread(name: str, findings: Findings) -> Table:
    findings.unread = True
    return Table(Origin(file=name))


def shown(path: Path, root: Path) -> str:
    """How origins name a file: relative to the project's root when it lies below it."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _position(message: str, name: str, data: bytes) -> Origin:
    if match := POSITION.search(message):
        return Origin(file=name, line=int(match[1]), column=int(match[2]))
    return Origin(file=name, line=data.count(b"\n") + 1)  # "at end of document"


def _table(values: dict[str, Any], path: KeyPath, places: dict[KeyPath, Place], name: str) -> Table:
    table = Table(_origin(path, places, name))
    for key, value in values.items():
        inner = (*path, key)
        table.put(key, _located(value, inner, places, name), _origin(inner, places, name))
    return table


def _located(value: Any, path: KeyPath, places: dict[KeyPath, Place], name: str) -> Any:
    if isinstance(value, dict):
        return _table(value, path, places, name)
    if not isinstance(value, list):
        return value
    array = Array()
    for number, element in enumerate(value):
        inner = (*path, number)
        array.put(_located(element, inner, places, name), _origin(inner, places, name))
    return array


def _origin(path: KeyPath, places: dict[KeyPath, Place], name: str) -> Origin:
    line, column = places.get(path, (1, 1)) if path else (0, 0)
    return Origin(file=name, line=line, column=column, key=dotted(path))


def dotted(path: KeyPath) -> str:
    """A key path as TOML writes it, with `[0]` for elements of arrays."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (part if BARE.fullmatch(part) else f'"{part}"')
    return text
