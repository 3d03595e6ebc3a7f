"""The packages there are for build roots: which of them each root gets, as the lock says it, and the tree that each is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from headwater.build import buildroot
from headwater.build.lock import held, held_by_any, lets, moved_pins, root_problems
from headwater.build.solve import BUILT, LOCAL, Solver
from headwater.build.unmet import Place
from headwater.config.workshop import BuildRootRule
from headwater.engine import Digest, Forest
from headwater.errors import Failure
from headwater.rpm import Header, headers
from headwater.rpm.lock import PackageLock, Pin, pin_of
from headwater.rpm.model import Rpm
from headwater.store import Store
from headwater.toolbox import Toolbox


class Roots:
    """Packages to fill roots with. `paths` are files that will be asked for; `lock` says what roots hold."""

    def __init__(
        self,
        rule: BuildRootRule,
        *,
        forest: Forest,
        toolbox: Toolbox,
        store: Store,
        paths: Iterable[str] = (),
        lock: PackageLock | None = None,
    ) -> None:
        self._forest, self._toolbox, self._store, self.lock = forest, toolbox, store, lock
        self.basis = tuple(name for group in rule.packages for name in group.names)
        self.headers: dict[Rpm, Header] = {}
        self.built: set[str] = set()  # components whose packages are there
        self._current: dict[tuple[str, str], Rpm] = {}  # by component and content
        self._trees: dict[str, Digest] = {}
        self.preferred = tuple(name for group in rule.prefer for name in group.names)
        self._solver = Solver({}, paths=paths, preferred=self.preferred)

    def add(self, rpms: Sequence[Rpm]) -> None:
        """Packages that later builds may use; one that is known already, but with another signature, takes its place."""
        found = dict(zip(rpms, headers(rpms, self._toolbox, self._store), strict=True))
        self.headers |= found
        self._solver.add({rpm: header for rpm, header in found.items() if _identity(rpm) not in self._current})
        self._current |= {_identity(rpm): rpm for rpm in rpms}
        self.built.update(rpm.component for rpm in rpms if rpm.origin == BUILT)

    def choose(
        self,
        component: str,
        requires: Sequence[str],
        built_by: Collection[str],
        place: Place,
        *,
        whole: bool = True,
        basis: Sequence[str] | None = None,
        unwanted: Sequence[str] = (),
    ) -> tuple[Rpm, ...]:
        """What every root has, what a component's `requires` ask for, and what these need; nothing `unwanted`.

        A `basis` stands for what every root has.

        Errors: Failure(BUILD) with what is missing, or in what the lock is out of date; a root that is not the `whole` one that
        is locked is only chosen from its packages.
        """
        lock = self.lock if self.lock and component in self.lock.groups else None
        wanted = [*(self.basis if basis is None else basis), *requires]

        def solve(may: Callable[[Rpm], bool]) -> tuple[Rpm, ...]:
            solver = self._solver
            return solver.choose(wanted, for_what=component, built_by=built_by, may=may, unwanted=unwanted, place=place)

        if lock is None:
            return self._newest(solve(lambda _: True))
        pins = held(lock, component)
        try:
            chosen = solve(lambda rpm: rpm.origin == LOCAL or lets(pins, rpm))
        except Failure:
            chosen = solve(lambda _: True)  # what the lock leaves out, or what is missing anyway
        if problems := tuple(root_problems(lock, component, pins, chosen) if whole else ()):
            raise Failure(problems)
        return self._newest(chosen)

    def _newest(self, chosen: Iterable[Rpm]) -> tuple[Rpm, ...]:
        """The same packages with the signature they have now."""
        return tuple(sorted(self._current[_identity(rpm)] for rpm in chosen))

    def contested(self, requires: Sequence[str], chosen: Collection[Rpm]) -> Mapping[str, tuple[Rpm, ...]]:
        """What several packages give, of what the last root asked for: those that it took come first."""
        return self._solver.contested([*self.basis, *requires], chosen)

    def bridged(self, dependency: str) -> bool:
        """Does a package that is no component's give it?"""
        return self._solver.gives(dependency)

    def tree(self, rpm: Rpm) -> Digest:
        """What a package holds, as a tree in the forest; from its header alone."""
        content = content_of(rpm)
        if content not in self._trees:
            self._trees[content] = self._forest.plant(buildroot.package_entries(self.headers[rpm]))
        return self._trees[content]

    def pin(self, rpm: Rpm) -> Pin:
        """A package as the lock has it."""
        return pin_of(rpm, self.tree(rpm).hash)

    def check_pins(self, components: Iterable[str]) -> None:
        """Raise a Failure(BUILD) if bridged packages in the locked roots of components are not there as they are locked."""
        if not self.lock:
            return
        known = [component for component in components if component in self.lock.groups]
        wanted = held_by_any(self.lock, known)
        there = {rpm.name: self.pin(rpm) for rpm in self._current.values() if rpm.origin == "bridge" and rpm.name in wanted}
        if problems := tuple(moved_pins(self.lock, known, there)):
            raise Failure(problems)


def _identity(rpm: Rpm) -> tuple[str, str]:
    """What a component gave: the same however it is signed. Its variant may give the same, for others to see."""
    return rpm.component, content_of(rpm)


def content_of(rpm: Rpm) -> str:
    """A package's content: the same however it is signed."""
    return rpm.payload or rpm.digest
