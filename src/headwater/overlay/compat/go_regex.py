"""Regular expressions by Go's rules: RE2, with one sign less and its own way with empty matches and stray bytes."""

from __future__ import annotations

import re
from typing import Any

from headwater.config.overlays import Overlay
from headwater.overlay.match import compile_regex, spans
from headwater.overlay.nearest import refuse

_ONE_BYTE = re.compile(r"(?:[^\\]|\A)(?:\\\\)*\\C")
_STRAY = re.compile("[\udc80-\udcff]")


def compile_go(overlay: Overlay, regex: str) -> Any:
    """A pattern; a Failure where Go does not know it."""
    if _ONE_BYTE.search(regex):
        raise refuse(overlay, f"`{regex}` is no pattern of Go's", why=r"`\C` is RE2's in C++ only")
    return compile_regex(overlay, regex)


def readable(text: str) -> str:
    """The text with U+FFFD for each byte that is not UTF-8, which is how Go's patterns see it; letters keep their places."""
    return text if text.isascii() else _STRAY.sub("\ufffd", text)


def replace_all(pattern: Any, replacement: str, text: str) -> str | None:
    """`text` with every match replaced by the literal replacement; None if there is no match."""
    data = readable(text).encode()
    pieces, last, at = [], 0, 0
    for start, end in spans(pattern, data):
        first = last + len(data[at:start].decode())
        pieces += [text[last:first], replacement]
        last, at = first + len(data[start:end].decode()), end
    return "".join([*pieces, text[last:]]) if pieces else None
