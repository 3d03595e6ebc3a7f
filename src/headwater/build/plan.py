"""What to build, in which order, and why. Pure: facts in, steps out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from headwater.build.fingerprint import difference


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one component now. `inputs` is None as long as a package of its build root is not built yet.

    `before` are the inputs of its last finished build, `kept` says that a build with exactly `inputs` is in the store.
    """

    component: str
    needs: tuple[str, ...] = ()
    inputs: dict[str, str] | None = None
    before: dict[str, str] | None = None
    kept: bool = False


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One component's turn: `build` says whether work is planned, `reason` why or why not."""

    component: str
    build: bool
    reason: str
    needs: tuple[str, ...] = ()


def plan(facts: Sequence[Facts], *, force: Collection[str] = ()) -> tuple[Step, ...]:
    """A step for each component, in the given order (see `graph.order`).

    `force` names those to build in any case. Where a needed component is built anew, ours may turn out to be unchanged.
    """
    steps: dict[str, Step] = {}
    for fact in facts:
        steps[fact.component] = decide(fact, steps, forced=fact.component in force)
    return tuple(steps.values())


def decide(fact: Facts, earlier: Mapping[str, Step], *, forced: bool = False) -> Step:
    """One component's step after those of what it needs."""
    fresh = [name for name in fact.needs if name in earlier and earlier[name].build]
    if forced:
        build, reason = True, "asked for"
    elif fact.inputs is None:
        build, reason = True, f"after {', '.join(fresh or fact.needs)}" if fresh or fact.needs else "new"
    elif fact.kept:
        build, reason = False, "cached"
    else:
        build, reason = True, difference(fact.before, fact.inputs) or "its result is gone from the store"
    return Step(component=fact.component, build=build, reason=reason, needs=fact.needs)
