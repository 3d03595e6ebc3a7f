"""The overlays that lead from one folder of a spec to another: semantic kinds first, a regex last, and the proof on the way."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from headwater.config.overlays import FileAdd, Overlay, PatchAdd
from headwater.errors import Failure
from headwater.overlay.apply import apply
from headwater.overlay.infer.folder import Folder, read_folder
from headwater.overlay.infer.gaps import Gap, gaps
from headwater.overlay.infer.reasons import with_questions
from headwater.overlay.infer.state import Goal, State
from headwater.overlay.infer.walk import best
from headwater.store import Store
from headwater.upstream.model import SourceTree

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


def infer(component: str, before: Path, after: Path, store: Store) -> Inference:
    """Read both folders, find the overlays, and prove them. Raises Failure(SOURCE) for a folder that is none of a spec."""
    one, other = read_folder(component, before), read_folder(component, after)
    found = infer_trees(one.tree, other.tree, other.place, store)
    return msgspec.structs.replace(found, gaps=(*found.gaps, *_listed(one, other)))


def infer_trees(before: SourceTree, after: SourceTree, folder: Path, store: Store) -> Inference:
    """The same for trees; `folder` holds the files of the second."""
    state = best(before, Goal(tree=after, folder=folder.absolute()), store)
    overlays = with_questions(state.overlays)
    return Inference(overlays=overlays, gaps=(*gaps(state), *_disproven(before, overlays, state, store)))


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
