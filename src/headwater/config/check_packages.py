"""Which binary package belongs to which group: to one at most."""

from __future__ import annotations

from collections.abc import Iterable

from headwater.config.findings import Findings
from headwater.config.packages import PackageGroup


def once(groups: Iterable[PackageGroup], findings: Findings) -> None:
    """Blame each group that names a package which another group has."""
    owner: dict[str, PackageGroup] = {}
    for group in groups:
        shared = owner.keys() & group.packages  # tens of thousands of names: looked at one by one only where there are some
        for name in sorted(shared):
            findings.blame(group, "packages", f"`{name}` is in two groups", why=f"it is in that at {owner[name].where}, too")
        owner |= dict.fromkeys(group.packages, group)
