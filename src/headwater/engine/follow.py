"""An action that runs on this machine, looked at from outside: its log while it is written, its memory, the disk's free space.

casd says nothing of it on the wire (its operations have no metadata, so no stream to read), but lets the runner write standard
output to a file: `UUID.stdout` in a folder of its own, beside `UUID.action`, which holds the action's message.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import BinaryIO

from headwater.engine.excess import Excess
from headwater.engine.model import Digest, Limits
from headwater.engine.processes import everyone, held_by, words_of

Hear = Callable[[bytes], None]

UNDER_WAY = "buildbox"  # how casd's folders for running actions begin
PAUSE = 0.2  # seconds between two looks
PIECE = 1 << 16  # bytes that are told at once
LARGEST = 1 << 20  # bytes of an action's message; ours have some hundred


class Watch:
    """What was seen of an action so far: `memory` of all its processes at most, `free` bytes of the engine's disk at least.

    One that takes more than its limits is ended.
    """

    def __init__(self, home: Path, action: Digest, hear: Hear, limits: Limits | None = None) -> None:
        self.memory, self.free = 0, shutil.disk_usage(home).free
        self.excess = Excess(home, limits) if limits else None
        self._home, self._action, self._hear = home, action, hear
        self._known = set(_actions(home))
        self._log: BinaryIO | None = None
        self._runner = 0

    def follow(self, over: Event) -> None:
        """Look until it is over, and once more."""
        try:
            while True:
                last = over.is_set()  # asked first, so that what was written before the end is read
                self._look(last=last)
                if last:
                    return
                over.wait(PAUSE)
        finally:
            if self._log:
                self._log.close()
            if self.excess:
                self.excess.close()

    def _look(self, *, last: bool) -> None:
        self.free = min(self.free, shutil.disk_usage(self._home).free)
        if not self._log and (path := self._find()):
            self._log, self._runner = path.with_suffix(".stdout").open("rb"), _runner_of(path)
        while self._log and (piece := self._log.read(PIECE)):
            self._hear(piece)
        if self._runner:
            self.memory = max(self.memory, held_by(self._runner, alone=False))
            if self.excess and not last:
                self.excess.look(self._runner)

    def _find(self) -> Path | None:
        """Our action's message, once the runner has begun; those of others go to `known`."""
        for path in set(_actions(self._home)) - self._known:
            with suppress(OSError), path.open("rb") as file:
                data = file.read(LARGEST)
                ours = hashlib.sha256(data).hexdigest() == self._action.hash
                if ours and path.with_suffix(".stdout").exists():
                    return path
                if not ours and len(data) >= self._action.size:  # else it is still being written
                    self._known.add(path)
        return None


@contextmanager
def following(home: Path, action: Digest, hear: Hear, limits: Limits | None = None) -> Iterator[Watch]:
    """Watch an action that begins in this block; `home` is casd's folder. `hear` gets its log, from a thread."""
    watch, over = Watch(home, action, hear, limits), Event()
    thread = Thread(target=watch.follow, args=(over,), name="log", daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        over.set()
        thread.join()


def _actions(home: Path) -> Iterator[Path]:
    return home.glob(f"{UNDER_WAY}*/*.action")


def _runner_of(path: Path) -> int:
    """The process that runs an action; 0 if it is not to be found."""
    word = b"--action=" + os.fsencode(path)
    return next((one for one in everyone() if word in words_of(one)), 0)
