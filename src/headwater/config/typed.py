"""Tables into frozen structs: the types of the model are the grammar, and everything that breaks it is found at once.

msgspec would stop at the first error of a value; this walks the same type information and goes on.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from headwater.config.dialect import Dialect
from headwater.config.findings import Findings, did_you_mean
from headwater.config.ground import Rule
from headwater.config.overlays import KEYS, OverlayBase
from headwater.config.reader import Array, Spot, Table
from headwater.config.shapes import Form, Shape, form_of
from headwater.origin import Origin
from headwater.suggest import nearest

R = TypeVar("R", bound=Rule)
NOTHING: Any = object()  # a value that could not be made; its problem is already told
DEFAULTS = "defaults.toml"  # what origins call the embedded file
EXAMPLES = {"a string": '"..."', "true or false": "true", "an integer": "1", "a table": "{ ... }", "an array": '["..."]'}
WORDS = {str: "a string", bool: "true or false", int: "an integer", float: "a number", Table: "a table", Array: "an array"}


class Builder:
    """Makes rules from tables; `sound` collects those without a problem of their own, to be checked further.

    With `places` every rule knows its line; without, only its file and key, which is faster.
    """

    def __init__(self, root: Path, findings: Findings, dialect: Dialect, *, places: bool = True) -> None:
        self.root, self.findings, self.dialect, self.places = root, findings, dialect, places
        self.sound: list[Rule] = []
        self.outside: set[str] = set()  # paths that leave the project
        self.broken = 0

    def build(self, kind: type[R], table: Table, *, name: str = "") -> R | None:
        """Make one rule; None when not even an incomplete one can be made. `name` is the table's own key."""
        made = self._rule(kind, table, name)
        return None if made is NOTHING else made

    def where(self, spot: Spot) -> Origin:
        """What rules say of their place."""
        return spot.origin if self.places else spot.rough

    def table(self, value: Any, spot: Spot) -> Table | None:
        """The value if it is a table, else a problem."""
        if isinstance(value, Table):
            return value
        self._wrong(spot, "a table", value)
        return None

    def paths(self, table: Table, key: str) -> list[tuple[str, Spot]]:
        """A key's array of paths or globs, absolute, each with its place; what is no text is told and left out."""
        array = table.get(key)
        if array is None:
            return []
        if not isinstance(array, Array):
            self._wrong(table.at(key), "an array", array)
            return []
        made = [(self._scalar(str, value, spot), spot) for value, spot in zip(array, array.spots(), strict=True)]
        return [(self.absolute(value, spot), spot) for value, spot in made if value is not NOTHING]

    def _rule(self, kind: type[Rule], table: Table, name: str) -> Any:
        form, where = form_of(kind), self.where(table.spot)
        values: dict[str, Any] = {"where": where} | dict.fromkeys(form.given, name)
        before, misspelt = self.broken, set[str]()
        for key, value in table.items():
            if field := form.fields.get(key):
                if (made := self._value(field.shape, value, table, key)) is not NOTHING:
                    values[field.name] = made
            elif key != form.tag_field and not self._idle(kind, key):
                misspelt.add(self._unknown(form, key, table.at(key)))
        self.findings.remember(where, table)
        return self._finish(kind, form, table, values, misspelt, sound=before == self.broken)

    def _idle(self, kind: type[Rule], key: str) -> bool:
        """Whether a key without use is let pass, as azldev does."""
        return self.dialect.azldev and issubclass(kind, OverlayBase) and key in KEYS

    def _finish(
        self, kind: type[Rule], form: Form, table: Table, values: dict[str, Any], misspelt: set[str], *, sound: bool
    ) -> Any:
        missing = [key for key, field in form.fields.items() if field.required and field.name not in values]
        for key in missing:
            if key not in table and key not in misspelt:
                where = table.where
                self._add(where, f"`{key}` is missing in `{where.key or where.file}`", why=_purpose(kind))
        if missing:
            return NOTHING
        rule = kind(**values)
        if sound:
            self.sound.append(rule)
        return rule

    def _unknown(self, form: Form, key: str, spot: Spot) -> str:
        """Tell about a key that has no meaning here; the key that it was probably meant to be."""
        known = [*form.fields, *([form.tag_field] if form.tag_field else [])]
        place = spot.origin
        above = place.key.removesuffix(key).rstrip(".")
        where = f"`{form.tag}`" if form.tag else f"`{above}`" if "." in place.key else "a project file"
        tell = self.findings.add if self.dialect.permissive else self._add  # forgiven, the rest of the rule is sound
        tell(place, f"`{key}` is no key of {where}", hint=did_you_mean(key, known))
        return nearest(key, known) or ""

    def _value(self, shape: Shape, value: Any, table: Table, key: str, name: str = "") -> Any:
        """The value of a key; its place is looked for only when there is something to say about it."""
        if shape.plain is str and not shape.path and type(value) is str and "\0" not in value:
            return value
        return self._made(shape, value, table.at(key), name)

    def _made(self, shape: Shape, value: Any, spot: Spot, name: str) -> Any:
        if shape.rules:
            return self._one_of(shape.rules, value, spot, name)
        if shape.item or shape.entry:
            return self._many(shape, value, spot)
        if shape.enum:
            return self._enum(shape.enum, value, spot)
        assert shape.plain, "a shape is one of its kinds"
        made = self._scalar(shape.plain, value, spot)
        if shape.path and made is not NOTHING:
            return self.absolute(made, spot) if shape.path is True else self._uri(made, spot, shape.path)
        return made

    def _one_of(self, kinds: tuple[type[Rule], ...], value: Any, spot: Spot, name: str) -> Any:
        if not isinstance(value, Table):
            return self._wrong(spot, "a table", value)
        if len(kinds) == 1:
            return self._rule(kinds[0], value, name)
        tags = {form_of(each).tag: each for each in kinds}
        key = form_of(kinds[0]).tag_field
        assert key, "unions are of tagged structs"
        tag = value.get(key)
        if isinstance(tag, str) and tag in tags:
            return self._rule(tags[tag], value, name)
        known = [each for each in tags if each]
        if tag is None:
            self._add(value.where, f"`{key}` is missing in `{value.where.key}`", hint=did_you_mean("", known))
        else:
            what = f"`{tag}` is no {key} that `{value.where.key}` can have"
            self._add(value.place(key), what, hint=did_you_mean(str(tag), known))
        return NOTHING

    def _many(self, shape: Shape, value: Any, spot: Spot) -> Any:
        if shape.entry:
            return self._map(shape.entry, value) if isinstance(value, Table) else self._wrong(spot, "a table", value)
        assert shape.item, "what has no entries has items"
        return self._list(shape.item, value) if isinstance(value, Array) else self._wrong(spot, "an array", value)

    def _map(self, shape: Shape, table: Table) -> Any:
        made = {key: self._value(shape, value, table, key, key) for key, value in table.items()}
        return {key: value for key, value in made.items() if value is not NOTHING}

    def _list(self, shape: Shape, array: Array) -> Any:
        if shape.plain is str and not shape.path and set(map(type, array)) <= {str} and "\0" not in "".join(array):
            return tuple(array)  # tens of thousands of package names
        made = [self._made(shape, value, spot, "") for value, spot in zip(array, array.spots(), strict=True)]
        return tuple(value for value in made if value is not NOTHING)

    def _enum(self, kind: Any, value: Any, spot: Spot) -> Any:
        known = [each.value for each in kind]
        if isinstance(value, str) and value in known:
            return kind(value)
        place = spot.origin
        self._add(
            place, f"`{value}` is no value of `{place.key}`", hint=did_you_mean(str(value), [each for each in known if each])
        )
        return NOTHING

    def _scalar(self, kind: type, value: Any, spot: Spot) -> Any:
        if type(value) is not kind:
            return self._wrong(spot, WORDS[kind], value)
        if isinstance(value, str) and "\0" in value:
            place = spot.origin
            self._add(place, f"`{place.key}` holds a NUL character", why="no file, tag or command can")
            return NOTHING
        return value

    def _uri(self, text: str, spot: Spot, prefix: str) -> str:
        """An URI, made of a path where the text is one."""
        return text if not text or urlsplit(text).scheme else f"{prefix}{self.absolute(text, spot)}"

    def absolute(self, path: str, spot: Spot) -> str:
        """A path as counted from the file that says it (or the project, for our defaults)."""
        if not path:
            return path
        folder = self.root if spot.source.name == DEFAULTS else (self.root / spot.source.name).parent
        made = os.path.normpath(folder / path)
        if not made.startswith(f"{self.root}/"):
            self.outside.add(made)
        return made

    def _wrong(self, spot: Spot, wanted: str, value: Any) -> Any:
        found, place = WORDS.get(type(value), "a date or time"), spot.origin
        shown = f" `{value}`" if isinstance(value, str | int | float) else ""
        why, hint = f"found {found}{shown}, expected {wanted}", f"{place.key.rpartition('.')[2]} = {EXAMPLES[wanted]}"
        self._add(place, f"`{place.key}` is {found}, not {wanted}", why=why, hint=hint)
        return NOTHING

    def _add(self, where: Origin, what: str, *, why: str = "", hint: str = "") -> None:
        self.broken += 1
        self.findings.add(where, what, why=why, hint=hint)


def _purpose(kind: type[Rule]) -> str:
    return (kind.__doc__ or "").strip().partition("\n")[0]
