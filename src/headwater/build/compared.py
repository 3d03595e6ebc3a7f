"""Build roots compared: of a component now with its last build, and of one component with another."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from headwater.build.dynamic import Wants
from headwater.build.job import Job
from headwater.build.line import Line, plan
from headwater.build.moves import Move, command_moves, file_moves, line_moves, package_moves
from headwater.build.plan import Step
from headwater.build.snapshot import Snapshot, read_snapshot, text, texts_of
from headwater.errors import Kind, fail

LAST = "last"  # the last build, where another component may be named


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """Why a component is built or not. `moves` is all that differs from its last build.

    `unknown` are parts of that one which the store has no more, so their files are not compared.
    """

    component: str
    build: bool
    reason: str
    moves: tuple[Move, ...] = ()
    unknown: tuple[str, ...] = ()


def explain(line: Line, names: Sequence[str], *, force: bool = False) -> tuple[Explained, ...]:
    """The steps to build components, and for those named all that differs from their last build."""
    return tuple(_explain(line, step, named=step.component in names) for step in plan(line, only=names, force=force))


def _explain(line: Line, step: Step, *, named: bool) -> Explained:
    plain = Explained(component=step.component, build=step.build, reason=step.reason)
    before = read_snapshot(line.last(step.component), line.store) if named else None
    if before is None or not set(line.needs[step.component]) <= line.workshop.roots.built:
        return plain
    try:
        job = line.job(step.component)
    except Wants:
        return plain
    moves, unknown = _since(line, job, before)
    return msgspec.structs.replace(plain, moves=moves, unknown=unknown)


def _since(line: Line, job: Job, before: Snapshot) -> tuple[tuple[Move, ...], tuple[str, ...]]:
    """All that differs between a component's last build and its job now."""
    after, last, forest = line.snapshot(job), line.last(job.component), line.engine.forest
    unknown, now = line.album.lacking(before), texts_of(job, forest)
    moves = [*command_moves(before, after), *package_moves(before, after), *file_moves(before, after, forest, unknown)]
    moves += line_moves(
        before,
        after,
        lambda path: text(last.outputs if last else {}, line.store, path),
        lambda path: now.get(path, b"").decode(errors="replace"),
    )
    return tuple(moves), tuple(sorted(unknown))


def root_difference(line: Line, name: str, other: str) -> tuple[tuple[Move, ...], tuple[str, ...]]:
    """Packages, then files, in which the root of `name` differs from that of `other`, or of its own last build (`last`).

    What both need must be built. The second value names parts of the last build whose files are not known any more.
    """
    after, forest = line.snapshot(line.job(name)), line.engine.forest
    if other == LAST:
        before = read_snapshot(line.last(name), line.store)
        if before is None:
            raise fail(Kind.USAGE, f"nothing is known of a last build of `{name}`", hint=f"hw build {name}")
    else:
        before = line.snapshot(line.job(other))
    unknown = line.album.lacking(before)
    return (*package_moves(before, after), *file_moves(before, after, forest, unknown)), tuple(sorted(unknown))
