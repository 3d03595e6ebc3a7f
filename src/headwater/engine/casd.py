"""buildbox-casd from the toolbox: the engine of one machine, one per store, started when first needed.

It listens on a private socket and is shared by all `hw` processes of that store; the last one out ends it. Each user holds a
shared lock on `users`; who can turn it into an exclusive one is alone. A casd left behind by a killed `hw` is found by its
socket and used on. It runs from the toolbox's files through the toolbox's own loader, so any host will do.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import grpc

from headwater import command
from headwater.engine.client import Client
from headwater.engine.fence import fence, is_sandbox
from headwater.engine.follow import UNDER_WAY
from headwater.engine.model import RESERVED
from headwater.engine.mounts import unmount_below
from headwater.engine.processes import of_session, words_of
from headwater.engine.programs import host_path, wrap
from headwater.errors import Kind, fail
from headwater.store import Store
from headwater.toolbox.model import Toolbox

AWAY = 5.0  # seconds that it may be away; one that was killed does not come back by itself
PARTING = 1  # seconds to end by itself; it takes 20 ms, or, now and then, hangs for ever. Its content bears a SIGKILL.
PATIENCE = 20  # seconds until it must answer
LONGEST = 100  # bytes of a socket's path; the kernel takes 107
OPTIONS = [("grpc.max_receive_message_length", 16 << 20), ("grpc.enable_http_proxy", 0)]
PROGRAMS = ("buildbox-casd", "buildbox-fuse", "buildbox-run-bubblewrap")


@contextmanager
def serve(store: Store, toolbox: Toolbox, jobs: int, size: str) -> Iterator[grpc.Channel]:
    """A channel to the store's casd for as long as the block runs.

    Where it is not there yet, it runs `jobs` actions at once and keeps `size` (`20G`), or less where the disk is small.
    """
    home = home_of(store)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "users").open("a") as users:
        with store.lock("engine"):
            fcntl.flock(users, fcntl.LOCK_SH)
            socket = _socket(home)
            channel = _reach(socket) or _begin(home, socket, toolbox, jobs, size)
        try:
            yield channel
        finally:
            channel.close()
            _leave(store, home, users)


def home_of(store: Store) -> Path:
    """The folder in which a store's casd lives."""
    return store.root / "engine"


def _socket(home: Path) -> Path:
    socket = home / "socket"
    if len(os.fsencode(socket)) <= LONGEST:
        return socket
    # the kernel's limit: a private directory with a short name stands in
    short = Path("/tmp") / f"headwater-{os.getuid()}-{hashlib.sha256(os.fsencode(home)).hexdigest()[:16]}"  # noqa: S108 checked
    short.mkdir(mode=0o700, exist_ok=True)
    found = short.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise fail(Kind.TOOL, f"`{short}` is not ours alone", why="the engine's socket would lie there", hint=f"rm -r {short}")
    return short / "socket"


def _reach(socket: Path) -> grpc.Channel | None:
    """A channel to a living casd; None where there is none or a dead one's socket."""
    if not socket.exists():
        return None
    channel = grpc.insecure_channel(f"unix:{socket}", options=OPTIONS)
    if Client(channel).alive():
        return channel
    channel.close()
    return None


def _begin(home: Path, socket: Path, toolbox: Toolbox, jobs: int, size: str) -> grpc.Channel:
    _end_pid(home)  # one that hangs
    _sweep(home)
    socket.unlink(missing_ok=True)
    programs = wrap(home / "programs", toolbox, PROGRAMS)
    fence(programs, host_path())
    log = home / "log"
    log.unlink(missing_ok=True)
    process = command.start(
        [
            programs / "buildbox-casd",
            f"--bind=unix:{socket}",
            f"--buildbox-run={programs / 'buildbox-run-bubblewrap'}",
            f"--runner-arg=--staging-mode={staging()}",
            f"--jobs={jobs}",
            "--cache-failures=false",
            f"--quota-high={size}",
            f"--reserved={RESERVED}",
            "--log-level=warning",
            str(home / "cas"),
        ],
        env={"PATH": f"{programs}:{host_path()}", "HOME": str(home), "LC_ALL": "C.UTF-8", "TMPDIR": str(home)},
        log=log,
    )
    (home / "pid").write_text(str(process.pid))
    limit = time.monotonic() + PATIENCE
    while not (channel := _reach(socket)):
        if process.poll() is not None or time.monotonic() > limit:
            command.end(process)
            raise fail(Kind.TOOL, "`buildbox-casd` did not start", why=command.tail(log.read_bytes()), hint=f"cat {log}")
        time.sleep(0.02)
    return channel


def _sweep(home: Path) -> None:
    """Remove what a killed casd left of actions under way."""
    unmount_below(home)
    for folder in home.glob(f"{UNDER_WAY}*"):
        shutil.rmtree(folder, ignore_errors=True)


def staging() -> str:
    """How trees get into sandboxes: FUSE shows them at once, copy-or-link is for users who may not mount."""
    can = os.access("/dev/fuse", os.R_OK | os.W_OK) and (os.getuid() == 0 or shutil.which("fusermount3"))
    return "fuse" if can else "copy-or-link"


def _leave(store: Store, home: Path, users: IO[str]) -> None:
    """Give up our share; the last one ends casd."""
    with store.lock("engine"):
        fcntl.flock(users, fcntl.LOCK_UN)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        _end_pid(home)
        _sweep(home)


def _end_pid(home: Path) -> None:
    """End the casd whose number is written down, if that process still is it, and what it ran, if it cannot do so itself."""
    try:
        pid = int((home / "pid").read_text())
    except (FileNotFoundError, ValueError):
        return
    words = words_of(pid)  # none where it has ended
    if words and os.fsencode(home / "cas") not in words:
        return
    if not (words and _ends_itself(pid)):
        _end_left(home, pid)
    (home / "pid").unlink(missing_ok=True)


def _ends_itself(pid: int) -> bool:
    """Whether a casd that is asked to end does so."""
    try:
        os.killpg(pid, signal.SIGTERM)
    except ProcessLookupError:
        return True
    return _gone(pid)


def _end_left(home: Path, pid: int) -> None:
    """End a casd, the leader of its session, where it hangs, and what it left running.

    Usually that ends with it. But a bubblewrap that is killed before it told the kernel so for its child leaves that to itself.
    """
    limit = time.monotonic() + PARTING
    while left := [one for one in of_session(pid) if _is_part(home, words_of(one))]:
        for one in left:
            with suppress(OSError):
                os.kill(one, signal.SIGKILL)
        if time.monotonic() > limit:
            return
        time.sleep(0.02)


def _is_part(home: Path, words: Sequence[bytes]) -> bool:
    """Whether a process of these words is a sandbox, or one of casd's own. A number may be somebody else's by now."""
    return is_sandbox(words) or any(os.fsencode(home) in word for word in words)


def _gone(pid: int) -> bool:
    limit = time.monotonic() + PARTING
    while time.monotonic() < limit:
        try:
            if os.waitpid(pid, os.WNOHANG)[0]:
                return True
        except ChildProcessError:  # another `hw` started it
            if not Path(f"/proc/{pid}").exists():
                return True
        time.sleep(0.02)
    return False
