"""Lint of a component's overlays: what they say, what they do, and what would say it better. Findings are values."""

from __future__ import annotations

from collections.abc import Sequence

from headwater.config.overlays import Overlay
from headwater.errors import Failure, Problem
from headwater.origin import Origin
from headwater.overlay.apply import apply_one
from headwater.overlay.change import Change
from headwater.overlay.compat.apply import apply_compat
from headwater.overlay.lint.effects import lint_effects
from headwater.overlay.lint.finding import Finding, Outcome
from headwater.overlay.lint.kinds import lint_kinds
from headwater.overlay.lint.words import lint_words
from headwater.store import Store
from headwater.upstream.model import SourceTree

# every rule has a heading in docs/reference/lint
RULES = ("no-reason", "bad-link", "no-effect", "undone", "dead-patch", "use-a-kind")


def lint(
    component: str, overlays: Sequence[Overlay], tree: SourceTree | None, store: Store, *, strict: bool = True
) -> tuple[Finding, ...]:
    """All findings in the order of the overlays; without a tree only those that need no sources.

    Overlays on files in archives are read but not run.
    """
    found = [finding for overlay in overlays for finding in lint_words(component, overlay)]
    if tree is not None:
        loose = [overlay for overlay in overlays if not getattr(overlay, "archive", "")]

        def run(some: Sequence[Overlay]) -> Outcome:
            return run_strict(tree, some) if strict else run_compat(tree, some, store)

        outcome = run(loose)
        found += lint_effects(component, loose, run, outcome)
        found += lint_kinds(component, loose, run, outcome)
    order = {overlay.where: index for index, overlay in enumerate(overlays)}
    return tuple(sorted(found, key=lambda finding: order.get(finding.where, len(order))))


def run_strict(tree: SourceTree, overlays: Sequence[Overlay]) -> Outcome:
    """Strictly, one after the other; whether patches are applied is left for lint itself to ask."""
    changes: list[Change] = []
    refused: list[tuple[Overlay, Problem]] = []
    for overlay in overlays:
        try:
            tree, made = apply_one(tree, overlay)
            changes += made
        except Failure as failure:
            refused += [(overlay, problem) for problem in failure.problems]
    return Outcome(tree=tree, changes=tuple(changes), refused=tuple(refused))


def run_compat(tree: SourceTree, overlays: Sequence[Overlay], store: Store) -> Outcome:
    """In azldev's way, without what it refuses."""
    refused: list[tuple[Overlay, Problem]] = []
    left = list(overlays)
    while True:
        try:
            after, changes = apply_compat(tree, left, store, where=Origin(file="lint"), with_archives=False)
            return Outcome(tree=after, changes=changes, refused=tuple(refused))
        except Failure as failure:
            bad = {problem.where: problem for problem in failure.problems}
            refused += [(overlay, bad[overlay.where]) for overlay in left if overlay.where in bad]
            kept = [overlay for overlay in left if overlay.where not in bad]
            if len(kept) == len(left):
                raise
            left = kept
