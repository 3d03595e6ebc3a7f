"""Two specs compared as a reader would: section with section, then line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

import msgspec

from headwater.spec import Document, Section

_ALIKE = 0.5  # sections of one name whose lines are less alike than this are two sections, not one that was renamed
LINE = 4  # how far a line that is there or not brings two texts apart; one that differs in spaces or its number counts 1
_NUMBER = re.compile(r"^(patch|source)\d*\s*:", re.IGNORECASE)


class Hunk(msgspec.Struct, frozen=True, kw_only=True):
    """Neighbouring lines `start` to `stop` (exclusive) of a text, and what stands in their place in the other."""

    start: int
    stop: int
    new: tuple[str, ...]


def compare(before: Document, after: Document) -> tuple[Hunk, ...]:
    """All that differs, in order; lines that stay lie between any two hunks."""
    found: list[Hunk] = []
    for old, new in _pairs(before, after):
        for hunk in compare_lines(before.lines[old.start : old.stop], after.lines[new.start : new.stop]):
            _put(found, Hunk(start=old.start + hunk.start, stop=old.start + hunk.stop, new=hunk.new))
    return tuple(found)


def compare_lines(old: Sequence[str], new: Sequence[str]) -> tuple[Hunk, ...]:
    """The same for plain lines."""
    return () if old == new else _compare(tuple(old), tuple(new))


@lru_cache(maxsize=1 << 9)
def _compare(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[Hunk, ...]:
    """Remembered: from one step to the next most sections stay what they were."""
    return tuple(_compared(old, new))


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[Hunk]:
    head = shared(old, new)
    tail = shared(old[head:][::-1], new[head:][::-1])
    left, right = old[head : len(old) - tail], new[head : len(new) - tail]
    if not left or not right:
        if left or right:
            yield Hunk(start=head, stop=head + len(left), new=tuple(right))
        return
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag != "equal":
            yield Hunk(start=head + a, stop=head + b, new=tuple(right[c:d]))


def distance(before: Document, hunks: Sequence[Hunk]) -> int:
    """How far a text is from the other by its hunks."""
    return sum(_weight(before.lines[hunk.start : hunk.stop], hunk.new) for hunk in hunks)


def plain(line: str) -> str:
    """A line without the white space that only aligns, and without the number of a source or patch."""
    return " ".join(_NUMBER.sub(r"\1: ", line, count=1).split())


def _weight(old: Sequence[str], new: Sequence[str]) -> int:
    if not old or not new:
        return LINE * (len(old) + len(new))
    matcher = SequenceMatcher(None, [*map(plain, old)], [*map(plain, new)], autojunk=False)
    same = sum(block.size for block in matcher.get_matching_blocks())
    return LINE * (len(old) + len(new) - 2 * same) + same


def _put(found: list[Hunk], hunk: Hunk) -> None:
    """Hunks that touch, across sections, are one."""
    if found and found[-1].stop == hunk.start:
        last = found.pop()
        hunk = Hunk(start=last.start, stop=hunk.stop, new=(*last.new, *hunk.new))
    found.append(hunk)


def _pairs(before: Document, after: Document) -> Iterator[tuple[range, range]]:
    """Ranges of lines that belong together, in order; an empty range for a section that the other text has not."""
    old, new = before.sections, after.sections
    k = j = 0  # the next section of each text
    for one, other in [*_couples(before, after), (len(old), len(new))]:
        yield from ((_range(old[index]), _none_at(new, j)) for index in range(k, one))
        yield from ((_none_at(old, one), _range(new[index])) for index in range(j, other))
        if one < len(old):
            yield _range(old[one]), _range(new[other])
        k, j = one + 1, other + 1


def _couples(before: Document, after: Document) -> Iterator[tuple[int, int]]:
    """Indexes of sections that are one in both texts: by their header, or by what they hold."""
    old, new = ([(section.name, section.package) for section in spec.sections] for spec in (before, after))
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        yield from _equal(a, b, c) if tag == "equal" else _renamed(before, after, range(a, b), range(c, d))


def _equal(a: int, b: int, c: int) -> list[tuple[int, int]]:
    return [(k, c + k - a) for k in range(a, b)]


def _renamed(before: Document, after: Document, old: range, new: range) -> list[tuple[int, int]]:
    """Sections whose header differs and whose text is much the same."""
    found, following = [], new.start
    for k in old:
        for other in range(following, new.stop):
            if _alike(before, before.sections[k], after, after.sections[other]):
                found.append((k, other))
                following = other + 1
                break
    return found


def _alike(before: Document, old: Section, after: Document, new: Section) -> bool:
    if old.name != new.name:
        return False
    matcher = SequenceMatcher(None, before.lines[old.body : old.end], after.lines[new.body : new.end], autojunk=False)
    return matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE


def _range(section: Section) -> range:
    return range(section.start, section.end)


def _none_at(sections: Sequence[Section], index: int) -> range:
    at = sections[index].start if index < len(sections) else sections[-1].end
    return range(at, at)


def shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines, or characters, two texts have in common at their beginning."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count
