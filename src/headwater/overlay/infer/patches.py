"""Patches that are new or gone, with their files."""

from __future__ import annotations

from collections.abc import Iterator

from headwater.config.overlays import PatchAdd, PatchRemove, SpecSearchReplace
from headwater.overlay.infer.quote import globs, quote_glob, whole_line
from headwater.overlay.infer.state import State, Wish, grant, is_nearer
from headwater.spec import PREAMBLE, Document, expand, numbered, plain_macros


def lost_groups(state: State) -> Iterator[Wish]:
    """Many patches at once, by a glob that fits no other."""
    yield from ([(PatchRemove(file=glob),)] for glob in globs(_lost(state), named(state.spec)))


def lost_patches(state: State) -> Iterator[Wish]:
    """Each by its name."""
    for name in _lost(state):
        yield [(PatchRemove(file=quote_glob(name)),)]


def new_patches(state: State, refused: frozenset[str]) -> State:
    """All patches that are new, but for those `refused`, which %prep never applies."""
    for name, line in named(state.goal.spec).items():
        if name not in named(state.spec) and name in state.goal.tree.files and name not in refused:
            state = grant(state, [_addition(state, name, state.goal.spec.lines[line])], is_nearer)
    return state


def _addition(state: State, name: str, wanted: str) -> Wish:
    """A second overlay writes the tag as the goal has it, if only its number or spelling keeps the first from being near."""
    number = max((entry.number for entry in numbered(state.spec, "patch")), default=-1) + 1
    added = PatchAdd(source=state.goal.source(name))
    written = whole_line(f"Patch{number}: {name}")
    return [(added,), (added, SpecSearchReplace(regex=written, replacement=wanted, section=PREAMBLE))]


def named(spec: Document) -> dict[str, int]:
    """File names of a spec's patches, and the line of each."""
    known = plain_macros(spec)
    return {expand(entry.value, known).rsplit("/", 1)[-1]: entry.line for entry in numbered(spec, "patch")}


def _lost(state: State) -> list[str]:
    there = named(state.goal.spec)
    return [name for name in named(state.spec) if name not in there and name in state.tree.files]
