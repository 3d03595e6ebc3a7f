"""Lint of raw regexes: where a kind with a meaning would do the same, the overlay that does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from headwater.config.overlays import Overlay, SpecSearchReplace
from headwater.overlay.change import Change
from headwater.overlay.infer import Goal, infer_meaning, write_overlay, write_overlays
from headwater.overlay.lint.finding import Finding, Outcome, Run, place_of
from headwater.overlay.nearest import kind_of
from headwater.upstream.model import LooseFile, SourceTree


def lint_kinds(component: str, overlays: Sequence[Overlay], run: Run, outcome: Outcome) -> Iterator[Finding]:
    """Each `spec-search-replace` whose change another kind makes, too, in the mode of the component."""
    for index, overlay in enumerate(overlays):
        if not isinstance(overlay, SpecSearchReplace):
            continue
        for change in outcome.changes:
            better = _better(overlay, change, outcome.tree) if change.where == place_of(overlay) else None
            if better and _does_the_same(run([*overlays[:index], better, *overlays[index + 1 :]]), outcome):
                yield Finding(
                    rule="use-a-kind",
                    component=component,
                    where=place_of(overlay),
                    message=f"`{kind_of(better)}` does the same, and says what is meant",
                    replacement=_written(component, better, overlay),
                )


def _better(overlay: SpecSearchReplace, change: Change, tree: SourceTree) -> Overlay | None:
    """The one overlay of another kind with the same reason; None where it would take several."""
    if change.before is None or change.after is None or change.file != tree.spec:
        return None
    before, after = (
        msgspec.structs.replace(tree, files={tree.spec: LooseFile(content=text)}) for text in (change.before, change.after)
    )
    found = infer_meaning(before, Goal(tree=after, folder=Path()))
    return found and msgspec.structs.replace(
        found, description=overlay.description, metadata=overlay.metadata, where=overlay.where
    )


def _does_the_same(one: Outcome, other: Outcome) -> bool:
    """But for white space, by which tags are aligned."""
    return len(one.refused) == len(other.refused) and one.tree.text.split() == other.tree.text.split()


def _written(component: str, better: Overlay, overlay: Overlay) -> str:
    """As it is to be pasted: in an overlay file the metadata is the file's, and no component is named."""
    if overlay.where and overlay.where.key.startswith("overlays"):
        return f"[[overlays]]\n{write_overlay(msgspec.structs.replace(better, metadata=None))}"
    return write_overlays(component, [better])
