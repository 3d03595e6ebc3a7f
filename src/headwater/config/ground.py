"""The shape that every table of the project format shares: frozen, strict about keys, and able to tell its line."""

from __future__ import annotations

from typing import Annotated

import msgspec

from headwater.origin import Origin

# What the reader must do with a text, beside checking that it is one. To all others these are plain `str`.
LocalPath = Annotated[str, msgspec.Meta(extra={"path": True})]  # made absolute against the file that says it
Given = Annotated[str, msgspec.Meta(extra={"given": True})]  # the key of the table itself; cannot be written inside it


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab", omit_defaults=True):
    """A table as written in TOML. `where` is put in by the reader and can not be written by a user."""

    where: Origin | None = None


class Reasoned(Rule, frozen=True, kw_only=True):
    """A table that must say why it is there."""

    reason: str


def key_of(rule: Rule) -> str:
    """The dotted TOML key of a table, for messages."""
    return rule.where.key if rule.where else type(rule).__name__
