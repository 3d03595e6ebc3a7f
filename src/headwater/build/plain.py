"""What a build wrote, made harmless: escape codes may move a terminal's cursor, rename its window or type for the user."""

from __future__ import annotations

import re

LONGEST = 2000  # characters of a line that is shown; the log in the store is whole
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor (ECMA-48, 5.4)
    r"|\x1b[PX^_\]][^\x07\x1b]*(?:\x07|\x1b\\)?"  # strings: titles, links, answers
    r"|\x1b[ -/]*[0-~]"  # the short ones
)


def plain(text: bytes) -> str:
    """One line as a terminal may show it: escape codes are gone, other control characters are U+FFFD.

    Where it was written over by carriage returns (a progress bar), what stood there last.
    """
    words = text.decode(errors="replace").rstrip("\r\n").rpartition("\r")[2]
    words = _ESCAPES.sub("", words[: 2 * LONGEST])[:LONGEST]
    return "".join(char if char.isprintable() or char == "\t" else "\N{REPLACEMENT CHARACTER}" for char in words)
