"""Which packages a build root needs: libsolv over the headers of what is there, built packages before bridged ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import solv

from headwater.build.unmet import Place, Stock, explain, obstacles
from headwater.errors import Failure, Kind, fail
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
BUILT, LOCAL = "built", "local"
ROOM = 4096  # packages that a pool can take after it was made
_FIRST = {LOCAL: 3, BUILT: 2, "bridge": 1}  # priority of each origin's packages


class Solver:
    """Packages to choose from. File dependencies are met by the packages' own lists of files.

    `paths` are files that will be asked for later; knowing them now saves making libsolv's pool anew. Where
    several packages give the same, those whose names are `preferred` are taken.
    """

    def __init__(
        self,
        packages: Mapping[Rpm, Header],
        *,
        paths: Iterable[str] = (),
        preferred: Sequence[str] = (),
        arch: str = "x86_64",
    ) -> None:
        self._arch, self._preferred = arch, tuple(preferred)
        self._headers: dict[Rpm, Header] = {}
        self._asked = set(paths)
        self._pool: Any = None
        self._rpms: dict[int, Rpm] = {}
        self._seen: frozenset[int] = frozenset()  # by the last choice
        self._sees_all = False  # as `gives` wants it
        self._room = 0
        self.add(packages)

    def add(self, packages: Mapping[Rpm, Header]) -> None:
        """More packages to choose from; source packages are never chosen."""
        fresh = {rpm: packages[rpm] for rpm in sorted(packages) if rpm.arch != "src" and rpm not in self._headers}
        self._headers |= fresh
        asked = {need.name for header in fresh.values() for need in header.requires if need.name.startswith("/")}
        if self._pool is not None and asked <= self._asked and len(self._rpms) + len(fresh) < self._room:
            self._fill(fresh)
        else:
            self._asked |= asked
            self._pool = None

    def choose(
        self,
        wanted: Sequence[str],
        *,
        for_what: str,
        built_by: Collection[str] = (),
        may: Callable[[Rpm], bool] = lambda _: True,
        unwanted: Sequence[str] = (),
        place: Place = lambda _: None,
    ) -> tuple[Rpm, ...]:
        """The packages that meet all `wanted` dependencies and each other's, sorted.

        Of built packages only those of the components `built_by` are looked at: what else happens to be built already must
        make no difference; and only those that `may` be. What is `unwanted` (BuildConflicts) stays out. Raises a Failure that
        says what is missing, who asked for it, at its `place`, and what there is instead.
        """
        self._prepare({name for name in wanted if name.startswith("/")})
        seen = {
            number: rpm for number, rpm in self._rpms.items() if (rpm.origin != BUILT or rpm.component in built_by) and may(rpm)
        }
        self._seen = frozenset(seen)
        self._see(list(seen))
        solver = self._pool.Solver()
        solver.set_flag(solv.Solver.SOLVER_FLAG_IGNORE_RECOMMENDED, 1)
        if problems := solver.solve(self._jobs(wanted, unwanted)):
            said = sorted({rule.info().problemstr() for problem in problems for rule in problem.findallproblemrules()})
            shown = {rpm: self._headers[rpm] for rpm in seen.values()}
            stock = Stock(shown, {rpm: header for rpm, header in self._headers.items() if rpm not in shown})
            raise explain(for_what, obstacles(problems), stock, place, said, unwanted)
        return tuple(sorted(self._rpms[solvable.id] for solvable in solver.transaction().newsolvables()))

    def contested(self, wanted: Iterable[str], chosen: Collection[Rpm]) -> dict[str, tuple[Rpm, ...]]:
        """Of what is `wanted` that which packages of several names give, as the last choice saw them: first those it took."""
        found: dict[str, tuple[Rpm, ...]] = {}
        for text in sorted(set(wanted)):
            solvables = self._pool.whatprovides(_dependency(self._pool, text))
            rpms = {self._rpms[one.id] for one in solvables if one.id in self._seen}
            if len({rpm.name for rpm in rpms}) > 1:
                found[text] = tuple(sorted(rpms, key=lambda rpm: (rpm not in chosen, rpm)))
        return found

    def gives(self, dependency: str) -> bool:
        """Is there a package that is no component's, and gives it?"""
        self._prepare({dependency} if dependency.startswith("/") else set())
        if not self._sees_all:
            self._see(list(self._rpms))
            self._sees_all = True
        try:
            found = self._pool.whatprovides(_dependency(self._pool, dependency))
        except Failure:
            return False
        return any(self._rpms[one.id].origin != BUILT for one in found)

    def _jobs(self, wanted: Iterable[str], unwanted: Iterable[str]) -> list[Any]:
        install = solv.Job.SOLVER_INSTALL | solv.Job.SOLVER_SOLVABLE_PROVIDES
        favour = solv.Job.SOLVER_FAVOR | solv.Job.SOLVER_SOLVABLE_NAME
        texts = [text for text in sorted(set(wanted)) if not text.startswith("rpmlib(")]
        jobs = [self._pool.Job(install, _dependency(self._pool, text).id) for text in texts]
        out = solv.Job.SOLVER_ERASE | solv.Job.SOLVER_SOLVABLE_PROVIDES
        jobs += [self._pool.Job(out, _dependency(self._pool, text).id) for text in sorted(set(unwanted))]
        return jobs + [self._pool.Job(favour, self._pool.str2id(name)) for name in self._preferred]

    def faults(self, rpm: Rpm) -> tuple[tuple[str, str], ...]:
        """What keeps one package from being installed alone, with all others at hand; empty where nothing does.

        Each is the dependency that nothing provides (empty where packages stand against one another), and libsolv's words.
        """
        self._prepare(set())
        self._see(list(self._rpms))
        number = next(number for number, one in self._rpms.items() if one == rpm)
        solver = self._pool.Solver()
        solver.set_flag(solv.Solver.SOLVER_FLAG_IGNORE_RECOMMENDED, 1)
        problems = solver.solve([self._pool.Job(solv.Job.SOLVER_INSTALL | solv.Job.SOLVER_SOLVABLE, number)])
        infos = [info for problem in problems for rule in problem.findallproblemrules() for info in rule.allinfos()]
        said = {(_absent(info), info.problemstr()) for info in infos if info.type != solv.Solver.SOLVER_RULE_JOB}
        missing = {one for one in said if one[0]}  # where something is missing, the rest follows from it
        return tuple(sorted(missing or said))

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
        self._make_room(len(self._headers) + ROOM)
        self._fill(self._headers)

    def _make_room(self, packages: int) -> None:
        """The list of what libsolv considers keeps the size that the pool had when it was first set: let that be large."""
        spare = self._pool.add_repo("spare")
        for _ in range(packages):
            spare.add_solvable()
        self._pool.set_considered_list([])
        spare.free(True)  # noqa: FBT003 their numbers are used again; the binding takes no name
        self._room = packages

    def _see(self, numbers: Sequence[int]) -> None:
        """From now on only these packages are there."""
        self._pool.set_considered_list(list(numbers))
        self._pool.createwhatprovides()
        self._sees_all = False

    def _fill(self, packages: Mapping[Rpm, Header]) -> None:
        self._sees_all = False
        for rpm, header in packages.items():
            solvable = self._repos[rpm.origin].add_solvable()
            self._rpms[solvable.id] = rpm
            _describe(self._pool, solvable, header, self._asked)


def _absent(info: Any) -> str:
    return str(info.dep) if info.type == solv.Solver.SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP else ""


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
