"""The one door to other programs: argument vectors in, results out; a failure prints a line to copy.

No shell ever sees a string from outside. Every program runs in its own process group, so that Ctrl-C, a time limit or an
error of ours ends all that it started.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import IO, Self

import msgspec

from headwater.errors import Failure, Kind, fail

TAIL = 20  # lines of output that a failure shows
GRACE = 5  # seconds between SIGTERM and SIGKILL
PIPE = 1 << 20  # bytes that wait between us and a program that reads what we write

Process = subprocess.Popen[bytes]  # a program under way, from `start`
Feed = Callable[[IO[bytes]], object]  # writes what a program reads from its standard input, while it reads


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
    fed = None if isinstance(stdin, bytes) else _Fed(stdin)
    with fed or nullcontext(), _output(log) as (out, err):
        process = _start(vector, cwd, env, out, err, kind, fed.source if fed else subprocess.PIPE, files)
        if fed:
            fed.begin()
        result = _ended(process, vector, cwd, stdin if isinstance(stdin, bytes) else None, timeout, kind, hint)
    if result.code not in accept:
        raise _refused(result, cwd, tail(log.read_bytes() if log else result.stderr + result.stdout), kind, what, hint)
    return result


class Begun:
    """A program under way that is told in pieces what it reads (in all less than a pipe holds), and then waited for."""

    def __init__(self, vector: tuple[str, ...], process: Process, timeout: float | None, kind: Kind, what: str) -> None:
        self._vector, self._process, self._timeout, self._kind, self._what = vector, process, timeout, kind, what

    def tell(self, words: bytes) -> None:
        """Write to its standard input. Nothing is raised where nobody reads any more: `finish` knows why."""
        assert self._process.stdin, "it is a pipe"
        with suppress(BrokenPipeError):
            self._process.stdin.write(words)
            self._process.stdin.flush()

    def finish(self) -> Result:
        """End its input, and wait for it as `run` does."""
        result = _ended(self._process, self._vector, None, b"", self._timeout, self._kind, "")
        if result.code:
            raise _refused(result, None, tail(result.stderr + result.stdout), self._kind, self._what, "")
        return result


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
        yield Begun(vector, process, timeout, kind, what)
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


class _Fed:
    """A program's standard input, written by a thread of ours that ends with the program."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._error: BaseException | None = None
        self.source, self._into = os.pipe()
        with suppress(OSError):  # who has many pipes already gets small ones
            fcntl.fcntl(self._into, fcntl.F_SETPIPE_SZ, PIPE)
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> Self:
        return self

    def begin(self) -> None:
        """Write. The program is there, and has the only end from which the pipe is read: it breaks when the program ends."""
        os.close(self.source)
        self._thread.start()

    def _write(self) -> None:
        try:
            with os.fdopen(self._into, "wb", PIPE) as file:
                self._feed(file)
        except BrokenPipeError:
            pass
        except BaseException as error:  # noqa: BLE001 raised where the program is waited for
            self._error = error

    def __exit__(self, *_error: object) -> None:
        if self._thread.ident is None:
            os.close(self.source)
            os.close(self._into)
            return
        self._thread.join()
        if self._error:
            raise self._error


def _ended(  # noqa: PLR0917 private, and each is a different thing
    process: Process,
    vector: tuple[str, ...],
    cwd: Path | None,
    stdin: bytes | None,
    timeout: float | None,
    kind: Kind,
    hint: str,
) -> Result:
    """What a program did to its end; one that takes too long, or that is not waited for, is ended."""
    try:
        stdout, stderr = process.communicate(stdin, timeout)
    except subprocess.TimeoutExpired:
        end(process)
        raise fail(kind, f"`{vector[0]}` did not end within {timeout:.0f} s", why=copyable(vector, cwd), hint=hint) from None
    except BaseException:
        end(process)
        raise
    return Result(argv=vector, code=process.returncode, stdout=stdout or b"", stderr=stderr or b"")


def _refused(result: Result, cwd: Path | None, said: str, kind: Kind, what: str, hint: str) -> Failure:  # noqa: PLR0917 as above
    why = f"exit code {result.code} from\n{copyable(result.argv, cwd)}" + (f"\n{said}" if said else "")
    return fail(kind, what or f"`{Path(result.argv[0]).name}` failed", why=why, hint=hint)


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
