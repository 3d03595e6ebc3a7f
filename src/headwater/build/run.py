"""Carries out a plan: each component in its order through the engine, signed before others may use it; resumes by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

import msgspec

from headwater.build.failure import read_log
from headwater.build.graph import closure, needs, order
from headwater.build.job import Job, Workshop
from headwater.build.model import BuiltPackage
from headwater.build.plan import Facts, Step, decide
from headwater.config.model import BuildRootRule, BuildRule
from headwater.digest import digest_of
from headwater.engine import Engine, Outcome
from headwater.errors import Failure, Kind, Problem, fail
from headwater.progress import step
from headwater.render.model import RenderedPackage
from headwater.rpm import read_headers
from headwater.rpm.model import Rpm
from headwater.store import Blob, Result, Store
from headwater.toolbox import Toolbox

Sign = Callable[[tuple[Rpm, ...]], tuple[Rpm, ...]]
Verify = Callable[[Sequence[Rpm]], None]
GOES_ON = {
    Kind.BUILD,
    Kind.SPEC,
    Kind.SIGNATURE,
}  # one component's trouble; others are built and all trouble is told at the end
KIND, LAST = "build", "build-last"


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
    ) -> None:
        self.packages = {one.component: one for one in packages}
        self.rules = rules
        self.engine, self.toolbox, self.store = engine, toolbox, store
        self.workshop = Workshop(packages, root, bridged, forest=engine.forest, toolbox=toolbox, store=store)
        self.needs = needs(self.workshop.nodes())

    def order(self, only: Sequence[str] = ()) -> tuple[str, ...]:
        """Components in building order: all, or `only` those and what they need."""
        for name in only:
            if name not in self.packages:
                raise fail(Kind.USAGE, f"no component is called `{name}`", hint="hw list")
        wanted = closure(only, self.needs) if only else frozenset(self.packages)
        return tuple(name for name in order(self.needs) if name in wanted)

    def job(self, name: str) -> Job:
        return self.workshop.job(self.packages[name], self.rules.get(name, BuildRule()))

    def facts(self, name: str, job: Job | None) -> Facts:
        """What is known of a component; without a job, its root is not known yet."""
        last = self.store.get(LAST, _last(name))
        return Facts(
            component=name,
            needs=self.needs[name],
            inputs=job.inputs if job else None,
            before=last.inputs if last else None,
            kept=bool(job and self.store.get(KIND, job.key)),
        )


def plan(line: Line, *, only: Sequence[str] = (), force: bool = False) -> tuple[Step, ...]:
    """What `build_all` would do and why, without doing it; results in the store stand for work that is done."""
    steps: dict[str, Step] = {}
    problems: list[Problem] = []
    for name in line.order(only):
        known = not any(steps[need].build for need in line.needs[name])
        try:
            job = line.job(name) if known else None
        except Failure as failure:
            problems += failure.problems
            job = None
        steps[name] = decide(line.facts(name, job), steps, forced=force and (not only or name in only))
        if job and (kept := line.store.get(KIND, job.key)):
            line.workshop.add(_rpms(kept))
    if problems:
        raise Failure(problems)
    return tuple(steps.values())


def build_all(
    line: Line, *, sign: Sign, verify: Verify, only: Sequence[str] = (), force: bool = False
) -> tuple[BuiltPackage, ...]:
    """Build all components (or `only` those, with what they need), each signed before it enters the next root.

    `force` builds those asked for even where a result is kept. `verify` is called with the packages of a root before they
    enter it, and raises if one is not signed as it must be. A component that fails stops only those that need it; all
    problems are raised together at the end.
    """
    built: list[BuiltPackage] = []
    broken: dict[str, Failure] = {}
    for name in line.order(only):
        if any(need in broken for need in line.needs[name]):
            broken[name] = _left_out(name, [need for need in line.needs[name] if need in broken])
            continue
        try:
            job = line.job(name)
            planned = decide(line.facts(name, job), {}, forced=force and (not only or name in only))
            one = _carry_out(line, job, planned, sign, verify)
        except Failure as failure:
            if failure.kind not in GOES_ON:
                raise
            broken[name] = failure
            continue
        line.workshop.add(one.rpms)
        built.append(one)
    if broken:
        raise Failure(problem for failure in broken.values() for problem in failure.problems)
    return tuple(built)


def _left_out(name: str, needed: Sequence[str]) -> Failure:
    return fail(Kind.BUILD, f"`{name}` was not built", why=f"it needs {', '.join(needed)}, which did not build")


def _carry_out(line: Line, job: Job, planned: Step, sign: Sign, verify: Verify) -> BuiltPackage:
    with step("build", job.component, reason=planned.reason) as work:
        kept = None if planned.build else line.store.get(KIND, job.key)
        if kept:
            work.cached()
        else:
            verify(job.packages)
            kept = _run(line, job, fresh=planned.build and planned.reason == "asked for")
        line.store.put(LAST, _last(job.component), {}, inputs=job.inputs)
        return BuiltPackage(
            component=job.component,
            key=digest_of(job.inputs),
            rpms=sign(_rpms(kept)),
            log=kept.outputs["build.log"].digest,
            seconds=kept.seconds,
            cached=not planned.build,
            reason=planned.reason,
            inputs=job.inputs,
            action=job.key,
        )


def _run(line: Line, job: Job, *, fresh: bool) -> Result:
    begun = time.monotonic()
    outcome = line.engine.run(job.action, lambda wanted: line.workshop.supply(job, wanted), fresh=fresh)
    log = line.store.add_bytes(outcome.log_bytes or (line.engine.client.read(outcome.log) if outcome.log else b""))
    if outcome.code or outcome.timed_out:
        raise broken(job, outcome, log, line.store)
    blobs = _collect(line, outcome)
    rpms = _describe(line, job.component, blobs)
    return line.store.put(
        KIND,
        job.key,
        {**blobs, "build.log": log},
        facts={"component": job.component, "rpms": msgspec.to_builtins(rpms)},
        inputs=job.inputs,
        seconds=time.monotonic() - begun,
    )


def _collect(line: Line, outcome: Outcome) -> dict[str, Blob]:
    """The packages that a build left, from the engine into the store."""
    blobs = {}
    with line.store.scratch(KIND) as folder:
        for path, file in outcome.outputs.items():
            name = path.rpartition("/")[2]
            if name.endswith(".rpm"):
                line.engine.client.save(file.digest, folder / "one")
                blobs[name] = line.store.add_file(folder / "one", move=True)
    return blobs


def _describe(line: Line, component: str, blobs: Mapping[str, Blob]) -> tuple[Rpm, ...]:
    found = read_headers({blob.digest: name for name, blob in blobs.items()}, line.toolbox, line.store)
    return tuple(
        sorted(
            Rpm(
                name=header.name,
                epoch=header.epoch,
                version=header.version,
                release=header.release,
                arch=header.arch,
                digest=blob.digest,
                size=blob.size,
                origin="built",
                component=component,
                payload=blob.digest,
            )
            for blob in blobs.values()
            for header in [found[blob.digest]]
        )
    )


def broken(job: Job, outcome: Outcome, log: Blob, store: Store) -> Failure:
    """What went wrong, in which phase, where the whole log is, and how to look around in that very root."""
    found = read_log(store.read(log.digest))
    ended = f"did not end within {job.action.timeout} s" if outcome.timed_out else f"exit code {outcome.code}"
    return fail(
        Kind.BUILD,
        f"`{job.component}` does not build: {found.phase} failed",
        why="\n".join([ended, *found.lines, f"whole log: {store.path(log.digest)}"]),
        hint=f"hw build {job.component} --shell",
    )


def _rpms(kept: Result) -> tuple[Rpm, ...]:
    return msgspec.convert(kept.facts["rpms"], tuple[Rpm, ...])


def _last(component: str) -> str:
    return digest_of(["last build of", component])
