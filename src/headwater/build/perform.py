"""One build through the engine: its outputs into the store, or a failure that says what to do."""

from __future__ import annotations

import time
from collections.abc import Mapping

import msgspec

from headwater.build.broken import broken
from headwater.build.job import Job
from headwater.build.line import KIND, Line
from headwater.build.outputs import check_places, expect, packages_of, read_outputs
from headwater.build.phases import Listener
from headwater.build.solve import BUILT
from headwater.build.weak import tell_weakness
from headwater.engine import Outcome
from headwater.progress import Step
from headwater.rpm import rpm_of
from headwater.rpm.model import Rpm
from headwater.store import Blob, Result


def perform(line: Line, job: Job, work: Step, *, fresh: bool) -> Result:
    """Build through the engine and keep what came out, telling `work`; `fresh` ignores the engine's own memory."""
    begun = time.monotonic()
    outcome = _run(line, job, work, fresh=fresh)
    if outcome.cached and not packages_of(outcome):  # remembered on a full disk: an empty answer, which says success
        outcome = _run(line, job, work, fresh=True)
    work.enter("collect")
    said = outcome.log_bytes or (line.engine.client.read(outcome.log) if outcome.log else b"")
    tell_weakness(said)
    log = line.store.add_bytes(said)
    if outcome.code or outcome.timed_out or not packages_of(outcome):
        raise broken(job, outcome, log, line.store, line.rule(job.component))
    check_places(job, outcome, line.rule(job.component))
    blobs = _collect(line, outcome)
    rpms = _describe(line, job, blobs)
    return line.store.put(
        KIND,
        job.key,
        {**blobs, "build.log": log},
        facts={"component": job.component, "rpms": msgspec.to_builtins(rpms), "memory": outcome.memory},
        inputs=job.inputs,
        seconds=time.monotonic() - begun,
    )


def _run(line: Line, job: Job, work: Step, *, fresh: bool) -> Outcome:
    return line.engine.run(job.action, lambda wanted: line.workshop.supply(job, wanted), fresh=fresh, hear=Listener(work).hear)


def _collect(line: Line, outcome: Outcome) -> dict[str, Blob]:
    """The packages that a build left, from the engine into the store."""
    blobs = {}
    with line.store.scratch(KIND) as folder:
        for name, file in packages_of(outcome).items():
            line.engine.client.save(file.digest, folder / "one")
            blobs[name] = line.store.add_file(folder / "one", move=True)
    return blobs


def _describe(line: Line, job: Job, blobs: Mapping[str, Blob]) -> tuple[Rpm, ...]:
    expected = expect(line.workshop.specs.facts[job.component], line.packages[job.component].tree.text)
    found = read_outputs(job, blobs, expected, line.toolbox, line.store)
    return tuple(sorted(rpm_of(found[blob.digest], blob, origin=BUILT, component=job.component) for blob in blobs.values()))
