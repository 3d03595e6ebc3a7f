"""Work of other threads that has ended, for a thread that Ctrl-C may stop while it waits.

Python raises KeyboardInterrupt between any two steps. The locks that `concurrent.futures.wait` takes in Python may stay taken
then, and a thread that has just ended its work would wait for them for ever. A queue written in C bears it.
"""

from __future__ import annotations

from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any

LOOK = 0.5  # seconds after which Python surely sees a signal that came just before it began to wait


class Ended:
    """Futures, each given once, after it has ended or was cancelled."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Future[Any]] = SimpleQueue()

    def expect(self, future: Future[Any]) -> None:
        future.add_done_callback(self._queue.put)

    def take(self, *, wait: bool) -> set[Future[Any]]:
        """All that has ended since the last time; with `wait` at least one, so something must be expected."""
        found: set[Future[Any]] = set()
        while True:
            try:
                found.add(self._queue.get(block=wait and not found, timeout=LOOK))
            except Empty:
                if found or not wait:
                    return found
