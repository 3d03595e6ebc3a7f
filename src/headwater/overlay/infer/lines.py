"""What no other kind can say: lines that become others, by a regex that fits them and none else."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product

from headwater.overlay.infer.difference import Hunk, shared
from headwater.overlay.infer.quote import quote, whole_line, words
from headwater.overlay.infer.scope import Scope, replacing, scope_at
from headwater.overlay.infer.state import State, Wish
from headwater.overlay.infer.units import units

_TELLING = 4  # characters that a regex needs to mean something
_AROUND = 4  # words before a change that may belong to it
_TOKEN = re.compile(r"\w+|\s+|.")


def repeated(state: State) -> Iterator[Wish]:
    """The same words changed in several lines: one regex for all of them, the widest group first."""
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for unit in _units(state):
        if len(unit.new) == 1:
            for change in set(_changed_words(state.spec.lines[unit.start], unit.new[0])):
                groups[change].append(unit.start)
    for (old, new), lines in sorted(groups.items(), key=lambda group: (-len(group[1]), len(group[0][0]))):
        if len(lines) > 1:
            yield [(replacing(_common(state, lines), words(old), new),)]


def changed_lines(state: State) -> Iterator[Wish]:
    """One line that becomes one or more."""
    for unit in _units(state):
        if unit.new:
            fits = whole_line(state.spec.lines[unit.start])
            yield [(replacing(scope_at(state.spec, unit.start), fits, "\n".join(unit.new)),)]


def last_line(state: State) -> Iterator[Wish]:
    """The end of the last line, where only that is there or not: a line feed more in its replacement, or in the regex."""
    spec, ended = state.spec, state.spec.text.endswith("\n")
    if spec.lines and ended != state.goal.spec.text.endswith("\n"):
        text, scope = spec.lines[-1], scope_at(spec, len(spec.lines) - 1)
        more, less = (whole_line(text), f"{text}\n"), (f"(?m)^{quote(text)}\n\\z", text)
        yield [(replacing(scope, *(less if ended else more)),)]


def _units(state: State) -> list[Hunk]:
    """All edits of one old line."""
    found = [unit for hunk in state.hunks for unit in units(state.spec.lines, hunk)]
    return [unit for unit in found if unit.start < unit.stop]


def _common(state: State, lines: Sequence[int]) -> Scope:
    """The section that all these lines stand in, with its package or without; the whole spec if they stand in several."""
    scopes = {scope_at(state.spec, line) for line in lines}
    sections = {scope.section for scope in scopes}
    return scopes.pop() if len(scopes) == 1 else Scope(sections.pop() if len(sections) == 1 else "")


def _changed_words(old: str, new: str) -> Iterator[tuple[str, str]]:
    """What differs between two lines, in whole words, and the same with some words around it; never all of the line."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    start = shared(before, after)
    end = shared(before[start:][::-1], after[start:][::-1])
    for more, behind in product(range(_AROUND), (0, 1)):
        first, last = _back(before, start, more), _back(before[::-1], end, behind)
        changed = "".join(before[first : len(before) - last])
        if len(changed.strip()) >= _TELLING and changed.strip() != old.strip():
            yield changed, "".join(after[first : len(after) - last])


def _back(tokens: Sequence[str], count: int, steps: int) -> int:
    """How many tokens stay when some more, and the space between, are taken in."""
    for _ in range(steps):
        while count and tokens[count - 1].isspace():
            count -= 1
        count = max(count - 1, 0)
    return count
