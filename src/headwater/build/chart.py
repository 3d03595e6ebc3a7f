"""A timeline as one SVG file that needs nothing beside it (SVG 1.1): lanes from top to bottom, time from left to right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from headwater.build.timeline import ALL, BUILD, Lane, Part, Span, lanes

WIDTH, LEFT, RIGHT, HEAD, ROW, BAR, FOOT = 1200, 130, 24, 64, 38, 16, 46  # pixels
THIN = 3  # pixels: a bar that has neither edge nor, unless it is a build, a name
LETTER = 6.3  # pixels that a small letter is wide, about
LEAST = 0.0005  # of the width: shorter steps that are no builds are left out
TICKS = 10  # as many lines of time as there may be, about
COLOURS = {  # of phases; each also has its name in the legend
    "wait": "#e3e3e3",
    "root": "#b9c4cc",
    "%prep": "#7fb3d5",
    "%generate_buildrequires": "#5dade2",
    "%conf": "#a99bd6",
    "%build": "#f0a04b",
    "%install": "#8cc084",
    "%check": "#3fa79a",
    "%files": "#c7a17a",
    "%clean": "#d5c8b8",
    "collect": "#94a3ad",
}
OTHER, BROKEN = "#9db4c0", "#c0392b"
NICE = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400)  # seconds between lines of time


def draw(title: str, spans: Sequence[Span]) -> str:
    """An SVG document of what a run did when; what had nothing to do is left out."""
    whole = max((span.end for span in spans), default=0.0) or 1.0
    shown = [span for span in spans if span.verb == BUILD or span.seconds > LEAST * whole]
    rows = lanes([span for span in shown if span.outcome != "cached" and span.verb != ALL])
    scale = (WIDTH - LEFT - RIGHT) / whole
    height = HEAD + len(rows) * ROW + FOOT
    size = f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
    letters = 'font-family="DejaVu Sans, Verdana, sans-serif" font-size="11" fill="#222"'
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {letters}>',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="16" y="26" font-size="16" font-weight="bold">{_safe(title)}</text>',
        *_times(whole, scale, len(rows)),
        *(line for number, lane in enumerate(rows) for line in _lane(lane, HEAD + number * ROW, scale)),
        *_legend(rows, height - FOOT + 26),
        "</svg>\n",
    ])  # fmt: skip


def _times(whole: float, scale: float, rows: int) -> Iterator[str]:
    every = next((one for one in NICE if whole / one <= TICKS), NICE[-1])
    for number in range(int(whole / every) + 1):
        x = LEFT + number * every * scale
        yield f'<line x1="{x:.1f}" y1="{HEAD - 8}" x2="{x:.1f}" y2="{HEAD + rows * ROW}" stroke="#e4e4e4"/>'
        yield f'<text x="{x:.1f}" y="{HEAD - 14}" text-anchor="middle" fill="#666">{_clock(number * every)}</text>'


def _clock(seconds: int) -> str:
    if seconds < 3600:
        return f"{seconds // 60}:{seconds % 60:02}" if seconds >= 60 else f"{seconds} s"
    return f"{seconds // 3600}:{seconds % 3600 // 60:02} h"


def _lane(lane: Lane, top: float, scale: float) -> Iterator[str]:
    yield f'<text x="16" y="{top + 26:.1f}" fill="#666">{_safe(_cut(lane.name, LEFT - 24))}</text>'
    for place, span in enumerate(lane.spans):
        after = lane.spans[place + 1].begun * scale if place + 1 < len(lane.spans) else float(WIDTH - LEFT)
        yield f"<g><title>{_safe(_told(span))}</title>"
        yield from _bar(span, top + 15, scale)
        words = f"{span.name}  {span.seconds:.1f} s"
        room = after - span.begun * scale - 4
        words = words if len(words) * LETTER < room else _cut(span.name, room)
        words = words if lane.spans[0].verb == BUILD or span.seconds * scale > THIN else ""
        colour = BROKEN if span.outcome == "failed" else "#222"
        yield f'<text x="{LEFT + span.begun * scale:.1f}" y="{top + 11:.1f}" fill="{colour}">{_safe(words)}</text></g>'


def _bar(span: Span, top: float, scale: float) -> Iterator[str]:
    yield _rect(span, top, scale, OTHER)
    for part in span.parts:
        yield _rect(part, top, scale, COLOURS.get(part.name, OTHER))
    if span.outcome == "failed":
        yield _rect(span, top, scale, f'none" stroke="{BROKEN}" stroke-width="2')
    elif span.seconds * scale > THIN:
        yield _rect(span, top, scale, 'none" stroke="#fff')


def _rect(one: Span | Part, top: float, scale: float, fill: str) -> str:
    x, width = LEFT + one.begun * scale, max(one.seconds * scale, 1.0)
    return f'<rect x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{BAR}" fill="{fill}"/>'


def _told(span: Span) -> str:
    """What a browser shows where the pointer is."""
    parts = "".join(f"\n{part.name} {part.seconds:.1f} s" for part in span.parts)
    why = f" ({span.reason})" if span.reason else ""
    return f"{span.verb} {span.name}{why}: {span.outcome or 'running'}, {span.seconds:.1f} s{parts}"


def _legend(rows: Sequence[Lane], y: float) -> Iterator[str]:
    seen = {part.name for lane in rows for span in lane.spans for part in span.parts if part.seconds}
    x = float(LEFT)
    for name in (one for one in COLOURS if one in seen):
        yield f'<rect x="{x:.1f}" y="{y - 10:.1f}" width="12" height="12" fill="{COLOURS[name]}"/>'
        yield f'<text x="{x + 17:.1f}" y="{y:.1f}">{_safe(name)}</text>'
        x += 34 + len(name) * LETTER


def _safe(text: str) -> str:
    """Text as XML may hold it: no control characters, no lone surrogates."""
    return escape("".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text))


def _cut(words: str, room: float) -> str:
    """As much of a text as there is room for."""
    most = int(room / LETTER)
    if len(words) <= most:
        return words
    return f"{words[: most - 1]}…" if most > 3 else ""
