"""Macros whose value a spec says plainly: enough to read a file name in a tag, no substitute for rpm."""

from __future__ import annotations

import re

from headwater.spec.document import Document
from headwater.spec.tags import find

_PLAIN = re.compile(r"\s*%(?:global|define)\s+(\w+)\s+(\S.*)")
_USE = re.compile(r"%\{(\w+)\}|%(\w+)")
_DEPTH = 8  # macros in macros
_LONGEST = 1024  # characters of a definition; no file name is longer, and expansion stays small


def plain_macros(document: Document) -> dict[str, str]:
    """Values of `%name`, `%version`, `%url` and of definitions on one line; the last one wins."""
    known = {name: tag.value for name in ("name", "version", "url") for tag in find(document, name)}
    for index, line in enumerate(document.lines):
        if len(line) <= _LONGEST and (match := _PLAIN.match(line)) and document.statement(index) == index + 1:
            known[match[1]] = match[2].rstrip()
    return known


def expand(text: str, known: dict[str, str]) -> str:
    """The text with known macros replaced; unknown ones stay. Growth is cut off after some rounds."""
    for _ in range(_DEPTH):
        text, before = _USE.sub(lambda use: known.get(use[1] or use[2], use[0]), text), text
        if text == before or len(text) > 1 << 16:
            break
    return text
