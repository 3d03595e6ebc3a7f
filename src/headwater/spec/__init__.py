"""Text <-> spec, without loss."""

from headwater.spec.document import PREAMBLE, Document, Section, parse
from headwater.spec.lines import Role
from headwater.spec.macros import expand, plain_macros
from headwater.spec.tags import Numbered, Tag, family, find, homes, numbered, same, tags, write

__all__ = [
    "PREAMBLE",
    "Document",
    "Numbered",
    "Role",
    "Section",
    "Tag",
    "expand",
    "family",
    "find",
    "homes",
    "numbered",
    "parse",
    "plain_macros",
    "same",
    "tags",
    "write",
]
