"""Packages are asked for their signature before they enter a root, each once in a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from headwater.rpm.model import Rpm

Verify = Callable[[Sequence[Rpm]], None]


def each_once(verify: Verify) -> Verify:
    """`verify` for packages that it has not passed before; those that it raises for are asked again."""
    passed: set[str] = set()

    def ask(rpms: Sequence[Rpm]) -> None:
        verify([rpm for rpm in rpms if rpm.digest not in passed])
        passed.update(rpm.digest for rpm in rpms)

    return ask
