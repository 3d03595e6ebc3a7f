"""A spec's lines and the part each plays, as rpm reads them: what lies in a macro's body is no header, tag or conditional."""

from __future__ import annotations

import re
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


class Line(msgspec.Struct, frozen=True):
    """A physical line; `end` is its line end: LF, CRLF, or empty at the end of a file."""

    text: str
    end: str = "\n"


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

_HEADER = re.compile(r"%([A-Za-z_]+)(?=\s|$)")
_MACRO = re.compile(r"%(?:\{\??)?([a-z_]+)(?=[\s}]|$)")
_CONDITIONAL = re.compile(r"\s*%(if|ifarch|ifnarch|ifos|ifnos|else|elif|elifarch|elifos|endif)(?=\s|$)")
_DEFINE = re.compile(r"(?<!%)%(?:define|global)\s")
_BRACES = re.compile(r"\\.|%[%{(\[]|[{}()\[\]]")
_BRANCHES = {"else", "elif", "elifarch", "elifos"}


def split(text: str) -> tuple[Line, ...]:
    """Lines of a text; joined again they are the text, byte for byte. Only LF and CRLF end a line."""
    lines = []
    for piece in re.findall(r"[^\n]*\n|[^\n]+", text):
        end = "\r\n" if piece.endswith("\r\n") else "\n" if piece.endswith("\n") else ""
        lines.append(Line(piece[: len(piece) - len(end)], end))
    return tuple(lines)


def roles(lines: tuple[Line, ...]) -> tuple[Role, ...]:
    """The part that each line plays."""
    found: list[Role] = []
    braces = True
    while len(found) < len(lines):
        start = len(found)
        stop = _statement(lines, start, braces=braces)
        if stop is None:  # a brace that never closes: rpm refuses such a spec, we go on line by line
            braces = False
            continue
        found.append(_role(lines[start].text))
        found.extend([Role.BODY] * (stop - start - 1))
    return tuple(found)


def section_name(text: str) -> str:
    """The section that a line begins, lower-case with its `%`, or nothing. As in rpm, a header stands in column 1."""
    header = _HEADER.match(text)
    if header and header[1].lower() in SECTIONS:
        return "%" + header[1].lower()
    macro = _MACRO.match(text)
    return "%" + macro[1] if macro and macro[1] in SECTION_MACROS else ""


def _role(text: str) -> Role:
    bare = text.strip()
    if not bare:
        return Role.BLANK
    if bare.startswith(("#", "%dnl")):
        return Role.COMMENT
    if conditional := _CONDITIONAL.match(text):
        word = conditional[1]
        return Role.CLOSE if word == "endif" else Role.BRANCH if word in _BRANCHES else Role.OPEN
    return Role.HEADER if section_name(text) else Role.TEXT


def _statement(lines: tuple[Line, ...], start: int, *, braces: bool) -> int | None:
    """The line behind the statement that begins at `start`; None if its braces never close.

    A backslash continues a definition or a condition only: behind a continued command rpm still sees headers.
    """
    first = lines[start].text
    sticky = bool(_DEFINE.search(first) or _CONDITIONAL.match(first))
    depth = (0, 0, 0)
    for index in range(start, len(lines)):
        text = lines[index].text
        if braces:
            depth = _depth(text, depth)
        if not any(depth) and not (sticky and continued(text)):
            return index + 1
    return None if any(depth) else len(lines)


def continued(text: str) -> bool:
    """Whether a line ends in a backslash that is not itself escaped."""
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _depth(text: str, depth: tuple[int, int, int]) -> tuple[int, int, int]:
    """How many `%{`, `%(` and `%[` are open behind a line. Plain brackets count only inside one of their kind, as in rpm."""
    if not any(depth) and "%" not in text:
        return depth
    levels = list(depth)
    for mark in _BRACES.findall(text):
        if mark[0] == "\\" or mark == "%%":
            continue
        kind = "{([".find(mark[-1])
        if mark[0] == "%":
            levels[kind] += 1
        elif kind >= 0:
            levels[kind] += levels[kind] > 0
        else:
            kind = "})]".index(mark)
            levels[kind] -= levels[kind] > 0
    return levels[0], levels[1], levels[2]
