"""`hw render` and `hw component render`: the rendered tree, written or compared; only what moved is rendered again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

import click
import msgspec

from headwater.cli.output import show_rows, show_table, show_text, show_warnings
from headwater.cli.setting import Setting
from headwater.cli.words.component import GONE, component, filtered
from headwater.config.model import CheckedIn, Project
from headwater.config.verbs import Wanted, choose
from headwater.derive import open_memory, render_tree
from headwater.errors import Failure, Kind, Problem
from headwater.render import (
    Memory,
    drift,
    folder_of,
    gone,
    is_marked,
    is_reviewed,
    left_over,
    link_aliases,
    mark_failed,
    place_of,
    remove_orphans,
    write_digests,
)
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
    whole = len(chosen) == len(reading.project.components)
    if setting.dry_run:
        tasks = [(task.component, task.reason) for task in open_memory(request).plan(chosen, force=force)]
        tasks += [(name, GONE) for name in left_over(reading.project) if whole]
        show_table(("component", "reason"), tasks, setting.style)
        return
    rows, problems, failures = run_render(request, chosen, force=force, check=only_check)
    problems += [problem for failure in failures.values() for problem in failure.problems]
    done = [(row["component"], row["changed"], row["reason"]) for row in rows if row["status"] == "ok" and row["reason"]]
    if whole:
        removed, told = settle(request, check=only_check, clean=clean_stale or not only_check)
        done += [(name, True, GONE) for name in removed]
        problems += told
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
    check = check_only or setting.dry_run
    chosen = choose(reading, wanted)
    rows, problems, failures = run_render(request, chosen, force=force, check=check)
    told = _mark(request.project, rows, failures, check=check, alone=force or not output_dir)
    removed = list[str]()
    if wanted.everything:
        removed, left = settle(request, check=check, clean=clean_stale)
        problems += left
    _show(rows, failures, removed, setting.style)
    if fail_on_error:
        told = list(failures.values())
    problems += [problem for failure in told for problem in failure.problems]
    if (fail_on_error and failures) or (check_only and problems):
        raise Failure(problems)
    if setting.style == "table":
        show_warnings(problem for failure in failures.values() for problem in failure.problems)


def _show(rows: Sequence[dict[str, Any]], failures: dict[str, Failure], removed: Sequence[str], style: str) -> None:
    """All rows for programs; for people those that changed or failed, how many, and what was removed."""
    columns = ("component", "outputDir", "status", "changed", "error")
    if style != "table":
        show_rows(rows, columns, style)
        return
    if told := [row for row in rows if row["changed"] or row["status"] != "ok"]:
        show_rows(told, columns if failures else columns[:-1], style)
    changed = sum(row["status"] == "ok" for row in told)
    text = f"{len(rows)} components: {changed} changed, {len(failures)} failed, {len(rows) - len(told)} as they were"
    show_text(f"{text}; removed: {', '.join(removed)}" if removed else text)


def _mark(
    project: Project, rows: Sequence[dict[str, Any]], failures: dict[str, Failure], *, check: bool, alone: bool
) -> list[Failure]:
    """Have azldev's marker in the folder of each component that could not be rendered; those of which it was not there."""
    news = []
    for row in rows:
        if row["status"] == "error" and not project.components[row["component"]].strict():
            place = folder_of(project, row["component"])
            row |= {"outputDir": str(place), "changed": not is_marked(place)}
            news += [failures[row["component"]]] if row["changed"] else []
            if not check:
                mark_failed(place, alone=alone)
    strict = [failure for name, failure in failures.items() if project.components[name].strict()]
    return [*news, *strict]


def _elsewhere(project: Project, folder: Path) -> Project:
    rule = msgspec.structs.replace(project.project, rendered_specs_dir=str(folder.resolve()), checked_in=CheckedIn.ALL)
    return msgspec.structs.replace(project, project=rule)


def run_render(
    request: Request, names: Sequence[str], *, force: bool, check: bool
) -> tuple[list[dict[str, Any]], list[Problem], dict[str, Failure]]:
    """A row for each component, without reason where it is as it was; with `check` what differs; and why some failed."""
    project, memory = request.project, open_memory(request)
    rows: list[dict[str, Any]] = []
    problems: list[Problem] = []
    failures: dict[str, Failure] = {}
    digests: dict[str, str] = {}
    for task, one, differs in render_tree(request, memory, names, force=force, check=check):
        row = {"component": task.component, "status": "ok", "changed": differs, "reason": task.reason}
        if isinstance(one, Failure):
            failures[task.component] = one
            row |= {"status": "error", "error": str(one)}
        else:
            row["outputDir"] = str(place_of(project, one))
            digests |= {} if is_reviewed(project, one) else {one.component: one.digest}
            problems += _told(drift(project, [one])) if check else []
        rows.append(row)
    rows += _untouched(memory, {*names} - {row["component"] for row in rows})
    if digests and not check:
        write_digests(project, digests, request.store)
    if not check:
        link_aliases(project, names)
    return sorted(rows, key=itemgetter("component")), problems, failures


def _untouched(memory: Memory, names: Collection[str]) -> list[dict[str, Any]]:
    """Rows of components of which nothing moved."""
    same = {"status": "ok", "changed": False, "reason": ""}
    return [{"component": name, **same, "outputDir": memory.known[name].place} for name in names]


def settle(request: Request, *, check: bool, clean: bool) -> tuple[list[str], list[Problem]]:
    """Folders and digests of components that are no more: the names of those that were removed; or all of them, told."""
    project = request.project
    if check:
        return [], _told(gone(project))
    if not clean:
        return [], []
    removed = left_over(project)
    remove_orphans(project)
    write_digests(project, {}, request.store)
    return removed, []


def _told(found: Sequence[tuple[str, str]]) -> list[Problem]:
    return [Problem(kind=Kind.DRIFT, what=what, why=why, hint="hw render") for what, why in found]
