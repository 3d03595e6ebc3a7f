"""A build that broke, as a message: in which phase, by which limit, the lines that say why, and a way to look around."""

from __future__ import annotations

from headwater.build.failure import read_log
from headwater.build.job import Job
from headwater.build.limits import limit_met
from headwater.command import tail
from headwater.config.model import BuildRule
from headwater.engine import Outcome
from headwater.errors import Failure, Kind, fail
from headwater.store import Blob, Store


def broken(job: Job, outcome: Outcome, log: Blob, store: Store, rule: BuildRule) -> Failure:
    """What went wrong, in which phase, where the whole log is, and how to look around in that very root."""
    text = store.read(log.digest)
    found, limit = read_log(text), limit_met(job.component, outcome, tail(text, lines=100), rule)
    ended = limit.what if limit else f"exit code {outcome.code}" if outcome.code else "it ended well, and left no package"
    hint = f"hw build {job.component} --shell"
    return fail(
        Kind.STORE if limit and limit.here else Kind.BUILD,
        f"`{job.component}` does not build: {found.phase} failed",
        why="\n".join([ended, *found.lines, f"whole log: {store.path(log.digest)}"]),
        hint=limit.hint if limit and limit.here else "; ".join([limit.hint, hint] if limit and limit.hint else [hint]),
    )
