"""Which build begins next: the one with the longest chain of work behind it, as far as memory and disk allow. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from statistics import median

import msgspec

EXPENSIVE = 10  # times a usual build
GUESS = 60.0  # seconds of a build of which nothing is known, where nothing is known of any


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """What one build takes: `memory` and `disk` in MiB."""

    memory: int = 0
    disk: int = 0


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """What all builds together may take at a time: how many they are, and MiB; None: as much as they like."""

    builds: int
    memory: int | None = None
    disk: int | None = None


def ranks(
    needs: Mapping[str, Sequence[str]], seconds: Mapping[str, float], expensive: Collection[str] = ()
) -> dict[str, float]:
    """For each component the seconds from its begin to the end of the longest chain that waits for it.

    `needs` is without cycles. A component that `seconds` does not know takes as long as the one in the middle of the others,
    or, where the project says that it is expensive, many times that.
    """
    usual = median(seconds.values()) if seconds else GUESS
    guess = {name: usual * (EXPENSIVE if name in expensive else 1) for name in needs}
    waiting: dict[str, list[str]] = {name: [] for name in needs}
    for name, needed in needs.items():
        for one in needed:
            if one in waiting:
                waiting[one].append(name)
    found: dict[str, float] = {}
    for name in _last_first(needs, waiting):
        found[name] = seconds.get(name, guess[name]) + max((found[one] for one in waiting[name]), default=0.0)
    return found


def choose(ready: Mapping[str, Need], running: Collection[Need], budget: Budget, rank: Mapping[str, float]) -> tuple[str, ...]:
    """Those of `ready` that begin now, the most urgent first.

    One that does not fit is passed over for a smaller one, so nothing idles that could work. Where nothing runs the most
    urgent begins whatever it takes: a single build may need more than there is, and is better tried than never begun.
    """
    begun: dict[str, Need] = {}
    for name in sorted(ready, key=lambda name: (-rank.get(name, 0.0), name)):
        now = [*running, *begun.values()]
        if len(now) >= budget.builds:
            break
        if not now or _fits(ready[name], now, budget):
            begun[name] = ready[name]
    return tuple(begun)


class Waiting:
    """Components that wait for others. A need that is not among them is there already."""

    def __init__(self, needs: Mapping[str, Sequence[str]]) -> None:
        self._missing = {name: len(set(needed) & needs.keys()) for name, needed in needs.items()}
        self._waiters: dict[str, list[str]] = {}
        for name, needed in needs.items():
            for one in set(needed):
                self._waiters.setdefault(one, []).append(name)
        self._free = [name for name, count in self._missing.items() if not count]

    def free(self) -> list[str]:
        """Those that wait for nothing any more; each is told once."""
        found, self._free = self._free, []
        for name in found:
            del self._missing[name]
        return found

    def settle(self, name: str) -> None:
        """A component was built, or never will be: nobody waits for it any longer."""
        for one in self._waiters.pop(name, ()):
            self._missing[one] -= 1
            if not self._missing[one]:
                self._free.append(one)

    def left(self) -> list[str]:
        """Those that were not told yet."""
        return list(self._missing)


def _fits(one: Need, others: Sequence[Need], budget: Budget) -> bool:
    memory = one.memory + sum(other.memory for other in others)
    disk = one.disk + sum(other.disk for other in others)
    return (budget.memory is None or memory <= budget.memory) and (budget.disk is None or disk <= budget.disk)


def _last_first(needs: Mapping[str, Sequence[str]], waiting: Mapping[str, Sequence[str]]) -> list[str]:
    """All components, each after those that wait for it."""
    left = {name: len(set(others)) for name, others in waiting.items()}
    free = sorted(name for name, count in left.items() if not count)
    for name in free:  # it grows while we walk
        for one in sorted(set(needs[name]) & left.keys()):
            left[one] -= 1
            if not left[one]:
                free.append(one)
    return free
