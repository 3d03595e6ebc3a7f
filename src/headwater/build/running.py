"""The builds of one run: which are free, which run, what was built and what broke; one thread decides, others build."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from heapq import heappop, heappush
from typing import TypeVar

import msgspec

from headwater.build.again import Again
from headwater.build.dynamic import Wants
from headwater.build.ended import Ended
from headwater.build.expected import unexpected
from headwater.build.job import Job
from headwater.build.learned import Learned, budget, learn
from headwater.build.line import Line
from headwater.build.model import BuiltPackage
from headwater.build.perform import perform
from headwater.build.plan import Step, decide
from headwater.build.schedule import Waiting, choose, ranks
from headwater.build.verified import Verify, each_once
from headwater.digest import digest_of
from headwater.engine import Engine
from headwater.errors import Failure, Kind, fail
from headwater.progress import Step as Work
from headwater.progress import step
from headwater.rpm.model import Rpm
from headwater.store import Result, Store

T = TypeVar("T")
U = TypeVar("U")
Sign = Callable[[tuple[Rpm, ...]], tuple[Rpm, ...]]
GOES_ON = {
    Kind.BUILD,
    Kind.SPEC,
    Kind.SIGNATURE,
    Kind.IRREPRODUCIBLE,
}  # one component's trouble; others are built and all trouble is told at the end
PAUSE = 0.2  # seconds between two looks whether another `hw` is done


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A component whose turn has come."""

    job: Job
    step: Step


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What a build gave: its result, and its packages as they were signed."""

    kept: Result
    rpms: tuple[Rpm, ...]


class Run:
    """What was built and what broke so far."""

    def __init__(
        self,
        line: Line,
        sign: Sign,
        verify: Verify,
        *,
        force: frozenset[str],
        jobs: int,
        keep_going: bool,
        again: frozenset[str],
    ) -> None:
        self.line, self.sign, self.verify, self.force = line, sign, each_once(verify), force
        self.jobs, self.keep_going = jobs, keep_going
        self.again = Again(line, self.verify, again)
        self.built: dict[str, BuiltPackage] = {}
        self.broken: dict[str, Failure] = {}
        self.postponed: set[str] = set()  # what they ask for when they are run is not built yet
        self.waiting, self.rank = Waiting({}), dict[str, float]()
        self.learned = Learned(seconds={}, needs={}, expensive=frozenset())
        self.free: list[tuple[float, str]] = []  # a heap: the most urgent first
        self.ready: dict[str, Turn] = {}
        self.running: dict[Future[Made], Turn] = {}
        self.asking: dict[Future[tuple[str, ...]], str] = {}  # components that are run to learn what they need
        self._ended = Ended()

    def through(self, names: Sequence[str], pool: ThreadPoolExecutor, work: Work) -> list[str]:
        """Every component, as soon as what it needs is there and there is room for it; returns those that were not begun."""
        needs = {name: self.line.needs[name] for name in names}
        self.postponed.clear()
        self.learned = learn(self.line, names)
        self.waiting, self.rank = Waiting(needs), ranks(needs, self.learned.seconds, self.learned.expensive)
        while True:
            more = self._admit(pool)
            self._begin(pool)
            if not more and not self.running and not self.asking:
                return sorted([*self.waiting.left(), *(name for _, name in self.free), *self.ready])
            ended = sum(name in self.built or name in self.broken for name in names)
            work.note(f"{len(self.running)} run", current=ended, total=len(names))
            done = self._ended.take(wait=not more)
            for future in self.running.keys() & done:
                self._settle(self.running.pop(future), future)
            for answer in self.asking.keys() & done:
                self._hear(self.asking.pop(answer), answer)

    def goes_on(self) -> bool:
        return self.keep_going or not unexpected(self.broken, self.line.rules)

    def _admit(self, pool: ThreadPoolExecutor) -> bool:
        """Give its turn to the most urgent that has all it needs; was there one? What is kept needs no builder.

        One at a time: with thousands that are free, the first are built while the roots of others are still solved.
        """
        for name in self.waiting.free():
            heappush(self.free, (-self.rank[name], name))
        if not self.free or not self.goes_on():
            return False
        _, name = heappop(self.free)
        if self.line.must_ask(name) and not self._lost(name):
            self._hand(pool.submit(self.line.asked, name), self.asking, name)
            return True
        turn = self._take_turn(name)
        kept = self.line.kept(turn.job) if turn and not turn.step.build else None
        if turn and kept and not self.again.owes(turn.job, kept):
            self._reuse(turn, kept)
        elif turn:
            self.ready[name] = turn
        return True

    def _reuse(self, turn: Turn, kept: Result) -> None:
        with step("build", turn.job.component, reason=turn.step.reason) as work:
            work.cached()
        try:
            made = Made(kept=kept, rpms=self.sign(self.line.kept_rpms(turn.job, kept)))
        except Failure as failure:
            self._break(turn.job.component, failure)
        else:
            self._keep(turn, made)

    def _begin(self, pool: ThreadPoolExecutor) -> None:
        """Hand builds to builders, as many as there is room for."""
        if not self.ready or len(self.running) >= self.jobs or not self.goes_on():
            return
        ready = {name: self.learned.needs[name] for name in self.ready}
        running = [self.learned.needs[turn.job.component] for turn in self.running.values()]
        room = budget(self.jobs, self.line.store, here=self.line.engine.home is not None)
        for name in choose(ready, running, room, self.rank):
            turn = self.ready.pop(name)
            self._hand(pool.submit(self._work, turn), self.running, turn)

    def _hand(self, future: Future[T], where: dict[Future[T], U], whose: U) -> None:
        where[future] = whose
        self._ended.expect(future)

    def _lost(self, name: str) -> list[str]:
        return [need for need in self.line.needs[name] if need in self.broken]

    def _hear(self, name: str, answer: Future[tuple[str, ...]]) -> None:
        """A component was run: it is free again, or waits for what it asked for."""
        try:
            answer.result()
        except Failure as failure:
            self._break(name, failure)
        except Wants:
            self.postponed.add(name)  # those who need it go on waiting
        else:
            heappush(self.free, (-self.rank[name], name))

    def _take_turn(self, name: str) -> Turn | None:
        if lost := self._lost(name):
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
        self.again.check(turn.job, kept)
        return Made(kept=kept, rpms=self.sign(self.line.kept_rpms(turn.job, kept)))

    def _build(self, turn: Turn) -> Result:
        job, store = turn.job, self.line.store
        forced = job.component in self.force
        lock = f"build-{job.key[:16]}"
        with step("build", job.component, reason=turn.step.reason) as work, _alone(lock, store, self.line.engine, work):
            if not forced and (kept := self.line.kept(job)):
                work.cached()
                return kept
            self.again.note(job)
            work.enter("root")
            self.verify(job.packages)
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
        self.line.learn(job.component, made.rpms)
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


@contextmanager
def _alone(name: str, store: Store, engine: Engine, work: Work) -> Iterator[None]:
    """Hold a lock; who waits for another `hw` can still be stopped."""
    with ExitStack() as held:
        work.enter("wait")
        while True:
            try:
                held.enter_context(store.lock(name, wait=False))
            except Failure:
                if engine.stopped.wait(PAUSE):
                    raise
            else:
                break
        yield
