"""`hw component add`: new components in the project's TOML."""

from __future__ import annotations

from pathlib import Path

import click

from headwater.cli.output import show_text
from headwater.cli.setting import Setting
from headwater.cli.words.component import component
from headwater.config.verbs import add_components


@component.command("add")
@click.argument("names", nargs=-1)
@click.option("--file", type=click.Path(path_type=Path), help="Another of the project's files than the first.")
@click.pass_obj
def add(setting: Setting, names: tuple[str, ...], *, file: Path | None) -> None:
    """Append an empty table for each component; it inherits what the project says of all."""
    path = add_components(setting.reading(places=False), names, file, dry_run=setting.dry_run)
    if setting.style == "table":
        verb = "would add" if setting.dry_run else "added"
        show_text(f"{verb} {', '.join(dict.fromkeys(names))} in {path}")
