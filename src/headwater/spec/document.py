"""A spec as a value: its lines, sections and guards; prints back byte for byte. Edits give a new one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from headwater.spec.conditionals import Guard, pair
from headwater.spec.lines import Line, Role, continued, roles, section_name, split

PREAMBLE = "%preamble"
# Headers that take a package. A word behind any other, such as `%build -a`, is an option of it.
_OF_MAIN = frozenset(
    "%prep %generate_buildrequires %conf %build %install %check %clean %changelog %patchlist %sourcelist".split()  # noqa: SIM905 as in lines.py
)
_WITH_VALUE = frozenset({"-f", "-l", "-p", "-P"})


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A section by line indexes: its header at `start`, its first own line at `body`, the next header at `end`.

    `package` is spelled as the header spells it (empty: the main package); nothing is expanded.
    """

    name: str
    package: str
    start: int
    body: int
    end: int


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A spec. `stray` are conditional lines without a partner."""

    lines: tuple[Line, ...]
    roles: tuple[Role, ...]
    sections: tuple[Section, ...]
    guards: tuple[Guard, ...]
    stray: tuple[int, ...]

    @property
    def text(self) -> str:
        """The spec as it is written to disk."""
        return "".join(line.text + line.end for line in self.lines)

    @property
    def newline(self) -> str:
        """The line end that new lines get: that of the first line."""
        return (self.lines[0].end if self.lines else "") or "\n"

    def splice(self, start: int, stop: int, texts: Iterable[str]) -> Document:
        """A new document with other lines in place of `start` to `stop` (exclusive)."""
        new = [Line(piece, self.newline) for text in texts for piece in text.split("\n")]
        before, after = list(self.lines[:start]), list(self.lines[stop:])
        if before and (new or after) and not before[-1].end:
            before[-1] = Line(before[-1].text, self.newline)
        if new and start < stop and not after:
            new[-1] = Line(new[-1].text, self.lines[-1].end)
        return of_lines((*before, *new, *after))

    def rewrite(self, changes: Mapping[int, str | None]) -> Document:
        """A new document with some lines changed, or gone (None); line ends stay."""
        new: list[Line] = []
        for index, line in enumerate(self.lines):
            text = changes.get(index, line.text)
            if text is not None:
                *more, last = text.split("\n")
                new += [*(Line(piece, self.newline) for piece in more), Line(last, line.end)]
        return of_lines(tuple(new))

    def statement(self, index: int) -> int:
        """The line behind the statement that begins at `index`."""
        index += 1
        while index < len(self.lines) and self.roles[index] is Role.BODY:
            index += 1
        return index

    def section_at(self, index: int) -> Section:
        """The section that a line stands in."""
        return [section for section in self.sections if section.start <= index][-1]

    def tail(self, section: Section) -> int:
        """Where a section's own text ends: behind it stand only blanks, the next section's guard and that one's comments.

        Text put there is conditional only where the section is.
        """
        crossing = self.crossing(section)
        index, attached = section.end, section.end < len(self.lines)
        while index > section.body:
            role = self.roles[index - 1]
            if role is Role.BLANK:
                attached = False
            elif index - 1 in crossing:
                attached = True
            elif not (role is Role.COMMENT and attached):
                break
            index -= 1
        if section.body < index < section.end and continued(self.lines[index - 1].text):
            index += 1  # the blank line that ends a continued command stays with it
        return index

    def crossing(self, section: Section) -> frozenset[int]:
        """Conditional lines in a section whose guard reaches out of it, or that have no partner."""
        found = {line for line in self.stray if section.body <= line < section.end}
        for guard in self.guards:
            if not (section.body <= guard.opener and guard.closer < section.end):
                found.update(mark for mark in guard.marks if section.body <= mark < section.end)
        return frozenset(found)

    def around(self, index: int) -> tuple[Guard, ...]:
        """The guards that a line stands in, outermost first."""
        return tuple(guard for guard in self.guards if guard.opener < index < guard.closer)


def parse(text: str) -> Document:
    """Read a spec; any text is one."""
    return of_lines(split(text))


def of_lines(lines: tuple[Line, ...]) -> Document:
    parts = roles(lines)
    guards, stray = pair(parts)
    return Document(lines=lines, roles=parts, sections=_sections(lines, parts), guards=guards, stray=stray)


def _sections(lines: tuple[Line, ...], parts: tuple[Role, ...]) -> tuple[Section, ...]:
    headers = [index for index, role in enumerate(parts) if role is Role.HEADER]
    ends = [*headers, len(lines)]
    found = [Section(name=PREAMBLE, package="", start=0, body=0, end=ends[0])]
    for header, end in zip(headers, ends[1:], strict=True):
        body = header + 1
        while body < end and parts[body] is Role.BODY:
            body += 1
        name = section_name(lines[header].text)
        package = "" if name in _OF_MAIN else package_of(lines[header].text)
        found.append(Section(name=name, package=package, start=header, body=body, end=end))
    return tuple(found)


def package_of(header: str) -> str:
    """The package that a header names: `-n NAME`, or its first bare word; empty for the main package."""
    words = re.split(r"\s+--(?:\s|$)", header)[0].split()[1:]
    bare = ""
    while words:
        word = words.pop(0)
        if word == "-n" and words:
            return words[0]
        if word.startswith("-n") and len(word) > 2:
            return word[2:]
        if word in _WITH_VALUE and words:
            words.pop(0)
        elif not word.startswith("-"):
            bare = bare or word
    return bare
