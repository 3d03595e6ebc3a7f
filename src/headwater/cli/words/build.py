"""`hw build`: packages from rendered components, or why and how they would be built."""

from __future__ import annotations

import click

from headwater import command, factory
from headwater.build import plan, shell
from headwater.cli.output import show_table
from headwater.cli.setting import Setting
from headwater.cli.timeline import timed
from headwater.cli.words.build_lock import lock, warn_of_unlocked
from headwater.cli.words.derive import pick
from headwater.cli.words.package_check import show_warned
from headwater.derive import derive
from headwater.errors import Kind, fail
from headwater.request import open_workshop, signer, verifier


@click.command()
@click.argument("names", nargs=-1)
@click.option("--shell", "in_shell", is_flag=True, help="Open a shell in the build root of the one component named.")
@click.option("--why", is_flag=True, help="Build nothing; say what would be built and why.")
@click.option("--force", is_flag=True, help="Build what is named even when its result is there.")
@click.option("--lock", "lock_them", is_flag=True, help="Choose the packages of build roots anew and write their lock.")
@click.option("--check", "check_only", is_flag=True, help="With --lock: write nothing; exit 1 where the lock would change.")
@click.option("-k", "--keep-going", is_flag=True, help="After a failure, go on with all that does not need it.")
@click.pass_obj
@timed
def build(
    setting: Setting,
    names: tuple[str, ...],
    *,
    in_shell: bool,
    why: bool,
    force: bool,
    lock_them: bool,
    check_only: bool,
    keep_going: bool,
) -> None:
    """Build components (default: all) and what they need, in order of need."""
    request = setting.request()
    chosen = tuple(component.name for component in pick(setting.project, names)) if names else ()
    workshop = open_workshop(request)
    rendered = derive(request, tuple(setting.project.components.values()))
    bridged = factory.cross(request, workshop)
    if lock_them or check_only:
        lock(setting, request, workshop, rendered, bridged, chosen, check_only=check_only)
        return
    if in_shell:
        if len(chosen) != 1:
            raise fail(Kind.USAGE, "--shell takes one component", why=f"{len(chosen)} were named", hint="hw build jq --shell")
        sign, verify = signer(request, workshop), verifier(request, workshop)
        with (
            factory.open_line(request, workshop, rendered, bridged) as line,
            shell(line, chosen[0], sign=sign, verify=verify) as words,
        ):
            raise click.exceptions.Exit(command.interact(words))
    if why or setting.dry_run:
        with factory.open_line(request, workshop, rendered, bridged) as line:
            steps = plan(line, only=chosen, force=force)
        show_table(("component", "build", "reason"), [(one.component, one.build, one.reason) for one in steps], setting.style)
        return
    built = factory.make(request, workshop, rendered, bridged, only=chosen, force=force, keep_going=keep_going)
    warn_of_unlocked(request, [one.component for one in built])
    rows = [(one.component, [rpm.nevra for rpm in one.rpms], one.reason, round(one.seconds, 1)) for one in built]
    show_table(("component", "packages", "reason", "seconds"), rows, setting.style)
    show_warned(setting, factory.judged(request, workshop, bridged, built))
