"""Writes the lock of build roots anew: what they need is built, then their packages are chosen from all that there is."""

from __future__ import annotations

from collections.abc import Sequence

from headwater.build.dynamic import Wants
from headwater.build.line import Line
from headwater.build.lock import with_roots
from headwater.build.run import build_all
from headwater.build.running import Sign
from headwater.build.turn import component_of
from headwater.build.verified import Verify
from headwater.rpm.lock import PackageLock
from headwater.rpm.model import Rpm


def lock_roots(
    line: Line, old: PackageLock | None, *, sign: Sign, verify: Verify, only: Sequence[str] = (), jobs: int
) -> PackageLock:
    """The lock with the roots of components (default: all) chosen anew; `line` has none. Nothing is written."""
    names = [name for name in line.order() if not only or component_of(name) in only]

    def build(needed: set[str]) -> None:
        if needed:
            build_all(line, sign=sign, verify=verify, only=sorted(needed), jobs=jobs)

    def choose(name: str) -> tuple[Rpm, ...]:
        while True:
            try:
                return line.chosen(name)
            except Wants as wants:
                build(set(wants.needs))

    build({one for name in names for one in line.below(name)})
    roots = line.workshop.roots
    basis = [roots.pin(rpm) for rpm in roots.choose("build-root", (), (), lambda _: None)]
    chosen = {name: [roots.pin(rpm) for rpm in choose(name)] for name in names}
    return with_roots(old, basis, chosen, line.packages.keys())
