"""`hw image update`: the image lock brought up to date with the images' tables and the repository."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from headwater import factory
from headwater import image as images
from headwater.cli.output import show_table, show_text
from headwater.cli.setting import Setting
from headwater.cli.words.named import rule_of
from headwater.compose import lock_images
from headwater.config.images import ImageKind
from headwater.errors import Kind, Problem, fail
from headwater.request import open_workshop
from headwater.rpm.lock import LockMove

COLUMNS = ("package", "change", "before", "after", "images")


@click.command("update")
@click.argument("names", nargs=-1)
@click.option("--check", "check_only", is_flag=True, help="Write nothing; exit 1 where the lock would change.")
@click.pass_obj
def image_update(setting: Setting, names: tuple[str, ...], *, check_only: bool) -> None:
    """Choose the packages of images (default: all) anew, show what moved, and write the image lock: all or nothing.

    An image that the lock does not know is chosen from all packages each time, so a project without a lock needs none.
    """
    request = setting.request()
    wanted = [rule_of(setting, name).name for name in names] or None
    workshop, repository = open_workshop(request), factory.whole_repository(request)
    lock, moved = lock_images(request, workshop, repository, wanted)
    place = Path(request.project.project.image_lock)
    settled = place.is_file() and not moved
    if not (check_only or setting.dry_run or settled):
        images.write_lock(place, lock)
    _show(setting, moved, len(lock.groups))
    if check_only and not settled:
        why = f"{len(moved)} packages moved" if moved else "it was never written"
        raise fail(Kind.DRIFT, f"`{place.name}` is not up to date", why=why, hint="hw image update")


def _show(setting: Setting, moved: tuple[LockMove, ...], count: int) -> None:
    if moved or setting.style != "table":
        rows = [(one.package, one.change, one.before, one.after, one.groups) for one in moved]
        show_table(COLUMNS, rows, setting.style)
    else:
        show_text(f"nothing to do: {count} images are locked as they should be")


def unlocked(setting: Setting, names: Iterable[str]) -> Iterator[Problem]:
    """Images that a project with a lock builds without."""
    lock = images.read_lock(Path(setting.project.project.image_lock))
    ours = setting.project.images
    loose = [name for name in names if lock and name not in lock.groups and ours[name].kind is not ImageKind.UNSET]
    if loose:
        told = ", ".join(f"`{name}`" for name in loose)
        why = "its packages are chosen anew each time" if len(loose) == 1 else "their packages are chosen anew each time"
        yield Problem(
            kind=Kind.IMAGE, what=f"{told}: not in the image lock", why=why, hint=f"hw image update {' '.join(loose)}"
        )
