"""What no overlay could say, line by line and file by file."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from headwater.overlay.infer.state import State, differing


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A place of the goal: lines that are still there before `line`, and those that should be; or what else a file lacks.

    `line` counts from 1 in the goal's file; 0 means the whole file.
    """

    file: str
    line: int = 0
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    why: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether only empty lines are at stake."""
        return self.line > 0 and not any(line.strip() for line in (*self.removed, *self.added))


def gaps(state: State) -> Iterator[Gap]:
    """All that parts the state from its goal."""
    spec, shift = state.tree.spec, 0
    for hunk in state.hunks:
        removed = tuple(state.spec.lines[hunk.start : hunk.stop])
        yield Gap(file=spec, line=hunk.start + shift + 1, removed=removed, added=hunk.new, why="no regex fits it alone")
        shift += len(hunk.new) - len(removed)
    here, there = state.tree.files[spec], state.goal.tree.files[spec]
    if not state.hunks and here.content != there.content:
        yield Gap(file=spec, why="its lines end otherwise")
    if here.mode != there.mode:
        yield Gap(file=spec, why=f"its mode is {here.mode:o} and should be {there.mode:o}")
    for name in differing(state.tree, state.goal.tree):
        yield Gap(file=name, why="its name can stand in no overlay")
