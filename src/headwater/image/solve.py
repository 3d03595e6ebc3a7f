"""Closes an image's list of packages under their dependencies, with libsolv, and says of each package why it came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import solv

from headwater.config.images import ImageRule
from headwater.config.workshop import MACHINE, MACHINES
from headwater.digest import digest_of
from headwater.errors import Failure, Kind, Problem
from headwater.image.pinned import few, lock_problems, narrow, stale, superfluous
from headwater.rpm import Dependency, Header, headers
from headwater.rpm.lock import PackageLock
from headwater.rpm.model import Rpm
from headwater.store import Store
from headwater.suggest import nearest
from headwater.toolbox.model import Toolbox

VERSION = 1  # of how packages are chosen
RELATIONS = {"<": solv.REL_LT, "=": solv.REL_EQ, ">": solv.REL_GT}


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
        result = store.put("choice", key, {}, facts=_solve(rule, names, usable, arch, toolbox, store))
    return msgspec.convert(result.facts, dict[str, str])


def _solve(  # noqa: PLR0917 each is a different thing that decides
    rule: ImageRule, names: Sequence[str], usable: Sequence[Rpm], arch: str, toolbox: Toolbox, store: Store
) -> dict[str, str]:
    pool, by_id = _pool(usable, arch, toolbox, store)
    solver = pool.Solver()
    solver.set_flag(solv.Solver.SOLVER_FLAG_IGNORE_RECOMMENDED, 1)
    found = solver.solve([job for name in names for job in _job(pool, name)])
    if found:
        raise Failure(_unsolved(rule, problem) for problem in found)
    chosen = [solvable for solvable in solver.transaction().newsolvables() if solvable.id in by_id]
    return {by_id[solvable.id].digest: _why(solver, solvable) for solvable in chosen}


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


def _job(pool: solv.Pool, name: str) -> list[solv.Job]:
    selection = pool.select(name, solv.Selection.SELECTION_NAME)
    return list(selection.jobs(solv.Job.SOLVER_INSTALL))


def _unsolved(rule: ImageRule, problem: solv.Problem) -> Problem:
    return Problem(
        kind=Kind.IMAGE,
        what=f"the packages of image `{rule.name}` do not fit together",
        where=rule.where,
        why=str(problem),
        hint="add what is missing to the bridge's list, or exclude the package",
    )


def _why(solver: solv.Solver, solvable: solv.Solvable) -> str:
    """Who asked for a package: libsolv's own record of its decision."""
    reason, rule = solver.describe_decision(solvable)
    del reason
    if rule is None:
        return "chosen by the solver"
    info = rule.info()
    by = info.solvable.name if info and info.solvable else ""
    capability = str(info.dep) if info and info.dep else ""
    return (
        f"required by {by}" + (f" for {capability}" if capability and capability != solvable.name else "") if by else str(info)
    )


# the repository, as libsolv reads it


def _pool(packages: Sequence[Rpm], arch: str, toolbox: Toolbox, store: Store) -> tuple[solv.Pool, dict[int, Rpm]]:
    pool = solv.Pool()
    pool.setdisttype(solv.Pool.DISTTYPE_RPM)
    pool.setarch(arch)
    repository = pool.add_repo("project")
    described = headers(packages, toolbox, store)
    wanted = {dep.name for header in described for dep in header.requires if dep.name.startswith("/")}
    by_id = {}
    for rpm, header in zip(packages, described, strict=True):
        by_id[_add(repository, header, wanted).id] = rpm
    repository.internalize()
    pool.createwhatprovides()
    return pool, by_id


def _add(repository: solv.Repo, header: Header, wanted: set[str]) -> solv.Solvable:
    """A package as a solvable; of its files only those that some package requires by path."""
    pool, solvable = repository.pool, repository.add_solvable()
    epoch = f"{header.epoch}:" if header.epoch else ""
    solvable.name, solvable.evr, solvable.arch = header.name, f"{epoch}{header.version}-{header.release}", header.arch
    for kind, deps in (
        (solv.SOLVABLE_PROVIDES, header.provides),
        (solv.SOLVABLE_REQUIRES, [dep for dep in header.requires if not dep.name.startswith("rpmlib(")]),
        (solv.SOLVABLE_CONFLICTS, header.conflicts),
        (solv.SOLVABLE_OBSOLETES, header.obsoletes),
    ):
        for dep in deps:
            solvable.add_deparray(kind, _capability(pool, dep))
    for file in header.files:
        if file.path in wanted:
            solvable.add_deparray(solv.SOLVABLE_PROVIDES, pool.Dep(file.path))
    return solvable


def _capability(pool: solv.Pool, dep: Dependency) -> solv.Dep:
    if dep.name.startswith("("):
        return pool.parserpmrichdep(dep.name)
    flags = sum(RELATIONS[sign] for sign in dep.relation)
    return pool.Dep(dep.name).Rel(flags, pool.Dep(dep.evr)) if flags else pool.Dep(dep.name)
