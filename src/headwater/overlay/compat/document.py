"""A spec as azldev sees it: physical lines, cut into sections at the lines that look like a header.

It knows nothing of continued lines, of macros or of conditions: a header in the body of a `%global` is one, and those in both
branches of an `%if` are all there.
"""

from __future__ import annotations

import re

import msgspec

from headwater.origin import Origin
from headwater.overlay.compat.text import SPACE, lower, read_lines, trim, words

# azldev's table: it lacks `%verifyscript` and `%sepolicy`. Sections of the second group have no package but the main one.
_PACKAGED = """package description prep generate_buildrequires conf build install check clean files verify
    pre post preun postun pretrans posttrans preuntrans postuntrans triggerin triggerun triggerprein triggerpostun
    filetriggerin filetriggerun filetriggerpostun transfiletriggerin transfiletriggerun transfiletriggerpostun""".split()  # noqa: SIM905 thirty words without thirty quotes
_OF_MAIN = ["changelog", "patchlist", "sourcelist"]
_HEADER = re.compile(rf"[\n{SPACE}]*+(%(?:{'|'.join([*_PACKAGED, *_OF_MAIN])}))(?![^\n{SPACE}])", re.IGNORECASE | re.ASCII)
_WITH_VALUE = frozenset({"-f", "-p", "-l", "-P"})


class Header(msgspec.Struct, frozen=True):
    """What a header line says: the word as it is written, and the package as it is written (empty: the main one)."""

    name: str
    package: str

    def __str__(self) -> str:
        return f"{self.name} {self.package}".strip() or "the preamble"


PREAMBLE = Header("", "")


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A section by line indexes: its header at `start`, its first own line at `body`, the next header at `end`."""

    header: Header
    start: int
    body: int
    end: int

    @property
    def tagged(self) -> bool:
        """Whether its lines are looked at as tags."""
        return self.header.name == "" or lower(self.header.name) == "%package"


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A spec; `file` is its name, for messages. The first section is the preamble, which has no header."""

    file: str
    lines: tuple[str, ...]
    sections: tuple[Section, ...]

    def of(self, name: str, package: str) -> list[Section]:
        """Sections whose header has this word, in these letters, and names this package."""
        wanted = Header(name, package)
        return [section for section in self.sections if section.header == wanted]

    def numbered(self, lines: range) -> list[tuple[int, str]]:
        """Lines with their numbers, which count from 1."""
        return [(index + 1, self.lines[index]) for index in lines]

    def headers(self) -> list[tuple[int, str]]:
        """The header lines with their numbers."""
        return [(section.start + 1, self.lines[section.start]) for section in self.sections[1:]]


def parse(text: str, file: str, where: Origin | None = None) -> Document:
    """Read a spec; `where` is the overlay's place, for the Failure(SPEC) of a line that is too long."""
    lines = read_lines(text, file, where)
    headers = [index for index, line in enumerate(lines) if _HEADER.match(line)]
    ends = [*headers, len(lines)]
    sections = [Section(header=PREAMBLE, start=0, body=0, end=ends[0])]
    sections += [
        Section(header=_header(lines[start]), start=start, body=start + 1, end=end)
        for start, end in zip(headers, ends[1:], strict=True)
    ]
    return Document(file=file, lines=tuple(lines), sections=tuple(sections))


def header_of(line: str) -> Header | None:
    """The header that a line is, if it is one; a line that an overlay put in may hold newlines, which are white space here."""
    return _header(line) if _HEADER.match(line) else None


def _header(line: str) -> Header:
    name, *rest = words(trim(line))
    return Header(name, "" if lower(name)[1:] in _OF_MAIN else _package(rest))


def _package(rest: list[str]) -> str:
    """`-n NAME`, else the first bare word; what stands behind `--` is a trigger's condition."""
    named = bare = ""
    left = iter(rest)
    for word in left:
        if word == "--":
            break
        if word == "-n":
            named = next(left, named)
        elif word in _WITH_VALUE:
            next(left, "")
        elif not word.startswith("-"):
            bare = bare or word
    return named or bare
