"""An action on this machine that takes more than it may: seen from outside, where it can not hide, and ended.

Memory and processes are the kernel's affair where the action has a cgroup (see `fence`); here it is only asked whether they
were met. Where there is none, what the processes hold is added up. New files are added up in any case: no kernel does it.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from headwater.engine.fence import OURS, is_sandbox
from headwater.engine.model import Limits
from headwater.engine.processes import cgroups_of, children, held_by, words_of
from headwater.engine.written import nameless, shown_by_fuse, sizes

PAUSE, SHARE = 0.5, 10  # seconds between two counts of files; and this many times what the last one took
COUNTED = {  # files of a cgroup that say how often a limit was met, by version; and the word before the number
    "memory": {"memory.oom_control": "oom_kill", "memory.events": "oom_kill"},
    "processes": {"pids.events": "max"},
}
PATIENCE = 100  # processes that were refused, until it is sure that it goes on like that
MIB = 1 << 20


class Excess:
    """Looks after one action; `met` names the limit that it met, and is empty where it met none."""

    def __init__(self, home: Path, limits: Limits) -> None:
        self.met = ""
        self._home, self._limits = home, limits
        self._sandbox = self._handle = 0
        self._cgroups: list[Path] = []
        self._places: list[Path] = []  # where its new files lie
        self._device = 0  # the disk of the staged tree, where it lies there as it is
        self._before = -1  # bytes that lay there when it began
        self._due = 0.0

    def look(self, runner: int) -> None:
        """Look at what it holds now, and end it where that is too much."""
        if self.met or not (self._sandbox or self._find(runner)):
            return
        killed = self._counted("memory")
        if killed or (killed is None and held_by(self._sandbox, alone=True) > self._limits.memory * MIB):
            self._end("memory")  # where the kernel has killed one process of it, others would go on
        if (self._counted("processes") or 0) > PATIENCE:
            self._end("processes")
        begun = time.monotonic()
        if begun < self._due:
            return
        written = sum(sizes(self._places)) + sum(nameless(self._sandbox, self._device) if self._device else ())
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

    def _counted(self, limit: str) -> int | None:
        """How often a limit was met, as the kernel counted; None where it does not count."""
        for place in self._cgroups:
            for name, word in COUNTED[limit].items():
                with suppress(OSError, ValueError, KeyError):
                    counts = dict(line.split() for line in (place / name).read_text().splitlines())
                    return int(counts[word])
        return None

    def _find(self, runner: int) -> bool:
        """The sandbox below a runner, once there is one: bubblewrap, which has the staged tree as its working directory."""
        with suppress(OSError):
            for child in [below for shell in children(runner) for below in children(shell)]:
                if not is_sandbox(words_of(child)):
                    continue
                staged = (Path("/proc") / str(child) / "cwd").readlink()
                self._handle = os.pidfd_open(child)
                self._cgroups = cgroups_of(child, OURS)
                shown = list(shown_by_fuse(staged))
                self._places, self._device = shown or [staged], 0 if shown else staged.stat().st_dev
                self._sandbox = child
                return True
        return False

    def _end(self, limit: str) -> None:
        self.met = limit
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)
