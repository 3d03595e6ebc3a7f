"""Speaks the Remote Execution API with one server: what can you do, what do you know, run this."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

import grpc

from headwater.engine.action import message_of
from headwater.engine.blobs import BATCH, SLOW, Blobs
from headwater.engine.execution import Execution
from headwater.engine.faults import PATIENCE, Gone, again, broken, lost, refused
from headwater.engine.model import Digest, Outcome
from headwater.engine.outcome import outcome_of, result_of
from headwater.engine.protos import bytestream_pb2_grpc as bytes_rpc
from headwater.engine.protos import execution_pb2 as pb
from headwater.engine.protos import execution_pb2_grpc as rpc
from headwater.engine.protos import local_cas_pb2 as local_pb
from headwater.engine.protos import local_cas_pb2_grpc as local_rpc
from headwater.engine.protos import operation_pb2 as operation_pb
from headwater.engine.protos import operation_pb2_grpc as operation_rpc
from headwater.engine.server import Server
from headwater.engine.stream import Stream
from headwater.errors import Kind, fail

EXPIRED = 4  # gRPC's DEADLINE_EXCEEDED
PROMPT = 5.0  # seconds for an answer when we are about to leave, or only want to know whether somebody is there
FIRST = 15.0  # seconds for the first answer; who is not there when we begin may not be there at all
SHA256 = 1  # among the digest functions

CASD = Server(url="buildbox-casd")  # the engine of this machine, as messages call it

T = TypeVar("T")
Hear = Callable[[bytes], None]


class Client:
    """One connection to one server, usable from several threads."""

    def __init__(self, channel: grpc.Channel, server: Server = CASD, *, patience: float = PATIENCE) -> None:
        """`patience` is for how many seconds the server may be away."""
        self.server, self._patience = server, patience
        self._cache = rpc.ActionCacheStub(channel)
        self._execution = rpc.ExecutionStub(channel)
        self._bytes = bytes_rpc.ByteStreamStub(channel)
        self._local = local_rpc.LocalContentAddressableStorageStub(channel)
        self._capabilities = rpc.CapabilitiesStub(channel)
        self._operations = operation_rpc.OperationsStub(channel)
        self.running: set[str] = set()  # operations that we began
        self.waiting_told = False
        self.stopped = Event()
        self._blobs = Blobs(channel, server, self._again)
        self.missing, self.upload = self._blobs.missing, self._blobs.upload
        self.read, self.save = self._blobs.read, self._blobs.save

    def alive(self, seconds: float = 2) -> bool:
        """Does the server answer, and does it execute?"""
        try:
            return bool(self._ask(seconds, wait=True).execution_capabilities.exec_enabled)
        except grpc.RpcError:
            return False

    def greet(self) -> pb.ServerCapabilities:
        """What the server can do. A Failure says what is wrong with it, or with what we told of it."""
        found = again(partial(self._ask, FIRST), self.server, min(FIRST, self._patience), self.stopped)
        cache = found.cache_capabilities
        if cache.digest_functions and SHA256 not in cache.digest_functions:
            what = f"`{self.server.url}` does not know content by SHA-256"
            raise fail(Kind.CONFIG, what, why="Headwater speaks of content in no other way", hint=self.server.setting("url"))
        if cache.max_batch_total_size_bytes > 0:
            self._blobs.batch = min(BATCH, cache.max_batch_total_size_bytes)
        return found

    def look_up(self, digest: Digest) -> Outcome | None:
        """The kept result of an action, if there is one."""
        request = pb.GetActionResultRequest(instance_name=self.server.instance, action_digest=message_of(digest))
        try:
            result = self._again(partial(self._cache.GetActionResult, request, timeout=SLOW))
            return outcome_of(result, self.read, cached=True)
        except Gone:
            return None

    def keep(self, digest: Digest, outcome: Outcome) -> None:
        """Give the server a result to keep; its content must be there already."""
        request = pb.UpdateActionResultRequest(
            instance_name=self.server.instance, action_digest=message_of(digest), action_result=result_of(outcome)
        )
        self._again(partial(self._cache.UpdateActionResult, request, timeout=SLOW))

    def execute(
        self, digest: Digest, *, timeout: float, fresh: bool = False, hear: Hear | None = None, wants: str = "any platform"
    ) -> Outcome:
        """Run an action whose tree and messages were uploaded; `fresh` ignores a kept result. Waits for its end.

        `wants` is the kind of worker that it needs, in words. `hear` gets its log while it is written, from another thread,
        where the server has a stream of it. A command that fails is an Outcome with its code; a server that can not run it is a
        Failure, one that lacks content raises Evicted.
        """
        request = pb.ExecuteRequest(
            instance_name=self.server.instance, action_digest=message_of(digest), skip_cache_lookup=fresh
        )

        def begin(name: str) -> Any:
            waited = pb.WaitExecutionRequest(name=name)
            return self._execution.WaitExecution(waited) if name else self._execution.Execute(request)

        stream = Stream(self._bytes.Read, hear)
        execution = Execution(self.server, begin, partial(self.alive, PROMPT), self, wants)
        try:
            response = execution.finish(timeout=timeout, patience=self._patience, stream=stream)
        finally:
            stream.close()
        if response.status.code == EXPIRED:
            return outcome_of(response.result, self.read, timed_out=True)
        if response.status.code:
            response.status.message = response.status.message or response.message
            raise lost(response.status) or refused(response.status, self.server, "could not run an action")
        return outcome_of(response.result, self.read, cached=response.cached_result)

    def stop(self) -> None:
        """End all actions that run for us: an engine that others use too would go on with them. Begins no more."""
        self.stopped.set()
        for name in tuple(self.running):
            with suppress(grpc.RpcError):
                self._operations.CancelOperation(operation_pb.CancelOperationRequest(name=name), timeout=PROMPT)

    @contextmanager
    def stage(self, root: Digest) -> Iterator[Path]:
        """A tree as a writable folder of this machine, for as long as the block runs; only casd can do it."""
        request = local_pb.StageTreeRequest(instance_name=self.server.instance, root_digest=message_of(root))
        over = Event()

        def requests() -> Iterator[local_pb.StageTreeRequest]:
            yield request
            over.wait()
            yield local_pb.StageTreeRequest()

        answers = self._local.StageTree(requests())
        try:
            yield Path(next(answers).path)
        except grpc.RpcError as error:
            raise broken(error, self.server) from error
        finally:
            over.set()
            list(answers)

    def _again(self, call: Callable[[], T]) -> T:
        return again(call, self.server, self._patience, self.stopped)

    def _ask(self, seconds: float, *, wait: bool = False) -> pb.ServerCapabilities:
        request = pb.GetCapabilitiesRequest(instance_name=self.server.instance)
        found: pb.ServerCapabilities = self._capabilities.GetCapabilities(request, timeout=seconds, wait_for_ready=wait)
        return found
