"""`hw image build`: images that are made already are told at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from headwater.cli.output import show_table, show_warnings
from headwater.cli.setting import Setting
from headwater.cli.words.named import rule_of
from headwater.config import Inputs, Project, ground_of, inputs_of, unmoved
from headwater.config.images import ImageKind
from headwater.errors import Failure, Kind
from headwater.finished import Record, finished_images, keep_images, made_of

if TYPE_CHECKING:
    from headwater.errors import Problem
    from headwater.image.model import Image
    from headwater.rpm.lock import PackageLock


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
    project = _project(setting)
    inputs = inputs_of(project)  # before _make reads the project again: what changes from now on was not in its images
    done = finished_images(project, setting.store, names, inputs) or _make(setting, project, names, inputs)
    show_warnings(setting.located(Failure(done.warnings)).problems if done.warnings else ())
    show_table(
        ("image", "format", "bytes", "digest", "path"), [msgspec.structs.astuple(one) for one in done.made], setting.style
    )


def _project(setting: Setting) -> Project:
    """All that images need of a project; whatever is wrong with its components stops what they are made from."""
    return setting.sketch.project if setting.given.permissive else setting.sketch.without_components


def _make(setting: Setting, project: Project, names: tuple[str, ...], inputs: Inputs) -> Record:
    from headwater import image as images  # noqa: PLC0415 as above
    from headwater import sbom  # noqa: PLC0415 as above

    lock = images.read_lock(Path(project.project.image_lock), project.root)
    only = [rule_of(setting, name, project).name for name in names] or None
    made = _make_quickly(setting, project, only, inputs, lock) or _make_all(setting, only, inputs)
    warnings = (*_unlocked(project, made, lock), *_unwanted(setting, project, made.values()))
    notes, beside = images.notes_of(made.values()), sbom.beside(made.values(), project.output)
    return keep_images(project, setting.store, names, made_of(made), notes, beside, inputs, warnings)


def _make_quickly(
    setting: Setting, project: Project, only: Sequence[str] | None, inputs: Inputs, lock: PackageLock | None
) -> dict[str, Image] | None:
    """The images, where all that they stand on is known and we compose them; no stage before them is loaded."""
    from headwater import image as images  # noqa: PLC0415 as above
    from headwater.accompany import accompany  # noqa: PLC0415 as above
    from headwater.compose import compose_from  # noqa: PLC0415 as above
    from headwater.footing import kept_footing  # noqa: PLC0415 as above
    from headwater.request import open_workshop  # noqa: PLC0415 as above

    request = setting.quiet_request(project)
    workshop = open_workshop(request)
    footing = kept_footing(request, workshop, ground_of(project, inputs, setting.sketch.tables))
    if footing is None or any(rule.kind is ImageKind.UNSET for rule in images.in_order(project.images, only)):
        return None
    made = compose_from(request, workshop, footing.packages, lock, only)
    accompany(request, workshop, made, footing.facts)
    return made


def _make_all(setting: Setting, only: Sequence[str] | None, inputs: Inputs) -> dict[str, Image]:
    """The images, and what they stand on, which is kept unless somebody changed it meanwhile."""
    from headwater import factory, pipeline  # noqa: PLC0415 as above
    from headwater.footing import keep_footing  # noqa: PLC0415 as above
    from headwater.request import open_workshop  # noqa: PLC0415 as above

    request = setting.request()
    workshop = open_workshop(request)
    ground = factory.lay_ground(request, workshop)
    made = pipeline.make_images(request, workshop, ground, only)
    footing = pipeline.footing_of(request, ground)
    if footing and unmoved(request.project, inputs):
        keep_footing(request, workshop, _ground(setting, request.project), footing)
    return made


def _ground(setting: Setting, project: Project) -> str:
    return ground_of(project, inputs_of(project), setting.sketch.tables)


def _unlocked(project: Project, made: Mapping[str, Image], lock: PackageLock | None) -> tuple[Problem, ...]:
    """Images that a project with a lock builds without."""
    from headwater.cli.words.locked import unlocked  # noqa: PLC0415 as above

    ours = [name for name in made if project.images[name].kind is not ImageKind.UNSET]
    loose = [name for name in ours if lock and name not in lock.groups]
    return unlocked(loose, Kind.IMAGE, "the image lock", "hw image update")


def _unwanted(setting: Setting, project: Project, made: Iterable[Image]) -> Iterator[Problem]:
    """What the policy does not want and lets pass."""
    from headwater import image as images  # noqa: PLC0415 as above

    for one in made:
        found = images.findings_of(one.index, setting.store)
        yield from images.hold_files(project.images[one.name], project.policy, found)
