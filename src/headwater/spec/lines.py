"""A spec's lines and the part each plays, as rpm reads them: what lies in a macro's body is no header, tag or conditional.

Most of a spec's lines play no part. So they are not looked at one by one: compiled patterns go over the whole text and stop
where something may begin, which reads the specs of a whole distribution in a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

import msgspec


class Role(Enum):
    """What a physical line is to rpm's parser."""

    TEXT = "text"
    BLANK = "blank"
    COMMENT = "comment"
    HEADER = "header"
    OPEN = "open"  # %if and its family
    BRANCH = "branch"  # %else, %elif ...
    CLOSE = "close"  # %endif
    BODY = "body"  # goes on with the statement of the line before: a macro's body, a continued condition


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """The lines of a text that play a part, by index and in order: the section that a header begins, the role of a conditional,
    and the ranges of lines that are bodies.
    """

    headers: dict[int, str]
    conditionals: dict[int, Role]
    bodies: tuple[range, ...]


# What rpm splits a spec by. `%preamble` is no header of rpm's but our name for what stands before the first.
SECTIONS = frozenset(
    """package description prep generate_buildrequires conf build install check clean files changelog patchlist sourcelist
    pre post preun postun pretrans posttrans preuntrans postuntrans verifyscript verify sepolicy
    triggerin triggerun triggerprein triggerpostun filetriggerin filetriggerun filetriggerpostun
    transfiletriggerin transfiletriggerun transfiletriggerpostun""".split()  # noqa: SIM905 forty words without forty quotes
)
# Macros that write headers themselves: what follows them belongs to those sections, so they end the section they stand in.
SECTION_MACROS = frozenset(
    "ldconfig_scriptlets ldconfig_post ldconfig_postun debug_package python_extras_subpkg pyproject_extras_subpkg".split()  # noqa: SIM905 as above
)
CONDITIONALS = {
    **dict.fromkeys(("if", "ifarch", "ifnarch", "ifos", "ifnos"), Role.OPEN),
    **dict.fromkeys(("else", "elif", "elifarch", "elifos"), Role.BRANCH),
    "endif": Role.CLOSE,
}

# Begins with a plain character, for which a regex engine searches fastest; where in its line it stands is seen later.
_MARK = re.compile(
    rf"""%(?:
      (?P<conditional>{"|".join(CONDITIONALS)})(?=\s|$)
    | (?P<header>(?i:{"|".join(sorted(SECTIONS))}))(?=\s|$)
    | (?:\{{\??)?(?P<macro>{"|".join(sorted(SECTION_MACROS))})(?=[\s}}]|$)
    )""",
    re.MULTILINE | re.VERBOSE,
)
# Where a statement may begin that goes on behind its line: a bracket of a macro that two levels of brackets do not close (a
# backslash makes brackets uncertain), or a definition or condition before a backslash at the line's end.
_LONG = re.compile(
    r"""%(?:
      \{ [^{}\n\\]* (?: \{[^{}\n\\]*\} [^{}\n\\]* )* (?:[\n\\{]|\Z)
    | \( [^()\n\\]* (?: \([^()\n\\]*\) [^()\n\\]* )* (?:[\n\\(]|\Z)
    | \[ [^][\n\\]* (?: \[[^][\n\\]*\] [^][\n\\]* )* (?:[\n\\[]|\Z)
    | (?:define|global|(?:el)?ifn?(?:arch|os)?|else|endif) \s [^\n]* \\ \r? (?:\n|\Z)
    )""",
    re.VERBOSE,
)
_DEFINE = re.compile(r"(?<!%)%(?:define|global)\s")
_CONDITION = re.compile(rf"[^\S\n]*%(?:{'|'.join(CONDITIONALS)})(?=\s|$)")
_BRACKETS = re.compile(r"\\.|%[%{(\[]|[{}()\[\]]")


def split(text: str) -> list[str]:
    """Lines of a text without their ends. Only LF and CRLF end a line."""
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return lines if "\r" not in text else [line.removesuffix("\r") for line in lines[:-1]] + [_last(text, lines[-1:])]


