"""What earlier builds taught of each component, and what this machine has for the next ones."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

import msgspec

from headwater.build.line import Line
from headwater.build.schedule import Budget, Need
from headwater.config.model import BuildRule
from headwater.store import Result, Store

MEMORY, LIMIT = Path("/proc/meminfo"), Path("/sys/fs/cgroup/memory.max")
MIB = 1 << 20
MORE = 1.5  # times the memory that was seen: looks are some tenths of a second apart


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """Of some components: `seconds` of the last build where one is known, what each needs, which are said to be expensive."""

    seconds: dict[str, float]
    needs: dict[str, Need]
    expensive: frozenset[str]


def learn(line: Line, names: Collection[str]) -> Learned:
    """What is known of components before they are built."""
    last = {name: line.last(name) for name in names}
    return Learned(
        seconds={name: one.seconds for name, one in last.items() if one and one.seconds > 0},
        needs={name: _need(line.rule(name), one) for name, one in last.items()},
        expensive=frozenset(name for name in names if line.rule(name).hints.expensive),
    )


def _need(rule: BuildRule, last: Result | None) -> Need:
    """What a build took last time, and some more; else its limits, which hold for each process and each file."""
    took = last.facts.get("memory") if last and isinstance(last.facts, dict) else None
    memory = int(took * MORE) // MIB + 1 if isinstance(took, int) and took > 0 else rule.memory
    return Need(memory=memory, disk=rule.disk)


def budget(jobs: int, store: Store, *, here: bool) -> Budget:
    """What builds may take together at this moment; memory and disk count only where they run `here`."""
    if not here:
        return Budget(builds=jobs)
    return Budget(builds=jobs, memory=_memory(), disk=shutil.disk_usage(store.root).free // MIB)


def _memory() -> int | None:
    """MiB of the machine, or of the container that we are in (cgroup v2); None where nothing says."""
    found: list[int] = []
    with suppress(OSError, ValueError, IndexError):
        (line,) = (line for line in MEMORY.read_text().splitlines() if line.startswith("MemTotal:"))
        found.append(int(line.split()[1]) >> 10)
    with suppress(OSError, ValueError):
        found.append(int(LIMIT.read_text()) // MIB)
    return min(found, default=None)
