"""`hw config`: the project's settings as they were read, the schema of its files, and who said what."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from headwater.cli.output import show_json, show_table, show_text
from headwater.cli.setting import Setting
from headwater.config import Component, Reading
from headwater.config.verbs import Style, overlay_file_schema, schema, trace, view, view_file


@click.group("config")
def config() -> None:
    """Settings: as read, their schema, and which line gave which."""


@config.command("dump")
@click.option("-f", "--format", "form", type=click.Choice([each.value for each in Style]), default="toml", help="How to write.")
@click.option("--resolved", is_flag=True, help="Components with all that they inherit.")
@click.pass_obj
def dump(setting: Setting, form: str, *, resolved: bool) -> None:
    """All files of the project as one, as azldev writes them."""
    style = Style(form)
    reading = setting.reading(places=False)
    made = view_file(reading.file, reading.layers.root, style)
    made["components"] = _components(reading, style, resolved=resolved)
    made.pop("includes", None)
    if style is Style.JSON:
        show_json(made)
    else:
        import rtoml  # noqa: PLC0415 the reader has it, the writer is wanted here only

        show_text(rtoml.dumps(made, pretty=True))


def _components(reading: Reading, style: Style, *, resolved: bool) -> dict[str, object]:
    """Those that say nothing of their own are the same but for their name."""
    if resolved:
        return {name: view(component, style) for name, component in reading.project.components.items()}
    plain = view(Component(), style, resolved=False)
    said = {name: view(component, style, resolved=False) for name, component in reading.written().items()}
    named = {"name": ""} if style is Style.JSON else {}
    return {name: said.get(name) or {**named, **plain, **dict.fromkeys(named, name)} for name in sorted(reading.heirs.own)}


@config.command("schema")
@click.option("--overlay-file", is_flag=True, help="Of files that `overlay-files` names.")
def schema_command(*, overlay_file: bool) -> None:
    """The JSON Schema (2020-12) of project files, for editors; words of ours are marked `x-headwater`."""
    show_json(overlay_file_schema() if overlay_file else schema())


config.add_command(schema_command, "generate-schema")  # azldev's word


@config.command("why")
@click.argument("key")
@click.pass_obj
def why(setting: Setting, key: str) -> None:
    """Which layer and line gave a value, and what it overrode: `hw config why components.jq.build.timeout`."""
    said = trace(setting.reading(), key)
    rows = [(one.layer, _inline(one.value, setting.style), one.effect, str(one.where)) for one in said]
    show_table(("layer", "value", "effect", "where"), rows, setting.style)


def _inline(value: Any, style: str) -> Any:
    """A table or an array as one line of JSON in a table for people."""
    if style == "json" or not isinstance(value, dict | list):
        return value
    return msgspec.json.encode(value).decode()
