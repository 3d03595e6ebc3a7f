"""`hw build`: packages from rendered components, or why and how they would be built."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from headwater import build as builds
from headwater import factory
from headwater.cli.output import show_table, show_warnings
from headwater.cli.setting import Setting
from headwater.cli.timeline import timed
from headwater.cli.words import build_graph
from headwater.cli.words import build_root as roots
from headwater.cli.words.build_lock import lock, unlocked_roots
from headwater.cli.words.build_once import insist_on_sense, once_options
from headwater.cli.words.built import builds_of, kept_inside, rows_of, skipped_checks
from headwater.cli.words.package_check import show_warned
from headwater.cli.words.varied import show_varied
from headwater.derive import derive
from headwater.request import open_workshop, signer


@click.command()
@click.argument("names", nargs=-1)
@click.option("--shell", "in_shell", is_flag=True, help="Open a shell in the build root of the one component named.")
@click.option("--keep", is_flag=True, help="Build the one component named in a folder that stays, and say where.")
@click.option("--why", is_flag=True, help="Build nothing; say what would be built, why, and what differs for those named.")
@click.option(
    "--graph",
    "graph_to",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    is_flag=False,
    flag_value="-",
    metavar="[FILE]",
    help="Build nothing; who needs whom, by which line: a table, or a picture in FILE.svg or FILE.dot.",
)
@click.option("--root-diff", metavar="OTHER", help="How the build root of the one named differs from OTHER's, or the `last`.")
@click.option("--root-check", is_flag=True, help="What is odd in build roots: owners, links, two that give the same.")
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
    in_shell: bool,
    keep: bool,
    why: bool,
    graph_to: Path | None,
    root_diff: str | None,
    root_check: bool,
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
    if graph_to:
        build_graph.insist_on_picture(graph_to)
    once = builds.for_these(once, components)
    request = setting.request(builds.apply_once(once, setting.project))
    workshop = open_workshop(request)
    rendered = derive(request, tuple(request.project.components.values()))
    bridged = factory.cross(request, workshop)
    if lock_them or check_only:
        lock(setting, request, workshop, rendered, bridged, components, check_only=check_only)
        return
    sign, verify = signer(request, workshop), factory.checker(request, workshop, once)
    if in_shell or keep or root_diff or root_check:
        request = msgspec.structs.replace(request, engine=None)  # a root that is a folder, which only this machine can show
    if in_shell or keep or why or graph_to or root_diff or root_check or setting.dry_run:
        with factory.open_line(request, workshop, rendered, bridged, once=once) as line:
            if in_shell:
                roots.shell(line, roots.one_of(chosen, "--shell"), sign=sign, verify=verify)
            elif keep:
                roots.keep(setting, line, roots.one_of(chosen, "--keep"), sign=sign, verify=verify)
            elif graph_to:
                build_graph.graph(setting, line, chosen, graph_to)
            elif root_diff:
                name, other = roots.one_of(chosen, "--root-diff OTHER"), roots.other_of(setting, root_diff)
                roots.difference(setting, line, name, other, sign=sign, verify=verify)
            elif root_check:
                roots.oddities(setting, line, chosen, sign=sign, verify=verify)
            else:
                roots.why(setting, line, chosen, force=force)
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
