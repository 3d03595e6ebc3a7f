"""`hw test`: the tests of built packages."""

from __future__ import annotations

from pathlib import Path

import click

from headwater import factory, trials
from headwater.cli.output import show_table
from headwater.cli.setting import Setting
from headwater.cli.words.derive import pick
from headwater.derive import derive
from headwater.errors import Failure, Kind, fail
from headwater.request import open_workshop


@click.command()
@click.argument("names", nargs=-1)
@click.option("--results", type=click.Path(path_type=Path, file_okay=False), help="Folder for NAME.xml and NAME.json.")
@click.pass_obj
def test(setting: Setting, names: tuple[str, ...], results: Path | None) -> None:
    """Run the tests of components (default: of all that have some) where only the packages are that each of them names.

    What is missing is built first. A test that passed with the same packages is not run again. JUnit's XML and JSON of it are
    left in out/results/components.
    """
    chosen = [component.name for component in pick(setting.project, names)] if names else []
    components = trials.with_tests(setting.project, chosen)
    if not components:
        what = f"`{', '.join(names)}` has no tests" if names else "no component has tests"
        hint = f"[[components.{names[0] if names else 'NAME'}.tests.commands]]"
        raise fail(Kind.USAGE, what, why="`tests` of a component names them", hint=hint)
    request = setting.request()
    workshop = open_workshop(request)
    rendered = derive(request, tuple(setting.project.components.values()))
    bridged = factory.cross(request, workshop)
    answers = trials.run_tests(request, workshop, rendered, bridged, components, folder=results)
    rows = [
        (name, one.name, "" if one.skipped else one.passed, round(one.seconds, 1), one.skipped or one.reason)
        for name, found in answers.items()
        for one in found
    ]
    show_table(("component", "test", "passed", "seconds", "reason"), rows, setting.style)
    if problems := trials.problems_of(answers, setting.project):
        raise Failure(problems)
