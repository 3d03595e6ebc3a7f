"""What a run did when: its steps with their parts, heard from progress, in lanes; as a trace for Perfetto."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from threading import Lock
from typing import Any

import msgspec

from headwater.progress import Event

BUILD, ALL = "build", "builds"  # verbs: one build, and all of a run


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A phase of a step: seconds since the run began, and how many it took."""

    name: str
    begun: float
    seconds: float


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A step with its parts in order. `outcome` is empty where it had not ended when the run did."""

    verb: str
    name: str
    reason: str = ""
    outcome: str = ""
    begun: float
    seconds: float
    parts: tuple[Part, ...] = ()

    @property
    def end(self) -> float:
        return self.begun + self.seconds


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """Spans of one verb of which none overlap, by time."""

    name: str
    spans: tuple[Span, ...]


class Recorder:
    """Listens to progress and keeps what makes a timeline."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._zero, self._lock = clock, clock(), Lock()
        self._open: dict[tuple[str, str], list[_Open]] = {}
        self._done: list[Span] = []

    def tell(self, event: Event) -> None:
        if event.note or event.line:
            return
        key, now = (event.verb, event.name), self._clock() - self._zero
        with self._lock:
            steps = self._open.setdefault(key, [])
            if event.outcome and steps:
                self._done.append(steps.pop().span(key, now, event.outcome.value))
            elif event.phase and steps:
                steps[-1].phases.append((event.phase, now))
            elif not event.outcome and not event.phase:
                steps.append(_Open(begun=now, reason=event.reason, phases=[]))

    def spans(self) -> tuple[Span, ...]:
        """All steps so far, by the time they began."""
        now = self._clock() - self._zero
        with self._lock:
            running = [step.span(key, now, "") for key, steps in self._open.items() for step in steps]
            return tuple(sorted([*self._done, *running], key=lambda span: (span.begun, span.verb, span.name)))


class _Open(msgspec.Struct, kw_only=True):
    begun: float
    reason: str
    phases: list[tuple[str, float]]

    def span(self, key: tuple[str, str], end: float, outcome: str) -> Span:
        marks = [*self.phases, ("", end)]
        times = [(name, begun, until - begun) for (name, begun), (_, until) in pairwise(marks)]
        parts = tuple(Part(name=name, begun=begun, seconds=seconds) for name, begun, seconds in times if seconds > 0)
        return Span(
            verb=key[0],
            name=key[1],
            reason=self.reason,
            outcome=outcome,
            begun=self.begun,
            seconds=end - self.begun,
            parts=parts,
        )


def lanes(spans: Sequence[Span]) -> tuple[Lane, ...]:
    """Builds first, then other verbs by when they first came; as many lanes for each as overlap."""
    rows: dict[str, list[list[Span]]] = {}
    for span in sorted(spans, key=lambda span: (span.verb != BUILD, span.begun)):
        mine = rows.setdefault(span.verb, [])
        free = next((row for row in mine if row[-1].end <= span.begun), None)
        if free is None:
            mine.append([span])
        else:
            free.append(span)
    return tuple(
        Lane(name=f"{verb} {number}" if len(found) > 1 else verb, spans=tuple(row))
        for verb, found in rows.items()
        for number, row in enumerate(found, start=1)
    )


def trace(spans: Sequence[Span]) -> bytes:
    """The run in the Trace Event Format (JSON, times in microseconds), as Perfetto and chrome://tracing open it."""
    events = [event for number, lane in enumerate(lanes(spans), start=1) for event in _events(lane, number)]
    return msgspec.json.encode({"displayTimeUnit": "ms", "traceEvents": events}, order="sorted")


def _events(lane: Lane, thread: int) -> Iterator[dict[str, Any]]:
    place = {"pid": 1, "tid": thread}
    yield {"ph": "M", "name": "thread_name", "args": {"name": lane.name}, **place}
    yield {"ph": "M", "name": "thread_sort_index", "args": {"sort_index": thread}, **place}
    for span in lane.spans:
        about = {"reason": span.reason, "outcome": span.outcome or "running"}
        yield {"ph": "X", "cat": span.verb, "name": span.name, "args": about, **_when(span), **place}
        for part in span.parts:
            yield {"ph": "X", "cat": "phase", "name": part.name, **_when(part), **place}


def _when(one: Span | Part) -> dict[str, int]:
    begun = round(one.begun * 1_000_000)
    return {"ts": begun, "dur": round((one.begun + one.seconds) * 1_000_000) - begun}
