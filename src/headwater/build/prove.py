"""Cycles closed: their components built again on their own output, until that gives every package once more, bit for bit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from headwater.build.course import Circle
from headwater.build.line import KIND, Line, plan
from headwater.build.run import build_all
from headwater.build.running import Sign
from headwater.build.verified import Verify
from headwater.digest import digest_of
from headwater.errors import Failure, Kind, Problem
from headwater.rpm import read_headers
from headwater.rpm.model import Rpm

PROOF = "cycle"  # of results in the store: cycles that were gone round, by the builds that they began with
MOST = 5  # turns after which nobody believes any more that a cycle gives the same again
FEW = 10  # files that a message names
Turn = dict[str, tuple[Rpm, ...]]  # what each component of a cycle gave, unsigned


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    """A cycle that was gone round. `generation` is the first that gave itself again; `usual` is that of the usual builds.

    `differs` are packages in which the usual builds are not that generation, with files, where `generation` is a later one.
    """

    members: tuple[str, ...]
    usual: int
    generation: int
    differs: dict[str, tuple[str, ...]] = {}


def prove(line: Line, circle: Circle, *, sign: Sign, verify: Verify, jobs: int) -> Closed:
    """Build the next generations of a cycle until one equals the one before it. What was built before is looked up.

    Errors: Failure(BUILD) where none does, with the files that go on changing; that of a build which breaks.
    """

    def build(names: Sequence[str]) -> tuple[Turn, str]:
        built = {one.component: one for one in build_all(line, sign=sign, verify=verify, only=names, jobs=jobs)}
        found = {name: line.store.get(KIND, built[name].action) for name in names}
        turn = {
            name.partition(":")[0]: msgspec.convert(kept.facts["rpms"], tuple[Rpm, ...]) for name, kept in found.items() if kept
        }
        return turn, digest_of({name: built[name].action for name in names})

    first, key = build(circle.members)
    last, label = first, ""
    for number in range(circle.generations + 1, circle.generations + MOST + 1):
        builds = line.route.go_round(circle, label, label := str(number))
        now, _ = build(builds)
        if not (moved := _moved(last, now)):
            differs = _files(line, first, last)
            closed = Closed(members=circle.members, usual=circle.generations, generation=number - 1, differs=differs)
            line.store.put(PROOF, key, {}, facts=msgspec.to_builtins(closed))
            return closed
        before, last = last, now
    raise _endless(circle, _files(line, before, last) or dict.fromkeys(moved, ()))


def proved(line: Line, circle: Circle) -> Closed | None:
    """What was proved of a cycle as it is now; None where it was not, or where one of its builds is to be done."""
    if any(step.build for step in plan(line, only=circle.members)):
        return None
    key = digest_of({name: line.job(name).key for name in circle.members})
    kept = line.store.use(PROOF, key)
    return msgspec.convert(kept.facts, Closed) if kept else None


def _moved(before: Mapping[str, Sequence[Rpm]], now: Mapping[str, Sequence[Rpm]]) -> list[str]:
    """Files of packages that are not the same to the last bit."""
    old = {rpm.nevra: rpm.digest for rpms in before.values() for rpm in rpms}
    new = {rpm.nevra: rpm.digest for rpms in now.values() for rpm in rpms}
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def _files(line: Line, before: Turn, now: Turn) -> dict[str, tuple[str, ...]]:
    """Of packages that moved the files in them that did; none where only the header is another."""
    found = {}
    pairs = {rpm.nevra: [rpm] for rpms in before.values() for rpm in rpms}
    for rpm in (rpm for rpms in now.values() for rpm in rpms):
        pairs.setdefault(rpm.nevra, []).append(rpm)
    for name in _moved(before, now):
        headers = read_headers({rpm.digest: rpm.nevra for rpm in pairs[name]}, line.toolbox, line.store)
        contents = [{file.path: file.digest for file in headers[rpm.digest].files} for rpm in pairs[name]]
        one, other = (*contents, {}, {})[:2]
        found[name] = tuple(sorted(path for path in one.keys() | other.keys() if one.get(path) != other.get(path)))
    return found


def _endless(circle: Circle, moved: Mapping[str, Sequence[str]]) -> Failure:
    lines = [f"{name}: {', '.join(paths[:FEW]) or 'its header'}" for name, paths in sorted(moved.items())]
    what = f"{', '.join(circle.members)} give something else each time they are built on their own output"
    return Failure(
        [
            Problem(
                kind=Kind.BUILD,
                what=what,
                why="\n".join([f"{MOST} turns; in the last one still changed", *lines[:FEW]]),
                hint="what a build writes down of its tools must not reach them again: a count, a version, a time",
            )
        ]
    )
