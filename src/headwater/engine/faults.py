"""What goes wrong between us and a server: tried again where it passes, else a problem that says what to do."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from threading import Event
from typing import TypeVar

import grpc

from headwater.engine.model import Digest
from headwater.engine.protos import status_pb2
from headwater.engine.server import Server
from headwater.errors import Failure, Kind, fail

PASSING = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.ABORTED, grpc.StatusCode.RESOURCE_EXHAUSTED}
PATIENCE = 120.0  # seconds that a server may be away: a restart, a cable, a laptop that woke up
FIRST, LONGEST = 0.1, 5.0  # seconds between two tries
AGAIN = "run it again: what was built is kept"
MISSING = re.compile(r"blobs/(?:sha256/)?([0-9a-f]{64})/(\d{1,18})")  # in a PreconditionFailure's subject

STAGED = re.compile(r'missing blob with digest "([0-9a-f]{64})/(\d{1,18})"')  # a buildbox-worker says it so, as INTERNAL

_NO_SPACE = re.compile(r"OutOfSpace|No space left on device|Disk quota exceeded")
_UNTRUSTED = re.compile(r"(?i)certificate|ssl|tls|handshake")
_SETTINGS = {  # code: what is wrong, and which setting says it
    grpc.StatusCode.UNAUTHENTICATED: ("does not know who we are", "token-file"),
    grpc.StatusCode.PERMISSION_DENIED: ("does not let us do this", "token-file"),
    grpc.StatusCode.UNIMPLEMENTED: ("does not do what we ask for", "url"),
}

T = TypeVar("T")


class Gone(Failure):
    """The server does not have it: often an answer, and a Failure where it was expected."""


class Evicted(Exception):
    """The server says that content is missing which an action needs; `digests` are those that it names, if it does."""

    def __init__(self, said: str, digests: frozenset[Digest] = frozenset()) -> None:
        super().__init__(said)
        self.digests = digests


def pauses(patience: float) -> Iterator[float]:
    """Seconds to wait before each further try, ever longer, until the patience is used up."""
    end, pause = time.monotonic() + patience, FIRST
    while time.monotonic() < end:
        yield pause
        pause = min(pause * 2, LONGEST)


def again(call: Callable[[], T], server: Server, patience: float, stopped: Event) -> T:
    """Call, and call again after a passing fault; raises Gone for what is not there, else a Failure."""
    waits = pauses(patience)
    while True:
        try:
            return call()
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                raise Gone(broken(error, server).problems) from error
            pause = next(waits, None) if passing(error) else None
            if pause is None or stopped.wait(pause):
                raise broken(error, server) from error


def passing(error: grpc.RpcError) -> bool:
    """May it work a little later? A wrong certificate stays wrong, though gRPC calls it unavailable, too."""
    return error.code() in PASSING and not _untrusted(error)


def broken(error: grpc.RpcError, server: Server) -> Failure:
    """A fault that does not pass, or did not in time."""
    code, said = error.code(), error.details() or ""
    why = f"{code.name}: {said[:2000]}"
    if _NO_SPACE.search(said):
        return _full(said, server)
    if _untrusted(error):
        hint = "grpc://, if it has no TLS" if "WRONG_VERSION_NUMBER" in said else server.setting("ca")
        return fail(Kind.CONFIG, f"`{server.url}` can not be trusted", why=why, hint=hint)
    if "instance" in said.lower() and code in {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND}:
        what = f"`{server.url}` has no instance `{server.instance}`"
        return fail(Kind.CONFIG, what, why=why, hint=server.setting("url"))
    if code in _SETTINGS:
        what, setting = _SETTINGS[code]
        return fail(Kind.CONFIG, f"`{server.url}` {what}", why=why, hint=server.setting(setting))
    if code is grpc.StatusCode.UNAVAILABLE and server.url.startswith("grpcs:") and "closed" in said.lower():
        hint = f"if it wants to see a certificate: {server.setting('certificate')}"
        return fail(Kind.TOOL, f"`{server.url}` hangs up", why=why, hint=hint)
    what = "does not answer" if code in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED} else "refuses"
    return fail(Kind.TOOL, f"`{server.url}` {what}", why=why, hint=AGAIN)


def refused(status: status_pb2.Status, server: Server, what: str) -> Failure:
    """An answer whose status says that it could not be done."""
    if _NO_SPACE.search(status.message):
        return _full(status.message, server)
    code = next((code for code in grpc.StatusCode if code.value[0] == status.code), grpc.StatusCode.UNKNOWN)
    why = f"{code.name}: {status.message[:2000]}"
    return fail(Kind.CONFIG if code in _SETTINGS else Kind.TOOL, f"`{server.url}` {what}", why=why)


def lost(status: status_pb2.Status) -> Evicted | None:
    """Did an action fail because content is not there (any more)? The API says so by FAILED_PRECONDITION."""
    subjects = [match[0] for match in STAGED.finditer(status.message)]
    if status.code == grpc.StatusCode.FAILED_PRECONDITION.value[0]:
        found = status_pb2.PreconditionFailure()
        for detail in status.details:
            if detail.Unpack(found):
                subjects += [one.subject for one in found.violations]
    elif not subjects:
        return None
    named = [match for subject in subjects if (match := MISSING.search(subject) or STAGED.search(subject))]
    return Evicted(status.message[:2000], frozenset(Digest(match[1], int(match[2])) for match in named))


def _full(said: str, server: Server) -> Failure:
    if "://" in server.url:
        hint = "free some there: where the server keeps content, or what its workers keep"
        return fail(Kind.TOOL, f"a disk of `{server.url}` is full", why=said[:2000], hint=hint)
    hint = "free some of the disk; hw store gc --free 10"
    return fail(Kind.STORE, "the engine's disk is full", why=said[:2000], hint=hint)


def _untrusted(error: grpc.RpcError) -> bool:
    return error.code() is grpc.StatusCode.UNAVAILABLE and bool(_UNTRUSTED.search(error.details() or ""))
