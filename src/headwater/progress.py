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

    `current` of `total` counts items where the step knows them (0 of 0 otherwise). `phase` says that the step entered a part of
    itself, `line` is one of its log, already cleaned. `minor` steps are told only to those who want to hear all.
    """

    verb: str
    name: str
    reason: str = ""
    note: str = ""
    phase: str = ""
    line: str = ""
    minor: bool = False
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


class Both:
    """Tells two listeners."""

    def __init__(self, one: Reporter, other: Reporter) -> None:
        self.one, self.other = one, other

    def tell(self, event: Event) -> None:
        self.one.tell(event)
        self.other.tell(event)


_reporter: Reporter = Silent()


def report_to(reporter: Reporter) -> None:
    """Install the process's one listener."""
    global _reporter
    _reporter = reporter


@contextmanager
def also_to(reporter: Reporter) -> Iterator[None]:
    """A second listener, for as long as the block runs."""
    global _reporter
    before = _reporter
    _reporter = Both(before, reporter)
    try:
        yield
    finally:
        _reporter = before


class Step:
    """A piece of work under way; `cached()` marks that nothing had to be done."""

    def __init__(self, verb: str, name: str, reason: str) -> None:
        self.verb, self.name, self.reason = verb, name, reason
        self.outcome = Outcome.DONE

    def note(self, text: str, *, current: int = 0, total: int = 0) -> None:
        _reporter.tell(Event(verb=self.verb, name=self.name, note=text, current=current, total=total))

    def enter(self, phase: str) -> None:
        """A part of the step begins, and with it the one before ends."""
        _reporter.tell(Event(verb=self.verb, name=self.name, phase=phase))

    def say(self, line: str) -> None:
        """A line of the step's log."""
        _reporter.tell(Event(verb=self.verb, name=self.name, line=line))

    def cached(self) -> None:
        self.outcome = Outcome.CACHED


@contextmanager
def step(verb: str, name: str, *, reason: str = "", minor: bool = False) -> Iterator[Step]:
    """Tell that work begins and, with its seconds and outcome, that it ended."""
    work, begun = Step(verb, name, reason), time.monotonic()
    _reporter.tell(Event(verb=verb, name=name, reason=reason, minor=minor))
    try:
        yield work
    except BaseException:
        work.outcome = Outcome.FAILED
        raise
    finally:
        seconds = time.monotonic() - begun
        _reporter.tell(Event(verb=verb, name=name, reason=reason, minor=minor, outcome=work.outcome, seconds=seconds))
