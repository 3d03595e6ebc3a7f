"""Edits that no single line can say: lines that go, and lines that are there twice. A regex across lines says them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from headwater.config.overlays import SpecSearchReplace
from headwater.overlay.infer.difference import Hunk
from headwater.overlay.infer.quote import whole_lines
from headwater.overlay.infer.scope import Scope, replacing, scope_of, searched
from headwater.overlay.infer.state import State, Wish
from headwater.spec import Document


def blocks(state: State) -> Iterator[Wish]:
    """Several lines that become others, or go."""
    for hunk in state.hunks:
        if hunk.stop - hunk.start > 1:
            yield [(_replacement(state.spec, hunk),)]


def leftovers(state: State) -> Iterator[Wish]:
    """All that is left, with as many lines around it as it takes."""
    for hunk in state.hunks:
        yield [(_replacement(state.spec, hunk),)]


def everything(state: State) -> Iterator[Wish]:
    """All that is left, in one go, from the last line to the first: for hunks that look otherwise once another is closed."""
    now: State | None = state
    for hunk in reversed(state.hunks):
        now = now and now.after((_replacement(now.spec, hunk),))
    if now:
        yield [now.overlays[len(state.overlays) :]]


def _replacement(spec: Document, hunk: Hunk) -> SpecSearchReplace:
    """In its section, if it is in one and can be told there from all else; in the whole spec otherwise."""
    own = spec.section_at(hunk.start)
    scope, home = scope_of(own), range(own.start, own.end)
    span = _grown(spec, hunk, home, searched(spec, scope)) if hunk.start >= home.start and hunk.stop <= home.stop else None
    if span is None:
        scope, home = Scope(), range(len(spec.lines))
        span = _grown(spec, hunk, home, [home]) or home
    new = [*spec.lines[span.start : hunk.start], *hunk.new, *spec.lines[hunk.stop : span.stop]]
    ended = span.stop < len(spec.lines) or spec.text.endswith("\n")
    old = "\n".join(spec.lines[span.start : span.stop]) + ("\n" if ended else "")
    return replacing(scope, *whole_lines(old, "".join(f"{line}\n" for line in new) if ended else "\n".join(new)))


def _grown(spec: Document, hunk: Hunk, home: range, there: Sequence[range]) -> range | None:
    """The lines of a hunk and as many around them, above first, as it takes for them to be there once."""
    start, stop = hunk.start, hunk.stop
    while start == stop or sum(_count(spec.lines[one.start : one.stop], spec.lines[start:stop]) for one in there) > 1:
        if (start, stop) == (home.start, home.stop):
            return None
        start, stop = max(start - 1, home.start), stop if start > home.start else stop + 1
    return range(start, stop)


def _count(lines: Sequence[str], block: Sequence[str]) -> int:
    return sum(line == block[0] and lines[index : index + len(block)] == block for index, line in enumerate(lines))
