"""File patterns by doublestar's rules, which are azldev's: `*`, `?`, `[a-z]`, `{a,b}`, and `**` between slashes."""

from __future__ import annotations

import re
from itertools import pairwise

import re2

from headwater.config.overlays import Overlay
from headwater.overlay.compat.go_regex import readable
from headwater.overlay.nearest import refuse

_MOST = 1000  # alternatives that braces may make
_SET = r"\[[!^]?(?:\\.|[^\]\\])+\]"
_ATOM = re.compile(rf"{_SET}|\\.", re.DOTALL)
_BRACE = re.compile(rf"{_SET}|\\.|([{{,}}])", re.DOTALL)
# Where braces stood. To doublestar what they hold begins a folder's name, and what stands before them does not end a pattern.
_MARK = "\0"
# `**` is any number of folders only where it stands between slashes or ends; elsewhere it is a `*`. Where more than two stars
# end a pattern, or braces stand between them, something must be left for them to match.
_PIECE = re.compile(
    rf"(?P<mark>{_MARK})|(?P<below>/\*\*\Z)|(?P<within>/\*\*/\Z)|(?P<deep>(?:(?<=[/{_MARK}])|\A)\*\*/)"
    rf"|(?P<all>(?:(?<=[/{_MARK}])|\A)\*\*\Z)|(?P<last>\*\*?\Z)"
    rf"|(?P<open>\*[*{_MARK}]*{_MARK}\*\*\Z)|(?P<row>\*[*{_MARK}]+\Z)|(?P<closed>\*\*/\Z)"
    rf"|(?P<star>\*\*?)|(?P<one>\?)|(?P<set>{_SET})|\\(?P<escaped>.)|(?P<plain>.)",
    re.DOTALL,
)
_MEANING = {
    "mark": "(?:)",
    "below": "(?:/.*)?",
    "within": "(?:/(?:.*/)?)?",
    "deep": "(?:.*/)?",
    "all": ".*",
    "last": "[^/]*",
    "open": ".+",
    "row": "[^/]+",
    "closed": "(?:[^/]*/)?",
    "star": "[^/]*",
    "one": "[^/]",
}
_MEMBER = re.compile(r"(\\?.)(?:-(\\?.))?", re.DOTALL)


class Glob:
    """A compiled pattern; RE2 searches, so that no text, however odd, keeps it busy."""

    def __init__(self, patterns: list[str]) -> None:
        self._regex = re2.compile(f"(?s)(?:{'|'.join(map(_regex, patterns))})")

    def match(self, text: str) -> bool:
        """Whether the whole text matches."""
        return self._regex.fullmatch(readable(text)) is not None


def compile_glob(overlay: Overlay, pattern: str) -> Glob:
    """A pattern for whole texts; a Failure where it is none."""
    check_glob(overlay, pattern)
    return Glob(alternatives(overlay, pattern, mark=_MARK))


def compile_name(pattern: str) -> Glob:
    """One part of a checked pattern without braces, for a file's base name."""
    return Glob([pattern])


def check_glob(overlay: Overlay, pattern: str) -> None:
    """A Failure where brackets or braces do not close or a backslash ends the pattern."""
    rest, depth = _ATOM.sub("", pattern), 0
    for sign in rest:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth < 0:
            break
    if depth or "[" in rest or rest.endswith("\\") or _MARK in pattern:
        raise refuse(overlay, f"`{pattern}` is no pattern", why="brackets or braces do not match, or a backslash stands last")


def last_brace(pattern: str) -> int:
    """Where the last brace closes; -1 without any."""
    return max((match.start() for match in _BRACE.finditer(pattern) if match[1] == "}"), default=-1)


def alternatives(overlay: Overlay, pattern: str, mark: str = "") -> list[str]:
    """A pattern without braces for each way to choose, with the mark in their place."""
    whole, rest = [], [pattern]
    while rest:
        parts = _braces(each := rest.pop())
        if parts is None:
            whole.append(each)
            continue
        before, choices, behind = parts
        if not mark and not choices[-1]:
            choices.pop()  # doublestar's walk over files stops one short of `{a,}`
        rest += [before + mark + choice + behind for choice in reversed(choices)]
        if len(whole) + len(rest) > _MOST:
            raise refuse(overlay, f"`{pattern}` has too many alternatives", why=f"more than {_MOST}")
    return whole


def _braces(pattern: str) -> tuple[str, list[str], str] | None:
    """What stands before, in and behind the first braces."""
    marks: list[int] = []
    depth = 0
    for match in _BRACE.finditer(pattern):
        sign = match[1]
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if (sign == "{" and depth == 1) or (sign == "," and depth == 1) or (sign == "}" and depth == 0):
            marks.append(match.start())
        if sign == "}" and depth == 0:
            return pattern[: marks[0]], [pattern[a + 1 : b] for a, b in pairwise(marks)], pattern[match.end() :]
    return None


def _regex(pattern: str) -> str:
    return "".join(_meaning(piece) for piece in _PIECE.finditer(pattern))


def _meaning(piece: re.Match[str]) -> str:
    kind = piece.lastgroup or ""
    return _MEANING.get(kind) or (_set(piece[kind][1:-1]) if kind == "set" else _letter(piece[kind]))


def _set(members: str) -> str:
    """A set of letters; unlike `*` and `?` it may match a slash. A range that runs backwards holds nothing."""
    negated = members[0] in "!^"
    ranges = [(first[-1], last[-1:] or first[-1]) for first, last in _MEMBER.findall(members[negated:])]
    found = "".join(f"{_letter(first)}-{_letter(last)}" for first, last in ranges if first <= last)
    if not found:
        return "." if negated else r"[^\x00-\x{10ffff}]"
    return f"[{'^' if negated else ''}{found}]"


def _letter(letter: str) -> str:
    return rf"\x{{{ord(letter):x}}}"
