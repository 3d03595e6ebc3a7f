"""`hw build`: packages from rendered components, or why and how they would be built."""

from __future__ import annotations

import click
import msgspec

from headwater import build as builds
from headwater import factory
from headwater.cli.output import show_table, show_warnings
from headwater.cli.setting import Setting
from headwater.cli.timeline import timed
from headwater.cli.words.build_lock import lock, unlocked_roots
from headwater.cli.words.build_look import Look, look_at, look_options
from headwater.cli.words.build_once import insist_on_sense, once_options
from headwater.cli.words.built import builds_of, kept_inside, rows_of, skipped_checks
from headwater.cli.words.package_check import show_warned
from headwater.cli.words.varied import show_varied
from headwater.derive import derive
from headwater.request import open_workshop, signer


@click.command()
@click.argument("names", nargs=-1)
@look_options
@click.option("--force", is_flag=True, help="Build what is named even when its result is there.")
@click.option("--check-reproducible", is_flag=True, help="Build again as somebody else, elsewhere; exit 13 if bytes differ.")
@click.option("--lock", "lock_them", is_flag=True, help="Choose the packages of build roots anew and write their lock.")
@click.option("--check", "check_only", is_flag=True, help="With --lock: write nothing; exit 1 where the lock would change.")
@click.option("-k", "--keep-going", is_flag=True, help="After a failure, go on with all that does not need it.")
@once_options
@click.pass_obj
@timed
def build(
    setting: Setting,
    names: tuple[str, ...],
    *,
    once: builds.Once,
    look: Look,
    force: bool,
    check_reproducible: bool,
    lock_them: bool,
    check_only: bool,
    keep_going: bool,
) -> None:
    """Build components (default: all) and what they need, in order of need."""
    chosen = builds_of(setting.project, names)
    components = tuple(dict.fromkeys(builds.component_of(name) for name in chosen))
    insist_on_sense(once, components, lock=lock_them or check_only)
    once = builds.for_these(once, components)
    request = setting.request(builds.apply_once(once, setting.project))
    workshop = open_workshop(request)
    rendered = derive(request, tuple(request.project.components.values()))
    bridged = factory.cross(request, workshop)
    if lock_them or check_only:
        lock(setting, request, workshop, rendered, bridged, components, check_only=check_only)
        return
    sign, verify = signer(request, workshop), factory.checker(request, workshop, once)
    if look.stays_here:
        request = msgspec.structs.replace(request, engine=None)
    if look.options or setting.dry_run:
        with factory.open_line(request, workshop, rendered, bridged, once=once) as line:
            look_at(look, setting, line, chosen, sign=sign, verify=verify, force=force)
        return
    built = factory.make(
        request,
        workshop,
        rendered,
        bridged,
        only=chosen,
        force=force,
        keep_going=keep_going,
        once=once,
        twice=check_reproducible,
    )
    show_varied(setting, wanted=check_reproducible)
    names_built = [one.component for one in built]
    show_warnings((*unlocked_roots(request, names_built), *skipped_checks(request.project, names_built), *kept_inside(chosen)))
    show_table(("component", "packages", "reason", "seconds"), rows_of(built, setting.project, components), setting.style)
    show_warned(setting, factory.judged(request, workshop, bridged, built))
