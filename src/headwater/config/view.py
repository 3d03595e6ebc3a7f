"""A project as azldev's commands show it: camelCase in JSON and kebab-case in TOML, zero values left out, structs always there.

So scripts written for azldev read what Headwater says. Words of ours are shown only where somebody used them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from headwater.config.components import Component
from headwater.config.ground import Rule
from headwater.config.layers import TOOLBOX
from headwater.config.model import ProjectRule
from headwater.config.packages import PublishRule
from headwater.config.shapes import Field, form_of
from headwater.config.typed import DEFAULTS
from headwater.config.written import ProjectFile

# tables that azldev leaves out where they were not written
_SCALARS = frozenset({str, int, bool, float, type(None)})
POINTERS = frozenset({"metadata", "pytest", "lisa", "tmt"})
# old words that azldev reads, and shows in TOML only
_OLD = frozenset({(PublishRule, "channel")})


class Style(Enum):
    """How keys are written."""

    JSON = "json"
    TOML = "toml"


class _Key(msgspec.Struct, frozen=True):
    field: str
    written: str
    default: Any
    table: type[Rule] | None
    ours: bool


def view(rule: Rule, style: Style = Style.JSON, *, resolved: bool = True) -> dict[str, Any]:
    """A table as plain values; where it is not `resolved`, what has its default was not written and is left out."""
    form = form_of(type(rule))
    made: dict[str, Any] = {"name": rule.name} if "name" in form.given and style is Style.JSON else {}  # type: ignore[attr-defined]
    if form.tag_field and form.tag:
        made[form.tag_field] = form.tag
    for key in _keys(type(rule), style):
        value = getattr(rule, key.field)
        if value == key.default and (key.ours or not (resolved or key.table)):
            continue
        if key.table and not (key.ours and _is_built_in(value)):
            if value is not None:
                made[key.written] = view(value, style, resolved=resolved)
            elif style is Style.JSON and key.field not in POINTERS:
                made[key.written] = _empty(key.table)
        elif not key.table and (plain := _plain(value, style, resolved=resolved)):
            made[key.written] = plain
    return made


def view_file(file: ProjectFile, root: Path, style: Style) -> dict[str, Any]:
    """All files of a project as one, as written. The folder of keys, absolute once it is read, is shown where it was said."""
    plain = ProjectRule().key_dir
    if Path(file.project.key_dir) == root / plain:
        file = msgspec.structs.replace(file, project=msgspec.structs.replace(file.project, key_dir=plain))
    return view(file, style, resolved=False)


def _empty(kind: type[Rule]) -> dict[str, Any]:
    """A table of which nothing was written."""
    needs_more = any(field.required for field in form_of(kind).fields.values())
    return {} if needs_more else view(kind(), resolved=False)


def _is_built_in(rule: Rule | None) -> bool:
    """Whether nobody but Headwater's own defaults said it."""
    return rule is None or rule.where is None or rule.where.file in {DEFAULTS, TOOLBOX.name}


def _plain(value: Any, style: Style, *, resolved: bool) -> Any:
    if type(value) in _SCALARS:
        return value
    if isinstance(value, Rule):
        return view(value, style, resolved=resolved)
    if isinstance(value, tuple):
        return [one if type(one) is str else _plain(one, style, resolved=resolved) for one in value]  # thousands of names
    if isinstance(value, dict):
        return {key: _plain(one, style, resolved=resolved) for key, one in sorted(value.items())}
    return value.value if isinstance(value, Enum) else value


@cache
def _keys(kind: type[Rule], style: Style) -> tuple[_Key, ...]:
    spell: Callable[[str], str] = camel if style is Style.JSON else str
    defaults = {field.name: field.default for field in msgspec.structs.fields(kind)}
    return tuple(
        _Key(
            field.name,
            spell(key),
            defaults[field.name],
            field.shape.rules[0] if len(field.shape.rules) == 1 else None,
            _is_ours(kind, field),
        )
        for key, field in form_of(kind).fields.items()
        if style is Style.TOML or (kind, field.name) not in _OLD
    )


def _is_ours(kind: type[Rule], field: Field) -> bool:
    return field.shape.ours or (kind is Component and field.name == "tests")  # azldev 0.4 has it, and leaves it out


def camel(key: str) -> str:
    """`mock-config-x86_64` as `mockConfigX8664`."""
    first, *more = re.split(r"[-_]", key)
    return first + "".join(word[:1].upper() + word[1:] for word in more)
