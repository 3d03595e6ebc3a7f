"""Stages of build roots: 1 also holds what comes over the bridge, 2 holds the project's own packages alone."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from headwater.build.dynamic import Wants
from headwater.build.line import Line
from headwater.errors import Failure
from headwater.rpm.model import Rpm


class Leaning(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a component's root is not our own work. `unknown` says why its root is not known; there are no names then."""

    component: str
    stage: int
    own: tuple[str, ...] = ()
    bridged: tuple[str, ...] = ()
    unknown: str = ""


def leanings(line: Line) -> tuple[Leaning, ...]:
    """Every component, in building order; nothing is built, so a root whose packages are not built yet is not known."""
    return tuple(_leaning(line, name) for name in line.order())


def _leaning(line: Line, name: str) -> Leaning:
    stage, roots = line.rule(name).stage, line.workshop.roots
    if missing := sorted(line.below(name) - roots.built):
        return Leaning(component=name, stage=stage, unknown=f"{', '.join(missing)} must be built first")
    try:
        chosen = line.chosen(name)
    except Wants as wants:
        return Leaning(component=name, stage=stage, unknown=f"{', '.join(wants.needs)} must be built first")
    except Failure as failure:
        return Leaning(component=name, stage=stage, unknown=failure.problems[0].what)
    try:
        job = line.job(name)
    except Failure:
        job = None
    if job and (kept := line.kept(job)):
        line.workshop.add(line.kept_rpms(job, kept))
    return Leaning(component=name, stage=stage, own=_names(chosen, bridged=False), bridged=_names(chosen, bridged=True))


def _names(chosen: Sequence[Rpm], *, bridged: bool) -> tuple[str, ...]:
    return tuple(rpm.name for rpm in chosen if (rpm.origin == "bridge") is bridged)
