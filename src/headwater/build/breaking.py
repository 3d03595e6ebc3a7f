"""Which bootstrap variants break the cycles among components: as few as are needed, and what is left. Pure: names and sets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from headwater.build.cycles import circles


def break_cycles(
    inner: Mapping[str, Collection[str]], variants: Mapping[str, Collection[str]]
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The names whose variants are built first, and the groups that still need each other then.

    `inner` says what each needs of the others, `variants` what some need where they are built first. Of each cycle the variant
    that needs least of it is taken, then the one that most need, then the first by name.
    """
    needs = {name: set(needed) for name, needed in inner.items()}
    first, left = set[str](), list[tuple[str, ...]]()
    waiting = list(circles(needs))
    while waiting:
        group = waiting.pop()
        best = _best(set(group), needs, {name: set(variants[name]) for name in group if name in variants and name not in first})
        if best is None:
            left.append(group)
            continue
        first.add(best)
        needs[best] = set(variants[best])  # whoever needs it needs its variant, which asks for less
        waiting += circles({name: needs[name].intersection(group) for name in group})
    return tuple(sorted(first)), tuple(sorted(left))


def _best(group: set[str], needs: Mapping[str, set[str]], variants: Mapping[str, set[str]]) -> str | None:
    """The member whose variant helps most; None where no variant asks for less of the group."""
    able = [name for name, less in variants.items() if less & group < needs[name] & group]
    asked = Counter(name for other in group for name in needs[other])
    return min(able, key=lambda name: (len(variants[name] & group), -asked[name], name), default=None)
