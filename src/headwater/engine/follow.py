"""The log of an action that runs on this machine, while it is written.

casd says nothing of it on the wire (its operations have no metadata, so no stream to read), but lets the runner write standard
output to a file: `UUID.stdout` in a folder of its own, beside `UUID.action`, which holds the action's message.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import BinaryIO

from headwater.engine.model import Digest

Hear = Callable[[bytes], None]

UNDER_WAY = "buildbox"  # how casd's folders for running actions begin
PAUSE = 0.2  # seconds between two looks
PIECE = 1 << 16  # bytes that are told at once
LARGEST = 1 << 20  # bytes of an action's message; ours have some hundred


@contextmanager
def following(home: Path, action: Digest, hear: Hear) -> Iterator[None]:
    """Tell the log of an action that begins in this block; `home` is casd's folder. `hear` is called from a thread."""
    over, before = Event(), set(_actions(home))
    thread = Thread(target=_follow, args=(home, action, hear, before, over), name="log", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _follow(home: Path, action: Digest, hear: Hear, known: set[Path], over: Event) -> None:
    log: BinaryIO | None = None
    try:
        while True:
            last = over.is_set()  # asked first, so that what was written before the end is read
            log = log or _open(home, action, known)
            while log and (piece := log.read(PIECE)):
                hear(piece)
            if last:
                return
            over.wait(PAUSE)
    finally:
        if log:
            log.close()


def _open(home: Path, action: Digest, known: set[Path]) -> BinaryIO | None:
    """The log, once the runner has begun it; actions that are not ours go to `known`."""
    for path in set(_actions(home)) - known:
        with suppress(OSError):
            with path.open("rb") as file:
                data = file.read(LARGEST)
            if hashlib.sha256(data).hexdigest() == action.hash:
                return path.with_suffix(".stdout").open("rb")
            if len(data) >= action.size:  # else it is still being written
                known.add(path)
    return None


def _actions(home: Path) -> Iterator[Path]:
    return home.glob(f"{UNDER_WAY}*/*.action")
