"""JSON schema of project files and overlay files, made from the model; editors check and complete with it."""

from __future__ import annotations

from typing import Any

import msgspec

from headwater.config.ground import Rule
from headwater.config.shapes import Shape, form_of
from headwater.config.written import OverlayFile, ProjectFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(kind: type[Rule] = ProjectFile) -> dict[str, Any]:
    """JSON schema (2020-12) of a `ProjectFile`, or of an `OverlayFile`; without what only the reader puts in."""
    made = {"$schema": DIALECT, **msgspec.json.schema(kind)}
    definitions = made["$defs"]
    definitions.pop("Origin", None)
    for each in rules_of(kind):
        properties = definitions[each.__name__]["properties"]
        for key in ("where", *form_of(each).given):
            properties.pop(key, None)
    return made


def overlay_file_schema() -> dict[str, Any]:
    return schema(OverlayFile)


def rules_of(kind: type[Rule]) -> set[type[Rule]]:
    """Every table that can stand somewhere in a table of this kind, itself included."""
    found, rest = {kind}, [kind]
    while rest:
        for field in form_of(rest.pop()).fields.values():
            new = set(_rules_in(field.shape)) - found
            found |= new
            rest += new
    return found


def _rules_in(shape: Shape) -> tuple[type[Rule], ...]:
    inner = shape.item or shape.entry
    return _rules_in(inner) if inner else shape.rules
