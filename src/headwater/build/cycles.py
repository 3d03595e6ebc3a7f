"""Names that need each other, an order, and a shortest cycle. Nothing recurses: a chain may be as long as a distribution."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence

TRIED = 20  # names of a group from which a short cycle is looked for


def order(needed: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """All names, each after what it needs, otherwise by name. There must be no cycle."""
    done: dict[str, None] = {}
    for first in sorted(needed):
        ways = [(first, iter(sorted(needed[first])))] if first not in done else []
        while ways:
            name, left = ways[-1]
            below = next((one for one in left if one not in done), None)
            if below is None:
                done[name] = None
                ways.pop()
            else:
                ways.append((below, iter(sorted(needed[below]))))
                assert len(ways) <= len(needed), f"{below} needs itself"
    return tuple(done)


def components(needed: Mapping[str, Collection[str]]) -> Iterator[tuple[str, ...]]:
    """Names that need each other, each group sorted, after those it needs (Tarjan 1972). What is not a key is left out."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    waits: set[str] = set()
    for first in sorted(needed):
        ways: list[tuple[str, Iterator[str]]] = []
        if first not in number:
            _enter(first, number, lowest, stack, waits)
            ways.append((first, iter(sorted(needed[first]))))
        while ways:
            name, left = ways[-1]
            for below in left:
                if below in waits:
                    lowest[name] = min(lowest[name], number[below])
                elif below not in number and below in needed:
                    _enter(below, number, lowest, stack, waits)
                    ways.append((below, iter(sorted(needed[below]))))
                    break
            else:
                ways.pop()
                if ways:
                    lowest[ways[-1][0]] = min(lowest[ways[-1][0]], lowest[name])
                if lowest[name] == number[name]:
                    yield _leave(name, stack, waits)


def _enter(name: str, number: dict[str, int], lowest: dict[str, int], stack: list[str], waits: set[str]) -> None:
    number[name] = lowest[name] = len(number)
    stack.append(name)
    waits.add(name)


def _leave(name: str, stack: list[str], waits: set[str]) -> tuple[str, ...]:
    group: list[str] = []
    while not group or group[-1] != name:
        group.append(stack.pop())
        waits.discard(group[-1])
    return tuple(sorted(group))


def circles(needed: Mapping[str, Collection[str]]) -> Iterator[tuple[str, ...]]:
    """Groups of names that need each other, or one that needs itself."""
    return (group for group in components(needed) if len(group) > 1 or group[0] in needed[group[0]])


def shortest(needed: Mapping[str, Collection[str]], group: Collection[str]) -> tuple[str, ...]:
    """A short cycle in a group of names that need each other: the first of it again at its end.

    It is the shortest of those on which one of the first TRIED by name lies.
    """
    found: tuple[str, ...] = ()
    inside = frozenset(group)
    for name in sorted(group)[:TRIED]:
        way = _way_back(name, needed, inside, len(found))
        if way and (not found or len(way) < len(found)):
            found = way
        if 0 < len(found) <= 3:  # the first again at its end: two that need each other
            break
    assert found, "a group has a cycle"
    return found


def _way_back(first: str, needed: Mapping[str, Collection[str]], group: Collection[str], most: int) -> tuple[str, ...]:
    """The shortest way from a name back to itself; nothing where it is as long as `most` (0: any)."""
    before: dict[str, str] = {}
    waiting = deque([(first, 1)])
    while waiting:
        name, length = waiting.popleft()
        if most and length + 1 >= most:
            return ()
        for below in sorted(needed[name]):
            if below == first:
                way = [first, name]
                while way[-1] != first:
                    way.append(before[way[-1]])
                return tuple(reversed(way))
            if below in group and below not in before:
                before[below] = name
                waiting.append((below, length + 1))
    return ()
