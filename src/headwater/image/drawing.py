"""Treemaps of an image as one SVG file that needs nothing beside it (SVG 1.1)."""

from __future__ import annotations

import colorsys
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from headwater.image.treemap import Box, squarify
from headwater.image.weight import Weight, gather

WIDTH, PANEL, MARGIN, HEAD, TITLE = 1600, 720, 24, 20, 34  # pixels
LEAST = 0.0015  # parts of the whole below this are drawn together
GOLDEN = 0.618034  # steps of hue that keep neighbours apart
ALL = 0.9  # of a part: who has this share of it is not told apart from it
SMALL = 9.0  # pixels of the smallest letters
BROAD = 0.6  # of its font size: how wide a letter is at most, about


def draw(title: str, panels: Sequence[tuple[str, tuple[Weight, ...]]]) -> str:
    """An SVG document: `title` on top, and below it each panel's treemap under its own words."""
    height = MARGIN + TITLE + len(panels) * (TITLE + PANEL) + MARGIN
    size = f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="DejaVu Sans, Verdana, sans-serif" fill="#222">',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="{MARGIN}" y="{MARGIN + 16}" font-size="22" font-weight="bold">{_safe(title)}</text>',
    ]
    for number, (words, weights) in enumerate(panels):
        top = MARGIN + TITLE + number * (TITLE + PANEL)
        lines.append(f'<text x="{MARGIN}" y="{top + 22}" font-size="16">{_safe(words)}</text>')
        lines += _panel(weights, Box(MARGIN, top + TITLE, WIDTH - 2 * MARGIN, PANEL - 12))
    return "\n".join([*lines, "</svg>\n"])


def human(size: int) -> str:
    """Bytes as people read them."""
    if size >= 1 << 20:
        return f"{size / (1 << 20):.1f} MiB"
    return f"{size / (1 << 10):.1f} KiB" if size >= 1 << 10 else f"{size} B"


def share(size: int, total: int) -> str:
    return f"{100 * size / total:.1f} %" if total else "0.0 %"


def _panel(weights: tuple[Weight, ...], frame: Box) -> Iterator[str]:
    total = sum(one.size for one in weights)
    shown = gather(weights, total * LEAST)
    for number, (one, box) in enumerate(zip(shown, squarify([one.size for one in shown], frame), strict=True)):
        hue = number * GOLDEN % 1.0
        yield from _outer(one, box, total, hue)


def _outer(weight: Weight, box: Box, total: int, hue: float) -> Iterator[str]:
    """A part of the whole: its own parts in it below a strip with its name, where there is room for more than that."""
    told = f"{weight.name}: {human(weight.size)}, {share(weight.size, total)}"
    if box.height < 3 * HEAD or box.width < 3 * HEAD or not weight.parts or weight.parts[0].size > ALL * weight.size:
        yield _rect(box, _colour(hue, 0.8), told)
        yield from _label(weight, box)
        return
    yield _rect(box, _colour(hue, 0.72), told)
    words, room = f"{weight.name}  {human(weight.size)}", box.width - 10
    words = words if words == _cut(words, room, 12) else _cut(weight.name, room, 12)
    yield _text(box.x + 5, box.y + 14, words, 12, bold=True)
    shown = gather(weight.parts, total * LEAST)
    inside = box.inset(2, top=HEAD - 2)
    for part, place in zip(shown, squarify([one.size for one in shown], inside), strict=True):
        yield _rect(place, _colour(hue, 0.86), f"{weight.name}, {part.name}: {human(part.size)}, {share(part.size, total)}")
        yield from _label(part, place)


def _label(weight: Weight, box: Box) -> Iterator[str]:
    """A name, and its size below where that fits too; upright in boxes that are narrow."""
    upright = box.height > 1.5 * box.width and box.width < len(weight.name) * SMALL * BROAD + 8
    length, depth = (box.height, box.width) if upright else (box.width, box.height)
    size = max(SMALL, min(16.0, depth / 2.5, (length - 8) / (BROAD * max(len(weight.name), 1))))
    words = _cut(weight.name, length - 8, size)
    if depth < size + 4 or len(words) < min(4, len(weight.name)):
        return
    turn = f' transform="rotate(90 {box.x + 4:.1f} {box.y + 4:.1f})"' if upright else ""
    x, y = box.x + 4, box.y + 3 + size
    if upright:  # turned about the corner, what is right becomes down, and down becomes left
        y = box.y + 4 - (box.width - 8) + size - 1
    yield _text(x, y, words, size, more=turn)
    below = human(weight.size)
    if depth > 2.4 * size + 6 and below == _cut(below, length - 8, size - 1):
        yield _text(x, y + size * 1.2, below, size - 1, more=f' fill-opacity="0.7"{turn}')


def _rect(box: Box, colour: str, title: str) -> str:
    place = f'x="{box.x:.2f}" y="{box.y:.2f}" width="{box.width:.2f}" height="{box.height:.2f}"'
    return f'<rect {place} fill="{colour}" stroke="#fff" stroke-width="1"><title>{_safe(title)}</title></rect>'


def _text(x: float, y: float, words: str, size: float, *, bold: bool = False, more: str = "") -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:.1f}" pointer-events="none"{weight}{more}>{_safe(words)}</text>'


def _cut(words: str, width: float, size: float) -> str:
    """Words as far as they fit into pixels of width; of paths the end tells more than the beginning."""
    room = int(width / (size * BROAD) + 0.01)
    if len(words) <= room:
        return words
    return "…" + words[len(words) - room + 1 :] if words.startswith("/") and room > 1 else words[: max(room - 1, 0)] + "…"


def _colour(hue: float, lightness: float) -> str:
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, 0.5)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def _safe(text: str) -> str:
    """Text for XML 1.0, which has no place for control characters; names may come from hostile packages."""
    return escape("".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text))
