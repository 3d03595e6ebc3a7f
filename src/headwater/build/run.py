"""Carries out the plan: builds in order of need, two at a time, each signed before others may use it; resumes by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

import msgspec

from headwater.build.job import Job
from headwater.build.line import Line, rpms_of
from headwater.build.model import BuiltPackage
from headwater.build.perform import perform
from headwater.build.plan import Step, decide
from headwater.digest import digest_of
from headwater.errors import Failure, Kind, fail
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
JOBS = 2  # the engine's own number


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A component whose turn has come."""

    job: Job
    step: Step


def build_all(
    line: Line, *, sign: Sign, verify: Verify, only: Sequence[str] = (), force: bool = False, jobs: int = JOBS
) -> tuple[BuiltPackage, ...]:
    """Build all components (or `only` those, with what they need), each signed before it enters another root.

    `force` builds those asked for even where a result is kept. `verify` is called with packages before they enter their
    first root, and raises if one is not signed as it must be. A component that fails stops only those that need it; all
    problems are raised together at the end. The result is in building order, whatever ended first.
    """
    names = line.order(only)
    run = _Run(line, sign, verify, force=frozenset(only or names) if force else frozenset())
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="build")
    try:
        run.through(names, pool)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)  # the engine ends with its channel, and the builds with it
        raise
    pool.shutdown()
    if run.broken:
        raise Failure(problem for name in names if name in run.broken for problem in run.broken[name].problems)
    return tuple(run.built[name] for name in names)


class _Run:
    """What was built and what broke so far."""

    def __init__(self, line: Line, sign: Sign, verify: Verify, force: frozenset[str]) -> None:
        self.line, self.sign, self.verify, self.force = line, sign, verify, force
        self.built: dict[str, BuiltPackage] = {}
        self.broken: dict[str, Failure] = {}
        self._verified: set[str] = set()

    def through(self, names: Sequence[str], pool: ThreadPoolExecutor) -> None:
        """Every component, as soon as what it needs is there."""
        waiting, running = list(names), dict[Future[Result], Turn]()
        while waiting or running:
            ready = [name for name in waiting if all(self._is_settled(need) for need in self.line.needs[name])]
            for name in ready:
                waiting.remove(name)
                if turn := self._take_turn(name):
                    running[pool.submit(self._work, turn)] = turn
            if running:
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    self._settle(running.pop(future), future)

    def _is_settled(self, name: str) -> bool:
        return name in self.built or name in self.broken

    def _take_turn(self, name: str) -> Turn | None:
        if lost := [need for need in self.line.needs[name] if need in self.broken]:
            why = f"it needs {', '.join(lost)}, which did not build"
            self.broken[name] = fail(Kind.BUILD, f"`{name}` was not built", why=why)
            return None
        try:
            job = self.line.job(name)
        except Failure as failure:
            self._break(name, failure)
            return None
        return Turn(job=job, step=decide(self.line.facts(name, job), {}, forced=name in self.force))

    def _work(self, turn: Turn) -> Result:
        """In a thread: the kept result, or a new one."""
        with step("build", turn.job.component, reason=turn.step.reason) as work:
            kept = None if turn.step.build else self.line.kept(turn.job)
            if kept:
                work.cached()
                return kept
            fresh = [rpm for rpm in turn.job.packages if rpm.digest not in self._verified]
            self.verify(fresh)
            self._verified.update(rpm.digest for rpm in fresh)
            return perform(self.line, turn.job, fresh=turn.job.component in self.force)

    def _settle(self, turn: Turn, future: Future[Result]) -> None:
        job = turn.job
        try:
            kept = future.result()
            rpms = self.sign(rpms_of(kept))
        except Failure as failure:
            self._break(job.component, failure)
            return
        self.line.remember(job)
        self.line.workshop.add(rpms)
        self.built[job.component] = BuiltPackage(
            component=job.component,
            key=digest_of(job.inputs),
            rpms=rpms,
            log=kept.outputs["build.log"].digest,
            seconds=kept.seconds,
            cached=not turn.step.build,
            reason=turn.step.reason,
            inputs=job.inputs,
            action=job.key,
        )

    def _break(self, name: str, failure: Failure) -> None:
        if failure.kind not in GOES_ON:
            raise failure
        self.broken[name] = failure
