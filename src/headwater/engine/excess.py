"""An action on this machine that takes more than it may: seen from outside, where it can not hide, and ended.

Memory and processes are the kernel's affair where the action has a cgroup (see `fence`); here it is only asked whether they
were met. Where there is none, what the processes hold is added up. New files are added up in any case: no kernel does it.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from headwater.engine.fence import CGROUPS, OURS, SIGN
from headwater.engine.model import Limits

LEAST = 4096  # bytes that a file takes at least, as the disk counts it
PAUSE, SHARE = 0.5, 10  # seconds between two counts of files; and this many times what the last one took
COUNTED = {  # files of a cgroup that say how often a limit was met, by version; and the word before the number
    "memory": {"memory.oom_control": "oom_kill", "memory.events": "oom_kill"},
    "processes": {"pids.events": "max"},
}
PATIENCE = 100  # processes that were refused, until it is sure that it goes on like that
MARK = 2  # words until the sign
PAGE = os.sysconf("SC_PAGE_SIZE")
MIB = 1 << 20


class Excess:
    """Looks after one action; `met` names the limit that it met, and is empty where it met none."""

    def __init__(self, home: Path, limits: Limits) -> None:
        self.met = ""
        self._home, self._limits = home, limits
        self._sandbox = self._handle = 0
        self._cgroups: list[Path] = []
        self._places: list[Path] = []  # where its new files lie
        self._before = -1  # bytes that lay there when it began
        self._due = 0.0

    def look(self, runner: int) -> None:
        """Look at what it holds now, and end it where that is too much."""
        if self.met or not (self._sandbox or self._find(runner)):
            return
        if self._counted("memory") if self._cgroups else memory_of(self._sandbox) > self._limits.memory * MIB:
            self._end("memory")  # the kernel has killed one process of it, and others would go on
        if self._counted("processes") > PATIENCE:
            self._end("processes")
        begun = time.monotonic()
        if begun < self._due:
            return
        written = sum(_sizes(self._places))
        if self._before < 0:
            self._before = written if self._home / "cas/cas/tmp" not in self._places[0].parents else 0
        if written - self._before > self._limits.disk * MIB:
            self._end("disk")
        self._due = time.monotonic() + max(PAUSE, SHARE * (time.monotonic() - begun))

    def close(self) -> None:
        """It is over."""
        if self._handle:
            os.close(self._handle)
            self._handle = 0

    def _counted(self, limit: str) -> int:
        """How often a limit was met, as the kernel counted."""
        for place in self._cgroups:
            for name, word in COUNTED[limit].items():
                with suppress(OSError, ValueError, KeyError):
                    counts = dict(line.split() for line in (place / name).read_text().splitlines())
                    return int(counts[word])
        return 0

    def _find(self, runner: int) -> bool:
        """The sandbox below a runner, once there is one: bubblewrap, which has the staged tree as its working directory."""
        with suppress(OSError):
            for child in [below for shell in children(runner) for below in children(shell)]:
                words = (Path("/proc") / str(child) / "cmdline").read_bytes().split(b"\0")
                if len(words) < MARK or words[1] != SIGN.encode():
                    continue
                staged = (Path("/proc") / str(child) / "cwd").readlink()
                self._handle = os.pidfd_open(child)
                self._cgroups = _cgroups_of(child)
                self._places = list(_shown_by_fuse(staged)) or [staged]
                self._sandbox = child
                return True
        return False

    def _end(self, limit: str) -> None:
        self.met = limit
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)


def children(process: int) -> Iterator[int]:
    """The processes that one started, and has still."""
    for task in (Path("/proc") / str(process) / "task").iterdir():
        yield from map(int, (task / "children").read_text().split())


def memory_of(process: int) -> int:
    """Bytes that a process and all below it hold by themselves; what they share through a fork counts for each."""
    found, waiting = 0, [process]
    while waiting:
        one = waiting.pop()
        with suppress(OSError, ValueError, IndexError):
            words = (Path("/proc") / str(one) / "statm").read_text().split()
            found += (int(words[1]) - int(words[2])) * PAGE
            waiting += children(one)
    return found


def _cgroups_of(process: int) -> list[Path]:
    """The cgroups of a process that are ours."""
    found = []
    for line in (Path("/proc") / str(process) / "cgroup").read_text().splitlines():
        _, kinds, path = line.split(":", 2)
        if path.rpartition("/")[2].startswith(OURS):
            found.append(CGROUPS / kinds / path.lstrip("/"))
    return found


def _shown_by_fuse(staged: Path) -> Iterator[Path]:
    """Where the program that shows a tree keeps what is written to it."""
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (place / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
            if words[-1] != os.fsencode(staged) or not any(b"buildbox-fuse" in word for word in words):
                continue
            links = {link.readlink() for link in (place / "fd").iterdir()}
            yield from (link for link in links if link.name.startswith("fuse-"))


def _sizes(places: list[Path]) -> Iterator[int]:
    """What each file takes on the disk; one with several names is not counted, for it is the engine's own."""
    waiting = [os.fspath(place) for place in places]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                        continue
                    found = entry.stat(follow_symlinks=False)
                    if found.st_nlink == 1:
                        yield max(LEAST, found.st_blocks * 512)
