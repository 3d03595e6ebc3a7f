"""Closes an image's list of packages under their dependencies, with libsolv, and says of each package why it came."""

from __future__ import annotations

import difflib
import tempfile
from collections.abc import Iterable, Sequence

import createrepo_c
import msgspec
import solv

from headwater.config.model import ImageRule
from headwater.errors import Failure, Kind, Problem
from headwater.rpm.model import Rpm
from headwater.store import Store

VERSION = 1  # of the metadata kept per package
EMPTY = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<metadata xmlns="http://linux.duke.edu/metadata/common" packages="0"></metadata>'
)
KINDS = {"primary": "common", "filelists": "filelists"}


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """A package of an image. `reason` is the table's own words, or `required by X for CAPABILITY`."""

    rpm: Rpm
    reason: str


def choose(rule: ImageRule, packages: Sequence[Rpm], store: Store) -> tuple[Chosen, ...]:
    """The packages of an image in order of name: those it names and all that these need; weak dependencies do not count.

    Errors: Failure(IMAGE) naming each package that is not there, and each dependency that nothing meets.
    """
    excluded = {name for group in rule.exclude for name in group.names}
    usable = [rpm for rpm in sorted(packages) if rpm.arch != "src" and rpm.name not in excluded]
    _check_names(rule, {rpm.name for rpm in usable}, excluded)
    pool, by_id = _pool(usable, store)
    jobs = [job for group in rule.packages for name in group.names for job in _job(pool, name)]
    solver = pool.Solver()
    solver.set_flag(solv.Solver.SOLVER_FLAG_IGNORE_RECOMMENDED, 1)
    found = solver.solve(jobs)
    if found:
        raise Failure(_unsolved(rule, problem) for problem in found)
    reasons = {name: group.reason for group in rule.packages for name in group.names}
    chosen = [solvable for solvable in solver.transaction().newsolvables() if solvable.id in by_id]
    return tuple(
        Chosen(rpm=by_id[solvable.id], reason=reasons.get(solvable.name) or _why(solver, solvable))
        for solvable in sorted(chosen, key=lambda solvable: str(solvable.name))
    )


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
    near = difflib.get_close_matches(name, sorted(known), n=1)
    return f"did you mean `{near[0]}`?" if near else "no package has a name like it"


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


def _pool(packages: Sequence[Rpm], store: Store) -> tuple[solv.Pool, dict[int, Rpm]]:
    pool = solv.Pool()
    pool.setarch("x86_64")
    repository = pool.add_repo("project")
    described = [_described(rpm, store) for rpm in packages]
    for kind, namespace in KINDS.items():
        body = b"".join(store.read(outputs[kind]) for outputs in described)
        _load(repository, kind, namespace, body, len(packages))
    pool.addfileprovides()
    pool.createwhatprovides()
    by_nevra = {(rpm.name, rpm.version, rpm.release, rpm.arch): rpm for rpm in packages}
    by_id = {}
    for solvable in repository.solvables:
        version, _, release = solvable.evr.rpartition("-")
        by_id[solvable.id] = by_nevra[solvable.name, version.rpartition(":")[2], release, solvable.arch]
    return pool, by_id


def _load(repository: solv.Repo, kind: str, namespace: str, body: bytes, count: int) -> None:
    root = "metadata" if kind == "primary" else "filelists"
    rpm = b' xmlns:rpm="http://linux.duke.edu/metadata/rpm"' if kind == "primary" else b""
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        file.write(b'<?xml version="1.0" encoding="UTF-8"?>\n<%s xmlns="http://linux.duke.edu/metadata/%s"%s packages="%d">\n'
                   % (root.encode(), namespace.encode(), rpm, count))  # fmt: skip
        file.write(body + b"</%s>\n" % root.encode())
        file.flush()
        handle = solv.xfopen(file.name)
        flags = solv.Repo.REPO_EXTEND_SOLVABLES if kind == "filelists" else 0
        assert repository.add_rpmmd(handle, None, flags), f"createrepo_c's own {kind} metadata can be read"
        handle.close()


def _described(rpm: Rpm, store: Store) -> dict[str, str]:
    """Digests of the package's part of primary.xml and filelists.xml, made once."""
    key = f"{rpm.digest}-{VERSION}"
    result = store.get("metadata", key)
    if result is None:
        package = createrepo_c.package_from_rpm(str(store.path(rpm.digest)), location_href=rpm.filename)
        texts = {"primary": createrepo_c.xml_dump_primary(package), "filelists": createrepo_c.xml_dump_filelists(package)}
        result = store.put(
            "metadata", key, {kind: text.encode() for kind, text in texts.items()}, inputs={rpm.filename: rpm.digest}
        )
    return {kind: blob.digest for kind, blob in result.outputs.items()}
