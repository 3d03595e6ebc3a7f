"""Reads a build's log: in which phase it broke, and the lines that say why."""

from __future__ import annotations

import re

import msgspec

from headwater.build.phases import phase_in
from headwater.command import tail

_STATUS = re.compile(r"Bad exit status from \S+ \((%\w+)\)")
_TELLING = re.compile(
    r"(?i)\b(?:error|fatal|undefined reference|no such file|not found|cannot|can't|failed|FAIL|denied|killed|no rule to make)\b"
)
_NOISE = re.compile(r"^(?:make(?:\[\d+\])?: (?:Leaving|Entering|\*\*\* Waiting)|\s*$|RPM build (?:errors|warnings):|\+ )")
SHOWN = 15  # lines that a message carries


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """Where a build stopped; `lines` are those that say most."""

    phase: str
    lines: tuple[str, ...]


def read_log(log: bytes) -> Broken:
    """What a failed build's log says."""
    lines = tail(log, lines=400).splitlines()
    stated = [match[1] for line in lines if (match := _STATUS.search(line))]
    entered = [phase for line in log.decode(errors="replace").splitlines() if (phase := phase_in(line))]
    phase = [*entered, *stated][-1] if entered or stated else "reading the spec"
    traced = [number for number, line in enumerate(lines) if line.startswith("+ ")][-1:]  # the command that failed
    kept = [line for number, line in enumerate(lines) if number in traced or not _NOISE.match(line)]
    return Broken(phase=phase, lines=tuple(_best(kept)))


def _best(lines: list[str]) -> list[str]:
    """The last lines, and telling ones a little before them; in order, none twice."""
    last = set(range(max(0, len(lines) - SHOWN // 2), len(lines)))
    telling = [number for number, line in enumerate(lines) if number not in last and _TELLING.search(line)]
    return list(dict.fromkeys(lines[number] for number in sorted(last | set(telling[-(SHOWN - len(last)) :]))))
