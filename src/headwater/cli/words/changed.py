"""`hw changed` and `hw component changed`: what moved between two revisions, and why."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

import click

from headwater import between
from headwater.cli.output import show_rows, show_table, show_text
from headwater.cli.setting import Setting
from headwater.cli.words.component import component, filtered
from headwater.config.model import Project
from headwater.config.verbs import Wanted, choose
from headwater.render import DELETED, Change, Ledger, left_over
from headwater.render import changed as changed_between
from headwater.upstream import read_locks


@click.command()
@click.argument("names", nargs=-1)
@click.option("--from", "old", help="A revision of the project; without one: what its locks say now.")
@click.option("--to", "new", default="", help="The later revision [default: the project as it is now].")
@click.pass_obj
def changed(setting: Setting, names: tuple[str, ...], old: str | None, new: str) -> None:
    """Which components moved, and which of their inputs did: between two revisions, or since the locks were written."""
    reading = setting.reading(places=False)
    if old:
        request = setting.request(reading.project)
        with between.at(request, old, setting.given) as before, between.at(request, new, setting.given) as after:
            found = between.changed(before, after)
        rows = [(one.component, one.kind, one.why) for one in found]
    else:
        locks, _ = read_locks(reading.project.root / reading.project.project.lock_dir)
        ledger = Ledger(reading.project, locks)
        stale = ledger.stale(sorted(reading.project.components))
        rows = [(one.component, "changed" if one.lock else "added", (one.reason,)) for one in stale]
        rows = sorted([*rows, *_gone(ledger, reading.project)])
    rows = [row for row in rows if not names or any(fnmatchcase(row[0], name) for name in names)]
    if not rows and setting.style == "table":
        show_text("nothing moved")
        return
    show_table(("component", "change", "why"), rows, setting.style)


def _gone(ledger: Ledger, project: Project) -> Iterator[tuple[str, str, tuple[str]]]:
    """Components that are no more, and what is left of them."""
    locks, rendered = ledger.orphans(), left_over(project)
    for name in {*locks, *rendered}:
        left = [word for word, names in (("a lock", locks), ("a rendered package", rendered)) if name in names]
        yield name, DELETED, (f"it is no component any more, and has {' and '.join(left)}",)


@component.command("changed")
@filtered
@click.option("--from", "old", required=True, help="A revision of the project.")
@click.option("--to", "new", default="HEAD", show_default=True, help="The later revision.")
@click.option("--include-unchanged", is_flag=True, help="With -a also what did not change.")
@click.pass_obj
def component_changed(
    setting: Setting, *, wanted: Wanted, skip_lock_validation: bool, old: str, new: str, include_unchanged: bool
) -> None:
    """Which components moved between two revisions."""
    del skip_lock_validation
    reading = setting.reading(places=False)
    names = set(choose(reading, wanted))
    found = changed_between(reading.project, old, new, unchanged=include_unchanged or not wanted.everything)
    rows = [_row(one) for one in found if wanted.everything or one.component in names]
    show_rows(rows, ("component", "changeType", "sourcesChange"), setting.style)


def _row(one: Change) -> dict[str, object]:
    return {"component": one.component, "changeType": one.kind, "sourcesChange": one.sources}