def mark(text: str) -> Marks:
    """The part that each line plays which plays one."""
    bodies = _lines_of(text, _long_statements(text))
    headers, conditionals = {}, {}
    line = offset = 0
    hidden = iter((*bodies, range(1 << 62, 1 << 62)))
    body = next(hidden)
    for match in _MARK.finditer(text):
        conditional, header, macro = match.groups()
        start = match.start()
        if (start and text[start - 1] != "\n") and not (conditional and _is_indent(text, start)):
            continue
        line += text.count("\n", offset, start)
        offset = start
        while body.stop <= line:
            body = next(hidden)
        if line < body.start:
            if conditional:
                conditionals[line] = CONDITIONALS[conditional]
            else:
                headers[line] = "%" + (header or macro).lower()
    return Marks(headers=headers, conditionals=conditionals, bodies=tuple(bodies))


def _is_indent(text: str, stop: int) -> bool:
    """Whether nothing but white space stands before an offset in its line (rpm lets conditions be indented, headers not)."""
    indent = text[text.rfind("\n", 0, stop) + 1 : stop]
    return not indent or indent.isspace()


def plain_role(text: str) -> Role:
    """The role of a line that is no header, conditional or body."""
    bare = text.strip()
    if not bare:
        return Role.BLANK
    return Role.COMMENT if bare.startswith(("#", "%dnl")) else Role.TEXT


def continued(text: str) -> bool:
    """Whether a line ends in a backslash that is not itself escaped."""
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _last(text: str, lines: list[str]) -> str:
    return lines[0].removesuffix("\r") if text.endswith("\n") else lines[0]


def _long_statements(text: str) -> Iterator[tuple[int, int]]:
    """Offsets of the second line and of the end of each statement that has several lines."""
    position, braces = 0, True
    while found := _LONG.search(text, position):
        start = text.rfind("\n", 0, found.start()) + 1
        first = _line_end(text, start)
        stop = _statement(text, start, braces=braces)
        if stop is None:  # a bracket that never closes: rpm refuses such a spec, we go on line by line
            braces = False
            stop = _statement(text, start, braces=False) or first
        if stop > first:
            yield first, stop
        position = stop


def _lines_of(text: str, statements: Iterator[tuple[int, int]]) -> list[range]:
    found = []
    line = offset = 0
    for start, stop in statements:
        line += text.count("\n", offset, start)
        end = line + text.count("\n", start, stop) + (not text.endswith("\n", start, stop))
        found.append(range(line, end))
        offset = start
    return found


def _line_end(text: str, start: int) -> int:
    """The offset behind the line that begins at `start`."""
    return text.find("\n", start) + 1 or len(text)


def _statement(text: str, start: int, *, braces: bool) -> int | None:
    """The offset behind the statement that begins at `start`; None if its brackets never close.

    A backslash continues a definition or a condition only: behind a continued command rpm still sees headers.
    """
    end = _line_end(text, start)
    first = text[start:end]
    sticky = bool(_DEFINE.search(first) or _CONDITION.match(first))
    depth = (0, 0, 0)
    while True:
        line = text[start:end].removesuffix("\n").removesuffix("\r")
        if braces:
            depth = _depth(line, depth)
        if not any(depth) and not (sticky and continued(line)):
            return end
        if end == len(text):
            return None if any(depth) else end
        start, end = end, _line_end(text, end)


def _depth(text: str, depth: tuple[int, int, int]) -> tuple[int, int, int]:
    """How many `%{`, `%(` and `%[` are open behind a line. Plain brackets count only inside one of their kind, as in rpm."""
    if not any(depth) and "%" not in text:
        return depth
    levels = list(depth)
    for bracket in _BRACKETS.findall(text):
        if bracket[0] == "\\" or bracket == "%%":
            continue
        kind = "{([".find(bracket[-1])
        if bracket[0] == "%":
            levels[kind] += 1
        elif kind >= 0:
            levels[kind] += levels[kind] > 0
        else:
            kind = "})]".index(bracket)
            levels[kind] -= levels[kind] > 0
    return levels[0], levels[1], levels[2]
