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
    """Each event as a line of JSON; the lines of logs only for who wants to hear all."""

    def __init__(self, write: Write, *, verbose: bool = False) -> None:
        self.write, self.verbose, self.lock = write, verbose, Lock()

    def tell(self, event: Event) -> None:
        if event.line and not self.verbose:
            return
        line = canonical_json(event).decode()
        with self.lock:
            self.write(line)


class Plain:
    """A line for each step that ended; notes of long steps and the last of their logs now and then. For logs."""

    def __init__(self, write: Write, *, verbose: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self.write, self.verbose, self.clock, self.lock = write, verbose, clock, Lock()
        self.told: dict[Name, float] = {}  # when a running step was last heard of
        self.phases: dict[Name, str] = {}

    def tell(self, event: Event) -> None:
        with self.lock:
            if line := self._line(event):
                self.write(line)

    def _line(self, event: Event) -> str:
        name, now = (event.verb, event.name), self.clock()
        if event.outcome:
            self.told.pop(name, None)
            self.phases.pop(name, None)
            return "" if is_dull(event, verbose=self.verbose) else ended(event)
        if event.phase:
            self.phases[name] = event.phase
            return ""
        if event.line and self.verbose:
            return logged(event)
        if not event.note and not event.line:
            self.told[name] = now
            return begun(event) if self.verbose else ""
        if not self.verbose and now - self.told.get(name, now) < PAUSE:
            return ""
        self.told[name] = now
        return noted(event, self.phases.get(name, ""))


def is_dull(event: Event, *, verbose: bool) -> bool:
    """Steps that had nothing to do, and small ones that went well, are told only to those who asked."""
    return (event.outcome is Outcome.CACHED or (event.minor and event.outcome is Outcome.DONE)) and not verbose


def begun(event: Event) -> str:
    return visible(f"{event.verb} {event.name}" + (f" ({event.reason})" if event.reason else ""))


def noted(event: Event, phase: str = "") -> str:
    count = f" [{event.current}/{event.total}]" if event.total else ""
    parts = (f"{event.verb} {event.name}{count}", phase, event.note or event.line)
    return visible(": ".join(part for part in parts if part))


def logged(event: Event) -> str:
    """A line of a log, and whose it is."""
    return visible(f"{event.name} | {event.line}")


def ended(event: Event) -> str:
    assert event.outcome, "only an ended step is told so"
    seconds = f"{event.seconds:.1f} s" if event.seconds is not None else ""
    return visible(f"{event.outcome.value:6} {seconds:>8}  ") + begun(event)


def visible(text: str) -> str:
    """One line that a terminal shows as it is."""
    return "".join(char if char.isprintable() else " " for char in text)
