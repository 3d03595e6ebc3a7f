"""Guards: `%if ... %else ... %endif` of a spec, paired."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from headwater.spec.lines import Role


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """One conditional: indexes of the lines that open it, branch it and close it."""

    opener: int
    branches: tuple[int, ...]
    closer: int

    @property
    def marks(self) -> tuple[int, ...]:
        """All its own lines, in order."""
        return (self.opener, *self.branches, self.closer)

    def branch_of(self, line: int) -> int:
        """The mark that the line stands under."""
        return max(mark for mark in self.marks if mark < line)


def pair(roles: Mapping[int, Role]) -> tuple[tuple[Guard, ...], tuple[int, ...]]:
    """All guards by their opener, and the conditional lines that have no partner; lines by index, in order."""
    guards, stray = [], []
    stack: list[tuple[int, list[int]]] = []
    for index, role in roles.items():
        if role is Role.OPEN:
            stack.append((index, []))
        elif role is Role.BRANCH and stack:
            stack[-1][1].append(index)
        elif role is Role.CLOSE and stack:
            opener, branches = stack.pop()
            guards.append(Guard(opener=opener, branches=tuple(branches), closer=index))
        elif role in {Role.BRANCH, Role.CLOSE}:
            stray.append(index)
    for opener, branches in stack:
        stray += [opener, *branches]
    return tuple(sorted(guards, key=lambda guard: guard.opener)), tuple(sorted(stray))
