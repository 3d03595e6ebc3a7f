"""`hw package`: binary packages and the channels they go to, in azldev's words and rows, and how built ones are checked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from headwater.cli.output import show_rows, show_warning
from headwater.cli.setting import Setting
from headwater.cli.words.package_check import package_check, package_checks
from headwater.config.verbs import Channels
from headwater.errors import Kind, fail

DEBUG = ("-debuginfo", "-debugsource")
MOST = 64 << 20  # bytes of a source map


class Entry(msgspec.Struct, frozen=True, rename="camel"):
    """A binary package and the source package it is made from."""

    package_name: str
    source_package_name: str


@click.group()
def package() -> None:
    """Binary packages: where they go, in azldev's words, and what is found in them."""


for each in (package_check, package_checks):
    package.add_command(each)


@package.command("list")
@click.argument("names", nargs=-1)
@click.option("-a", "--all-packages", "everything", is_flag=True, help="Every package that some setting names.")
@click.option("-p", "--package", "more", multiple=True, help="A package.")
@click.option("--rpm-file", type=click.Path(path_type=Path), help="A JSON array of packageName and sourcePackageName.")
@click.option("--synthesize-debug-packages", "debug", is_flag=True, help="Also their debug packages.")
@click.pass_obj
def package_list(
    setting: Setting, names: tuple[str, ...], *, everything: bool, more: tuple[str, ...], rpm_file: Path | None, debug: bool
) -> None:
    """Binary packages: their groups, their component, the channel they go to."""
    channels = Channels(setting.reading(places=False).project)
    if rpm_file:
        if everything or names or more or debug:
            raise fail(Kind.USAGE, "--rpm-file goes with no other choice", hint="hw package list --rpm-file FILE")
        rows = _of_file(channels, rpm_file)
    else:
        chosen = sorted({*(channels.named() if everything else ()), *names, *more})
        if everything and not chosen:
            show_warning("no setting of this project names a package", hint="hw package list NAME, or --rpm-file FILE")
        elif not chosen:
            show_warning("no package was chosen", hint="-a for all, or names")
        rows = _rows(channels, [(name, channels.component_of(name)) for name in chosen])
        rows += list(_debug_rows(channels, rows)) if debug else []
    rows.sort(key=lambda row: (row["packageName"], row["type"], row["component"]))
    show_rows(rows, ("packageName", "type", "component", "publishChannel"), setting.style)


def _rows(channels: Channels, packages: list[tuple[str, str]]) -> list[dict[str, Any]]:
    groups, of_components = channels.group_of, channels.groups_of()
    return [
        {
            "packageName": name,
            "type": "rpm",
            "packageGroups": [groups[name]] if name in groups else [],
            "componentGroups": of_components.get(component, []),
            "component": component,
            "publishChannel": channels.of(name, component),
        }
        for name, component in packages
    ]


def _debug_rows(channels: Channels, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A `-debuginfo` for each package and a `-debugsource` for each component, where nobody said anything about them."""
    there = {row["packageName"] for row in rows}
    for row in rows:
        name = f"{row['packageName']}-debuginfo"
        if not row["packageName"].endswith(DEBUG) and name not in there:
            there.add(name)
            yield {**row, "packageName": name, "publishChannel": _debug_channel(row["publishChannel"])}
    for component in channels.project.components:
        name = f"{component}-debugsource"
        if not component.endswith(DEBUG) and name not in there:
            (row,) = _rows(channels, [(name, component)])
            yield {**row, "publishChannel": _debug_channel(row["publishChannel"])}


def _debug_channel(channel: str) -> str:
    return channel if channel in {"", "none"} or channel.endswith("-debuginfo") else f"{channel}-debuginfo"


def _of_file(channels: Channels, path: Path) -> list[dict[str, Any]]:
    """Source packages and their binary packages, as a file says; the first to name a package has it."""
    if not path.is_file() or path.stat().st_size > MOST:
        raise fail(
            Kind.USAGE, f"`{path}` cannot be read", why=f"expected a file of at most {MOST >> 20} MiB", hint=f"ls {path}"
        )
    try:
        entries = msgspec.json.decode(path.read_bytes(), type=list[Entry])
    except (ValueError, RecursionError) as error:  # no JSON, no UTF-8, or without end
        hint = '[{"packageName": "bash", "sourcePackageName": "bash"}]'
        raise fail(Kind.USAGE, f"`{path}` is no source map", why=str(error), hint=hint) from None
    source = {entry.package_name: entry.source_package_name for entry in reversed(entries)}
    sources = {name: channels.project.components.get(name) for name in source.values()}
    rows = _rows(channels, list(source.items()))
    for component, row in zip(sources.values(), _rows(channels, [(name, name) for name in sources]), strict=True):
        channel = component.publish.srpm_channel if component else ""
        rows.append({**row, "type": "srpm", "packageGroups": [], "publishChannel": channel})
    return rows
