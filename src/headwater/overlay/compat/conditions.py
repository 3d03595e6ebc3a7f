"""`%if` and its kin as azldev counts them: by the first word of a physical line, in any letters."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from headwater.overlay.compat.text import SPACE, trim

_MARK = re.compile(rf"[\n{SPACE}]*+%(?:(endif)|(if(?:n?arch|n?os)?))(?![^\n{SPACE}])", re.IGNORECASE | re.ASCII)
_BRANCH = re.compile(rf"[\n{SPACE}]*+%(?:else|elif(?:n?arch|n?os)?)(?![^\n{SPACE}])", re.IGNORECASE | re.ASCII)


class Pair(msgspec.Struct, frozen=True):
    """A condition by the indexes of its `%if` and its `%endif`."""

    opener: int
    closer: int


def step(line: str) -> int:
    """What a line does to the depth of conditions: 1, -1 or nothing."""
    mark = _MARK.match(line)
    return (-1 if mark[1] else 1) if mark else 0


def is_branch(line: str) -> bool:
    """Whether a line is an `%else` or one of the `%elif`s."""
    return _BRANCH.match(line) is not None


def is_idle(line: str) -> bool:
    """Whether a line is blank or a comment, indented or not."""
    return trim(line)[:1] in {"", "#"}


def pairs(lines: Sequence[str]) -> tuple[list[Pair], int | None]:
    """The conditions of a spec, inner ones first, and the index of the line that has no partner, if there is one."""
    found: list[Pair] = []
    stack: list[int] = []
    for index, line in enumerate(lines):
        if mark := _MARK.match(line):
            if not mark[1]:
                stack.append(index)
            elif stack:
                found.append(Pair(stack.pop(), index))
            else:
                return found, index
    return found, stack[0] if stack else None


def depth_at(lines: Sequence[str], index: int) -> int:
    """How many conditions are open behind a line; closers too many count below zero."""
    return sum(step(line) for line in lines[: index + 1])
