"""`hw component`: azldev's words for components, with azldev's options and rows, for scripts that were written for it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from headwater.cli.output import show_rows, show_warning
from headwater.cli.setting import Setting
from headwater.config import Component, Reading
from headwater.config.verbs import Wanted, choose, view
from headwater.errors import Kind, fail

GONE = "no such component any more"  # why something of it is removed


class Words(click.Group):
    """A group whose words come from modules that are loaded when one is named; some have a second name."""

    modules: dict[str, str] = {}  # word -> module beside this one, which adds it
    aliases: dict[str, str] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted({*self.commands, *self.modules})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = self.aliases.get(cmd_name, cmd_name)
        if name in self.modules and name not in self.commands:
            importlib.import_module(f"headwater.cli.words.{self.modules[name]}")
        return super().get_command(ctx, name)


@click.group(cls=Words)
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


def choose_one(reading: Reading, wanted: Wanted) -> Component:
    """The one component that was chosen. Raises Failure(USAGE) for none and for several."""
    names = choose(reading, wanted)
    if len(names) != 1:
        why = ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")
        raise fail(Kind.USAGE, f"one component is wanted, {len(names)} were chosen", why=why, hint="hw component list -a")
    return reading.project.components[names[0]]


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
