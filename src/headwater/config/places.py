"""Where each key of a TOML text stands: key path -> line and column.

rtoml gives values without places. This scanner runs over text that rtoml has already accepted, so it only has to find its way
and may trust the grammar (TOML 1.1: inline tables may span lines).
"""

from __future__ import annotations

import re
from bisect import bisect_right

import rtoml

from headwater.errors import Kind, fail

Path = tuple[str | int, ...]
Place = tuple[int, int]  # line and column, from 1

BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
# no possessive groups: Python before 3.11.4 (Debian 12 has 3.11.2) matches them wrongly
TEXT = re.compile(
    r"""
      \"{3} (?: [^"\\]++ | \\. | \"{1,2}(?!\") )* \"{3,5}
    | '{3} (?: [^']++ | '{1,2}(?!') )* '{3,5}
    | " (?: [^"\\\n]++ | \\. )* "
    | ' [^'\n]*+ '
    """,
    re.DOTALL | re.VERBOSE,
)
PLAIN = re.compile(r"[^,\]}#\n]*")  # a number, a date, a boolean
_PART = re.compile(r"""\[(\d+)\]|\.?(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+(?:\+[A-Za-z0-9_+-]*)?))""")


def places_of(text: str) -> dict[Path, Place]:
    """The place of every table, key and array element of a valid TOML text with plain newlines."""
    return _Scanner(text).scan()


def parse_key(text: str) -> Path:
    """A dotted TOML key as its parts, such as `components.jq.overlays[2].regex`."""
    parts: list[str | int] = []
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        if not match:
            why = f"nothing can begin with `{text[position:]}`"
            raise fail(Kind.USAGE, f"`{text}` is no key", why=why, hint="hw config why project.output-dir")
        number, *words = match.groups()
        parts.append(int(number) if number else next(word for word in words if word is not None))
        position = match.end()
    return tuple(parts)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.found: dict[Path, Place] = {}
        self.tables: dict[Path, int] = {}  # arrays of tables -> how many elements so far

    def scan(self) -> dict[Path, Place]:
        table: Path = ()
        while self._skip() < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
        return self.found

    def _header(self) -> Path:
        place, double = self._place(), self.text.startswith("[[", self.at)
        self.at += 2 if double else 1
        *parents, last = self._dotted()
        self.at += 2 if double else 1
        table: Path = ()
        for part in parents:
            table = self._inside((*table, part))
            self.found.setdefault(table, place)
        table = (*table, last)
        if double:
            self.found.setdefault(table, place)
            self.tables[table] = self.tables.get(table, 0) + 1
        table = self._inside(table)
        self.found[table] = place
        return table

    def _inside(self, path: Path) -> Path:
        return (*path, self.tables[path] - 1) if path in self.tables else path

    def _pair(self, table: Path) -> None:
        place = self._place()
        for part in self._dotted():
            table = (*table, part)
            self.found.setdefault(table, place)
        self.at += 1  # the equals sign
        self._value(table)

    def _dotted(self) -> list[str]:
        parts: list[str] = []
        while True:
            self._skip()
            match = KEY.match(self.text, self.at)
            assert match, "rtoml accepted this text, so a key stands here"
            self.at = match.end()
            parts.append(_plain(match.group()))
            self._skip()
            if self.text[self.at] != ".":
                return parts
            self.at += 1

    def _value(self, path: Path) -> None:
        self._skip()
        match self.text[self.at]:
            case "[":
                self._array(path)
            case "{":
                self._inline(path)
            case '"' | "'":
                match = TEXT.match(self.text, self.at)
                assert match, "rtoml accepted this text, so a string ends"
                self.at = match.end()
            case _:
                match = PLAIN.match(self.text, self.at)
                assert match, "the pattern matches anything"
                self.at = match.end()
        self._skip()

    def _array(self, path: Path) -> None:
        self.at += 1
        number = 0
        while self._skip() is not None and self.text[self.at] != "]":
            self.found[*path, number] = self._place()
            self._value((*path, number))
            number += 1
            if self.text[self.at] == ",":
                self.at += 1
        self.at += 1

    def _inline(self, path: Path) -> None:
        self.at += 1
        while self._skip() is not None and self.text[self.at] != "}":
            self._pair(path)
            if self.text[self.at] == ",":
                self.at += 1
        self.at += 1

    def _skip(self) -> int:
        match = BLANK.match(self.text, self.at)
        assert match, "the pattern matches nothing, too"
        self.at = match.end()
        return self.at

    def _place(self) -> Place:
        line = bisect_right(self.starts, self.at)
        return line, self.at - self.starts[line - 1] + 1


def _plain(key: str) -> str:
    """A key without quotes and escapes."""
    if key[0] not in "\"'":
        return key
    text = rtoml.loads(f"key = {key}")["key"]
    assert isinstance(text, str)
    return text
