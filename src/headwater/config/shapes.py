"""What may stand under each key of a table, read from the annotations of its class.

msgspec.inspect knows it as well, but translates the whole model before it answers, which takes longer than to read a project.
"""

from __future__ import annotations

import inspect
import types
import typing
from enum import Enum
from functools import cache
from typing import Annotated, Any

import msgspec

from headwater.config.ground import Rule

PLAIN = (str, int, bool)


class Shape:
    """One type of the format: one of `plain`, `enum`, `rules` (a union has several), `item` (of an array), `entry` (of a map).

    `path` is true (or the prefix of an URI) where the reader makes a text absolute, `given` where only the reader fills it,
    `ours` where azldev has no such word.
    """

    __slots__ = ("entry", "enum", "given", "item", "ours", "path", "plain", "rules")

    def __init__(self, annotation: Any) -> None:
        self.plain: type | None = None
        self.enum: type[Enum] | None = None
        self.rules: tuple[type[Rule], ...] = ()
        self.item: Shape | None = None
        self.entry: Shape | None = None
        self.path: bool | str = False
        self.given = self.ours = False
        self._read(annotation)

    def _read(self, annotation: Any) -> None:
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is Annotated:
            extra = {key: value for meta in arguments[1:] for key, value in meta.extra.items()}
            self.path, self.given, self.ours = extra.get("path", False), extra.get("given", False), extra.get("ours", False)
            self._read(arguments[0])
        elif origin in {types.UnionType, typing.Union}:
            kinds = [each for each in arguments if each is not types.NoneType]
            if len(kinds) == 1:
                self._read(kinds[0])
            else:
                self.rules = tuple(kinds)
        elif origin is tuple:
            self.item = Shape(arguments[0])
        elif origin is dict:
            self.entry = Shape(arguments[1])
        elif annotation in PLAIN:
            self.plain = annotation
        elif issubclass(annotation, Enum):
            self.enum = annotation
        else:
            assert issubclass(annotation, Rule), f"{annotation} is no type of the format"
            self.rules = (annotation,)


class Field(msgspec.Struct, frozen=True):
    """A key that a person may write: the name of its field, and what may stand there."""

    name: str
    shape: Shape
    required: bool


class Form(msgspec.Struct, frozen=True):
    """A table: its keys as written, fields that get the table's own name, and the key and value that choose it in a union."""

    fields: dict[str, Field]
    given: tuple[str, ...]
    tag_field: str | None
    tag: str | None


@cache
def form_of(kind: type[Rule]) -> Form:
    """The form of one class of tables."""
    hints = _annotations(kind)
    fields, given = {}, []
    for key, name in zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True):
        if name == "where":
            continue
        shape = Shape(hints[name])
        if shape.given:
            given.append(name)
        else:
            fields[key] = Field(name, shape, _is_required(kind, name))
    tag = kind.__struct_config__.tag
    return Form(fields, tuple(given), kind.__struct_config__.tag_field, str(tag) if tag else None)


@cache
def _required_of(kind: type[Rule]) -> frozenset[str]:
    """Fields without a default: keyword-only fields are those whose default is msgspec's mark for none."""
    defaults = kind.__struct_defaults__
    names = kind.__struct_fields__[-len(defaults) :] if defaults else ()
    some = {name for name, default in zip(names, defaults, strict=True) if default is not msgspec.NODEFAULT}
    return frozenset(kind.__struct_fields__) - some


def _is_required(kind: type[Rule], name: str) -> bool:
    return name in _required_of(kind)


def _annotations(kind: type[Rule]) -> dict[str, Any]:
    """Annotations of the class and those it is made from, nearest last."""
    found: dict[str, Any] = {}
    for each in reversed(kind.__mro__):
        found |= inspect.get_annotations(each)
    return found
