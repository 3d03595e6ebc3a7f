"""`hw render` and `hw component render`: the rendered tree, written or compared; only what moved is rendered again."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from headwater.cli.output import show_rows, show_table, show_text
from headwater.cli.setting import Setting
from headwater.cli.words.component import component, filtered
from headwater.config import Wanted, choose
from headwater.config.model import CheckedIn, Project
from headwater.derive import open_memory, render_tree
from headwater.errors import Failure, Kind, Problem
from headwater.render import drift, gone, is_reviewed, orphans, place_of, write_digests
from headwater.request import Request


@click.command()
@click.argument("names", nargs=-1)
@click.option("-a", "--all", "everything", is_flag=True, help="All components; so it is without names, too.")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit 1 where the checked-in tree differs.")
@click.option("--force", is_flag=True, help="Also what did not move.")
@click.option("--clean-stale", is_flag=True, help="Remove folders of components that are no more.")
@click.pass_obj
def render(
    setting: Setting, names: tuple[str, ...], *, everything: bool, only_check: bool, force: bool, clean_stale: bool
) -> None:
    """Write the rendered folders of what moved since the last time: its inputs, its upstream, its history, or its folder."""
    reading = setting.reading()
    chosen = choose(reading, Wanted(everything=everything or not names, patterns=names))
    request = setting.request(reading.project)
    if setting.dry_run:
        tasks = open_memory(request).plan(chosen, force=force)
        show_table(("component", "reason"), [(task.component, task.reason) for task in tasks], setting.style)
        return
    rows, problems = run_render(request, chosen, force=force, check=only_check)
    whole = len(chosen) == len(reading.project.components)
    if whole:
        problems += settle(request, check=only_check, clean=clean_stale or not only_check)
    done = [(row["component"], row["changed"], row["reason"]) for row in rows if row["status"] == "ok"]
    if done or setting.style != "table":
        show_table(("component", "changed", "reason"), done, setting.style)
    if problems:
        raise Failure(problems)
    if not done and setting.style == "table":
        show_text(f"nothing to do: {len(chosen)} components are rendered as they should be")


@component.command("render")
@filtered
@click.option("-o", "--output-dir", type=click.Path(path_type=Path), help="Another folder for the rendered tree.")
@click.option("-f", "--force", is_flag=True, help="Also what did not move.")
@click.option("--fail-on-error", is_flag=True, help="Exit with an error where a component cannot be rendered.")
@click.option("--check-only", is_flag=True, help="Write nothing; exit 1 where the rendered tree differs.")
@click.option("--clean-stale", is_flag=True, help="With -a: remove folders of components that are no more.")
@click.pass_obj
def component_render(
    setting: Setting,
    *,
    wanted: Wanted,
    skip_lock_validation: bool,
    output_dir: Path | None,
    force: bool,
    fail_on_error: bool,
    check_only: bool,
    clean_stale: bool,
) -> None:
    """Write rendered folders; a component that cannot be rendered is a row with its error."""
    del skip_lock_validation
    reading = setting.reading()
    request = setting.request(_elsewhere(reading.project, output_dir) if output_dir else reading.project)
    rows, problems = run_render(request, choose(reading, wanted), force=force, check=check_only or setting.dry_run)
    if wanted.everything:
        problems += settle(request, check=check_only, clean=clean_stale)
    show_rows(rows, ("component", "outputDir", "status", "changed"), setting.style)
    failed = [problem for problem in problems if problem.kind is not Kind.DRIFT]
    if (fail_on_error and failed) or (check_only and problems):
        raise Failure(problems)


def _elsewhere(project: Project, folder: Path) -> Project:
    rule = msgspec.structs.replace(project.project, rendered_specs_dir=str(folder.resolve()), checked_in=CheckedIn.ALL)
    return msgspec.structs.replace(project, project=rule)


def run_render(
    request: Request, names: Sequence[str], *, force: bool, check: bool
) -> tuple[list[dict[str, Any]], list[Problem]]:
    """A row for each component that was rendered, and what is wrong: failures, and with `check` what differs."""
    project = request.project
    rows: list[dict[str, Any]] = []
    problems: list[Problem] = []
    digests: dict[str, str] = {}
    for task, one, differs in render_tree(request, names, force=force, check=check):
        row = {"component": task.component, "status": "ok", "changed": differs, "reason": task.reason}
        if isinstance(one, Failure):
            problems += one.problems
            row |= {"status": "error", "error": str(one)}
        else:
            row["outputDir"] = str(place_of(project, one))
            digests |= {} if is_reviewed(project, one) else {one.component: one.digest}
            problems += _told(drift(project, [one])) if check else []
        rows.append(row)
    if digests and not check:
        write_digests(project, digests, request.store)
    return rows, problems


def settle(request: Request, *, check: bool, clean: bool) -> list[Problem]:
    """Folders and digests of components that are no more: told, or removed."""
    project = request.project
    if check:
        return _told(gone(project))
    if clean:
        for path in orphans(project):
            shutil.rmtree(path)
        write_digests(project, {}, request.store)
    return []


def _told(found: Sequence[tuple[str, str]]) -> list[Problem]:
    return [Problem(kind=Kind.DRIFT, what=what, why=why, hint="hw render") for what, why in found]
