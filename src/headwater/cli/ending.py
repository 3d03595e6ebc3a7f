"""How `hw` ends where something stopped it: what is shown, with which exit code, and what becomes of threads."""

from __future__ import annotations

import errno
import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from headwater.errors import Failure, Kind, Problem

PARTING = 10.0  # seconds for threads to end after Ctrl-C


def show(failure: Failure, *, as_json: bool) -> int:
    """Show the problems; the exit code of the first one's kind."""
    from headwater.cli.output import show_problems  # noqa: PLC0415 only when something is wrong

    show_problems(failure, as_json=as_json)
    return failure.kind.value


def stopped(*, as_json: bool) -> int:
    """Say that Ctrl-C, or what is the same, was heard."""
    why = "what was finished is kept in the store"
    stop = Problem(kind=Kind.INTERRUPTED, what="stopped", why=why, hint="run the same command to go on")
    return show(Failure([stop]), as_json=as_json)


def of_machine(error: OSError) -> Problem:
    """What the machine refused, where no stage had a better word for it."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        full = error.filename2 or error.filename  # of a copy the first is where it came from
        why = f"{error.strerror}: {full}" if full else str(error.strerror)
        hint = "make room there; where it is the store's disk: hw store gc --free 10"
        return Problem(kind=Kind.STORE, what="a disk is full", why=why, hint=hint)
    what = f"`{error.filename}` cannot be used" if error.filename else "the machine refused"
    return Problem(
        kind=Kind.STORE, what=what, why=error.strerror or str(error), hint="hw --store DIR, or look at its permissions"
    )


def broken(error: Exception) -> Problem:
    """A broken invariant of Headwater's: what it was, and where."""
    import traceback  # noqa: PLC0415 only when something is wrong

    last = traceback.extract_tb(error.__traceback__)[-1]
    why = f"{type(error).__name__}: {error}\nat {Path(last.filename).name}:{last.lineno} in {last.name}"
    hint = "report it with these lines; with HEADWATER_TRACEBACK=1 it shows the way there"
    if os.environ.get("HEADWATER_TRACEBACK"):
        why += "\n" + "".join(traceback.format_tb(error.__traceback__)).rstrip()
    return Problem(kind=Kind.INTERNAL, what="Headwater broke a rule of its own", why=why, hint=hint)


def leave(code: int) -> NoReturn:
    """End with an exit code, when threads have ended; values are not taken apart, which takes longer than many an answer.

    After Ctrl-C threads get a while, then the process ends without them. Python raises KeyboardInterrupt between any two steps,
    also where a lock was just taken; who waits for that lock never ends.
    """
    limit = time.monotonic() + PARTING if code == Kind.INTERRUPTED.value else None
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(None if limit is None else max(0.0, limit - time.monotonic()))
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # nobody is left to tell
            stream.flush()
    os._exit(code)
