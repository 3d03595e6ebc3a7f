"""Text by Go's rules, which are azldev's: what a line, a word, white space and a small letter are."""

from __future__ import annotations

import re

from headwater.errors import Kind, fail
from headwater.origin import Origin

# Unicode's White_Space without the newline, to stand in a character class. Python's own `\s` has 0x1C-0x1F more.
SPACE = "\t\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_STRIPPED = "".join(map(chr, [*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)])) + (
    "\u2028\u2029\u202f\u205f\u3000"
)
_WORD = re.compile(f"[^\n{SPACE}]+")
LONGEST = (
    1 << 16
) - 1  # bytes of a line, CR and all: Go's line scanner gives up where a line with its LF is longer than 64 KiB


def words(text: str) -> list[str]:
    """What stands between white space."""
    return _WORD.findall(text)


def trim(text: str) -> str:
    """The text without white space at its ends."""
    return text.strip(_STRIPPED)


def trim_end(text: str) -> str:
    """The text without white space at its end."""
    return text.rstrip(_STRIPPED)


def lower(text: str) -> str:
    """Small letters, one for each letter: `İ` gives `i`, where Python gives `i` and a dot."""
    return text.lower() if text.isascii() else "".join(letter.lower()[0] for letter in text)


def fold(text: str) -> str:
    """What two texts share that differ in the case of letters only; `ß` stays one letter."""
    if text.isascii():
        return text.lower()
    return "".join(folded if len(folded := letter.casefold()) == 1 else letter.lower() for letter in text)


def read_lines(text: str, file: str = "", where: Origin | None = None) -> list[str]:
    """The lines of a text: LF ends one, a CR before it is dropped, the last needs no end.

    A Failure(SPEC) where one is longer than LONGEST.
    """
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST // 4 and len(line.encode(errors="surrogateescape")) > LONGEST:
            raise fail(
                Kind.SPEC,
                f"line {number} of `{file}` is longer than 64 KiB",
                where=where,
                why="azldev refuses such a line, and so does this mode",
                hint="break the line, or leave out compat mode",
            )
    return [line.removesuffix("\r") for line in lines] if "\r" in text else lines


def write_lines(lines: list[str]) -> str:
    """The lines as a text; each ends in LF. What an overlay put in as one line may hold several."""
    return "\n".join([*lines, ""])
