"""A spec as a value: its lines, sections and guards; prints back byte for byte. Edits give a new one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import accumulate

import msgspec

from headwater.spec.conditionals import Guard, pair
from headwater.spec.lines import Marks, Role, continued, mark, plain_role, split

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


class Document(msgspec.Struct, frozen=True, dict=True):
    """A spec: its text, and what the text means, each found when first asked for. Any text is one."""

    text: str

    @cached_property
    def lines(self) -> list[str]:
        """Lines without their ends (LF, CRLF, or none at the end of the text)."""
        return split(self.text)

    @cached_property
    def marks(self) -> Marks:
        return mark(self.text)

    @cached_property
    def roles(self) -> list[Role]:
        """The part that each line plays."""
        found = [Role.TEXT if "&" <= line[:1] <= "~" else plain_role(line) for line in self.lines]
        for body in self.marks.bodies:
            found[body.start : body.stop] = [Role.BODY] * len(body)
        for line, role in self.marks.conditionals.items():
            found[line] = role
        for line in self.marks.headers:
            found[line] = Role.HEADER
        return found

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """All sections in order; the first is the preamble, which has no header."""
        headers = self.marks.headers
        ends = [*headers, len(self.lines)]
        bodies = {body.start: body.stop for body in self.marks.bodies}
        found = [Section(name=PREAMBLE, package="", start=0, body=0, end=ends[0])]
        for (header, name), end in zip(headers.items(), ends[1:], strict=True):
            package = "" if name in _OF_MAIN else package_of(self.lines[header])
            body = bodies.get(header + 1, header + 1)
            found.append(Section(name=name, package=package, start=header, body=body, end=end))
        return tuple(found)

    @cached_property
    def guards(self) -> tuple[Guard, ...]:
        """All conditions by their opener."""
        return self._pairs[0]

    @cached_property
    def stray(self) -> tuple[int, ...]:
        """Conditional lines without a partner."""
        return self._pairs[1]

    @cached_property
    def _pairs(self) -> tuple[tuple[Guard, ...], tuple[int, ...]]:
        return pair(self.marks.conditionals)

    @cached_property
    def newline(self) -> str:
        """The line end that new lines get: that of the first line."""
        first = self.text.find("\n")
        return "\r\n" if first > 0 and self.text[first - 1] == "\r" else "\n"

    @cached_property
    def _starts(self) -> list[int]:
        """The offset of each line, and behind them that of the text's end."""
        pieces = self.text.split("\n")
        starts = list(accumulate((len(piece) + 1 for piece in pieces), initial=0))
        starts = starts[:-1] if pieces[-1] else starts[:-2]
        return [*starts, len(self.text)]

    def splice(self, start: int, stop: int, texts: Iterable[str]) -> Document:
        """A new document with other lines in place of `start` to `stop` (exclusive)."""
        new = [piece for text in texts for piece in text.split("\n")]
        before, after = self.text[: self._starts[start]], self.text[self._starts[stop] :]
        if before and (new or after) and not before.endswith("\n"):
            before += self.newline
        middle = "".join(piece + self.newline for piece in new)
        if new and start < stop and not after and not self.text.endswith("\n"):
            middle = middle.removesuffix(self.newline)
        return Document(before + middle + after)

    def slice(self, start: int, stop: int) -> str:
        """The text of lines `start` to `stop` (exclusive), with their ends."""
        return self.text[self._starts[start] : self._starts[stop]]

    def put(self, start: int, stop: int, text: str) -> Document:
        """A new document with other text, ends and all, in place of these lines."""
        return Document(self.text[: self._starts[start]] + text + self.text[self._starts[stop] :])

    def rewrite(self, changes: Mapping[int, str | None]) -> Document:
        """A new document with some lines changed, or gone (None); line ends stay."""
        pieces, last = [], 0
        for index in sorted(changes):
            text, begin, end = changes[index], self._starts[index], self._starts[index + 1]
            pieces.append(self.text[last:begin])
            if text is not None:
                *more, final = text.split("\n")
                pieces += [*(piece + self.newline for piece in more), final + self._end(index)]
            last = end
        return Document("".join((*pieces, self.text[last:])))

    def _end(self, index: int) -> str:
        """How a line ends."""
        return self.text[self._starts[index] + len(self.lines[index]) : self._starts[index + 1]]

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
        if section.body < index < section.end and continued(self.lines[index - 1]):
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
    return Document(text)


def package_of(header: str) -> str:
    """The package that a header names: `-n NAME`, or its first bare word; empty for the main package."""
    words = header.split()[1:]
    bare = ""
    while words and words[0] != "--":
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
