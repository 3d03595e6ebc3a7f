"""Whether a repository holds all that its packages need: libsolv, the solver inside dnf5, asked about each package."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import solv
import zstandard

from headwater.errors import Kind, Problem, fail
from headwater.progress import step
from headwater.repo.model import Channel, Repository
from headwater.repo.select import BASE, FOREIGN, SOURCE
from headwater.suggest import nearest

ARCH = "x86_64"
LIMIT = 1 << 30  # bytes of one metadata file when unpacked
SHOWN = 8  # names that a message lists


class _Fault(NamedTuple):
    """A rule of the solver that can not hold; `absent` is the dependency that nothing provides, if that is what is wrong."""

    absent: str
    package: str
    why: str


def check(repository: Repository) -> tuple[Problem, ...]:
    """Every package that could not be installed from its channel and `base` alone, grouped by what is missing.

    Rich dependencies, files and conflicts count as dnf5 counts them: files only where the primary metadata names them (below
    /etc and in directories for programs). Weak dependencies and source packages do not count.
    """
    with step("check repository", repository.path.name):
        base = repository.channels[BASE]
        found = list(_check(base, []))
        for name, channel in sorted(repository.channels.items()):
            if name not in {BASE, SOURCE} and channel.packages:
                found += _check(channel, [base])
        return tuple(found)


def _check(channel: Channel, others: Iterable[Channel]) -> Iterator[Problem]:
    pool = solv.Pool()
    pool.setdisttype(solv.Pool.DISTTYPE_RPM)
    pool.setarch(FOREIGN.get(channel.name, ARCH))
    mine = _load(pool, channel)
    for other in others:
        _load(pool, other)
    pool.addfileprovides()
    pool.createwhatprovides()
    missing: dict[str, set[str]] = defaultdict(set)
    clashes: dict[str, set[str]] = defaultdict(set)
    for package in mine.solvables_iter():
        faults = _faults(pool, package)
        roots = [fault for fault in faults if fault.absent]
        for fault in roots:
            missing[fault.absent].add(fault.package)
        # Where something is missing, the rest follows from it; else the rules tell what stands against what.
        if faults and not roots:
            clashes["; ".join(sorted({fault.why for fault in faults}))].add(str(package))
    provided = _provided(pool) if missing else set()
    yield from (_missing(channel, dep, who, provided) for dep, who in sorted(missing.items()))
    yield from (_clash(channel, why, who) for why, who in sorted(clashes.items()))


def _load(pool: Any, channel: Channel) -> Any:
    """A channel's packages in the pool, as dnf5 loads them by default: without the long lists of files."""
    repo = pool.add_repo(channel.name)
    with tempfile.TemporaryFile() as file:
        _unpack(channel.path / _files(channel)["primary"], file)
        # Python's wheel of libsolv has no zstd, and does not survive a file that it could not open.
        handle = solv.xfopen_fd("primary.xml", file.fileno())
        assert handle is not None, "libsolv reads plain primary.xml"
        if not repo.add_rpmmd(handle, None):
            raise fail(Kind.REPOSITORY, f"channel `{channel.name}` can not be read", why=pool.errstr, hint="hw repo publish")
    return repo


def _files(channel: Channel) -> dict[str, str]:
    """The metadata files that repomd.xml names, by kind."""
    namespace = {"r": "http://linux.duke.edu/metadata/repo"}
    root = ET.parse(channel.path / "repodata" / "repomd.xml").getroot()  # noqa: S314 we wrote and signed it
    places = {data.get("type", ""): data.find("r:location", namespace) for data in root.findall("r:data", namespace)}
    return {kind: place.get("href", "") for kind, place in places.items() if place is not None}


def _unpack(path: Path, target: Any) -> None:
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as reader:
        while chunk := reader.read(1 << 20):
            target.write(chunk)
            if target.tell() > LIMIT:
                raise fail(Kind.REPOSITORY, f"`{path.name}` is too large", why=f"more than {LIMIT} bytes when unpacked")
    target.seek(0)


def _faults(pool: Any, package: Any) -> list[_Fault]:
    """Every reason why a package can not be installed into an empty system."""
    solver = pool.Solver()
    solver.set_flag(solv.Solver.SOLVER_FLAG_IGNORE_RECOMMENDED, 1)
    job = pool.Job(solv.Job.SOLVER_SOLVABLE | solv.Job.SOLVER_INSTALL, package.id)
    rules = [rule for problem in solver.solve([job]) for rule in problem.findallproblemrules()]
    infos = [info for rule in rules for info in rule.allinfos() if info.type != solv.Solver.SOLVER_RULE_JOB]
    # libsolv's own objects do not survive their solver: what is told leaves as text.
    return [_Fault(_absent(info), str(info.solvable), info.problemstr()) for info in infos]


def _absent(info: Any) -> str:
    return str(info.dep) if info.type == solv.Solver.SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP else ""


def _provided(pool: Any) -> set[str]:
    return {
        str(dep).split(" ", 1)[0]
        for package in pool.solvables_iter()
        for dep in package.lookup_deparray(solv.SOLVABLE_PROVIDES)
    }


def _missing(channel: Channel, dep: str, who: set[str], provided: set[str]) -> Problem:
    name = dep.split(" ", 1)[0]
    if name.startswith("/"):
        why = "no package names this file where dnf5 looks for files (below /etc and in directories for programs)"
        hint = f"let the package that brings it say `Provides: {name}`"
    elif name in provided:
        why = f"`{name}` is there in another version"
        hint = f"dnf5 repoquery --whatprovides {name}"
    else:
        close = nearest(name, provided)
        why = "nothing provides it"
        hint = (
            f"did you mean `{close}`?" if close else "build or bridge what provides it, or drop the requirement by an overlay"
        )
    what = f"`{dep}` is missing from channel `{channel.name}`"
    return Problem(kind=Kind.REPOSITORY, what=what, why=f"{why}; needed by {_list(who)}", hint=hint)


def _clash(channel: Channel, why: str, who: set[str]) -> Problem:
    what = f"{_list(who)} can not be installed from channel `{channel.name}`"
    return Problem(kind=Kind.REPOSITORY, what=what, why=why, hint="hw why NAME tells where each of them comes from")


def _list(names: Iterable[str]) -> str:
    ordered = sorted(names)
    more = f" and {len(ordered) - SHOWN} more" if len(ordered) > SHOWN else ""
    return ", ".join(f"`{name}`" for name in ordered[:SHOWN]) + more
