"""`hw update` and `hw component update`: locks brought up to date with the settings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from headwater.cli.output import show_rows, show_text
from headwater.cli.setting import Setting
from headwater.cli.words.component import GONE, component, filtered
from headwater.config.verbs import Wanted, choose
from headwater.errors import Failure, Kind, Problem, fail
from headwater.render import Ledger, Updated, bump_locks, carry_out, save_locks
from headwater.upstream import Clones, Lock, insist, read_locks

COLUMNS = ("component", "upstreamCommit", "previousCommit", "reason")


@click.command()
@click.argument("names", nargs=-1)
@click.option("-a", "--all", "everything", is_flag=True, help="All components; so it is without names, too.")
@click.option("--check", "check_only", is_flag=True, help="Write nothing; exit 1 where a lock would change.")
@click.option("--force", is_flag=True, help="Look up every commit anew, whatever the lock says.")
@click.option("--bump", is_flag=True, help="Count one more build of the same inputs.")
@click.pass_obj
def update(setting: Setting, names: tuple[str, ...], *, everything: bool, check_only: bool, force: bool, bump: bool) -> None:
    """Look up what upstream has (default: for all components) and write the locks; failures are told at the end."""
    wanted = Wanted(everything=everything or not names, patterns=names)
    run_update(setting, wanted, check_only=check_only, force=force, bump=bump)


@component.command("update")
@filtered
@click.option("--bump", is_flag=True, help="Count one more build of the same inputs.")
@click.option("--check-only", is_flag=True, help="Write nothing; exit 1 where a lock would change.")
@click.option("--force-recalculate", "force", is_flag=True, help="Look up every commit anew, whatever the lock says.")
@click.pass_obj
def component_update(
    setting: Setting, *, wanted: Wanted, skip_lock_validation: bool, bump: bool, check_only: bool, force: bool
) -> None:
    """Look up what upstream has and write the locks."""
    del skip_lock_validation
    run_update(setting, wanted, check_only=check_only, force=force, bump=bump)


def run_update(setting: Setting, wanted: Wanted, *, check_only: bool, force: bool, bump: bool) -> None:
    """Plan, look up, write; rows of what changed."""
    if bump and check_only:
        raise fail(Kind.USAGE, "--bump changes locks, so nothing can be checked", hint="hw update --bump NAME")
    reading = setting.reading(places=False)
    folder, names = Path(reading.project.project.lock_dir), choose(reading, wanted)
    locks, problems = read_locks(folder)
    ledger = Ledger(reading.project, locks)
    updates = _bumped(names, locks) if bump else carry_out(ledger.stale(names, force=force), _clones(setting), jobs=0)
    changed = [one for one in updates if one.new and one.new != one.old]
    orphans = ledger.orphans() if wanted.everything and not bump else []
    if not (check_only or setting.dry_run):
        save_locks(folder, changed)
        for name in orphans:
            (folder / f"{name}.lock").unlink()
    failed = [problem for one in updates for problem in one.problems]
    _show(_rows(updates, changed, orphans), setting.style, "" if failed else f"{len(names)} components")
    problems = (*problems, *failed)
    if check_only and (changed or orphans):
        problems = (*problems, *_drift(changed, orphans))
    if problems:
        raise Failure(problems)


def _show(rows: list[dict[str, Any]], style: str, settled: str) -> None:
    """Rows of what changed; for programs, as azldev has them, also of what failed. People see why below."""
    rows = rows if style == "json" else [row for row in rows if "error" not in row]
    if rows or style != "table":
        show_rows(rows, COLUMNS, style)
    elif settled:
        show_text(f"nothing to do: {settled} are locked as they should be")


def _bumped(names: Sequence[str], locks: dict[str, Lock]) -> list[Updated]:
    missing = [name for name in names if name not in locks]
    if missing:
        what = f"{len(missing)} of these components have no lock" if len(missing) > 1 else f"`{missing[0]}` has no lock"
        raise fail(Kind.USAGE, what, why="there is no build to count one more of", hint=f"hw update {missing[0]}")
    return bump_locks(names, locks)


def _clones(setting: Setting) -> Clones:
    insist(setting.retries)
    return Clones(setting.store, offline=setting.offline)


def _rows(updates: Sequence[Updated], changed: Sequence[Updated], orphans: Sequence[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    there = {one.component for one in changed}
    for one in updates:
        if one.component in there or one.problems:
            row = {"component": one.component, "upstreamCommit": one.commit, "previousCommit": one.previous}
            said = {"error": "; ".join(problem.what for problem in one.problems)}
            row = {key: value for key, value in (row | said).items() if value}
            rows.append({**row, "changed": one.component in there, "reason": one.reason})
    return [*rows, *({"component": name, "changed": True, "reason": GONE} for name in orphans)]


def _drift(changed: Sequence[Updated], orphans: Sequence[str]) -> list[Problem]:
    first = changed[0].component if changed else orphans[0]
    count = len(changed) + len(orphans)
    what = f"{count} locks are not up to date" if count > 1 else f"the lock of `{first}` is not up to date"
    return [Problem(kind=Kind.DRIFT, what=what, why=changed[0].reason if changed else "", hint="hw update")]
