"""Processes of this machine, as the kernel shows them: who began whom, what they hold, in which cgroups they are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
PAGE = os.sysconf("SC_PAGE_SIZE")


def children(process: int) -> Iterator[int]:
    """The processes that one started, and has still."""
    for task in (Path("/proc") / str(process) / "task").iterdir():
        yield from map(int, (task / "children").read_text().split())


def everyone() -> Iterator[int]:
    """All processes that we see."""
    return (int(place.name) for place in Path("/proc").glob("[0-9]*"))


def words_of(process: int) -> list[bytes]:
    """The words that a process was started with; none where it has ended, or is the kernel's own."""
    try:
        text = (Path("/proc") / str(process) / "cmdline").read_bytes()
    except OSError:
        return []
    return text.removesuffix(b"\0").split(b"\0") if text else []


def of_session(leader: int) -> Iterator[int]:
    """The processes of a session (setsid(2)) by the number of its leader, which may have ended: nobody gets it meanwhile."""
    for one in everyone():
        with suppress(OSError, ValueError, IndexError):
            told = (Path("/proc") / str(one) / "stat").read_text()
            if int(told.rpartition(")")[2].split()[3]) == leader:  # proc_pid_stat(5)
                yield one


def family(process: int) -> Iterator[int]:
    """A process, and all below it that have not ended."""
    waiting = [process]
    while waiting:
        one = waiting.pop()
        yield one
        with suppress(OSError, ValueError):
            waiting += children(one)


def held_by(process: int, *, alone: bool) -> int:
    """Bytes that a process and all below it hold in memory now; what several share through a fork counts for each.

    With `alone` files that lie in memory anyway are not counted, nor what is shared on purpose.
    """
    found = 0
    for one in family(process):
        with suppress(OSError, ValueError):
            _, resident, shared, *_ = map(int, (Path("/proc") / str(one) / "statm").read_text().split())
            found += (resident - shared if alone else resident) * PAGE
    return found


def cgroups_of(process: int, mark: str) -> list[Path]:
    """The cgroups of a process whose names begin with `mark`."""
    found = []
    for line in (Path("/proc") / str(process) / "cgroup").read_text().splitlines():
        _, kinds, path = line.split(":", 2)
        if path.rpartition("/")[2].startswith(mark):
            found.append(CGROUPS / kinds / path.lstrip("/"))
    return found
