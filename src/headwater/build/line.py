"""The building line of one run: rendered packages in, what is known and needed to build them in order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from headwater.build.dynamic import Asker, Wants, is_dynamic, settle
from headwater.build.graph import Needs
from headwater.build.job import Job, Workshop
from headwater.build.plan import Facts, Step, decide
from headwater.build.route import Route
from headwater.build.rpmbuild import REQUIRES
from headwater.build.snapshot import Album, Snapshot, snapshot_of, written
from headwater.build.turn import component_of, is_usual
from headwater.build.verified import Verify
from headwater.config.model import BuildRule
from headwater.config.workshop import BuildRootRule
from headwater.digest import digest_of
from headwater.engine import Engine
from headwater.errors import Failure, Problem
from headwater.render.model import RenderedPackage
from headwater.rpm.lock import PackageLock
from headwater.rpm.model import Rpm
from headwater.store import Result, Store
from headwater.toolbox import Toolbox

KIND, LAST = "build", "build-last"  # of results in the store: a build by its action, a component's last inputs


class Line:
    """The way from rendered packages to built ones: everything that one run needs, and what it has made so far."""

    def __init__(
        self,
        packages: Sequence[RenderedPackage],
        rules: Mapping[str, BuildRule],
        root: BuildRootRule,
        bridged: Sequence[Rpm],
        *,
        engine: Engine,
        toolbox: Toolbox,
        store: Store,
        lock: PackageLock | None = None,
        specs: Mapping[str, str] = {},
        verify: Verify | None = None,
        once: Collection[str] = (),
        place: str = "",
    ) -> None:
        """`lock` says what build roots hold; `specs` are the rendered specs' files by component, as messages tell them.

        `verify` is called with packages before they enter a root in which `%generate_buildrequires` runs. Components that are
        built otherwise `once` are not compared with the lock, and later builds not with them. `place` is where the project
        lies: another one with a component of the same name has last builds of its own.
        """
        self.once, self.place, self.rules = frozenset(once), place, rules
        self.engine, self.toolbox, self.store = engine, toolbox, store
        self.workshop = Workshop(
            packages, root, bridged, forest=engine.forest, toolbox=toolbox, store=store, lock=lock, specs=specs, place=place
        )
        self.route = Route(packages, rules, self.workshop)
        self.album = Album(engine.forest, store)
        self._asker = Asker(self.workshop, engine, toolbox, store, verify)
        self._answers: dict[str, tuple[str, ...]] = {}

    def order(self, only: Sequence[str] = ()) -> tuple[str, ...]:
        """Builds in their order: all, or `only` those and what they need. Errors: a cycle, a lock that does not fit."""
        names = self.route.order(only)
        self.workshop.roots.check_pins(names)
        return names

    @property
    def packages(self) -> dict[str, RenderedPackage]:
        """What is built, by build."""
        return self.route.packages

    @property
    def needs(self) -> Needs:
        """For each build those that it needs."""
        return self.route.course.needs

    def job(self, name: str) -> Job:
        """A component's build; all that it needs must be built.

        Raises Wants where the spec, being run, asks for something of a component that is not built yet.
        """
        asked = self.asked(name)  # first: the graph knows more then
        usual = component_of(name) not in self.once
        return self.workshop.job(self.packages[name], self.rule(name), self.below(name), asked, usual=usual)

    def chosen(self, name: str) -> tuple[Rpm, ...]:
        """The packages of a component's root; as `job`."""
        asked = self.asked(name)
        return self.workshop.chosen(self.packages[name], self.below(name), asked)

    def rule(self, name: str) -> BuildRule:
        return self.route.rule(name)

    def asked(self, name: str) -> tuple[str, ...]:
        """What a component's `%generate_buildrequires` asks for in the end; nothing for one without. Raises Wants.

        May be called in another thread than all else.
        """
        if not self.must_ask(name):
            return self._answers.get(name, ())
        package = self.packages[name]

        def ask(known: tuple[str, ...]) -> tuple[str, ...]:
            self._learn(name, known)
            job = self.workshop.job(package, self.rule(name), self.below(name), known, REQUIRES)
            return self._asker.ask(job, self.rule(name))

        known = settle(name, ask, self.workshop.specs.section_of(name))
        self._learn(name, known)
        self._answers[name] = known
        return known

    def must_ask(self, name: str) -> bool:
        """Does a component say only when it is run what it needs, and was it not run yet?"""
        return name not in self._answers and is_dynamic(self.packages[name].tree.text)

    def _learn(self, name: str, asked: Sequence[str]) -> None:
        """What a component asked for is in the graph; whose packages that may be must be there."""
        self.route.ask_more(name, asked)
        if missing := [one for one in self.needs[name] if one not in self.workshop.roots.built]:
            raise Wants(name, missing)

    def below(self, name: str) -> frozenset[str]:
        """All builds whose packages another may see: what it needs, directly or not, and of each component the newest."""
        return self.route.course.below(name)

    def kept(self, job: Job) -> Result | None:
        """The result of a build that was done before, with exactly the same inputs."""
        return self.store.get(KIND, job.key)

    def kept_rpms(self, job: Job, kept: Result) -> tuple[Rpm, ...]:
        """The packages that a kept build made, unsigned, as this build's: that of another may have been the very same."""
        rpms = msgspec.convert(kept.facts["rpms"], tuple[Rpm, ...])
        return tuple(msgspec.structs.replace(rpm, component=job.component) for rpm in rpms)

    def learn(self, name: str, rpms: Sequence[Rpm]) -> None:
        """What a build's packages give; those of variants and of builds that are otherwise this once teach nothing."""
        if component_of(name) not in self.once and is_usual(name):
            self.workshop.specs.learn(name, {rpm: self.workshop.roots.headers[rpm] for rpm in rpms})

    def remember(self, job: Job, kept: Result) -> None:
        """Keep a component's inputs and all that its build saw, so that the next one can say what changed, and what it took."""
        if component_of(job.component) in self.once:
            return
        snapshot = self.snapshot(job)
        self.album.keep(snapshot)
        facts = {"memory": kept.facts.get("memory", 0), "key": job.key}
        for key in {_last(job.component, self.place), _last(job.component)}:
            last = self.store.use(LAST, key)
            if last is None or (last.inputs, last.seconds, last.facts) != (job.inputs, kept.seconds, facts):
                outputs = written(snapshot, job, self.engine.forest)
                self.store.put(LAST, key, outputs, inputs=job.inputs, seconds=kept.seconds, facts=facts)

    def snapshot(self, job: Job) -> Snapshot:
        """What a job's build sees and does."""
        return snapshot_of(job, {rpm.name: self.workshop.roots.tree(rpm) for rpm in job.packages}, self.engine.forest)

    def last(self, name: str) -> Result | None:
        """What is remembered of a component's last build: here, or else in any project (a new checkout, say)."""
        return self.store.get(LAST, _last(name, self.place)) or self.store.get(LAST, _last(name))

    def facts(self, name: str, job: Job | None) -> Facts:
        """What is known of a component; without a job, its root is not known yet."""
        last = self.last(name)
        return Facts(
            component=name,
            needs=self.needs[name],
            inputs=job.inputs if job else None,
            before=last.inputs if last else None,
            kept=bool(job and self.kept(job)),
        )


def plan(line: Line, *, only: Sequence[str] = (), force: bool = False) -> tuple[Step, ...]:
    """What `build_all` would do and why, without doing it; results in the store stand for work that is done."""
    while True:
        try:
            return _plan(line, only, force=force)
        except Wants:
            continue  # the graph knows more now


def _plan(line: Line, only: Sequence[str], *, force: bool) -> tuple[Step, ...]:
    steps: dict[str, Step] = {}
    problems: list[Problem] = []
    for name in line.order(only):
        known = not any(steps[need].build for need in line.needs[name])
        try:
            job = line.job(name) if known else None
        except Failure as failure:
            problems += failure.problems
            job = None
        except Wants as wants:
            if not steps.keys() >= set(wants.needs):
                raise
            job = None  # what it asks for is known when those are built
        steps[name] = decide(line.facts(name, job), steps, forced=force and (not only or name in only))
        if job and (kept := line.kept(job)):
            line.workshop.add(line.kept_rpms(job, kept))
    if problems:
        raise Failure(problems)
    return tuple(steps.values())


def _last(component: str, place: str = "") -> str:
    return digest_of(["last build of", component, *([place] if place else [])])
