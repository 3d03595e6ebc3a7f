"""libsolv's answer: which packages of a repository an image needs, and who asked for each."""

from __future__ import annotations

from collections.abc import Sequence

import solv

from headwater.config.images import ImageRule
from headwater.errors import Failure, Kind, Problem
from headwater.rpm import Dependency, Header, headers
from headwater.rpm.model import Rpm
from headwater.store import Store
from headwater.toolbox.model import Toolbox

RELATIONS = {"<": solv.REL_LT, "=": solv.REL_EQ, ">": solv.REL_GT}


def solve(  # noqa: PLR0917 each is a different thing that decides
    rule: ImageRule, names: Sequence[str], usable: Sequence[Rpm], arch: str, toolbox: Toolbox, store: Store
) -> dict[str, str]:
    """By digest of the package, who asked for it. Errors: Failure(IMAGE) with each dependency that nothing meets."""
    pool, by_id = _pool(usable, arch, toolbox, store)
    solver = pool.Solver()
    solver.set_flag(solv.Solver.SOLVER_FLAG_IGNORE_RECOMMENDED, 1)
    found = solver.solve([job for name in names for job in _job(pool, name)])
    if found:
        raise Failure(_unsolved(rule, problem) for problem in found)
    chosen = [solvable for solvable in solver.transaction().newsolvables() if solvable.id in by_id]
    return {by_id[solvable.id].digest: _why(solver, solvable) for solvable in chosen}


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
