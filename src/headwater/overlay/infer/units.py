"""Hunks cut into the smallest edits: a line that becomes others, goes, or comes; and where one that comes may stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

import msgspec

from headwater.overlay.infer.difference import Hunk, plain

_MOST = 900  # pairs of lines that are weighed; in larger hunks they are taken as they come
_SLIDES = 40


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One way to say an insertion: these lines in front of line `at`."""

    at: int
    lines: tuple[str, ...]


def units(lines: Sequence[str], hunk: Hunk) -> tuple[Hunk, ...]:
    """A hunk as edits of at most one old line each. As many old lines as can be become new ones, the most alike ones."""
    if hunk.stop - hunk.start <= 1 and hunk.new:
        return (hunk,)
    pieces = _pieces(lines[hunk.start : hunk.stop], hunk.new)
    found = [unit for old, new in pieces for unit in _units(lines, hunk, old, new)]
    return tuple(unit for unit in found if tuple(lines[unit.start : unit.stop]) != unit.new)


def _units(lines: Sequence[str], hunk: Hunk, old: range, new: range) -> Iterator[Hunk]:
    """One piece of a hunk, given by its lines, cut further."""
    first, told = hunk.start + old.start, hunk.new[new.start : new.stop]
    before = lines[first : first + len(old)]
    shares = _shares(before, told) if 0 < len(old) * len(new) <= _MOST else _in_turn(len(old), len(new))
    for index, share in enumerate(shares):
        yield Hunk(start=first + index, stop=first + index + 1, new=tuple(told[share.start : share.stop]))


def _pieces(old: Sequence[str], new: Sequence[str]) -> list[tuple[range, range]]:
    """Lines that differ in white space and numbers only become one another, with what is new before them."""
    found: list[tuple[range, range]] = []
    a = c = 0
    matcher = SequenceMatcher(None, [*map(plain, old)], [*map(plain, new)], autojunk=False)
    for block in matcher.get_matching_blocks():
        if block.a > a:
            found.append((range(a, block.a), range(c, block.b)))
            c = block.b
        for k in range(block.size):
            found.append((range(block.a + k, block.a + k + 1), range(c, block.b + k + 1)))
            c = block.b + k + 1
        a = block.a + block.size
    if c < len(new) and found:
        found[-1] = (found[-1][0], range(found[-1][1].start, len(new)))
    return found


def places(lines: Sequence[str], hunk: Hunk) -> Iterator[Place]:
    """All ways to say one insertion: a block whose last line is the one above it may as well stand one higher, and so on."""
    yield Place(at=hunk.start, lines=hunk.new)
    at, block = hunk.start, list(hunk.new)
    for _ in range(_SLIDES):
        if not at or lines[at - 1] != block[-1]:
            break
        at, block = at - 1, [block[-1], *block[:-1]]
        yield Place(at=at, lines=tuple(block))
    at, block = hunk.start, list(hunk.new)
    for _ in range(_SLIDES):
        if at == len(lines) or lines[at] != block[0]:
            break
        at, block = at + 1, [*block[1:], block[0]]
        yield Place(at=at, lines=tuple(block))


def _in_turn(old: int, new: int) -> list[range]:
    """Line by line; the last old line takes what is left over."""
    shares = [range(min(index, new), min(index + 1, new)) for index in range(old)]
    if new > old:
        shares[-1] = range(old - 1, new)
    return shares


def _shares(old: Sequence[str], new: Sequence[str]) -> list[range]:
    """Which new lines each old one becomes, in order and without gaps: the choice with the most likeness.

    Where there are fewer new lines than old ones, the old ones that are least like any go.
    """
    if len(old) > len(new):
        return _fewer(old, new)
    score = [[_likeness(a, b) for b in new] for a in old]
    best: dict[tuple[int, int], tuple[float, int]] = {(len(old), len(new)): (0.0, 0)}
    for i in reversed(range(len(old))):
        for j in range(i, len(new) - (len(old) - i) + 1):
            ends = range(j + 1, len(new) - (len(old) - i - 1) + 1)
            options = [(max(score[i][j:end]) + best[i + 1, end][0], -end) for end in ends if (i + 1, end) in best]
            if options:
                value, end = max(options)
                best[i, j] = (value, -end)
    shares, j = [], 0
    for i in range(len(old)):
        end = best[i, j][1]
        shares.append(range(j, end))
        j = end
    return shares


def _fewer(old: Sequence[str], new: Sequence[str]) -> list[range]:
    """The same with the sides changed: each new line is chosen one old line."""
    found = [range(0)] * len(old)
    for index, share in enumerate(_shares(new, old)):
        closest = max(share, key=lambda k: (_likeness(old[k], new[index]), -k))
        found[closest] = range(index, index + 1)
    return found


@lru_cache(maxsize=1 << 14)
def _likeness(one: str, other: str) -> float:
    if one == other:
        return 2.0
    if plain(one) == plain(other):
        return 1.5
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
