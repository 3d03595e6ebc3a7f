"""The shape that every table of the project format shares: frozen, strict about keys, and able to tell its line.

Modules of such tables do without `from __future__ import annotations`: their types are read when a project is, and as text they
would have to be compiled first, which takes longer than reading 7,583 components.
"""

from typing import Annotated

import msgspec

from headwater.origin import Origin

# What the reader must do with a text, beside checking that it is one. To all others these are plain `str`.
LocalPath = Annotated[str, msgspec.Meta(extra={"path": True})]  # made absolute against the file that says it
FileUri = Annotated[str, msgspec.Meta(extra={"path": "file://"})]  # a path without a scheme is made an absolute file URI
# A word that azldev does not have; it is marked so in the schema, and left out of what azldev's commands show.
OURS = msgspec.Meta(extra={"ours": True}, extra_json_schema={"x-headwater": True})
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
