"""Content at a server, by digest: what is missing there, here it is, give me that. Everything that comes back is checked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import grpc

from headwater.engine.action import message_of
from headwater.engine.faults import refused
from headwater.engine.model import Content, Digest
from headwater.engine.outcome import checked
from headwater.engine.protos import bytestream_pb2 as bytes_pb
from headwater.engine.protos import bytestream_pb2_grpc as bytes_rpc
from headwater.engine.protos import execution_pb2 as pb
from headwater.engine.protos import execution_pb2_grpc as rpc
from headwater.engine.server import Server
from headwater.errors import Kind, fail

BATCH = 3 << 20  # bytes of one BatchUpdateBlobs; gRPC refuses messages above 4 MiB
PIECE = 1 << 20  # bytes of one message of a stream
ASK = 20_000  # digests in one FindMissingBlobs
MOST = 512 << 20  # bytes that are read into memory
SLOW = 300.0  # seconds for an answer to a question that moves no content
SLOWEST = 64 << 10  # bytes that a connection must carry in a second

T = TypeVar("T")
Again = Callable[[Callable[[], T]], T]  # calls, and calls again after a passing fault


class Blobs:
    """The content of one server. `again` is how its calls are made."""

    def __init__(self, channel: grpc.Channel, server: Server, again: Again[Any]) -> None:
        self.server, self._again = server, again
        self._instance = server.instance
        self._prefix = f"{server.instance}/" if server.instance else ""
        self._cas = rpc.ContentAddressableStorageStub(channel)
        self._bytes = bytes_rpc.ByteStreamStub(channel)
        self.batch = BATCH  # the server may want less

    def missing(self, digests: Iterable[Digest]) -> set[Digest]:
        """Those that the server does not have."""
        wanted = sorted(set(digests))
        found: set[Digest] = set()
        for start in range(0, len(wanted), ASK):
            request = pb.FindMissingBlobsRequest(
                instance_name=self._instance,
                blob_digests=[message_of(digest) for digest in wanted[start : start + ASK]],
            )
            answer = self._again(partial(self._cas.FindMissingBlobs, request, timeout=SLOW))
            found |= {checked(digest) for digest in answer.missing_blob_digests}
        return found & set(wanted)

    def upload(self, blobs: Mapping[Digest, Content] | Iterable[tuple[Digest, Content]]) -> None:
        """Hand content over; the server checks each against its digest and refuses what does not fit."""
        batch: list[tuple[Digest, bytes]] = []
        room = self.batch
        for digest, content in blobs.items() if isinstance(blobs, Mapping) else blobs:
            if digest.size > self.batch // 2:
                self._write(digest, content)
                continue
            data = content if isinstance(content, bytes) else content.read_bytes()
            if len(data) + 200 > room:
                self._send(batch)
                batch, room = [], self.batch
            batch.append((digest, data))
            room -= len(data) + 200
        self._send(batch)

    def read(self, digest: Digest, at_most: int = MOST) -> bytes:
        """Content as bytes, checked; raises Gone where it is not there."""
        if digest.size > at_most:
            why = f"it has {digest.size} bytes, and at most {at_most} are read into memory"
            raise fail(Kind.TOOL, f"`{digest.hash}` is too large", why=why)
        data: bytes = self._again(lambda: b"".join(self._pieces(digest)))
        return data

    def save(self, digest: Digest, path: Path) -> None:
        """Content into a file, checked; raises Gone where it is not there. After a Failure the file means nothing."""

        def whole() -> None:
            with path.open("wb") as file:
                for piece in self._pieces(digest):
                    file.write(piece)

        self._again(whole)

    def _pieces(self, digest: Digest) -> Iterator[bytes]:
        hasher, size = hashlib.sha256(), 0
        if digest.size:
            request = bytes_pb.ReadRequest(resource_name=f"{self._prefix}blobs/{digest.hash}/{digest.size}")
            call = self._bytes.Read(request, timeout=_seconds(digest))
            for answer in call:
                size += len(answer.data)
                if size > digest.size:  # it may never end
                    call.cancel()
                    break
                hasher.update(answer.data)
                yield answer.data
        if (hasher.hexdigest(), size) != (digest.hash, digest.size):
            what = f"`{self.server.url}` returned something else than `{digest.hash}`"
            why = f"more than its {digest.size} bytes came" if size > digest.size else f"{size} bytes with another digest came"
            raise fail(Kind.TOOL, what, why=why)

    def _write(self, digest: Digest, content: Content) -> None:
        def requests() -> Iterator[bytes_pb.WriteRequest]:
            name = f"{self._prefix}uploads/{uuid4()}/blobs/{digest.hash}/{digest.size}"
            offset = 0
            for piece in _cut(content):
                offset += len(piece)
                yield bytes_pb.WriteRequest(
                    resource_name=name, write_offset=offset - len(piece), data=piece, finish_write=offset == digest.size
                )

        answer = self._again(lambda: self._bytes.Write(requests(), timeout=_seconds(digest)))
        if answer.committed_size not in {digest.size, -1}:
            what = f"`{self.server.url}` did not take `{digest.hash}`"
            raise fail(Kind.TOOL, what, why=f"{answer.committed_size} of {digest.size} bytes")

    def _send(self, batch: list[tuple[Digest, bytes]]) -> None:
        if not batch:
            return
        request = pb.BatchUpdateBlobsRequest(
            instance_name=self._instance,
            requests=[pb.BatchUpdateBlobsRequest.Request(digest=message_of(digest), data=data) for digest, data in batch],
        )
        for answer in self._again(partial(self._cas.BatchUpdateBlobs, request, timeout=SLOW)).responses:
            if answer.status.code:
                raise refused(answer.status, self.server, f"did not take `{checked(answer.digest).hash}`")


def _seconds(digest: Digest) -> float:
    return SLOW + digest.size / SLOWEST


def _cut(content: Content) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield from (content[start : start + PIECE] for start in range(0, len(content), PIECE))
        return
    with content.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
