"""Steps begun and ended, told to whoever listens: a terminal, plain lines, or JSON lines.

A stage says `with step("build", "jq", reason="new source") as s: ... s.note("compiling")`. The command line installs one
reporter for the process; without one, steps are silent.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Protocol

import msgspec


class Outcome(Enum):
    DONE = "done"
    CACHED = "cached"
    FAILED = "failed"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What a listener gets: a step begun (`outcome` None, no seconds), a note on it, or its end.

    `current` of `total` counts items where the step knows them (0 of 0 otherwise).
    """

    verb: str
    name: str
    reason: str = ""
    note: str = ""
    current: int = 0
    total: int = 0
    outcome: Outcome | None = None
    seconds: float | None = None


class Reporter(Protocol):
    """Called from any thread; must not raise."""

    def tell(self, event: Event) -> None: ...


class Silent:
    def tell(self, event: Event) -> None:
        del event


_reporter: Reporter = Silent()


def report_to(reporter: Reporter) -> None:
    """Install the process's one listener."""
    global _reporter
    _reporter = reporter


class Step:
    """A piece of work under way; `cached()` marks that nothing had to be done."""

    def __init__(self, verb: str, name: str, reason: str) -> None:
        self.verb, self.name, self.reason = verb, name, reason
        self.outcome = Outcome.DONE

    def note(self, text: str, *, current: int = 0, total: int = 0) -> None:
        _reporter.tell(Event(verb=self.verb, name=self.name, note=text, current=current, total=total))

    def cached(self) -> None:
        self.outcome = Outcome.CACHED


@contextmanager
def step(verb: str, name: str, *, reason: str = "") -> Iterator[Step]:
    """Tell that work begins and, with its seconds and outcome, that it ended."""
    work, begun = Step(verb, name, reason), time.monotonic()
    _reporter.tell(Event(verb=verb, name=name, reason=reason))
    try:
        yield work
    except BaseException:
        work.outcome = Outcome.FAILED
        raise
    finally:
        seconds = time.monotonic() - begun
        _reporter.tell(Event(verb=verb, name=name, reason=reason, outcome=work.outcome, seconds=seconds))
