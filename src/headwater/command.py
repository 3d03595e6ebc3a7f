"""The one door to other programs: argument vectors in, results out; a failure prints a line to copy.

No shell ever sees a string from outside. Every program runs in its own process group, so that Ctrl-C, a time limit or an
error of ours ends all that it started.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import IO

import msgspec

from headwater.errors import Kind, fail
from headwater.feed import Fed, Feed

TAIL = 20  # lines of output that a failure shows
GRACE = 5  # seconds between SIGTERM and SIGKILL

Process = subprocess.Popen[bytes]  # a program under way, from `start`


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """How a program ended; output is bytes as written, empty where it went to a file."""

    argv: tuple[str, ...]
    code: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        return self.stdout.decode(errors="replace")


def run(
    argv: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes | Feed = b"",
    files: Sequence[int] = (),
    log: Path | None = None,
    timeout: float | None = None,
    accept: Sequence[int] = (0,),
    kind: Kind = Kind.TOOL,
    what: str = "",
    hint: str = "",
) -> Result:
    """Run a program to its end.

    `env` replaces the environment whole (None keeps ours); `files` are open files that the program has, too. `log` takes
    standard output and error together, and the result's are then empty. `timeout` is in seconds. An exit code outside `accept`,
    a missing program or a time-out raises a Failure of `kind` whose `what` defaults to the program's name. What a Feed raises
    is raised; a program that stops reading decides itself whether that is an error.
    """
    vector = tuple(str(word) for word in argv)
    fed = None if isinstance(stdin, bytes) else Fed(stdin)
    with fed or nullcontext(), _output(log) as (out, err):
        process = _start(vector, cwd, env, out, err, kind, fed.source if fed else subprocess.PIPE, files)
        if fed:
            fed.begin()
        program = Begun(vector, process, cwd=cwd, log=log, timeout=timeout, accept=accept, kind=kind, what=what, hint=hint)
        result = program.ended(stdin if isinstance(stdin, bytes) else None)
    return program.judged(result)


class Begun:
    """A program under way, which may be told in pieces what it reads: in all less than a pipe holds."""

    def __init__(
        self,
        vector: tuple[str, ...],
        process: Process,
        *,
        cwd: Path | None = None,
        log: Path | None = None,
        timeout: float | None = None,
        accept: Sequence[int] = (0,),
        kind: Kind = Kind.TOOL,
        what: str = "",
        hint: str = "",
    ) -> None:
        self._vector, self._process, self._cwd, self._log, self._timeout = vector, process, cwd, log, timeout
        self._accept, self._kind, self._what, self._hint = accept, kind, what, hint

    def tell(self, words: bytes) -> None:
        """Write to its standard input. Nothing is raised where nobody reads any more: `finish` knows why."""
        assert self._process.stdin, "it is a pipe"
        with suppress(BrokenPipeError):
            self._process.stdin.write(words)
            self._process.stdin.flush()

    def finish(self) -> Result:
        """End its input, and wait for it as `run` does."""
        return self.judged(self.ended(b""))

    def ended(self, stdin: bytes | None) -> Result:
        """What it did to its end; a program that takes too long, or that nobody waits for any more, is ended."""
        try:
            stdout, stderr = self._process.communicate(stdin, self._timeout)
        except subprocess.TimeoutExpired:
            end(self._process)
            what, why = f"`{self._vector[0]}` did not end within {self._timeout:.0f} s", copyable(self._vector, self._cwd)
            raise fail(self._kind, what, why=why, hint=self._hint) from None
        except BaseException:
            end(self._process)
            raise
        return Result(argv=self._vector, code=self._process.returncode, stdout=stdout or b"", stderr=stderr or b"")

    def judged(self, result: Result) -> Result:
        """The result, if its exit code is one that is accepted; else a Failure."""
        if result.code in self._accept:
            return result
        said = tail(self._log.read_bytes() if self._log else result.stderr + result.stdout)
        why = f"exit code {result.code} from\n{copyable(self._vector, self._cwd)}" + (f"\n{said}" if said else "")
        raise fail(self._kind, self._what or f"`{Path(self._vector[0]).name}` failed", why=why, hint=self._hint)


@contextmanager
def begun(
    argv: Sequence[str | Path],
    *,
    files: Sequence[int] = (),
    timeout: float | None = None,
    kind: Kind = Kind.TOOL,
    what: str = "",
) -> Iterator[Begun]:
    """A program that starts now; one that was not waited for is ended. Arguments as of `run`; `timeout` is of `finish`."""
    vector = tuple(str(word) for word in argv)
    process = _start(vector, None, None, subprocess.PIPE, subprocess.PIPE, kind, files=files)
    try:
        yield Begun(vector, process, timeout=timeout, kind=kind, what=what)
    finally:
        if process.returncode is None:
            end(process)
            for stream in (process.stdin, process.stdout, process.stderr):
                assert stream, "all of them are pipes"
                stream.close()


def start(
    argv: Sequence[str | Path], *, env: Mapping[str, str] | None = None, cwd: Path | None = None, log: Path
) -> subprocess.Popen[bytes]:
    """Start a program that goes on (a server, a virtual machine); output goes to `log`. End it with `end`."""
    vector = tuple(str(word) for word in argv)
    with log.open("ab") as out:
        return _start(vector, cwd, env, out, out, Kind.TOOL)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a program and all it started: SIGTERM, then SIGKILL after a few seconds."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            break
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            continue
    process.wait()


def interact(argv: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> int:
    """Give the terminal to a program (a shell) and return its exit code."""
    return subprocess.run([str(word) for word in argv], cwd=cwd, env=env, check=False).returncode


def copyable(argv: Sequence[str], cwd: Path | None = None) -> str:
    """The command as a line to paste into a shell."""
    line = shlex.join(argv)
    return f"cd {shlex.quote(str(cwd))} && {line}" if cwd else line


def tail(output: bytes, lines: int = TAIL) -> str:
    """The last lines of a program's output as text, without terminal escape codes or other control characters."""
    text = "\n".join(output.decode(errors="replace").rstrip().splitlines()[-lines:])
    return "".join(char if char.isprintable() or char in "\n\t" else "\N{REPLACEMENT CHARACTER}" for char in text)


@contextmanager
def _output(log: Path | None) -> Iterator[tuple[int, int]]:
    if log is None:
        yield subprocess.PIPE, subprocess.PIPE
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as file:
        yield file.fileno(), file.fileno()


def _start(  # noqa: PLR0917 private, and each argument is one of Popen's
    vector: tuple[str, ...],
    cwd: Path | None,
    env: Mapping[str, str] | None,
    out: int | IO[bytes],
    err: int | IO[bytes],
    kind: Kind,
    stdin: int = subprocess.PIPE,
    files: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            vector,
            cwd=cwd,
            env=env,
            stdin=stdin,
            stdout=out,
            stderr=err,
            start_new_session=True,
            pass_fds=files,
        )
    except FileNotFoundError:
        raise fail(
            kind, f"`{vector[0]}` is not there", why=f"it was needed for\n{copyable(vector, cwd)}", hint="make world"
        ) from None
    except OSError as error:
        raise fail(kind, f"`{vector[0]}` could not be started", why=f"{error}\n{copyable(vector, cwd)}") from None
