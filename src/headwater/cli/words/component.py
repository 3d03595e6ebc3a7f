"""`hw component`: azldev's words for components, with azldev's options and rows, for scripts that were written for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from headwater.cli.output import show_rows, show_warning
from headwater.cli.setting import Setting
from headwater.config import Reading, Wanted, choose, view


@click.group()
def component() -> None:
    """Components in azldev's words: list, render, update, changed, history and more."""


def filtered(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options by which azldev's commands choose components, as one `wanted`."""

    @click.argument("names", nargs=-1)
    @click.option("-a", "--all-components", "everything", is_flag=True, help="All components.")
    @click.option("-p", "--component", "patterns", multiple=True, help="A name or a glob.")
    @click.option("-g", "--component-group", "groups", multiple=True, help="A group.")
    @click.option("-s", "--spec-path", "specs", multiple=True, type=click.Path(path_type=Path), help="A spec file.")
    @click.option("--skip-lock-validation", is_flag=True, hidden=True, help="Locks are not compared with the settings.")
    def outer(*, names: Any, everything: Any, patterns: Any, groups: Any, specs: Any, **more: Any) -> Any:
        wanted = Wanted(everything=everything, patterns=(*names, *patterns), groups=groups, specs=specs)
        if not wanted:
            show_warning("no component was chosen", hint="-a for all, or names")
        return command(wanted=wanted, **more)

    outer.__doc__, outer.__name__ = command.__doc__, command.__name__
    outer.__click_params__ = [*outer.__click_params__, *getattr(command, "__click_params__", [])]  # type: ignore[attr-defined]
    return outer


@component.command("list")
@filtered
@click.pass_obj
def component_list(setting: Setting, *, wanted: Wanted, skip_lock_validation: bool) -> None:
    """Components with all their settings resolved."""
    del skip_lock_validation
    reading = setting.reading(places=False)
    show_rows(list(rows_of(reading, choose(reading, wanted))), ("name", "spec", "release"), setting.style)


def rows_of(reading: Reading, names: list[str]) -> Iterator[dict[str, Any]]:
    """Each component as azldev shows it. Those that share all settings share all of the row but its name."""
    shared: dict[tuple[int, ...], dict[str, Any]] = {}
    folder = reading.project.project.rendered_specs_dir
    for name in names:
        one = reading.project.components[name]
        key = one.kin()
        if key not in shared:
            shared[key] = view(one)
            shared[key].pop("name")
            if one.overlay_mode.value == reading.layers.builder.dialect.overlay_mode:
                shared[key].pop("overlayMode")
        yield {"name": name, "renderedSpecDir": f"{folder}/{name[0].lower()}/{name}", **shared[key]}
