"""How far an inference has come: the overlays so far, the tree they make, and what still parts it from the goal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path

import msgspec

from headwater.config.overlays import Overlay
from headwater.errors import Failure
from headwater.overlay.apply import apply_one
from headwater.overlay.infer.difference import LINE, Hunk, compare, distance
from headwater.spec import Document, parse
from headwater.upstream.model import SourceTree

Move = tuple[Overlay, ...]  # overlays that are taken together or not at all
Wish = Sequence[Move]  # moves that want the same, the best first


class Goal(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The tree that shall come out, and the folder where its files lie, for overlays that bring one."""

    tree: SourceTree
    folder: Path

    @cached_property
    def spec(self) -> Document:
        return parse(self.tree.text)

    def source(self, name: str) -> str:
        return str(self.folder / name)


class State(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """`overlays` lead from the first tree to `tree`."""

    tree: SourceTree
    goal: Goal
    overlays: tuple[Overlay, ...] = ()

    @cached_property
    def spec(self) -> Document:
        return parse(self.tree.text)

    @cached_property
    def hunks(self) -> tuple[Hunk, ...]:
        """What parts the spec from the goal's."""
        return compare(self.spec, self.goal.spec)

    @cached_property
    def left(self) -> int:
        """How far it still is."""
        ends = self.tree.text.endswith("\n") != self.goal.tree.text.endswith("\n")
        return distance(self.spec, self.hunks) + LINE * len(differing(self.tree, self.goal.tree)) + ends

    def after(self, move: Move) -> State | None:
        """The state that a move leads to; None where the engine refuses it, or TOML cannot hold it (bytes of no letter)."""
        tree = self.tree
        try:
            msgspec.json.encode(move)
            for overlay in move:
                tree, _ = apply_one(tree, overlay)
        except (Failure, UnicodeEncodeError):
            return None
        return State(tree=tree, goal=self.goal, overlays=(*self.overlays, *move))


def differing(one: SourceTree, other: SourceTree) -> tuple[str, ...]:
    """Loose files that are not the same in both."""
    names = sorted({*one.files, *other.files} - {one.spec, other.spec})
    return tuple(name for name in names if one.files.get(name) != other.files.get(name))


def is_nearer(before: State, after: State) -> bool:
    return after.left < before.left


def is_straight(before: State, after: State) -> bool:
    """Whether a step leads nearer and nowhere else: it does nothing that another would have to undo."""
    if _closes_a_hunk(before, after):
        return True
    if not is_nearer(before, after):
        return False
    walked = distance(before.spec, compare(before.spec, after.spec)) + LINE * len(differing(before.tree, after.tree))
    return walked + after.left <= before.left


def grant(state: State, wishes: Iterable[Wish], good: Callable[[State, State], bool] = is_straight) -> State:
    """Take of each wish the first move that is good; wishes of which none is are left."""
    for wish in wishes:
        for move in wish:
            after = state.after(move)
            if after and good(state, after):
                state = after
                break
    return state


def _closes_a_hunk(before: State, after: State) -> bool:
    """Whether a step does just what one hunk asks for; what the others ask for may then be told apart otherwise."""
    lines, goal = before.spec.lines, before.goal.tree
    if before.spec.text == after.spec.text or len(differing(after.tree, goal)) > len(differing(before.tree, goal)):
        return False
    return any([*lines[: hunk.start], *hunk.new, *lines[hunk.stop :]] == after.spec.lines for hunk in before.hunks)
