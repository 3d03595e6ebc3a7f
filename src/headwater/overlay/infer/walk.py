"""The way from a state to its goal: each family of overlays in turn, the most telling first; and better ways by experience."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from headwater.config.overlays import Overlay, PatchAdd
from headwater.errors import Failure
from headwater.overlay.apply import apply
from headwater.overlay.infer import files, lines, patches, places, sections, spans, tags
from headwater.overlay.infer.difference import LINE
from headwater.overlay.infer.state import Goal, State, Wish, grant, is_nearer
from headwater.store import Store
from headwater.upstream.model import SourceTree

_ATTEMPTS = 4
_MEANINGS = (
    sections.lost_packages,
    sections.lost_sections,
    tags.changed_tags,
    tags.lost_tags,
    tags.new_tags,
    places.insertions,
)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What an earlier attempt taught: patches that %prep does not apply."""

    refused: frozenset[str] = frozenset()


def best(before: SourceTree, goal: Goal, store: Store) -> State:
    """The best of a few attempts: each later one knows what the earlier ones stumbled over."""
    plan, found = Plan(), None
    for _ in range(_ATTEMPTS):
        state = _walk(State(tree=before, goal=goal), plan)
        learnt = _learn(state, plan, before, store)
        if learnt.refused == plan.refused and (found is None or state.left < found.left):
            found = state
        if learnt == plan:
            break
        plan = learnt
    return found or state


def infer_meaning(before: SourceTree, goal: Goal) -> Overlay | None:
    """The one overlay without a regex that does it, but for white space; None where there is none, or it takes several."""
    state = State(tree=before, goal=goal)
    for find in _MEANINGS:
        state = grant(state, find(state), is_nearer)
    return state.overlays[0] if len(state.overlays) == 1 and state.left < LINE else None


def _walk(state: State, plan: Plan) -> State:
    """One attempt. What stands first here is preferred to what stands below."""
    state = grant(state, sections.lost_packages(state), is_nearer)
    state = grant(state, sections.lost_sections(state), is_nearer)
    for key in sections.rewritten(state):
        state = sections.written_anew(state, key)
    state = grant(state, patches.lost_groups(state), is_nearer)
    state = grant(state, patches.lost_patches(state))
    state = patches.new_patches(state, plan.refused)
    for family in (tags.changed_tags, tags.lost_tags, tags.new_tags):
        state = grant(state, family(state))
    state = _settle(state, places.insertions, lines.repeated)
    state = _settle(state, places.insertions, spans.blocks, places.anchored, lines.changed_lines)
    state = _settle(state, spans.leftovers, spans.everything)
    state = _settle(state, places.insertions, places.anchored, lines.changed_lines)
    state = grant(state, lines.last_line(state), is_nearer)
    for find in (files.renamed_files, files.lost_groups, files.other_files):
        state = grant(state, find(state))
    return state


def _settle(state: State, *families: Callable[[State], Iterable[Wish]]) -> State:
    """Ask again and again, until nothing leads nearer."""
    left = state.left + 1
    while state.hunks and state.left < left:
        left = state.left
        for family in families:
            state = grant(state, family(state))
    return state


def _learn(state: State, plan: Plan, before: SourceTree, store: Store) -> Plan:
    """A plan that may do better, or the same."""
    refused = set(plan.refused)
    try:
        apply(before, state.overlays, store)
    except Failure as failure:
        names = [overlay.source.rpartition("/")[2] for overlay in state.overlays if isinstance(overlay, PatchAdd)]
        refused.update(name for name in names if any(f"`{name}`" in problem.what for problem in failure.problems))
    return Plan(refused=frozenset(refused))
