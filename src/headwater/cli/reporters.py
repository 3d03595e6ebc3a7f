"""Listeners to progress for logs and programs: plain lines, JSON lines. They write through what `output` gives them."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from headwater.digest import canonical_json
from headwater.progress import Event, Outcome

PAUSE = 10.0  # seconds between two notes of one step in a plain log

Write = Callable[[str], None]
Name = tuple[str, str]  # verb and name of a step


class Lines:
    """Each event as a line of JSON."""

    def __init__(self, write: Write) -> None:
        self.write, self.lock = write, Lock()

    def tell(self, event: Event) -> None:
        line = canonical_json(event).decode()
        with self.lock:
            self.write(line)


class Plain:
    """A line for each step that ended; notes of long steps now and then. For logs."""

    def __init__(self, write: Write, *, verbose: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self.write, self.verbose, self.clock, self.lock = write, verbose, clock, Lock()
        self.told: dict[Name, float] = {}  # when a running step was last heard of

    def tell(self, event: Event) -> None:
        with self.lock:
            if line := self._line(event):
                self.write(line)

    def _line(self, event: Event) -> str:
        name, now = (event.verb, event.name), self.clock()
        if event.outcome:
            self.told.pop(name, None)
            return "" if is_dull(event, verbose=self.verbose) else ended(event)
        if not event.note:
            self.told[name] = now
            return begun(event) if self.verbose else ""
        if not self.verbose and now - self.told.get(name, now) < PAUSE:
            return ""
        self.told[name] = now
        return noted(event)


def is_dull(event: Event, *, verbose: bool) -> bool:
    """Steps that had nothing to do are told only to those who asked."""
    return event.outcome is Outcome.CACHED and not verbose


def begun(event: Event) -> str:
    return visible(f"{event.verb} {event.name}" + (f" ({event.reason})" if event.reason else ""))


def noted(event: Event) -> str:
    count = f" [{event.current}/{event.total}]" if event.total else ""
    return visible(f"{event.verb} {event.name}{count}: {event.note}")


def ended(event: Event) -> str:
    assert event.outcome, "only an ended step is told so"
    seconds = f"{event.seconds:.1f} s" if event.seconds is not None else ""
    return visible(f"{event.outcome.value:6} {seconds:>8}  ") + begun(event)


def visible(text: str) -> str:
    """One line that a terminal shows as it is."""
    return "".join(char if char.isprintable() else " " for char in text)
