"""`hw toolbox`, `hw bridge`, `hw store`: what the stages work with."""

from __future__ import annotations

from pathlib import Path

import click

from headwater import command, upkeep
from headwater.bridge import update_lock as update_bridge
from headwater.cli.output import show_table, show_text
from headwater.cli.setting import Setting
from headwater.config import TOOLBOX
from headwater.errors import Kind, fail
from headwater.request import names_of, toolbox_of
from headwater.toolbox import sandbox, update_lock

GIB = 1 << 30


@click.group()
def toolbox() -> None:
    """The root filesystem with the field's own tools, pinned package by package."""


@toolbox.command("show")
@click.pass_obj
def toolbox_show(setting: Setting) -> None:
    """Where it is, its digest, and what the mirror made different from the lock."""
    box = toolbox_of(setting.request())
    rows = [("root", str(box.root)), ("digest", box.key), *(("moved", change) for change in box.moved)]
    show_table(("what", "value"), rows, setting.style)


@toolbox.command("update")
@click.pass_obj
def toolbox_update(setting: Setting) -> None:
    """Resolve the packages anew, show what changed, and write the lock."""
    rule = setting.project.toolbox
    if Path(rule.lock) == TOOLBOX.with_suffix(".lock"):
        raise fail(
            Kind.USAGE,
            "the toolbox is not this project's own",
            why="without a [toolbox] it works with the one that Headwater brings",
            hint="write a [toolbox] into the project (docs/explanation/toolbox.md)",
        )
    names = names_of(rule.packages)
    lock = setting.project.root / rule.lock
    _show_changes(setting, update_lock(rule.suite, names, lock, setting.store, dry_run=setting.dry_run))


@toolbox.command("shell", context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def toolbox_shell(setting: Setting, words: tuple[str, ...]) -> None:
    """Run a command (default: a shell) in the toolbox: read-only root, no network, this folder at /mnt."""
    box = toolbox_of(setting.request())
    here = sandbox.Bind(source=setting.directory.resolve(), target="/mnt", writable=True)
    code = command.interact(sandbox.argv(box, words or ("bash",), binds=[here], cwd="/mnt"))
    if code:
        raise click.exceptions.Exit(code)


@click.group()
def bridge() -> None:
    """The packages that still come from Debian, made into RPMs."""


@bridge.command("update")
@click.pass_obj
def bridge_update(setting: Setting) -> None:
    """Resolve the packages anew, show what changed, and write the lock."""
    rule = setting.project.bridge
    changes = update_bridge(rule, setting.project.root, setting.store)
    _show_changes(setting, changes)


def _show_changes(setting: Setting, changes: tuple[str, ...]) -> None:
    if setting.style == "table":
        show_text("\n".join(changes) if changes else "nothing moved")
    else:
        show_table(("change",), [(change,) for change in changes], setting.style)


@click.group()
def store() -> None:
    """Results by digest: what is kept, what may go, what is damaged."""


@store.command("ls")
@click.pass_obj
def store_ls(setting: Setting) -> None:
    """How many results of each kind, and their bytes."""
    show_table(
        ("kind", "results", "bytes"), [(row.kind, row.count, row.size) for row in upkeep.tally(setting.store)], setting.style
    )


@store.command("gc")
@click.option("--days", type=click.FloatRange(0), default=30, show_default=True, help="Keep what was used in this many days.")
@click.option(
    "--free",
    type=click.FloatRange(0),
    metavar="GIB",
    help="Drop more, what was used longest ago first, until the store's disk has so much left; nothing where it has.",
)
@click.pass_obj
def store_gc(setting: Setting, days: float, free: float | None) -> None:
    """Drop what was not used for a while, and what no result needs."""
    with setting.store.lock("gc"):
        gone = upkeep.collect(setting.store, days=days)
        if free is not None:
            gone += (upkeep.free(setting.store, round(free * GIB)),)
    show_table(("dropped", "count", "bytes"), [(row.kind, row.count, row.size) for row in gone], setting.style)


@store.command("verify")
@click.pass_obj
def store_verify(setting: Setting) -> None:
    """Read everything and compare it with its digest; what is damaged is removed and made again when asked for."""
    damaged = upkeep.verify(setting.store)
    show_table(("damaged and removed",), [(digest,) for digest in damaged], setting.style)
    if damaged:
        raise fail(Kind.STORE, f"{len(damaged)} files in the store were damaged", why="they were removed", hint="hw world")
