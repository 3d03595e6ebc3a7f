"""The overlays that lead from one folder of a spec to another: semantic kinds first, a regex last, and the proof on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from headwater.config.overlays import FileAdd, Overlay, PatchAdd
from headwater.errors import Failure
from headwater.overlay.apply import apply
from headwater.overlay.infer import files, lines, patches, places, sections, spans, tags
from headwater.overlay.infer.difference import LINE
from headwater.overlay.infer.folder import Folder, read_folder
from headwater.overlay.infer.gaps import Gap, gaps
from headwater.overlay.infer.reasons import with_questions
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
_LISTED = "overlays do not reach archives and their list: say it in `source-files`"


class Inference(msgspec.Struct, frozen=True, kw_only=True):
    """The overlays, whose sources lie in the second folder, and what they do not say; without gaps they were proven exact."""

    overlays: tuple[Overlay, ...]
    gaps: tuple[Gap, ...]

    @property
    def brought(self) -> dict[str, str]:
        """Names of the files that overlays bring, and where they lie."""
        found = [overlay for overlay in self.overlays if isinstance(overlay, PatchAdd | FileAdd)]
        return {overlay.file or Path(overlay.source).name: overlay.source for overlay in found}


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What an earlier attempt taught: patches that %prep does not apply, and sections that must be written anew."""

    refused: frozenset[str] = frozenset()
    anew: tuple[sections.Key, ...] = ()


def infer(component: str, before: Path, after: Path, store: Store) -> Inference:
    """Read both folders, find the overlays, and prove them. Raises Failure(SOURCE) for a folder that is none of a spec."""
    one, other = read_folder(component, before), read_folder(component, after)
    found = infer_trees(one.tree, other.tree, other.place, store)
    return msgspec.structs.replace(found, gaps=(*found.gaps, *_listed(one, other)))


def infer_trees(before: SourceTree, after: SourceTree, folder: Path, store: Store) -> Inference:
    """The same for trees; `folder` holds the files of the second."""
    state = _best(before, Goal(tree=after, folder=folder.absolute()), store)
    overlays = with_questions(state.overlays)
    return Inference(overlays=overlays, gaps=(*gaps(state), *_disproven(before, overlays, state, store)))


def infer_meaning(before: SourceTree, goal: Goal) -> Overlay | None:
    """The one overlay without a regex that does it, but for white space; None where there is none, or it takes several."""
    state = State(tree=before, goal=goal)
    for find in _MEANINGS:
        state = grant(state, find(state), is_nearer)
    return state.overlays[0] if len(state.overlays) == 1 and state.left < LINE else None


def _disproven(before: SourceTree, overlays: tuple[Overlay, ...], state: State, store: Store) -> Iterable[Gap]:
    """Why all overlays together do not make what they made one by one; empty when they do."""
    try:
        made, _ = apply(before, overlays, store)
    except Failure as failure:
        return [Gap(file=state.tree.spec, why=problem.what) for problem in failure.problems]
    return [] if made.files == state.tree.files else [Gap(file=state.tree.spec, why="the overlays do not repeat")]


def _listed(one: Folder, other: Folder) -> Iterable[Gap]:
    names = sorted({*one.others, *other.others})
    return [Gap(file=name, why=_LISTED) for name in names if one.others.get(name) != other.others.get(name)]


def _best(before: SourceTree, goal: Goal, store: Store) -> State:
    """The best of a few attempts: each later one knows what the earlier ones stumbled over."""
    plan, best = Plan(), None
    for _ in range(_ATTEMPTS):
        state = _walk(State(tree=before, goal=goal), plan)
        learnt = _learn(state, plan, before, store)
        if learnt.refused == plan.refused and (best is None or state.left < best.left):
            best = state
        if learnt == plan:
            break
        plan = learnt
    return best or state


def _walk(state: State, plan: Plan) -> State:
    state = grant(state, sections.lost_packages(state), is_nearer)
    state = grant(state, sections.lost_sections(state), is_nearer)
    for key in dict.fromkeys((*plan.anew, *sections.rewritten(state))):
        state = sections.written_anew(state, key)
    state = grant(state, patches.lost_groups(state), is_nearer)
    state = grant(state, patches.lost_patches(state))
    state = patches.new_patches(state, plan.refused)
    for family in (tags.changed_tags, tags.lost_tags, tags.new_tags):
        state = grant(state, family(state))
    state = _settle(state, places.insertions, lines.repeated)
    state = _settle(state, places.insertions, spans.blocks, places.anchored, lines.changed_lines)
    state = _settle(state, spans.leftovers, spans.everything)
    state = _settle(state, lines.lost_lines, places.insertions, places.anchored, lines.changed_lines)
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
    stuck = {state.spec.section_at(hunk.start) for hunk in state.hunks}
    keys = [(section.name, section.package) for section in stuck]
    anew = tuple(dict.fromkeys((*plan.anew, *(key for key in sections.keys(state.spec) if key in keys))))
    refused = set(plan.refused)
    try:
        apply(before, state.overlays, store)
    except Failure as failure:
        names = [overlay.source.rpartition("/")[2] for overlay in state.overlays if isinstance(overlay, PatchAdd)]
        refused.update(name for name in names if any(f"`{name}`" in problem.what for problem in failure.problems))
    return Plan(refused=frozenset(refused), anew=anew)
