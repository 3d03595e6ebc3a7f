"""`hw bootstrap`: the cycles among components, how each is broken, and the proof that nothing is left of how it began."""

from __future__ import annotations

import click
import msgspec

from headwater import build as builds
from headwater import factory
from headwater.cli.output import show_json, show_table, show_text
from headwater.cli.setting import Setting
from headwater.cli.words.derive import pick
from headwater.derive import derive
from headwater.errors import Failure, Kind, Problem
from headwater.request import open_workshop, signer, verifier

COLUMNS = ("cycle", "built first", "turns", "gives itself again")


@click.command()
@click.argument("names", nargs=-1)
@click.option("--prove", "prove_them", is_flag=True, help="Build each cycle on its own output until that gives the same bits.")
@click.pass_obj
def bootstrap(setting: Setting, names: tuple[str, ...], *, prove_them: bool) -> None:
    """Show cycles (default: all; or those of the components named), the lines that make them, and how they are broken.

    With --prove what comes out of a cycle is built again on itself, until a generation is the one before it, bit for bit. Exit
    code 1 where that is a later one than the usual builds are.
    """
    chosen = {component.name for component in pick(setting.project, names)} if names else set()
    request = setting.request()
    workshop = open_workshop(request)
    rendered = derive(request, tuple(setting.project.components.values()))
    bridged = factory.cross(request, workshop)
    sign, verify = signer(request, workshop), verifier(request, workshop)
    with factory.open_line(request, workshop, rendered, bridged) as line:
        circles = [one for one in line.route.course.circles if not chosen or chosen & set(one.members)]
        members = [name for one in circles for name in one.members]
        found: list[tuple[builds.Circle, builds.Closed | None]]
        if any(one.left for one in circles):
            _show(setting, line, [(one, None) for one in circles])
            line.order(members)  # raises what is in the way
        if prove_them and not setting.dry_run:
            found = [(one, builds.prove(line, one, sign=sign, verify=verify, jobs=request.jobs)) for one in circles]
        else:
            found = [(one, builds.proved(line, one)) for one in circles]
        _show(setting, line, found)
    if prove_them and (late := [_late(closed) for _, closed in found if closed and closed.generation > closed.usual]):
        raise Failure(late)


def _show(setting: Setting, line: builds.Line, found: list[tuple[builds.Circle, builds.Closed | None]]) -> None:
    if setting.style == "json":
        show_json([_plain(line, circle, closed) for circle, closed in found])
    elif found or setting.style != "table":
        rows = [(list(one.members), list(one.first), one.generations, _said(closed)) for one, closed in found]
        show_table(COLUMNS, rows, setting.style)
    else:
        show_text("no component needs itself to be built")
    if setting.style == "table":
        for circle, _ in found:
            show_text("\n" + "\n".join(builds.lines_of(circle.chain, line.route.place)))


def _said(closed: builds.Closed | None) -> str:
    return f"in generation {closed.generation}" if closed else "not proved"


def _plain(line: builds.Line, circle: builds.Circle, closed: builds.Closed | None) -> dict[str, object]:
    chain = [
        {"by": one.by, "needs": one.needs, "dependency": one.dependency, "package": one.package, "through": one.through}
        | {"where": str(line.route.place(one) or "")}
        for one in circle.chain
    ]
    data = {"members": circle.members, "first": circle.first, "left": circle.left, "turns": circle.generations}
    return {**data, "chain": chain, "proved": msgspec.to_builtins(closed) if closed else None}


def _late(closed: builds.Closed) -> Problem:
    """The usual builds still have something of how the cycle began."""
    lines = [f"{name}: {', '.join(paths[:3]) or 'its header'}" for name, paths in sorted(closed.differs.items())]
    return Problem(
        kind=Kind.DRIFT,
        what=f"{', '.join(closed.members)} give themselves again only in generation {closed.generation}",
        why="\n".join([f"generation {closed.usual}, which is published, is another one in", *lines[:10]]),
        hint=f"generations = {closed.generation} in `build.bootstrap` of one of them",
    )
