"""`hw image update`: the image lock brought up to date with the images' tables and the repository."""

from __future__ import annotations

from pathlib import Path

import click

from headwater import factory
from headwater.cli.setting import Setting
from headwater.cli.words.locked import settle
from headwater.cli.words.named import rule_of
from headwater.compose import lock_images
from headwater.image import verbs as images
from headwater.request import open_workshop


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
    settle(
        setting,
        place,
        moved,
        lambda: images.write_lock(place, lock),
        holders="images",
        nothing=f"{len(lock.groups)} images",
        check_only=check_only,
        word="hw image update",
    )
