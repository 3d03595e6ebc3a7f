"""What earlier builds taught of each component, and what this machine has for the next ones."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from headwater.build.line import Line
from headwater.build.schedule import Budget, Need
from headwater.config.model import BuildRule
from headwater.store import Store

MEMORY, LIMIT = Path("/proc/meminfo"), Path("/sys/fs/cgroup/memory.max")
MIB = 1 << 20


def seconds_of(line: Line, names: Collection[str]) -> dict[str, float]:
    """How long the last build of each took, where one is known."""
    found = {name: line.last(name) for name in names}
    return {name: last.seconds for name, last in found.items() if last and last.seconds > 0}


def need_of(line: Line, name: str) -> Need:
    """What a build may take: its limits, which hold for each process and each file."""
    rule = line.rules.get(name, BuildRule())
    return Need(memory=rule.memory, disk=rule.disk)


def budget(jobs: int, store: Store, *, here: bool) -> Budget:
    """What builds may take together at this moment; memory and disk count only where they run `here`."""
    return (
        Budget(builds=jobs, memory=_memory(), disk=shutil.disk_usage(store.root).free // MIB) if here else Budget(builds=jobs)
    )


def _memory() -> int | None:
    """MiB of the machine, or of the container that we are in (cgroup v2); None where nothing says."""
    found: list[int] = []
    with suppress(OSError, ValueError, IndexError):
        (line,) = (line for line in MEMORY.read_text().splitlines() if line.startswith("MemTotal:"))
        found.append(int(line.split()[1]) >> 10)
    with suppress(OSError, ValueError):
        found.append(int(LIMIT.read_text()) // MIB)
    return min(found, default=None)
