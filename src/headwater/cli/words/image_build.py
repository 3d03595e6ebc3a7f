"""`hw image build`: images that are made already are told at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click
import msgspec

from headwater.cli.output import show_table, show_warnings
from headwater.cli.setting import Setting
from headwater.cli.words.named import rule_of
from headwater.config import Inputs, inputs_of
from headwater.finished import Record, finished_images, keep_images, made_of

if TYPE_CHECKING:
    from headwater.errors import Problem
    from headwater.image.model import Image


@click.command("build")
@click.argument("names", nargs=-1)
@click.option("--check-reproducible", is_flag=True, help="Build again as somebody else, elsewhere; exit 13 if bytes differ.")
@click.pass_obj
def build(setting: Setting, names: tuple[str, ...], *, check_reproducible: bool) -> None:
    """Compose images (default: all) and what they are made from; with -n say what would be made and why.

    Packages are those of the project's image lock, where there is one. Bills of materials and signatures go with the images.
    """
    if setting.dry_run:
        from headwater.cli.words.image_views import show_plans  # noqa: PLC0415 what is finished needs neither solver nor engine

        show_plans(setting, names)
        return
    if check_reproducible:
        from headwater.cli.words.image_reproduce import check_again  # noqa: PLC0415 as above

        check_again(setting, [rule_of(setting, name).name for name in names] or None)
        return
    project = setting.reading(places=False).project
    inputs = inputs_of(project)  # before _make reads the project again: what changes from now on was not in its images
    done = finished_images(project, setting.store, names, inputs) or _make(setting, names, inputs)
    show_warnings(done.warnings)
    show_table(
        ("image", "format", "bytes", "digest", "path"), [msgspec.structs.astuple(one) for one in done.made], setting.style
    )


def _make(setting: Setting, names: tuple[str, ...], before: Inputs) -> Record:
    from headwater import evidence, pipeline  # noqa: PLC0415 as above
    from headwater import image as images  # noqa: PLC0415 as above
    from headwater.cli.words.image_lock import unlocked_images  # noqa: PLC0415 as above

    world = pipeline.make_images(setting.request(), [rule_of(setting, name).name for name in names] or None)
    warnings = (*unlocked_images(setting, world.images), *_unwanted(setting, world.images.values()))
    notes, beside = images.notes_of(world.images.values()), evidence.beside(world)
    return keep_images(setting.project, setting.store, names, made_of(world.images), notes, beside, before, warnings)


def _unwanted(setting: Setting, made: Iterable[Image]) -> Iterator[Problem]:
    """What the policy does not want and lets pass."""
    from headwater import image as images  # noqa: PLC0415 as above

    for one in made:
        found = images.findings_of(one.index, setting.store)
        yield from images.hold_files(setting.project.images[one.name], setting.project.policy, found)
