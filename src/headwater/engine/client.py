"""Speaks the Remote Execution API: what is missing, here it is, run this, give me that. Passing faults are tried again."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any, TypeVar
from uuid import uuid4

import grpc

from headwater.engine import action as actions
from headwater.engine import wire
from headwater.engine.model import Content, Digest, File, Outcome, digest_of_bytes
from headwater.engine.protos import bytestream_pb2 as bytes_pb
from headwater.engine.protos import bytestream_pb2_grpc as bytes_rpc
from headwater.engine.protos import execution_pb2 as pb
from headwater.engine.protos import execution_pb2_grpc as rpc
from headwater.engine.protos import local_cas_pb2 as local_pb
from headwater.engine.protos import local_cas_pb2_grpc as local_rpc
from headwater.engine.protos import operation_pb2 as operation_pb
from headwater.engine.protos import operation_pb2_grpc as operation_rpc
from headwater.engine.stream import Stream
from headwater.errors import Failure, Kind, fail

BATCH = 3 << 20  # bytes of one BatchUpdateBlobs; gRPC refuses messages above 4 MiB
PIECE = 1 << 20  # bytes of one message of a stream
ASK = 20_000  # digests in one FindMissingBlobs
TRIES = 5
MISSING, EXPIRED = 5, 4  # gRPC's NOT_FOUND and DEADLINE_EXCEEDED
PASSING = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.ABORTED, grpc.StatusCode.RESOURCE_EXHAUSTED}
PROMPT = 5  # seconds for an answer when we are about to leave
GRACE = 600  # seconds beyond an action's own limit until we give up on the engine (its queue and its uploads)

_FULL = re.compile(r"OutOfSpace|No space left on device|Disk quota exceeded")

T = TypeVar("T")
Hear = Callable[[bytes], None]


class Client:
    """One connection to one engine, usable from several threads."""

    def __init__(self, channel: grpc.Channel, instance: str = "") -> None:
        self._instance = instance
        self._prefix = f"{instance}/" if instance else ""
        self._cas = rpc.ContentAddressableStorageStub(channel)
        self._cache = rpc.ActionCacheStub(channel)
        self._execution = rpc.ExecutionStub(channel)
        self._bytes = bytes_rpc.ByteStreamStub(channel)
        self._local = local_rpc.LocalContentAddressableStorageStub(channel)
        self._capabilities = rpc.CapabilitiesStub(channel)
        self._operations = operation_rpc.OperationsStub(channel)
        self._running: set[str] = set()  # operations that we began
        self.stopped = Event()

    def alive(self, seconds: float = 2) -> bool:
        """Does the engine answer, and does it execute?"""
        try:
            found = self._capabilities.GetCapabilities(
                pb.GetCapabilitiesRequest(instance_name=self._instance), timeout=seconds, wait_for_ready=True
            )
        except grpc.RpcError:
            return False
        return bool(found.execution_capabilities.exec_enabled)

    def missing(self, digests: Iterable[Digest]) -> set[Digest]:
        """Those that the engine does not have."""
        wanted = sorted(set(digests))
        found: set[Digest] = set()
        for start in range(0, len(wanted), ASK):
            request = pb.FindMissingBlobsRequest(
                instance_name=self._instance,
                blob_digests=[actions.message_of(digest) for digest in wanted[start : start + ASK]],
            )
            answer = _again(partial(self._cas.FindMissingBlobs, request))
            found |= {Digest(digest.hash, digest.size_bytes) for digest in answer.missing_blob_digests}
        return found

    def upload(self, blobs: Mapping[Digest, Content] | Iterable[tuple[Digest, Content]]) -> None:
        """Hand content over; the engine checks each against its digest and refuses what does not fit."""
        batch: list[tuple[Digest, bytes]] = []
        room = BATCH
        for digest, content in blobs.items() if isinstance(blobs, Mapping) else blobs:
            if digest.size > BATCH // 2:
                self._write(digest, content)
                continue
            data = content if isinstance(content, bytes) else content.read_bytes()
            if len(data) + 200 > room:
                self._send(batch)
                batch, room = [], BATCH
            batch.append((digest, data))
            room -= len(data) + 200
        self._send(batch)

    def look_up(self, digest: Digest) -> Outcome | None:
        """The kept result of an action, if there is one."""
        request = pb.GetActionResultRequest(instance_name=self._instance, action_digest=actions.message_of(digest))
        try:
            result = _again(lambda: self._cache.GetActionResult(request))
        except _Gone:
            return None
        return self._outcome(result, cached=True)

    def execute(self, digest: Digest, *, timeout: float, fresh: bool = False, hear: Hear | None = None) -> Outcome:
        """Run an action whose tree and messages were uploaded; `fresh` ignores a kept result. Waits for its end.

        `hear` gets its log while it is written, from another thread, where the engine has a stream of it. A command that
        fails is an Outcome with its code; an engine that can not run it is a Failure.
        """
        request = pb.ExecuteRequest(
            instance_name=self._instance, action_digest=actions.message_of(digest), skip_cache_lookup=fresh
        )
        stream = Stream(self._bytes.Read, hear)
        try:
            response = _again(lambda: self._finish(self._execution.Execute(request, timeout=timeout + GRACE), stream))
        finally:
            stream.close()
        code, said = response.status.code, response.status.message or response.message
        if code == EXPIRED:
            return self._outcome(response.result, timed_out=True)
        if _FULL.search(said):
            raise _full(said)
        if code:
            raise fail(Kind.TOOL, "the engine could not run an action", why=f"gRPC code {code}: {said}\naction {digest.hash}")
        return self._outcome(response.result, cached=response.cached_result)

    def stop(self) -> None:
        """End all actions that run for us: an engine that others use too would go on with them. Begins no more."""
        self.stopped.set()
        for name in tuple(self._running):
            with suppress(grpc.RpcError):
                self._operations.CancelOperation(operation_pb.CancelOperationRequest(name=name), timeout=PROMPT)

    def read(self, digest: Digest) -> bytes:
        """Content as bytes, checked."""
        return b"".join(self._pieces(digest))

    def save(self, digest: Digest, path: Path) -> None:
        """Content into a file, checked."""
        with path.open("wb") as file:
            for piece in self._pieces(digest):
                file.write(piece)

    @contextmanager
    def stage(self, root: Digest) -> Iterator[Path]:
        """A tree as a writable folder of this machine, for as long as the block runs; only casd can do it."""
        request = local_pb.StageTreeRequest(instance_name=self._instance, root_digest=actions.message_of(root))
        over = Event()

        def requests() -> Iterator[local_pb.StageTreeRequest]:
            yield request
            over.wait()
            yield local_pb.StageTreeRequest()

        answers = self._local.StageTree(requests())
        try:
            yield Path(next(answers).path)
        except grpc.RpcError as error:
            raise _broken(error) from error
        finally:
            over.set()
            list(answers)

    def _pieces(self, digest: Digest) -> Iterator[bytes]:
        hasher, size = hashlib.sha256(), 0
        request = bytes_pb.ReadRequest(resource_name=f"{self._prefix}blobs/{digest.hash}/{digest.size}")
        if digest.size:
            try:
                for answer in self._bytes.Read(request):
                    size += len(answer.data)
                    hasher.update(answer.data)
                    yield answer.data
            except grpc.RpcError as error:
                raise _broken(error) from error
        if (hasher.hexdigest(), size) != (digest.hash, digest.size):
            raise fail(Kind.TOOL, f"the engine returned something else than `{digest.hash}`", why=f"{size} bytes came")

    def _write(self, digest: Digest, content: Content) -> None:
        def requests() -> Iterator[bytes_pb.WriteRequest]:
            name = f"{self._prefix}uploads/{uuid4()}/blobs/{digest.hash}/{digest.size}"
            offset = 0
            for piece in _cut(content):
                offset += len(piece)
                yield bytes_pb.WriteRequest(
                    resource_name=name, write_offset=offset - len(piece), data=piece, finish_write=offset == digest.size
                )

        answer = _again(lambda: self._bytes.Write(requests()))
        if answer.committed_size not in {digest.size, -1}:
            raise fail(
                Kind.TOOL, f"the engine did not take `{digest.hash}`", why=f"{answer.committed_size} of {digest.size} bytes"
            )

    def _send(self, batch: list[tuple[Digest, bytes]]) -> None:
        if not batch:
            return
        request = pb.BatchUpdateBlobsRequest(
            instance_name=self._instance,
            requests=[
                pb.BatchUpdateBlobsRequest.Request(digest=actions.message_of(digest), data=data) for digest, data in batch
            ],
        )
        for answer in _again(lambda: self._cas.BatchUpdateBlobs(request)).responses:
            if answer.status.code:
                raise fail(Kind.TOOL, f"the engine refused content `{answer.digest.hash}`", why=answer.status.message)

    def _finish(self, operations: Iterable[Any], stream: Stream) -> Any:
        name = ""
        try:
            for operation in operations:
                name = operation.name
                stream.notice(operation)
                self._running.add(name)
                if self.stopped.is_set():
                    self.stop()
                if operation.HasField("error"):
                    raise fail(Kind.TOOL, "the engine could not run an action", why=operation.error.message)
                if operation.done:
                    response = pb.ExecuteResponse()
                    if not operation.response.Unpack(response):
                        raise fail(Kind.TOOL, "the engine answered in an unknown way", why=operation.response.type_url)
                    return response
        finally:
            self._running.discard(name)
        raise fail(Kind.TOOL, "the engine ended a conversation before the action ended")

    def _outcome(self, result: pb.ActionResult, *, cached: bool = False, timed_out: bool = False) -> Outcome:
        outputs = {output.path: File(_digest(output.digest), output.is_executable) for output in result.output_files}
        for output in result.output_directories:
            outputs |= dict(_flatten(output.path, pb.Tree.FromString(self.read(_digest(output.tree_digest)))))
        return Outcome(
            code=result.exit_code,
            outputs=dict(sorted(outputs.items())),
            log=_digest(result.stdout_digest) if result.stdout_digest.hash else None,
            log_bytes=result.stdout_raw + result.stderr_raw,
            cached=cached,
            timed_out=timed_out,
        )


class _Gone(Exception):
    """The engine does not have it."""


def _digest(message: pb.Digest) -> Digest:
    return Digest(message.hash, message.size_bytes)


def _flatten(at: str, tree: pb.Tree) -> Iterator[tuple[str, File]]:
    known = {digest_of_bytes(wire.encode(child)): child for child in map(wire.decode, tree.children)}
    waiting = [(at, wire.decode(tree.root))]
    while waiting:
        path, directory = waiting.pop()
        yield from ((f"{path}/{name}", file) for name, file in directory.files.items())
        waiting += [(f"{path}/{name}", known[digest]) for name, digest in directory.directories.items()]


def _cut(content: Content) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield from (content[start : start + PIECE] for start in range(0, len(content), PIECE))
        return
    with content.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _again(call: Callable[[], T]) -> T:
    """Call, and call again after a passing fault, waiting longer each time."""
    for attempt in range(TRIES):
        try:
            return call()
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                raise _Gone from error
            if error.code() not in PASSING or attempt == TRIES - 1:
                raise _broken(error) from error
            time.sleep(0.1 * 4**attempt)
    raise AssertionError("the last attempt returns or raises")


def _full(said: str | None) -> Failure:
    hint = "free some of the disk; hw store gc drops what was not used for long"
    return fail(Kind.STORE, "the engine's disk is full", why=said or "", hint=hint)


def _broken(error: grpc.RpcError) -> Failure:
    if _FULL.search(error.details() or ""):
        return _full(error.details())
    return fail(
        Kind.TOOL, "the engine does not answer as it should", why=f"{error.code().name}: {error.details()}", hint="run it again"
    )
