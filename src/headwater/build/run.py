"""Carries out the plan: builds in order of need, the most urgent first, each signed before others use it; resumes by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

import msgspec

from headwater.build.job import Job
from headwater.build.learned import Learned, budget, learn
from headwater.build.line import Line, rpms_of
from headwater.build.model import BuiltPackage
from headwater.build.perform import perform
from headwater.build.plan import Step, decide
from headwater.build.schedule import Waiting, choose, ranks
from headwater.build.timeline import ALL
from headwater.digest import digest_of
from headwater.engine import JOBS, Engine
from headwater.errors import Failure, Kind, Problem, fail
from headwater.progress import Step as Work
from headwater.progress import step
from headwater.rpm.model import Rpm
from headwater.store import Result

Sign = Callable[[tuple[Rpm, ...]], tuple[Rpm, ...]]
Verify = Callable[[Sequence[Rpm]], None]
GOES_ON = {
    Kind.BUILD,
    Kind.SPEC,
    Kind.SIGNATURE,
}  # one component's trouble; others are built and all trouble is told at the end


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A component whose turn has come."""

    job: Job
    step: Step


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What a build gave: its result, and its packages as they were signed."""

    kept: Result
    rpms: tuple[Rpm, ...]


def build_all(
    line: Line,
    *,
    sign: Sign,
    verify: Verify,
    only: Sequence[str] = (),
    force: bool = False,
    jobs: int = JOBS,
    keep_going: bool = True,
) -> tuple[BuiltPackage, ...]:
    """Build all components (or `only` those, with what they need), each signed before it enters another root.

    `jobs` builds run at once, where memory and disk allow. `force` builds those asked for even where a result is kept.
    `verify` is called with packages before they enter their first root, and raises if one is not signed as it must be.
    A component that fails stops only those that need it, or, without `keep_going`, all that has not begun; all problems are
    raised together at the end. The result is in building order, whatever ended first.
    """
    names = line.order(only)
    run = _Run(line, sign, verify, force=frozenset(only or names) if force else frozenset(), jobs=jobs, keep_going=keep_going)
    with _builders(jobs, line.engine) as pool, step(ALL, f"{len(names)} components", minor=True) as work:
        left = run.through(names, pool, work)
    if run.broken:
        problems = [problem for name in names if name in run.broken for problem in run.broken[name].problems]
        raise Failure([*problems, *(_not_begun(left) if left else ())])
    return tuple(run.built[name] for name in names)


@contextmanager
def _builders(jobs: int, engine: Engine) -> Iterator[ThreadPoolExecutor]:
    """Threads that wait for builds; who leaves early (Ctrl-C) ends the builds."""
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="build")
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        engine.stop()
        raise
    pool.shutdown()


def _not_begun(names: Sequence[str]) -> tuple[Problem, ...]:
    some = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    what = f"{len(names)} component{'s were' if len(names) > 1 else ' was'} not begun after the first failure"
    return (Problem(kind=Kind.BUILD, what=what, why=some, hint="hw build -k goes on with all that can be built"),)


class _Run:
    """What was built and what broke so far."""

    def __init__(self, line: Line, sign: Sign, verify: Verify, *, force: frozenset[str], jobs: int, keep_going: bool) -> None:
        self.line, self.sign, self.verify, self.force = line, sign, verify, force
        self.jobs, self.keep_going = jobs, keep_going
        self.built: dict[str, BuiltPackage] = {}
        self.broken: dict[str, Failure] = {}
        self.waiting, self.rank = Waiting({}), dict[str, float]()
        self.learned = Learned(seconds={}, needs={})
        self.ready: dict[str, Turn] = {}
        self.running: dict[Future[Made], Turn] = {}
        self._verified: set[str] = set()

    def through(self, names: Sequence[str], pool: ThreadPoolExecutor, work: Work) -> list[str]:
        """Every component, as soon as what it needs is there and there is room for it; returns those that were not begun."""
        needs = {name: self.line.needs[name] for name in names}
        self.learned = learn(self.line, names)
        self.waiting, self.rank = Waiting(needs), ranks(needs, self.learned.seconds)
        while True:
            self._admit()
            self._begin(pool)
            if not self.running:
                return sorted([*self.waiting.left(), *self.ready])
            ended = len(self.built) + len(self.broken)
            work.note(f"{len(self.running)} run", current=ended, total=len(names))
            done = wait(self.running, return_when=FIRST_COMPLETED).done
            for future in done:
                self._settle(self.running.pop(future), future)

    def _goes_on(self) -> bool:
        return self.keep_going or not self.broken

    def _admit(self) -> None:
        """Give their turn to all that have what they need; what is kept needs no builder."""
        while self._goes_on() and (free := self.waiting.free()):
            for name in free:
                turn = self._take_turn(name)
                kept = self.line.kept(turn.job) if turn and not turn.step.build else None
                if turn and kept:
                    self._reuse(turn, kept)
                elif turn:
                    self.ready[name] = turn

    def _reuse(self, turn: Turn, kept: Result) -> None:
        with step("build", turn.job.component, reason=turn.step.reason) as work:
            work.cached()
        try:
            made = Made(kept=kept, rpms=self.sign(rpms_of(kept)))
        except Failure as failure:
            self._break(turn.job.component, failure)
        else:
            self._keep(turn, made)

    def _begin(self, pool: ThreadPoolExecutor) -> None:
        """Hand builds to builders, as many as there is room for."""
        if not self.ready or not self._goes_on():
            return
        ready = {name: self.learned.needs[name] for name in self.ready}
        running = [self.learned.needs[turn.job.component] for turn in self.running.values()]
        room = budget(self.jobs, self.line.store, here=self.line.engine.home is not None)
        for name in choose(ready, running, room, self.rank):
            turn = self.ready.pop(name)
            self.running[pool.submit(self._work, turn)] = turn

    def _take_turn(self, name: str) -> Turn | None:
        if lost := [need for need in self.line.needs[name] if need in self.broken]:
            why = f"it needs {', '.join(lost)}, which did not build"
            self._break(name, fail(Kind.BUILD, f"`{name}` was not built", why=why))
            return None
        try:
            with step("solve", name, minor=True):
                job = self.line.job(name)
        except Failure as failure:
            self._break(name, failure)
            return None
        return Turn(job=job, step=decide(self.line.facts(name, job), {}, forced=name in self.force))

    def _work(self, turn: Turn) -> Made:
        """In a thread: a new result, or the one of another `hw` that builds the very same thing now; signed."""
        kept = self._build(turn)
        return Made(kept=kept, rpms=self.sign(rpms_of(kept)))

    def _build(self, turn: Turn) -> Result:
        job, store = turn.job, self.line.store
        forced = job.component in self.force
        with step("build", job.component, reason=turn.step.reason) as work:
            work.enter("wait")
            with store.lock(f"build-{job.key[:16]}"):
                if not forced and (kept := self.line.kept(job)):
                    work.cached()
                    return kept
                work.enter("root")
                fresh = [rpm for rpm in job.packages if rpm.digest not in self._verified]
                self.verify(fresh)
                self._verified.update(rpm.digest for rpm in fresh)
                return perform(self.line, job, work, fresh=forced)

    def _settle(self, turn: Turn, future: Future[Made]) -> None:
        try:
            made = future.result()
        except Failure as failure:
            self._break(turn.job.component, failure)
        else:
            self._keep(turn, made)

    def _keep(self, turn: Turn, made: Made) -> None:
        """What came out is remembered, and there for those who need it."""
        job, kept = turn.job, made.kept
        self.line.remember(job, kept)
        self.line.workshop.add(made.rpms)
        self.built[job.component] = BuiltPackage(
            component=job.component,
            key=digest_of(job.inputs),
            rpms=made.rpms,
            log=kept.outputs["build.log"].digest,
            seconds=kept.seconds,
            cached=not turn.step.build,
            reason=turn.step.reason,
            inputs=job.inputs,
            action=job.key,
        )
        self.waiting.settle(job.component)

    def _break(self, name: str, failure: Failure) -> None:
        if failure.kind not in GOES_ON:
            raise Failure([*failure.problems, *(problem for other in self.broken.values() for problem in other.problems)])
        self.broken[name] = failure
        self.waiting.settle(name)
