"""Text <-> spec, without loss."""

from headwater.spec.document import PREAMBLE, Document, Section, parse
from headwater.spec.lines import Role
from headwater.spec.tags import Numbered, Tag, family, find, homes, numbered, same, tags, write

__all__ = [
    "PREAMBLE",
    "Document",
    "Numbered",
    "Role",
    "Section",
    "Tag",
    "family",
    "find",
    "homes",
    "numbered",
    "parse",
    "same",
    "tags",
    "write",
]
