"""A build whose root stays as a folder, with all that the build left in it: for those who look for what went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from headwater import command
from headwater.build.line import Line
from headwater.build.running import Sign
from headwater.build.shell import argv, staged
from headwater.build.verified import Verify
from headwater.errors import Failure
from headwater.progress import step
from headwater.upkeep import KEPT
from headwater.whole import replacing

CODES, TIMED_OUT = range(-64, 256), 124  # as timeout(1) has it


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """How a build ended, the folder that was its `/`, and its log. It was no action: nothing of it is remembered."""

    code: int
    root: Path
    log: Path


def keep(line: Line, name: str, *, sign: Sign, verify: Verify) -> Kept:
    """Build a component in a copy of its root that stays, in place of the one of the last time; what it needs is built first.

    The copy is a folder of the store: `hw store gc` drops it when it is a day old.
    """
    place = line.store.root / KEPT / name
    with (
        staged(line, name, sign=sign, verify=verify) as (job, shown),
        replacing(place) as folder,
        step("keep", name, reason="its root stays as a folder") as work,
    ):
        work.enter("root")
        command.run(["cp", "-a", "--reflink=auto", f"{shown}/.", folder / "root"])
        work.enter("build")
        words = argv(job, folder / "root", job.action.arguments)
        code = _run(words, folder / "log", job.action.timeout)
    return Kept(code=code, root=place / "root", log=place / "log")


def _run(words: Sequence[str], log: Path, seconds: float) -> int:
    try:
        return command.run(words, log=log, timeout=seconds, accept=CODES).code
    except Failure:
        return TIMED_OUT
