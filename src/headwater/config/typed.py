"""Tables into frozen structs: the types of the model are the grammar, and everything that breaks it is found at once.

msgspec would stop at the first error of a value; this walks the same type information and goes on.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from headwater.config import pending
from headwater.config.findings import Findings, did_you_mean
from headwater.config.ground import Rule
from headwater.config.reader import Array, Table
from headwater.origin import Origin
from headwater.suggest import nearest

R = TypeVar("R", bound=Rule)
NOTHING: Any = object()  # a value that could not be made; its problem is already told
DEFAULTS = "defaults.toml"  # what origins call the embedded file
WORDS = {str: "a string", bool: "true or false", int: "an integer", float: "a number", Table: "a table", Array: "an array"}
PLAIN: dict[Any, type] = {inspect.StrType: str, inspect.BoolType: bool, inspect.IntType: int}

shape_of: Callable[[type], Any] = cache(inspect.type_info)


class Builder:
    """Makes rules from tables; `sound` collects those without a problem of their own, to be checked further."""

    def __init__(self, root: Path, findings: Findings) -> None:
        self.root, self.findings = root, findings
        self.sound: list[Rule] = []
        self.broken = 0

    def build(self, kind: type[R], table: Table, *, name: str = "") -> R | None:
        """Make one rule; None when not even an incomplete one can be made. `name` is the table's own key."""
        made = self._struct(shape_of(kind), table, name)
        return None if made is NOTHING else made

    def table(self, value: Any, place: Origin) -> Table | None:
        """The value if it is a table, else a problem."""
        if isinstance(value, Table):
            return value
        self._wrong(place, "a table", value)
        return None

    def paths(self, table: Table, key: str) -> list[tuple[str, Origin]]:
        """A key's array of paths or globs, absolute, each with its place; what is no text is told and left out."""
        if not isinstance(array := table.get(key, Array()), Array):
            self._wrong(table.places[key], "an array", array)
            return []
        made = [(self._scalar(str, value, place), place) for value, place in zip(array, array.places, strict=True)]
        return [(self._absolute(value, place), place) for value, place in made if value is not NOTHING]

    def _struct(self, shape: Any, table: Table, name: str) -> Any:
        fields = _fields_of(shape.cls)
        values: dict[str, Any] = {"where": table.where} | dict.fromkeys(_given_to(shape.cls), name)
        before, misspelt = self.broken, set[str]()
        for key, value in table.items():
            if field := fields.get(key):
                if (made := self._value(field.type, value, table.places[key], "")) is not NOTHING:
                    values[field.name] = made
            elif key != shape.tag_field:
                misspelt.add(self._unknown(shape, key, table.places[key], [*fields, shape.tag_field or ""]))
        return self._finish(shape, table, values, misspelt, sound=before == self.broken)

    def _finish(self, shape: Any, table: Table, values: dict[str, Any], misspelt: set[str], *, sound: bool) -> Any:
        missing = [field.encode_name for field in shape.fields if field.required and field.name not in values]
        for key in missing:
            if key not in table and key not in misspelt:
                self._add(
                    table.where, f"`{key}` is missing in `{table.where.key or table.where.file}`", why=_purpose(shape.cls)
                )
        self.findings.remember(table.where, table.places)
        if missing:
            return NOTHING
        rule = shape.cls(**values)
        if sound:
            self.sound.append(rule)
        return rule

    def _unknown(self, shape: Any, key: str, place: Origin, known: list[str]) -> str:
        """Tell about a key that has no meaning here; the key that it was probably meant to be."""
        known = [each for each in known if each]
        if pending.is_pending(shape.cls, key):
            self._add(place, f"`{key}` is part of the format but not read yet", why=f"found as `{place.key}`", hint="remove it")
            return ""
        where = (
            f"`{shape.tag}`"
            if shape.tag
            else f"`{place.key.removesuffix(key).rstrip('.')}`"
            if "." in place.key
            else "a project file"
        )
        self._add(place, f"`{key}` is no key of {where}", hint=did_you_mean(key, known))
        return nearest(key, known) or ""

    def _value(self, shape: Any, value: Any, place: Origin, name: str) -> Any:
        match shape:
            case inspect.Metadata():
                made = self._value(shape.type, value, place, name)
                return self._absolute(made, place) if shape.extra and shape.extra.get("path") else made
            case inspect.UnionType():
                return self._union([each for each in shape.types if not isinstance(each, inspect.NoneType)], value, place, name)
            case inspect.StructType():
                return self._struct(shape, value, name) if isinstance(value, Table) else self._wrong(place, "a table", value)
            case inspect.EnumType():
                return self._enum(shape.cls, value, place)
            case inspect.DictType() | inspect.VarTupleType():
                return self._many(shape, value, place)
            case _:
                return self._scalar(PLAIN[type(shape)], value, place)

    def _union(self, shapes: list[Any], value: Any, place: Origin, name: str) -> Any:
        if len(shapes) == 1:
            return self._value(shapes[0], value, place, name)
        assert all(isinstance(each, inspect.StructType) and each.tag for each in shapes), "unions are of tagged structs"
        if not isinstance(value, Table):
            return self._wrong(place, "a table", value)
        key, kinds = shapes[0].tag_field, {each.tag: each for each in shapes}
        tag = value.get(key)
        if isinstance(tag, str) and tag in kinds:
            return self._struct(kinds[tag], value, name)
        if tag is None:
            self._add(value.where, f"`{key}` is missing in `{value.where.key}`", hint=did_you_mean("", kinds))
        elif isinstance(tag, str) and tag in pending.VALUES:
            self._add(value.places[key], f"{key} `{tag}` is part of the format but not read yet")
        else:
            self._add(
                value.places[key], f"`{tag}` is no {key} that `{value.where.key}` can have", hint=did_you_mean(str(tag), kinds)
            )
        return NOTHING

    def _many(self, shape: Any, value: Any, place: Origin) -> Any:
        if isinstance(shape, inspect.DictType):
            return self._map(shape, value) if isinstance(value, Table) else self._wrong(place, "a table", value)
        return self._list(shape, value) if isinstance(value, Array) else self._wrong(place, "an array", value)

    def _map(self, shape: Any, table: Table) -> Any:
        made = {key: self._value(shape.value_type, value, table.places[key], key) for key, value in table.items()}
        return {key: value for key, value in made.items() if value is not NOTHING}

    def _list(self, shape: Any, array: Array) -> Any:
        made = [self._value(shape.item_type, value, place, "") for value, place in zip(array, array.places, strict=True)]
        return tuple(value for value in made if value is not NOTHING)

    def _enum(self, kind: Any, value: Any, place: Origin) -> Any:
        known = [each.value for each in kind]
        if isinstance(value, str) and value in pending.VALUES:
            self._add(
                place, f"`{value}` is part of the format but not read yet", hint=did_you_mean("", set(known) - pending.VALUES)
            )
            return NOTHING
        if value in known:
            return kind(value)
        self._add(
            place, f"`{value}` is no value of `{place.key}`", hint=did_you_mean(str(value), [each for each in known if each])
        )
        return NOTHING

    def _scalar(self, kind: type, value: Any, place: Origin) -> Any:
        if type(value) is not kind:
            return self._wrong(place, WORDS[kind], value)
        if isinstance(value, str) and "\0" in value:
            self._add(place, f"`{place.key}` holds a NUL character", why="no file, tag or command can")
            return NOTHING
        return value

    def _absolute(self, path: Any, place: Origin) -> Any:
        if not isinstance(path, str) or not path:
            return path
        folder = self.root if place.file == DEFAULTS else (self.root / place.file).parent
        return os.path.normpath(folder / path)

    def _wrong(self, place: Origin, wanted: str, value: Any) -> Any:
        found = WORDS.get(type(value), "a date or time")
        shown = f" `{value}`" if isinstance(value, str | int | float) else ""
        self._add(place, f"`{place.key}` is {found}, not {wanted}", why=f"found {found}{shown}, expected {wanted}")
        return NOTHING

    def _add(self, where: Origin, what: str, *, why: str = "", hint: str = "") -> None:
        self.broken += 1
        self.findings.add(where, what, why=why, hint=hint)


def is_given(field: inspect.Field) -> bool:
    return isinstance(field.type, inspect.Metadata) and bool((field.type.extra or {}).get("given"))


def is_writable(field: inspect.Field) -> bool:
    """May a person write this field? (`where` and given names come from the reader.)"""
    return field.name != "where" and not is_given(field)


@cache
def _fields_of(kind: type[Rule]) -> dict[str, inspect.Field]:
    return {field.encode_name: field for field in shape_of(kind).fields if is_writable(field)}


@cache
def _given_to(kind: type[Rule]) -> tuple[str, ...]:
    return tuple(field.name for field in shape_of(kind).fields if is_given(field))


def _purpose(kind: type[msgspec.Struct]) -> str:
    return (kind.__doc__ or "").strip().partition("\n")[0]
