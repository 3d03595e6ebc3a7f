"""The shape that every table of the project format shares: frozen, strict about keys, and able to tell its line."""

from __future__ import annotations

import msgspec

from headwater.origin import Origin


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab", omit_defaults=True):
    """A table as written in TOML. `where` is put in by the reader and can not be written by a user."""

    where: Origin | None = None


class Reasoned(Rule, frozen=True, kw_only=True):
    """A table that must say why it is there."""

    reason: str
