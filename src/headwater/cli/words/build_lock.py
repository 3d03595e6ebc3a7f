"""`hw build --lock`: the lock of build roots brought up to date with specs, the project and the bridge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from headwater import build as builds
from headwater import factory
from headwater.cli.setting import Setting
from headwater.cli.words.locked import settle, unlocked
from headwater.errors import Kind, Problem
from headwater.render.model import RenderedPackage
from headwater.request import Request, Workshop
from headwater.rpm.model import Rpm


def lock(  # noqa: PLR0917 as in pipeline
    setting: Setting,
    request: Request,
    workshop: Workshop,
    rendered: Sequence[RenderedPackage],
    bridged: Sequence[Rpm],
    chosen: Sequence[str],
    *,
    check_only: bool,
) -> None:
    """Choose the packages of build roots anew, show what moved, and write the lock: all or nothing."""
    new, moved = factory.lock_roots(request, workshop, rendered, bridged, only=chosen)
    place = Path(request.project.project.build_root_lock)
    settle(
        setting,
        place,
        moved,
        lambda: builds.write_lock(place, new),
        holders="roots",
        nothing=f"{len(new.groups) - 1} build roots",
        check_only=check_only,
        word="hw build --lock",
    )


def unlocked_roots(request: Request, names: Iterable[str]) -> tuple[Problem, ...]:
    """Components that are built in roots which the project's lock does not know."""
    known = factory.lock_of(request)
    loose = [name for name in names if known and name not in known.groups]
    return unlocked(loose, Kind.BUILD, "the lock of build roots", "hw build --lock")
