"""What is asked of a git server: heads and objects, by the `git` program, with limits to time, size and patience."""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from headwater import command
from headwater.errors import Failure, Kind, fail
from headwater.upstream import hosts
from headwater.upstream.address import PROTOCOLS
from headwater.upstream.hosts import Refused

PACK = 8 << 30  # bytes of one file that git may write
SAID = 1 << 20  # bytes of git's words that are read
SIZES = ("prlimit", f"--fsize={PACK}", "--")
# What another git, whose hook runs us, would have us work on instead of our own copies.
ELSEWHERE = ("DIR", "WORK_TREE", "COMMON_DIR", "INDEX_FILE", "OBJECT_DIRECTORY", "ALTERNATE_OBJECT_DIRECTORIES", "NAMESPACE")
NOT_THERE = ("couldn't find remote ref", "not our ref", "not found", "does not exist", "does not appear to be a git repository")
FORBIDDEN = ("error: 401", "error: 403", "could not read username", "authentication failed", "not allowed")
HANGS = ("too slow", "timed out", "could not resolve", "failed to connect", "couldn't connect")
TOO_LONG = 124  # the exit code of a git that had to be ended, as of coreutils' timeout


class Absent(Refused):
    """The server answers, and does not have it."""


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait, in seconds: for a connection, without a byte, for a list of heads, for objects; and how often.

    No number of attempts means that of the run.
    """

    connect: float = hosts.CONNECT
    stall: float = 30
    heads: float = 60
    objects: float = 1800
    attempts: int = 0
    pause: float = 2  # after the first failure; then twice that


class _Said(msgspec.Struct, frozen=True, kw_only=True):
    code: int
    text: str


def list_heads(url: str, names: Sequence[str], patience: Patience) -> dict[str, str]:
    """Commits by full name of those of the named branches or tags that there are. Raises Refused."""
    said = _persist(url, ["ls-remote", "--quiet", "--", url, *names], b"", patience.heads, patience)
    lines = (line.partition("\t") for line in said.splitlines())
    return {name: commit for commit, _, name in lines if name in names and re.fullmatch("[0-9a-f]{40}", commit)}


def fetch_branch(place: Path, url: str, ref: str, patience: Patience) -> None:
    """Have a branch or tag with all commits and nothing else, as far as the server can leave the rest out. Raises Refused."""
    words = ["-C", str(place), "fetch", *_QUIETLY, "--filter=tree:0", "--", "origin", f"+{ref}:{ref}"]
    _persist(url, words, b"", patience.objects, patience)


def fetch_whole(place: Path, url: str, ref: str, patience: Patience) -> None:
    """Have a branch with everything that hangs on its commits, also what an earlier fetch left out. Raises Refused."""
    words = ["-C", str(place), "fetch", *_QUIETLY, "--refetch", "--no-filter", "--", "origin", f"+{ref}:{ref}"]
    _persist(url, words, b"", patience.objects, patience)


def fetch_objects(place: Path, url: str, ids: Sequence[str], leave_out: str, patience: Patience) -> None:
    """Have objects by id; `leave_out` is a filter of git's for what hangs on them. Raises Refused."""
    words = ["-c", "fetch.negotiationAlgorithm=noop", "-C", str(place), "fetch", *_QUIETLY, f"--filter={leave_out}", "--stdin"]
    wanted = "".join(f"{one}\n" for one in ids).encode()
    _persist(url, [*words, "--", "origin"], wanted, patience.objects, patience)


_QUIETLY = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules")


def _persist(url: str, words: Sequence[str], stdin: bytes, seconds: float, patience: Patience) -> str:
    """What git says once it works; it is tried until then, until the server says no, or until patience ends.

    A host that said nothing at all is given up for this run.
    """
    host, begun, said = hosts.host_of(url), time.monotonic(), _Said(code=0, text="")
    attempts = patience.attempts or hosts.attempts()
    for number in range(1, attempts + 1):
        hosts.check(host)
        if not _behind_proxy(host, url):
            hosts.reach(url, patience.connect)
        said = _run([*_git(patience), *words], stdin, seconds)
        if said.code == 0:
            hosts.heard(host)
            return said.text
        _refuse(said)
        if number < attempts:
            hosts.wait(number, patience.pause)
    if host and (said.code == TOO_LONG or any(one in said.text.lower() for one in HANGS)):
        raise hosts.give_up(host, said.text, since=begun)
    raise Refused(said.text)


def _refuse(said: _Said) -> None:
    """Raises where asking again would bring the same answer."""
    words = said.text.lower()
    if said.code in {126, 127}:
        raise fail(Kind.TOOL, "`git` could not be started", why=said.text, hint="apt-get install git")
    if any(one in words for one in NOT_THERE):
        raise Absent(said.text)
    if any(one in words for one in FORBIDDEN):
        raise Refused(said.text)


def _run(words: Sequence[str], stdin: bytes, seconds: float) -> _Said:
    """How git ended and what it said, in a file first: a server's words are forwarded and may be without end."""
    begun = time.monotonic()
    with tempfile.NamedTemporaryFile(prefix="headwater-git-") as file:
        try:
            code = command.run(
                words, env=_environment(), stdin=stdin, log=Path(file.name), timeout=seconds, accept=range(-64, 256)
            ).code
        except Failure:
            if time.monotonic() - begun < seconds:
                raise
            return _Said(code=TOO_LONG, text=f"it was not done within {seconds:.0f} s")
        said = Path(file.name).read_bytes() if Path(file.name).stat().st_size <= SAID else b"it says more than anybody reads"
    if code:
        return _Said(code=code, text=command.tail(said, 6).strip() or f"git ended with {code}")
    return _Said(code=0, text=said.decode(errors="replace"))


_proxies: dict[str, bool] = {}  # by host: whether git's own settings lead to it through another


def _behind_proxy(host: str, url: str) -> bool:
    if host and host not in _proxies:
        asked = command.run(
            [*SIZES, "git", "config", "--get-urlmatch", "http.proxy", url], env=_environment(), accept=range(256)
        )
        _proxies[host] = bool(asked.stdout.strip())
    return _proxies.get(host, False)


def _git(patience: Patience) -> list[str]:
    """`git` with settings that no user's and no repository's configuration undoes."""
    settings = {
        "core.hooksPath": os.devnull,
        "core.fsmonitor": "false",
        "core.askPass": "",
        "gc.auto": "0",
        "protocol.version": "2",
        "http.lowSpeedLimit": "1",  # bytes a second: a server that counts objects says hardly more than that it lives
        "http.lowSpeedTime": f"{max(1, patience.stall):.0f}",
    }
    return [*SIZES, "git", *(word for name, value in settings.items() for word in ("-c", f"{name}={value}"))]


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {f"GIT_{one}" for one in ELSEWHERE}}
    asks_nobody = {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "SSH_ASKPASS": "", "GIT_NO_LAZY_FETCH": "1"}
    return {**kept, **asks_nobody, "GIT_ALLOW_PROTOCOL": ":".join(PROTOCOLS), "LC_ALL": "C"}
