"""Apply overlays in order, all or nothing; each must bite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from headwater.config.overlays import (
    FileAdd,
    FilePrependLines,
    FileRemove,
    FileRename,
    FileSearchReplace,
    Overlay,
    PatchAdd,
    PatchRemove,
    SpecAddTag,
    SpecAppendLines,
    SpecInsertTag,
    SpecPrependLines,
    SpecRemoveSection,
    SpecRemoveSubpackage,
    SpecRemoveTag,
    SpecSearchReplace,
    SpecSetTag,
    SpecUpdateTag,
)
from headwater.errors import Failure, Problem
from headwater.origin import Origin
from headwater.overlay import archives, files, lines, patches, sections, tags
from headwater.overlay.change import Change
from headwater.overlay.nearest import already, kind_of
from headwater.spec import parse
from headwater.store import Store
from headwater.upstream.model import SourceTree


def apply(tree: SourceTree, overlays: Sequence[Overlay], store: Store) -> tuple[SourceTree, tuple[Change, ...]]:
    """The tree with all overlays applied, and what each did.

    Those on files inside archives go first. A Failure holds the problem of every overlay that did not bite, and then the tree
    stays as it was.
    """
    inside = [overlay for overlay in overlays if getattr(overlay, "archive", "")]
    changes: list[Change] = []
    problems: list[Problem] = []
    try:
        tree, changes[:] = archives.apply(tree, inside, store)
    except Failure as failure:
        problems += failure.problems
    for overlay in overlays:
        if overlay in inside:
            continue
        try:
            tree, made = apply_one(tree, overlay)
            changes += made
        except Failure as failure:
            problems += failure.problems
    problems += _unapplied(tree, overlays) if not problems else ()
    if problems:
        raise Failure(problems)
    return tree, tuple(changes)


def apply_one(tree: SourceTree, overlay: Overlay) -> tuple[SourceTree, list[Change]]:
    """The tree with one overlay applied that is not on an archive, and what it did; a Failure where it does not bite."""
    after = _edited(tree, overlay)
    changes = _changes(tree, after, overlay)
    if not changes:
        raise already(overlay, "it changes nothing")
    return after, changes


def _edited(tree: SourceTree, overlay: Overlay) -> SourceTree:
    match overlay:
        case PatchAdd() | PatchRemove():
            return patches.edit(tree, overlay)
        case FilePrependLines() | FileSearchReplace() | FileAdd() | FileRemove() | FileRename():
            return files.edit(tree, overlay)
        case SpecAddTag() | SpecInsertTag() | SpecSetTag() | SpecUpdateTag() | SpecRemoveTag():
            return patches.with_spec(tree, tags.edit(parse(tree.text), overlay))
        case SpecPrependLines() | SpecAppendLines() | SpecSearchReplace():
            return patches.with_spec(tree, lines.edit(parse(tree.text), overlay))
        case SpecRemoveSection() | SpecRemoveSubpackage():
            return patches.with_spec(tree, sections.edit(parse(tree.text), overlay))
        case _:
            assert_never(overlay)


def _changes(before: SourceTree, after: SourceTree, overlay: Overlay) -> list[Change]:
    new_names = files.renamed(before, overlay) if isinstance(overlay, FileRename) else {}
    found = []
    for name in sorted({*before.files, *after.files} - set(new_names.values())):
        old, new = before.files.get(name), after.files.get(new_names.get(name, name))
        if old != new or name in new_names:
            found.append(
                Change(
                    kind=kind_of(overlay),
                    description=overlay.description,
                    where=overlay.where or Origin(file="overlays"),
                    file=name,
                    before=old.content if old else None,
                    after=new.content if new else None,
                    renamed_to=new_names.get(name, ""),
                )
            )
    return found


def _unapplied(tree: SourceTree, overlays: Sequence[Overlay]) -> list[Problem]:
    added = [overlay for overlay in overlays if isinstance(overlay, PatchAdd)]
    return [problem for overlay in added if (problem := patches.unapplied(tree, overlay))]
