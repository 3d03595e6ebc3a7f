"""Patterns of overlays: RE2 over bytes with Go's rule for empty matches, and globs with `**` and `{a,b}`."""

from __future__ import annotations

import re
from typing import Any

import re2

from headwater.config.overlays import Overlay
from headwater.overlay.nearest import refuse

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
    """`text` with every match replaced by the literal replacement; None if there is no match.

    As in Go, an empty match right behind another match does not count.
    """
    pieces, last, previous = [], 0, -1
    for match in pattern.finditer(text):
        start, end = match.span()
        if start == end == previous:
            continue
        pieces += [text[last:start], replacement]
        last = previous = end
    return b"".join([*pieces, text[last:]]) if previous >= 0 else None


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
        inner = piece[1:-1].replace("\\", "\\\\").replace("[", "\\[").replace("&&", "&\\&")
        return f"(?!/)[{'^' + inner[1:] if inner[0] in '!^' else inner}]"
    if piece[0] == "{" and len(piece) > 2:
        return "(?:" + "|".join(compile_glob(choice).pattern.removesuffix(r"\Z") for choice in piece[1:-1].split(",")) + ")"
    return re.escape(piece)
