"""Why a build root can not be filled: one Problem for each cause, from what libsolv found in the way and what there is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

import msgspec
import solv

from headwater.build.dependency import names_in
from headwater.errors import Failure, Kind, Problem
from headwater.origin import Origin
from headwater.rpm import Header
from headwater.rpm.model import Rpm
from headwater.suggest import nearest

Place = Callable[[str], Origin | None]  # where the project or the spec asks for a dependency
FEW = 10  # problems that are told of one root
VERSION = "ask for that version by an overlay, or build a newer one as a component"
BRIDGE = "name it in [[bridge.packages]] and type `hw bridge update`, or change the BuildRequires by an overlay"


class Cause(Enum):
    """What stands in the way."""

    MISSING = 1  # nothing provides it
    APART = 2  # two packages can not be in one root


class Obstacle(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One thing in the way. `by` is the package that asks, empty for the component itself; `other` the one that it excludes."""

    dependency: str
    by: str = ""
    other: str = ""
    cause: Cause = Cause.MISSING


_JOB = {solv.Solver.SOLVER_RULE_JOB_NOTHING_PROVIDES_DEP, solv.Solver.SOLVER_RULE_JOB_UNKNOWN_PACKAGE}
_LACKS = _JOB | {solv.Solver.SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP}
_APART = {
    solv.Solver.SOLVER_RULE_PKG_CONFLICTS: "conflicts with",
    solv.Solver.SOLVER_RULE_PKG_OBSOLETES: "obsoletes",
    solv.Solver.SOLVER_RULE_PKG_IMPLICIT_OBSOLETES: "obsoletes",
    solv.Solver.SOLVER_RULE_PKG_SAME_NAME: "has the same name as",
}


def obstacles(problems: Iterable[Any]) -> tuple[Obstacle, ...]:
    """What libsolv found, each once; rules that only say who needs whom are left out."""
    found: dict[Obstacle, None] = {}
    for problem in problems:
        for rule in problem.findallproblemrules():
            info = rule.info()
            by = str(info.solvable) if info.type not in _JOB else ""  # of a job it is whatever lay there
            if info.type in _LACKS:
                found[Obstacle(dependency=str(info.dep), by=by)] = None
            elif info.type in _APART:
                other = str(info.othersolvable)
                found[Obstacle(dependency=_APART[info.type], by=by, other=other, cause=Cause.APART)] = None
    return tuple(found)


class Stock(msgspec.Struct, frozen=True):
    """All packages there are, with those that this root may not see (`hidden`, such as what it did not ask a component for)."""

    seen: Mapping[Rpm, Header]
    hidden: Mapping[Rpm, Header]

    def versions(self, name: str) -> list[str]:
        """What gives a name, in any version."""
        own = {_told(rpm, rpm.evr) for rpm in self.seen if rpm.name == name}
        given = {_told(rpm, dep.evr) for rpm, header in self.seen.items() for dep in header.provides if dep.name == name}
        return sorted(own | given)

    def names(self) -> set[str]:
        return {rpm.name for rpm in self.seen} | {dep.name for header in self.seen.values() for dep in header.provides}

    def keepers(self, name: str) -> list[Rpm]:
        """Hidden packages that give a name."""
        return sorted(rpm for rpm, header in self.hidden.items() if any(dep.name == name for dep in header.provides))


def explain(  # noqa: PLR0917 each is a different thing that is known
    component: str,
    found: Sequence[Obstacle],
    stock: Stock,
    place: Place,
    said: Sequence[str],
    unwanted: Sequence[str] = (),
) -> Failure:
    """Everything that keeps a root from being filled.

    `said` are libsolv's own words, for what is in no known shape; `unwanted` is what the spec wants to stay out.
    """
    missing = [one for one in found if one.cause is Cause.MISSING]
    problems = [_lacks(component, one, stock, place) for one in missing]
    if not problems:  # packages that exclude each other matter only where nothing is missing
        apart = [one for one in found if one.cause is Cause.APART]
        problems = list(
            _apart(component, apart, said) if apart or not unwanted else _kept_out(component, said, unwanted, place)
        )
    return Failure(problems[:FEW])


def _lacks(component: str, one: Obstacle, stock: Stock, place: Place) -> Problem:
    asker = f"`{one.by}`, which the build root of `{component}` would hold," if one.by else f"`{component}`"
    why, hint = _why(one, stock)
    return Problem(
        kind=Kind.BUILD,
        what=f"{asker} needs `{one.dependency}`, which nothing provides",
        where=None if one.by else place(one.dependency),
        why=why,
        hint=hint,
    )


def _why(one: Obstacle, stock: Stock) -> tuple[str, str]:
    """What there is instead, and what may be done."""
    lines, hint = [], BRIDGE
    for name in names_in(one.dependency):
        if there := stock.versions(name):
            lines.append(f"there is {', '.join(there)}")
            hint = VERSION
        elif kept := stock.keepers(name):
            lines.append(f"`{kept[0].name}` of component `{kept[0].component}` gives it, which only its build shows")
            hint = f"BuildRequires: {kept[0].name}"
        elif near := nearest(name, stock.names()):
            lines.append(f"did you mean `{near}`?")
        else:
            lines.append(f"neither the bridge nor a component gives anything like `{name}`")
    return "\n".join(lines), hint


def _apart(component: str, found: Sequence[Obstacle], said: Sequence[str]) -> Iterator[Problem]:
    lines = [f"`{one.by}` {one.dependency} `{one.other}`" for one in found] or list(said)
    yield Problem(
        kind=Kind.BUILD,
        what=f"the packages that `{component}` is built with do not fit together",
        why="\n".join(lines[:FEW]),
        hint="change one of the BuildRequires by an overlay, or a bridged package by a fix-up (drop-conflicts)",
    )


def _kept_out(component: str, said: Sequence[str], unwanted: Sequence[str], place: Place) -> Iterator[Problem]:
    """Nothing else is in the way, so what may not be there is needed."""
    yield Problem(
        kind=Kind.BUILD,
        what=f"`{component}` is not to be built with {', '.join(f'`{one}`' for one in unwanted)}, and what it needs wants that",
        where=place(unwanted[0]),
        why="\n".join(said[:FEW]),
        hint="remove the BuildConflicts by an overlay, or what needs it",
    )


def _told(rpm: Rpm, evr: str) -> str:
    of = "" if rpm.evr == evr or not evr else f" {evr}"
    return f"`{rpm.name}-{rpm.evr}`{' (it gives' + of + ')' if of else ''} from {_channel(rpm)}"


def _channel(rpm: Rpm) -> str:
    return "the bridge" if rpm.origin == "bridge" else f"component `{rpm.component}`"
