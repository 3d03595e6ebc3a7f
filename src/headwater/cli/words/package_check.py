"""`hw package check`: what built packages are asked, what was found, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable

import click

from headwater.check.model import Judged
from headwater.cli.output import show_rows, show_table, show_text
from headwater.cli.setting import Setting
from headwater.config.catalogue import catalogue
from headwater.config.policy import Level
from headwater.errors import Failure

COLUMNS = ("component", "package", "check", "level", "found", "what")


@click.command("check")
@click.argument("names", nargs=-1)
@click.pass_obj
def package_check(setting: Setting, names: tuple[str, ...]) -> None:
    """Everything that the checks find in built packages (default: of all components), allowed things too.

    Only where all components are asked, packages are looked at together: files that two have, requirements that none meets.
    """
    from headwater import factory  # noqa: PLC0415 `hw package list` needs neither solver nor engine
    from headwater.check import problems_of  # noqa: PLC0415 as above
    from headwater.cli.words.derive import pick  # noqa: PLC0415 as above
    from headwater.derive import derive  # noqa: PLC0415 as above
    from headwater.request import open_workshop  # noqa: PLC0415 as above

    request = setting.request()
    chosen = {component.name for component in pick(setting.project, names)} if names else set()
    workshop = open_workshop(request)
    rendered = derive(request, tuple(setting.project.components.values()))
    bridged = factory.cross(request, workshop)
    built = factory.make(request, workshop, rendered, bridged, only=tuple(sorted(chosen)), hold=False)
    judged = factory.judged(request, workshop, bridged, built)
    asked = [one for one in judged if not chosen or one.finding.component in chosen]
    show_findings(setting, asked)
    if problems := problems_of(asked, setting.project):
        raise Failure(problems)


@click.command("checks")
@click.pass_obj
def package_checks(setting: Setting) -> None:
    """What built packages are asked: ids, what becomes of a finding where the project says nothing, and why it is asked."""
    rows = [(one.id, one.level.value, one.finds, one.reason) for one in catalogue().values()]
    show_table(("check", "level", "finds", "reason"), rows, setting.style)


def show_findings(setting: Setting, judged: Iterable[Judged]) -> None:
    """One row for each; those that are allowed say why and until when."""
    show_rows([_row(one) for one in judged], COLUMNS, setting.style)


def show_warned(setting: Setting, judged: Iterable[Judged]) -> None:
    """A second table of what is neither wrong nor allowed, where tables are for people."""
    rows = [_row(one) for one in judged if one.level is Level.WARN]
    if rows and setting.style in {"table", "markdown"}:
        show_text("\nfound in packages (hw package check tells all)\n")
        show_rows(rows, COLUMNS, setting.style)


def _row(one: Judged) -> dict[str, str]:
    found = one.finding
    allowed = f"allowed until {one.expires}: {one.reason}" if one.expires else one.reason
    return {
        "component": found.component,
        "package": found.package,
        "check": found.check,
        "level": one.level.value,
        "found": found.name,
        "what": "; ".join(filter(None, (found.detail, allowed, one.note))),
        "detail": found.detail,
        "reason": one.reason,
        "expires": one.expires,
        "note": one.note,
    }
