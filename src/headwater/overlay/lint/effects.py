"""Lint that runs overlays: which do nothing any more, which undo one another, which patches nobody applies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from headwater.config.overlays import FileAdd, Overlay, PatchAdd
from headwater.overlay.infer import named
from headwater.overlay.lint.finding import Finding, Outcome, Run, place_of
from headwater.overlay.nearest import kind_of
from headwater.overlay.patches import name_of, unapplied
from headwater.spec import parse

_PATCHES = (".patch", ".diff")


def lint_effects(component: str, overlays: Sequence[Overlay], run: Run, all_of_them: Outcome) -> Iterator[Finding]:
    """What only the result tells; `overlays` touch no archive."""
    idle = list(_idle(component, overlays, all_of_them))
    yield from idle
    places = {finding.where for finding in idle}
    working = [overlay for overlay in overlays if place_of(overlay) not in places]
    yield from _undone(component, working, run)
    yield from _dead(component, working, all_of_them)


def _idle(component: str, overlays: Sequence[Overlay], outcome: Outcome) -> Iterator[Finding]:
    for overlay, problem in outcome.refused:
        message = "; ".join(part for part in (problem.what, problem.why) if part)
        yield Finding(rule="no-effect", component=component, where=place_of(overlay), message=message)
    refused = {place_of(overlay) for overlay, _ in outcome.refused}
    moved = {change.where for change in outcome.changes if change.before != change.after or change.renamed_to}
    for overlay in overlays:
        if place_of(overlay) not in refused | moved:
            message = f"`{kind_of(overlay)}` leaves everything as it was"
            yield Finding(rule="no-effect", component=component, where=place_of(overlay), message=message)


def _undone(component: str, overlays: Sequence[Overlay], run: Run) -> Iterator[Finding]:
    """Overlays without which the result is the same: written over by a later one, or taken back by one that needs them."""
    whole = run(overlays)
    for index, overlay in enumerate(overlays):
        without = run([*overlays[:index], *overlays[index + 1 :]])
        if not without.same_files(whole) or len(without.refused) > 1:
            continue
        message = "the result is the same without it: what it does is written over by a later overlay"
        if without.refused:
            other = without.refused[0][0]
            message = f"`{kind_of(other)}` at {place_of(other)} takes back what it does; neither is needed"
        yield Finding(rule="undone", component=component, where=place_of(overlay), message=message)


def _dead(component: str, overlays: Sequence[Overlay], outcome: Outcome) -> Iterator[Finding]:
    there = named(parse(outcome.tree.text))
    for overlay in overlays:
        name = _patch_of(overlay)
        if not name or name not in outcome.tree.files:
            continue
        message = ""
        if name not in there and name not in outcome.tree.text:
            message = f"`{name}` is put beside the spec, which does not name it"
        elif isinstance(overlay, PatchAdd) and (problem := unapplied(outcome.tree, overlay)):
            message = f"`%prep` never applies `{name}`: {problem.why}"
        if message:
            yield Finding(rule="dead-patch", component=component, where=place_of(overlay), message=message)


def _patch_of(overlay: Overlay) -> str:
    """The patch that an overlay brings, by the name it has beside the spec."""
    match overlay:
        case PatchAdd():
            return name_of(overlay)
        case FileAdd():
            return overlay.file if overlay.file.endswith(_PATCHES) else ""
        case _:
            return ""
