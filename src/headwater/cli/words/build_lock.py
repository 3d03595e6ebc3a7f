"""`hw build --lock`: the lock of build roots brought up to date with specs, the project and the bridge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from headwater import build as builds
from headwater import factory
from headwater.cli.output import show_table, show_text, show_warning
from headwater.cli.setting import Setting
from headwater.errors import Kind, fail
from headwater.render.model import RenderedPackage
from headwater.request import Request, Workshop
from headwater.rpm.lock import LockMove
from headwater.rpm.model import Rpm

COLUMNS = ("package", "change", "before", "after", "roots")
FEW = 6  # roots that a table names before it counts them


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
    settled = place.is_file() and not moved
    if not (check_only or setting.dry_run or settled):
        builds.write_lock(place, new)
    _show(setting, moved, len(new.groups) - 1)
    if check_only and not settled:
        why = f"{len(moved)} packages moved" if moved else "it was never written"
        raise fail(Kind.DRIFT, f"`{place.name}` is not up to date", why=why, hint="hw build --lock")


def _show(setting: Setting, moved: tuple[LockMove, ...], count: int) -> None:
    if moved or setting.style != "table":
        rows = [(one.package, one.change, one.before, one.after, _few(setting, one.groups)) for one in moved]
        show_table(COLUMNS, rows, setting.style)
    else:
        show_text(f"nothing to do: {count} build roots are locked as they should be")


def _few(setting: Setting, roots: Sequence[str]) -> Sequence[str]:
    if setting.style == "table" and len(roots) > FEW:
        return [*roots[:FEW], f"{len(roots) - FEW} more"]
    return roots


def warn_of_unlocked(request: Request, names: Iterable[str]) -> None:
    """Say which components are built in roots that the project's lock does not know."""
    known = factory.lock_of(request)
    if known and (loose := [name for name in names if name not in known.groups]):
        told = ", ".join(f"`{name}`" for name in loose)
        why = "its packages are chosen anew each time" if len(loose) == 1 else "their packages are chosen anew each time"
        show_warning(f"{told}: not in the lock of build roots", why=why, hint=f"hw build --lock {' '.join(loose)}")
