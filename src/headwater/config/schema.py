"""JSON schema of project files and overlay files, made from the model; editors check and complete with it."""

from __future__ import annotations

from typing import Any

import msgspec

from headwater.config.ground import Rule
from headwater.config.typed import is_writable, shape_of
from headwater.config.written import OverlayFile, ProjectFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(kind: type[Rule] = ProjectFile) -> dict[str, Any]:
    """JSON schema (2020-12) of a `ProjectFile`, or of an `OverlayFile`; without what only the reader puts in."""
    made = {"$schema": DIALECT, **msgspec.json.schema(kind)}
    definitions = made["$defs"]
    definitions.pop("Origin", None)
    for each in _rules(kind):
        for field in shape_of(each).fields:
            if not is_writable(field):
                definitions[each.__name__]["properties"].pop(field.encode_name, None)
    return made


def overlay_file_schema() -> dict[str, Any]:
    return schema(OverlayFile)


def _rules(kind: type[Rule]) -> set[type[Rule]]:
    """Every table that can stand somewhere in a table of this kind, itself included."""
    found: set[type[Rule]] = set()
    rest: list[Any] = [shape_of(kind)]
    while rest:
        shape = rest.pop()
        if isinstance(shape, msgspec.inspect.StructType):
            if not issubclass(shape.cls, Rule) or shape.cls in found:
                continue
            found.add(shape.cls)
            rest += [field.type for field in shape.fields]
        for name in ("type", "item_type", "value_type"):
            if (inner := getattr(shape, name, None)) is not None:
                rest.append(inner)
        rest += getattr(shape, "types", ())
    return found
