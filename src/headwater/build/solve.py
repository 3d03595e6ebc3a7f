"""Which packages a build root needs: libsolv over the headers of what is there, built packages before bridged ones."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import solv

from headwater.errors import Kind, fail
from headwater.rpm import Header
from headwater.rpm.model import Rpm

_DEPENDENCY = re.compile(r"(\S+)(?:\s*(<=|>=|==|=|<|>)\s*(\S+))?$")
_RELATION = {
    "<": solv.REL_LT,
    "<=": solv.REL_LT | solv.REL_EQ,
    "=": solv.REL_EQ,
    "==": solv.REL_EQ,
    ">=": solv.REL_GT | solv.REL_EQ,
    ">": solv.REL_GT,
}
BUILT = "built"
_FIRST = {BUILT: 2, "bridge": 1}  # priority of each origin's packages


class Solver:
    """Packages to choose from. File dependencies are met by the packages' own lists of files.

    `paths` are files that will be asked for later; knowing them now saves making libsolv's pool anew.
    """

    def __init__(self, packages: Mapping[Rpm, Header], *, paths: Iterable[str] = (), arch: str = "x86_64") -> None:
        self._arch = arch
        self._headers: dict[Rpm, Header] = {}
        self._asked = set(paths)
        self._pool: Any = None
        self._rpms: dict[int, Rpm] = {}
        self.add(packages)

    def add(self, packages: Mapping[Rpm, Header]) -> None:
        """More packages to choose from; source packages are never chosen."""
        fresh = {rpm: packages[rpm] for rpm in sorted(packages) if rpm.arch != "src" and rpm not in self._headers}
        self._headers |= fresh
        asked = {need.name for header in fresh.values() for need in header.requires if need.name.startswith("/")}
        if self._pool is not None and asked <= self._asked:
            self._fill(fresh)
        else:
            self._asked |= asked
            self._pool = None

    def choose(self, wanted: Sequence[str], *, for_what: str, built_by: Collection[str] = ()) -> tuple[Rpm, ...]:
        """The packages that meet all `wanted` dependencies and each other's, sorted.

        Of built packages only those of the components `built_by` are looked at: what else happens to be built already must
        make no difference. Raises a Failure that says what is missing and who asked for it.
        """
        self._prepare({name for name in wanted if name.startswith("/")})
        seen = [number for number, rpm in self._rpms.items() if rpm.origin != BUILT or rpm.component in built_by]
        self._pool.set_considered_list(seen)
        self._pool.createwhatprovides()
        install = solv.Job.SOLVER_INSTALL | solv.Job.SOLVER_SOLVABLE_PROVIDES
        jobs = [
            self._pool.Job(install, _dependency(self._pool, text).id)
            for text in sorted(set(wanted))
            if not text.startswith("rpmlib(")
        ]
        solver = self._pool.Solver()
        solver.set_flag(solv.Solver.SOLVER_FLAG_IGNORE_RECOMMENDED, 1)
        if problems := solver.solve(jobs):
            said = sorted({rule.info().problemstr() for problem in problems for rule in problem.findallproblemrules()})
            raise fail(
                Kind.BUILD,
                f"the build root of `{for_what}` can not be filled",
                why="\n".join(said[:10]),
                hint="add the package to the bridge, or change the BuildRequires by an overlay",
            )
        return tuple(sorted(self._rpms[solvable.id] for solvable in solver.transaction().newsolvables()))

    def _prepare(self, paths: set[str]) -> None:
        """A pool with everything in it; made anew when a path is asked for that it does not know."""
        if self._pool is not None and paths <= self._asked:
            return
        self._asked |= paths
        self._pool = solv.Pool()
        self._pool.setdisttype(solv.Pool.DISTTYPE_RPM)
        self._pool.setarch(self._arch)
        self._repos, self._rpms = {}, {}
        for origin, priority in _FIRST.items():
            self._repos[origin] = self._pool.add_repo(origin)
            self._repos[origin].priority = priority
        self._fill(self._headers)

    def _fill(self, packages: Mapping[Rpm, Header]) -> None:
        for rpm, header in packages.items():
            solvable = self._repos[rpm.origin].add_solvable()
            self._rpms[solvable.id] = rpm
            _describe(self._pool, solvable, header, self._asked)


def _describe(pool: Any, solvable: Any, header: Header, asked: set[str]) -> None:
    evr = f"{header.epoch}:" if header.epoch else ""
    evr += f"{header.version}-{header.release}"
    solvable.name, solvable.evr, solvable.arch = header.name, evr, header.arch
    own = (f"{header.name} = {evr}", *sorted({file.path for file in header.files} & asked))
    for key, dependencies in (
        (solv.SOLVABLE_PROVIDES, (*map(str, header.provides), *own)),
        (solv.SOLVABLE_REQUIRES, map(str, header.requires)),
        (solv.SOLVABLE_CONFLICTS, map(str, header.conflicts)),
        (solv.SOLVABLE_OBSOLETES, map(str, header.obsoletes)),
    ):
        for text in dependencies:
            if not text.startswith("rpmlib("):
                solvable.add_deparray(key, _dependency(pool, text))


def _dependency(pool: Any, text: str) -> Any:
    """A dependency as libsolv's value: `name`, `name >= 1:2-3` or a boolean one in parentheses."""
    if text.startswith("("):
        found = pool.parserpmrichdep(text)
    else:
        match = _DEPENDENCY.match(text.strip())
        found = pool.Dep(match[1]) if match else None
        if found is not None and match and match[2]:
            found = found.Rel(_RELATION[match[2]], pool.Dep(match[3]))
    if found is None:
        raise fail(Kind.BUILD, f"`{text}` is no dependency", why="expected `name`, `name >= version` or `(a or b)`")
    return found
