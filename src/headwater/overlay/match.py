"""Patterns of overlays: RE2 over bytes with Go's rule for empty matches, and globs with `**` and `{a,b}`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import re2

from headwater.config.overlays import Overlay
from headwater.overlay.nearest import refuse

_MEMBER = re.compile(r"(.)(?:-(.))?", re.DOTALL)
_GLOB = re.compile(r"\*\*/|\*\*|\*|\?|\[[!^]?\]?[^\]]*\]|\{[^{}]*\}|.", re.DOTALL)


def compile_regex(overlay: Overlay, regex: str) -> Any:
    """An RE2 pattern over UTF-8 bytes."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(regex.encode(), options)
    except re2.error as error:
        said = error.args[0].decode(errors="replace") if error.args and isinstance(error.args[0], bytes) else str(error)
        raise refuse(
            overlay, f"`{regex}` is no RE2 pattern", why=said, hint="RE2 has no look-around and no back-references"
        ) from None


def substitute(pattern: Any, replacement: bytes, text: bytes) -> bytes | None:
    """`text` with every match replaced by the literal replacement; None if there is no match."""
    pieces, last = [], 0
    for start, end in spans(pattern, text):
        pieces += [text[last:start], replacement]
        last = end
    return b"".join([*pieces, text[last:]]) if pieces else None


def spans(pattern: Any, text: bytes) -> Iterator[tuple[int, int]]:
    """Where a pattern matches in UTF-8. As in Go, no empty match counts right behind another or within a letter's bytes."""
    previous = -1
    for match in pattern.finditer(text):
        start, end = match.span()
        if start < end or not (start == previous or _within_letter(text, start)):
            yield start, end
            previous = end


def _within_letter(text: bytes, at: int) -> bool:
    return at < len(text) and text[at] & 0xC0 == 0x80


def substitute_text(pattern: Any, replacement: str, text: str) -> str | None:
    """The same for text that may hold undecodable bytes as surrogates."""
    result = substitute(pattern, replacement.encode(), text.encode(errors="surrogateescape"))
    return None if result is None else result.decode(errors="surrogateescape")


def compile_glob(pattern: str) -> re.Pattern[str]:
    """A glob over whole paths: `*` and `?` stay within a folder, `**/` is any number of folders, `{a,b}` a choice."""
    return re.compile("".join(_piece(piece) for piece in _GLOB.findall(pattern)) + r"\Z", re.DOTALL)


_SIGNS = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _piece(piece: str) -> str:
    if piece in _SIGNS:
        return _SIGNS[piece]
    if piece[0] == "[" and len(piece) > 2:
        return _set(piece[1:-1])
    if piece[0] == "{" and len(piece) > 2:
        return "(?:" + "|".join(compile_glob(choice).pattern.removesuffix(r"\Z") for choice in piece[1:-1].split(",")) + ")"
    return re.escape(piece)


def _set(members: str) -> str:
    """A set of letters, none of them a slash. A range that runs backwards holds nothing."""
    negated = members[0] in "!^"
    ranges = [(first, last or first) for first, last in _MEMBER.findall(members[negated:])]
    found = "".join(f"{re.escape(first)}-{re.escape(last)}" for first, last in ranges if first <= last)
    if not found:
        return "[^/]" if negated else "(?!)"
    return f"(?!/)[{'^' if negated else ''}{found}]"
