"""`hw component prepare-sources` and `diff-sources`: a component's sources as a folder, and what overlays do to them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from headwater.cli.output import show_json, show_text, show_warnings
from headwater.cli.setting import Setting
from headwater.cli.words.component import choose_one, component, filtered
from headwater.config import Component
from headwater.config.verbs import Wanted
from headwater.errors import Failure, Kind
from headwater.prepare import difference, prepare
from headwater.render import FileDiff, Preparing, check_place, lay_out
from headwater.request import Request

Made = TypeVar("Made")
_PATH = click.Path(path_type=Path)


@component.command("prepare-sources")
@filtered
@click.option("-o", "--output-dir", "output", type=_PATH, required=True, help="The folder to make.")
@click.option("--force", is_flag=True, help="Replace a folder that is not empty.")
@click.option("--skip-overlays", is_flag=True, help="What upstream has, untouched.")
@click.option("--skip-sources", is_flag=True, help="Without archives; overlays on files in them are left out.")
@click.option("--without-git", is_flag=True, help="No repository, and no release raised by what is in it.")
@click.option("--allow-no-hashes", is_flag=True, help="Fetch also source files without a hash, and say what it is.")
@click.pass_obj
def prepare_sources(
    setting: Setting,
    *,
    wanted: Wanted,
    skip_lock_validation: bool,
    output: Path,
    force: bool,
    skip_overlays: bool,
    skip_sources: bool,
    without_git: bool,
    allow_no_hashes: bool,
) -> None:
    """Write one component's sources into a folder: spec, files, archives, overlays applied, with its history."""
    del skip_lock_validation
    how = Preparing(
        overlays=not skip_overlays,
        history=not (without_git or skip_overlays),
        archives=not skip_sources,
        unpinned=allow_no_hashes,
    )
    place = Path(os.path.abspath(output))  # noqa: PTH100 `resolve` would follow a link that is to be replaced

    def work(one: Component, request: Request) -> None:
        check_place(place, {"the project": request.project.root, "the store": request.store.root}, force=force)
        if setting.dry_run:
            show_text(f"would write the sources of {one.name} into {place}")
            return
        prepared, told = prepare(request, one, how)
        lay_out(prepared, place, request.store)
        show_warnings(told)

    _on_one(setting, wanted, work)


@component.command("diff-sources")
@filtered
@click.option("--output-file", "output", type=_PATH, help="Write the difference into this file.")
@click.pass_obj
def diff_sources(setting: Setting, *, wanted: Wanted, skip_lock_validation: bool, output: Path | None) -> None:
    """What overlays do to one component's sources, as a unified diff; as JSON line by line."""
    del skip_lock_validation
    found = _on_one(setting, wanted, lambda one, request: difference(request, one))
    if output:
        _write(output, _encoded(found) if setting.style == "json" else _text(found).encode(errors="surrogateescape"))
    elif setting.style == "json":
        show_json(_rows(found))
    elif found:
        show_text(_text(found))


def _on_one(setting: Setting, wanted: Wanted, work: Callable[[Component, Request], Made]) -> Made:
    """Work on the one component chosen; if the project is at fault once more, with a project that knows its lines."""
    reading = setting.reading(places=False)
    try:
        return work(choose_one(reading, wanted), setting.request(reading.project))
    except Failure as failure:
        if failure.kind not in {Kind.CONFIG, Kind.OVERLAY, Kind.SPEC}:
            raise
    reading = setting.reading()
    return work(choose_one(reading, wanted), setting.request(reading.project))


def _text(found: list[FileDiff]) -> str:
    return "".join(one.shown for one in found)


def _encoded(found: list[FileDiff]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(_rows(found)), indent=2) + b"\n"


def _rows(found: list[FileDiff]) -> dict[str, Any]:
    """In the shape that azldev gives it."""
    return {"files": [_row(one) for one in found]}


def _row(one: FileDiff) -> dict[str, Any]:
    row = {
        "path": one.path,
        "status": one.status,
        "isBinary": one.is_binary,
        "message": one.message,
        "changes": [msgspec.structs.asdict(line) for line in one.changes],
    }
    return {key: value for key, value in row.items() if value}


def _write(path: Path, content: bytes) -> None:
    """A file whole or not at all."""
    beside = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
