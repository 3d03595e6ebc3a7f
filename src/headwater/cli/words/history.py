"""`hw component history`: what happened to each component, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from headwater.cli.output import show_rows, show_text
from headwater.cli.setting import Setting
from headwater.cli.words.component import component, filtered
from headwater.config.verbs import Wanted, choose, written_of
from headwater.render import Activity, activities

COLUMNS = ("name", "tomlCommits", "sharedToml", "tomlPath", "customizations", "fingerprintChanges")


@component.command("history")
@filtered
@click.option(
    "--shared",
    type=click.Choice(["show", "omit"]),
    default="show",
    show_default=True,
    help="Components whose TOML file holds others, too.",
)
@click.option("--include-bare", is_flag=True, help="Also components that say nothing of their own.")
@click.pass_obj
def history(setting: Setting, *, wanted: Wanted, skip_lock_validation: bool, shared: str, include_bare: bool) -> None:
    """Commits to each component's TOML, what it says of its own, changes of its lock; one alone is shown as a card."""
    del skip_lock_validation
    reading = setting.reading(places=False)
    named = bool(wanted.specs) or any(not set(pattern) & set("*?[") for pattern in wanted.patterns)
    written = written_of(reading, choose(reading, wanted))
    kept = [one for one in written if named or ((one.items or include_bare) and not (one.shared and shared == "omit"))]
    found = activities(reading.project, kept) if kept else []
    if len(found) == 1 and setting.style == "table":
        show_text("\n".join(_card(found[0])))
        return
    rows = [_row(one, details=len(found) == 1) for one in found]
    if setting.style != "json":
        rows = [{"sharedToml": False, **row} for row in rows]
    show_rows(rows, COLUMNS, setting.style)


def _row(one: Activity, *, details: bool) -> dict[str, Any]:
    """A row with azldev's names; what is empty is left out where azldev leaves it out."""
    row: dict[str, Any] = {
        "sharedToml": one.shared,
        "tomlPath": one.file,
        "latestCommit": _moment(one).isoformat().replace("+00:00", "Z") if one.commits else "",
        "customizationItems": msgspec.to_builtins(one.items),
        "fingerprintChangeDetails": list(_details(one)) if details else [],
        "hasLock": one.lock is not None,
        "hasImport": bool(one.lock and one.lock.import_commit),
        "warnings": list(one.warnings),
    }
    return {
        "name": one.component,
        "tomlCommits": len(one.commits),
        "customizations": len(one.items),
        "fingerprintChanges": len(one.changes),
        "manualBump": one.lock.manual_bump if one.lock else 0,
        **{key: value for key, value in row.items() if value},
    }


def _details(one: Activity) -> Iterator[dict[str, Any]]:
    for entry in one.changes:
        row = {"hash": entry.commit, "author": entry.author, "authorEmail": entry.email, "timestamp": entry.moment}
        upstream = {"upstreamCommit": entry.upstream} if entry.upstream else {}
        yield {**row, "message": entry.message, **upstream}


def _moment(one: Activity) -> datetime:
    return datetime.fromtimestamp(one.commits[0], UTC)


def _card(one: Activity) -> Iterator[str]:
    lock = (
        "none"
        if one.lock is None
        else f"manual-bump {one.lock.manual_bump}, imported {'yes' if one.lock.import_commit else 'no'}"
    )
    commits = f"{len(one.commits)}" + (f", the last on {_moment(one):%Y-%m-%d}" if one.commits else "")
    shared = " (of a file that holds others, too)" if one.shared else ""
    yield f"{one.component}"
    yield f"  TOML            {one.file or 'none'}"
    yield f"  commits         {commits}{shared}"
    yield f"  customizations  {len(one.items)}"
    yield f"  lock            {lock}"
    yield f"  lock changes    {len(one.changes)}"
    yield from (
        f"    {datetime.fromtimestamp(each.moment, UTC):%Y-%m-%d} {each.commit[:12]} {each.message}" for each in one.changes
    )
    yield from (f"  warning: {text}" for text in one.warnings)
    for number, item in enumerate(one.items, start=1):
        yield f"  {number}. {item.kind}: {item.value}".rstrip(": ")
        yield from (f"     {line}" for line in item.description.splitlines())
