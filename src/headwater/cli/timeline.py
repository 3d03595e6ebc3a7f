"""The timeline of a run: beside the logs, and where the user wants it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import click

from headwater.build import Recorder, draw, trace
from headwater.cli.setting import Setting
from headwater.errors import Kind, fail
from headwater.progress import also_to
from headwater.whole import write_whole

WRITERS = (".json", ".svg")


def timed(command: Callable[..., Any]) -> Callable[..., Any]:
    """A verb that builds, with the option `--timeline`; its first argument is the Setting."""

    @click.option(
        "--timeline", type=click.Path(path_type=Path, dir_okay=False), help="Draw here what ran when: FILE.svg, or FILE.json."
    )
    @wraps(command)
    def outer(setting: Setting, *, timeline: Path | None, **more: Any) -> Any:
        with recorded(setting, timeline):
            return command(setting, **more)

    return outer


@contextmanager
def recorded(setting: Setting, wanted: Path | None = None) -> Iterator[None]:
    """What happens in the block becomes `logs/timeline.json` and `.svg` of the project's output if something was built.

    Also where it fails: who looks for what took so long may look for what broke. Raises Failure(USAGE) where `wanted` can be
    no timeline.
    """
    if wanted and wanted.suffix not in WRITERS:
        why = "its name says what it is: .svg is a picture, .json a trace for Perfetto or chrome://tracing"
        raise fail(Kind.USAGE, f"`{wanted}` can be no timeline", why=why, hint="--timeline build.svg")
    recorder = Recorder()
    try:
        with also_to(recorder):
            yield
    finally:
        _write(setting, recorder, wanted)


def _write(setting: Setting, recorder: Recorder, wanted: Path | None) -> None:
    spans = recorder.spans()
    built = sum(span.verb == "build" and span.outcome != "cached" for span in spans)
    places = [wanted] if wanted else []
    if built:
        places += [setting.project.output / "logs" / f"timeline{suffix}" for suffix in WRITERS]
    title = f"{setting.project.name}: {built} built in {max((span.end for span in spans), default=0):.0f} s"
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, trace(spans) if place.suffix == ".json" else draw(title, spans).encode())
