"""What of a build's walls the kernel that ran it does not have: said aloud, once, for whoever builds what strangers wrote."""

from __future__ import annotations

from functools import cache
from itertools import takewhile

from headwater.build.plain import plain
from headwater.engine import SAYS
from headwater.progress import step

WEAK = f"{SAYS}weak: "  # how our script says it, before anything of the spec runs
MOST = 4096  # bytes of a log in which it may stand


def tell_weakness(log: bytes) -> None:
    """Say what our script found missing; what a spec writes later makes no difference."""
    lines = (plain(line) for line in log[:MOST].split(b"\n"))
    for line in takewhile(lambda line: line.startswith(SAYS), lines):
        if line.startswith(WEAK):
            _say(line.removeprefix(WEAK))


def without_weakness(log: bytes) -> bytes:
    """A log without the lines that our script begins it with."""
    begun = takewhile(lambda line: line.startswith(WEAK.encode()), log[:MOST].split(b"\n"))
    return log[sum(len(line) + 1 for line in begun) :]


@cache
def _say(reason: str) -> None:
    with step("sandbox", "weaker than it could be", reason=reason):
        pass
