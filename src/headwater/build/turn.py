"""How builds are called: as their component, with its turn where that is not the usual one.

The bootstrap variant of `pluggy` is `pluggy:bootstrap`; `pluggy:2` is pluggy built again on the output of its cycle, its second
generation. Where a cycle needs more than one turn, what comes before the usual build is `pluggy:bootstrap2` and so on: built
with nothing left out, and yet it never leaves the factory.
"""

from __future__ import annotations

from collections.abc import Iterable

FIRST = "bootstrap"


def called(component: str, label: str) -> str:
    return f"{component}:{label}" if label else component


def component_of(build: str) -> str:
    return build.partition(":")[0]


def is_first(build: str) -> bool:
    """Does it come before the usual one, as a bootstrap variant does? Its packages never leave the factory."""
    return f":{FIRST}" in build


def is_usual(build: str) -> bool:
    """Is it a component's own build, the one that leaves the factory?"""
    return ":" not in build


def age(build: str) -> tuple[int, int]:
    """Builds of one component are in this order: bootstrap variants, the usual one, those that prove it."""
    said = build.partition(":")[2]
    if said.startswith(FIRST):
        return 0, int(said.removeprefix(FIRST) or 1)
    return (2, int(said)) if said else (1, 0)


def newest(builds: Iterable[str]) -> frozenset[str]:
    """Of each component the last one."""
    found: dict[str, str] = {}
    for build in builds:
        name = component_of(build)
        if name not in found or age(found[name]) < age(build):
            found[name] = build
    return frozenset(found.values())
