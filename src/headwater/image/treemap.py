"""Numbers as rectangles of their size (squarified treemaps: Bruls, Huizing, van Wijk 2000); pure geometry."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class Box(msgspec.Struct, frozen=True):
    """A rectangle; y points down."""

    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        return self.width * self.height

    def inset(self, margin: float, *, top: float = 0.0) -> Box:
        """The box within a margin, and below `top` more; of no area where nothing is left."""
        width, height = max(self.width - 2 * margin, 0.0), max(self.height - 2 * margin - top, 0.0)
        return Box(self.x + margin, self.y + margin + top, width, height)


def squarify(numbers: Sequence[float], frame: Box) -> tuple[Box, ...]:
    """A box for each number (not negative, best biggest first), as square as can be; together they fill the frame.

    Areas are to one another as the numbers are. Where the sum is 0, all boxes are empty.
    """
    assert all(number >= 0 for number in numbers), "sizes are not negative"
    total = sum(numbers)
    if not total or not frame.area:
        return tuple(Box(frame.x, frame.y, 0.0, 0.0) for _ in numbers)
    boxes: list[Box] = []
    free = frame
    while len(boxes) < len(numbers):
        rest = sum(numbers[len(boxes) :])
        scale = free.area / rest if rest else 0.0
        areas = [number * scale for number in numbers[len(boxes) :]]
        count = _row(areas, min(free.width, free.height))
        row, free = _lay(areas[:count], free, last=len(boxes) + count == len(numbers))
        boxes += row
    return tuple(boxes)


def _row(areas: Sequence[float], side: float) -> int:
    """How many of the areas make the next row along a side: as long as the worst of them becomes no worse."""
    total = low = high = areas[0]
    worst = _worst(total, low, high, side)
    for count, area in enumerate(areas[1:], 1):
        total, low, high = total + area, min(low, area), max(high, area)
        new = _worst(total, low, high, side)
        if new > worst:
            return count
        worst = new
    return len(areas)


def _worst(total: float, low: float, high: float, side: float) -> float:
    """The longer side over the shorter of the least square box of a row; areas of 0 cannot be square and do not count."""
    if not low or not total or not side:
        return 1.0 if not high else side * side * high / (total * total)
    return max(side * side * high / (total * total), total * total / (side * side * low))


def _lay(areas: Sequence[float], free: Box, *, last: bool) -> tuple[list[Box], Box]:
    """A row along the shorter side of what is free, and what is free then."""
    total, row, done = sum(areas), [], 0.0
    upright = free.width >= free.height  # the row is a column at the left
    side, depth_free = (free.height, free.width) if upright else (free.width, free.height)
    depth = depth_free if last else min(total / side, depth_free) if side else 0.0
    for area in areas:
        length = side * area / total if total else 0.0
        row.append(Box(free.x, free.y + done, depth, length) if upright else Box(free.x + done, free.y, length, depth))
        done += length
    left = Box(free.x + depth, free.y, free.width - depth, free.height)
    below = Box(free.x, free.y + depth, free.width, free.height - depth)
    return row, left if upright else below
