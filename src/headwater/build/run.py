"""Carries out the plan: builds in order of need, the most urgent first, each signed before others use it; resumes by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from headwater.build.expected import tell, unexpected
from headwater.build.line import Line
from headwater.build.model import BuiltPackage
from headwater.build.running import Run, Sign
from headwater.build.timeline import ALL
from headwater.build.turn import is_first
from headwater.build.verified import Verify
from headwater.engine import JOBS, Engine
from headwater.errors import Failure, Kind, Problem
from headwater.progress import step


def build_all(
    line: Line,
    *,
    sign: Sign,
    verify: Verify,
    only: Sequence[str] = (),
    force: bool = False,
    jobs: int = JOBS,
    keep_going: bool = True,
    twice: bool = False,
) -> tuple[BuiltPackage, ...]:
    """Build all components (or `only` those, with what they need), each signed before it enters another root.

    `jobs` builds run at once, where memory and disk allow. `force` builds those asked for even where a result is kept.
    `verify` is called with packages before they enter their first root, and raises if one is not signed as it must be.
    `twice` does those asked for a second time elsewhere, even where a result is kept, and compares; others as their rules say.
    A component that fails stops only those that need it, or, without `keep_going`, all that has not begun; all problems are
    raised together at the end. One that is expected to fail, and does, is told and left out of the result. The result is in
    building order, whatever ended first, without bootstrap variants.
    """
    names = line.order(only)
    these, nobody = frozenset(only or names), frozenset[str]()
    run = Run(
        line,
        sign,
        verify,
        force=these if force else nobody,
        jobs=jobs,
        keep_going=keep_going,
        again=these if twice else nobody,
    )
    with _builders(jobs, line.engine) as pool, step(ALL, f"{len(names)} components", minor=True) as work:
        left = run.through(names, pool, work)
        while run.postponed and run.goes_on():
            names = line.order(only)  # the graph knows more now
            left = run.through([one for one in names if one not in run.built and one not in run.broken], pool, work)
    tell(run.broken, run.built, line.rules)
    if broken := unexpected(run.broken, line.rules):
        problems = [problem for name in names if name in broken for problem in broken[name].problems]
        raise Failure([*problems, *(_not_begun(left) if left else ())])
    return tuple(run.built[name] for name in names if name in run.built and not is_first(name))


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
