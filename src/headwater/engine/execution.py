"""One action at a server, from asking to its end: heard while it runs, taken up again where the connection was cut.

The API gives an action under way a name. Who lost the stream of its operations asks for it by that name; a server that does not
know it any more (it was restarted) is asked for the action itself, which it finds in its cache or runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import Any, Protocol

import grpc

from headwater.engine.faults import AGAIN, Evicted, broken, lost, passing, pauses, refused
from headwater.engine.protos import execution_pb2 as pb
from headwater.engine.server import Server
from headwater.engine.stream import Stream
from headwater.errors import Failure, Kind, fail
from headwater.progress import step

BEAT = 20.0  # seconds of silence until the server is asked whether it is still there; twice no answer is a cut
QUEUE = 3600.0  # seconds that an action may wait for a worker
CUTS = 1000  # of one connection; a server that never gets further is broken
GRACE = 600.0  # seconds beyond an action's own limit: a worker fetches and uploads before and after

Ask = Callable[[], bool]  # is the server there?
Begin = Callable[[str], Any]  # operations: of the one with this name, or of a new one


class Crew(Protocol):
    """All that this process has under way at a server: names of operations, and whether they are to be ended."""

    stopped: Event
    running: set[str]
    waiting_told: bool

    def stop(self) -> None: ...


class Execution:
    """What is known of one action under way."""

    def __init__(self, server: Server, begin: Begin, ask: Ask, crew: Crew, wants: str) -> None:
        """`wants` is what kind of worker the action needs, in words."""
        self._server, self._begin, self._ask, self._crew, self._wants = server, begin, ask, crew, wants
        self._name = ""
        self._stage, self._since, self._heard = 0, 0.0, 0.0
        self._over: Failure | None = None  # why we ended the call ourselves
        self._silent = False

    def finish(self, *, timeout: float, patience: float, stream: Stream) -> pb.ExecuteResponse:
        """Wait for the end. Raises Evicted where content is missing, a Failure where the server can not run it."""
        waits = pauses(patience)
        for _ in range(CUTS):
            self._silent = False
            try:
                response = self._listen(self._begin(self._name), timeout, stream)
                if response:
                    return response
                fault: grpc.RpcError | None = None
            except grpc.RpcError as error:
                fault = error
            if self._over:
                raise self._over
            if self._heard:  # it went on since the last cut
                waits, self._heard = pauses(patience), 0.0
            pause = self._take(fault, waits)
            if pause is None or self._crew.stopped.wait(pause):
                break
        raise self._given_up(fault)

    def _take(self, fault: grpc.RpcError | None, waits: Iterator[float]) -> float | None:
        """Seconds until the next try; None to give up."""
        code = fault.code() if fault else None
        if code is grpc.StatusCode.NOT_FOUND and self._name:
            self._name = ""  # it forgot; the action itself is asked for again
            return next(waits, None)
        if fault and code is grpc.StatusCode.FAILED_PRECONDITION:
            raise Evicted(fault.details() or "") from fault
        return next(waits, None) if fault is None or self._silent or passing(fault) else None

    def _given_up(self, fault: grpc.RpcError | None) -> Failure:
        if fault is None or self._silent:
            why = "it ended the conversation before the action ended" if fault is None else "it was silent for too long"
            return fail(Kind.TOOL, f"`{self._server.url}` does not answer", why=why, hint=AGAIN)
        return broken(fault, self._server)

    def _listen(self, call: Any, timeout: float, stream: Stream) -> pb.ExecuteResponse | None:
        """Operations until the last one; None where the stream ended without."""
        self._since, over = time.monotonic(), Event()
        watcher = Thread(target=self._watch, args=(call, timeout, over), name="watch", daemon=True)
        watcher.start()
        try:
            for operation in call:
                self._notice(operation, stream)
                if operation.done:
                    return self._answer(operation)
        finally:
            over.set()
            self._crew.running.discard(self._name)
        return None

    def _notice(self, operation: Any, stream: Stream) -> None:
        self._heard = time.monotonic()
        self._name = operation.name
        self._crew.running.add(operation.name)
        if self._crew.stopped.is_set():
            self._crew.stop()
        stream.notice(operation)
        told = pb.ExecuteOperationMetadata()
        if operation.metadata.Unpack(told) and told.stage != self._stage:
            self._stage, self._since = told.stage, self._heard

    def _answer(self, operation: Any) -> pb.ExecuteResponse:
        if operation.HasField("error"):
            raise lost(operation.error) or refused(operation.error, self._server, "could not run an action")
        response = pb.ExecuteResponse()
        if not operation.response.Unpack(response):
            what = f"`{self._server.url}` answered in an unknown way"
            raise fail(Kind.TOOL, what, why=operation.response.type_url[:200])
        return response

    def _watch(self, call: Any, timeout: float, over: Event) -> None:
        """In a thread: end a call that says nothing any more, or that takes longer than it may."""
        unanswered = 0
        while not over.wait(min(BEAT, max(self._left(timeout), 0.05))):
            if self._left(timeout) <= 0:
                self._over = self._late(timeout)
                call.cancel()
                return
            self._tell()
            quiet = time.monotonic() - max(self._heard, self._since) >= BEAT
            unanswered = unanswered + 1 if quiet and not self._ask() else 0
            if unanswered >= 2:
                self._silent = True
                call.cancel()
                return

    def _tell(self) -> None:
        """Say once in a run that no worker is free: it may be busy, or there may be none of the kind."""
        if self._waits() and not self._crew.waiting_told and time.monotonic() - self._since >= BEAT:
            self._crew.waiting_told = True
            with step("engine", self._server.url, reason=f"an action waits for a worker with {self._wants}"):
                pass

    def _waits(self) -> bool:
        return bool(self._stage == pb.ExecuteOperationMetadata.QUEUED)

    def _left(self, timeout: float) -> float:
        return self._since + (QUEUE if self._waits() else timeout + GRACE) - time.monotonic()

    def _late(self, timeout: float) -> Failure:
        if self._waits():
            why = f"it waited for {QUEUE:.0f} s for a worker with {self._wants}"
            return fail(Kind.TOOL, f"no worker of `{self._server.url}` took an action", why=why, hint="look at its workers")
        why = f"it did not end within {timeout + GRACE:.0f} s, though its own limit is {timeout:.0f} s"
        return fail(Kind.TOOL, f"`{self._server.url}` did not end an action", why=why, hint=AGAIN)
