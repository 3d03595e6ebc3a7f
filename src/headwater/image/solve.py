"""Closes an image's list of packages under their dependencies, with libsolv, and says of each package why it came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from headwater.config.images import ImageRule
from headwater.config.workshop import MACHINE, MACHINES
from headwater.digest import digest_of
from headwater.errors import Failure, Kind, Problem
from headwater.image.pinned import few, lock_problems, narrow, stale, superfluous
from headwater.rpm.lock import PackageLock
from headwater.rpm.model import Rpm
from headwater.store import Store
from headwater.suggest import nearest
from headwater.toolbox.model import Toolbox

VERSION = 1  # of how packages are chosen


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """A package of an image. `reason` is the table's own words, or `required by X for CAPABILITY`."""

    rpm: Rpm
    reason: str


def choose(  # noqa: PLR0917 each is a different thing that decides
    rule: ImageRule,
    packages: Sequence[Rpm],
    toolbox: Toolbox,
    store: Store,
    lock: PackageLock | None = None,
    architecture: str = MACHINE,
) -> tuple[Chosen, ...]:
    """The packages of an image in order of name: those it names and all that these need; weak dependencies do not count.

    They are those for an `architecture` (Debian's and OCI's word) and those for all. Of an image that the lock knows these are
    exactly the locked ones. What was chosen before from the same packages comes from
    the store. Errors: Failure(IMAGE) naming each package that is not there, each dependency that nothing meets, and everything
    in which the lock is out of date.
    """
    arch = MACHINES[architecture]
    packages = [rpm for rpm in packages if rpm.arch in {arch, "noarch"}]
    if architecture != MACHINE:  # what there is for it is what the bridge has locked, so the image lock does not name it
        rule = msgspec.structs.replace(rule, name=f"{rule.name} ({architecture})")
    problems = lock_problems([rule], packages, lock)
    if problems:
        raise Failure(problems)
    excluded = {name for group in rule.exclude for name in group.names}
    usable = [rpm for rpm in sorted(narrow(rule, packages, lock)) if rpm.name not in excluded]
    _check_names(rule, {rpm.name for rpm in usable}, excluded)
    try:
        found = _known(rule, usable, arch, toolbox, store)
    except Failure as failure:
        raise _blame_lock(rule, failure, lock) from None
    problems = tuple(superfluous(rule, (rpm.name for rpm in usable if rpm.digest in found), lock))
    if problems:
        raise Failure(problems)
    reasons = {name: group.reason for group in rule.packages for name in group.names}
    return tuple(
        Chosen(rpm=rpm, reason=reasons.get(rpm.name) or found[rpm.digest])
        for rpm in sorted(usable, key=lambda rpm: rpm.name)
        if rpm.digest in found
    )


def _blame_lock(rule: ImageRule, failure: Failure, lock: PackageLock | None) -> Failure:
    """A dependency that locked packages do not meet, where the repository may: a package has changed what it needs."""
    if lock is None or rule.name not in lock.groups:
        return failure
    what = f"the packages that are locked for image `{rule.name}` do not fit together"
    return Failure([stale(rule, what, few([one.why for one in failure.problems]), lock.place(f"[{rule.name}]"))])


def _known(rule: ImageRule, usable: Sequence[Rpm], arch: str, toolbox: Toolbox, store: Store) -> dict[str, str]:
    """What is chosen from these packages: by digest of the package, who asked for it. The same question is asked once."""
    names = sorted({name for group in rule.packages for name in group.names})
    key = digest_of([VERSION, names, [rpm.digest for rpm in usable], arch, toolbox.key])
    result = store.get("choice", key)
    if result is None:
        from headwater.image.solver import solve  # noqa: PLC0415 libsolv, for what was not asked before

        result = store.put("choice", key, {}, facts=solve(rule, names, usable, arch, toolbox, store))
    return msgspec.convert(result.facts, dict[str, str])


def _check_names(rule: ImageRule, known: set[str], excluded: set[str]) -> None:
    problems = [
        Problem(
            kind=Kind.IMAGE,
            what=f"image `{rule.name}` asks for `{name}`, which no repository of the project holds",
            where=group.where or rule.where,
            why="it is excluded by the same image" if name in excluded else _near(name, known),
            hint="hw list",
        )
        for group in rule.packages
        for name in group.names
        if name not in known
    ]
    if problems:
        raise Failure(problems)


def _near(name: str, known: Iterable[str]) -> str:
    near = nearest(name, known)
    return f"did you mean `{near}`?" if near else "no package has a name like it"
