"""The log of an action that runs elsewhere: what the API calls `stdout_stream_name`, a ByteStream that grows while it runs."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

import grpc

from headwater.engine.protos import bytestream_pb2 as bytes_pb
from headwater.engine.protos import execution_pb2 as pb

PATIENCE = 5  # seconds for what is still on its way when the action has ended


class Stream:
    """Reads a log once an operation says where it is. What is heard is for looking at; the outcome's log is what counts."""

    def __init__(self, read: Callable[[bytes_pb.ReadRequest], Any], hear: Callable[[bytes], None] | None) -> None:
        self._read, self._hear = read, hear
        self._call: Any = None
        self._thread: Thread | None = None

    def notice(self, operation: Any) -> None:
        """Look whether an operation tells of a stream; the first one counts."""
        told = pb.ExecuteOperationMetadata()
        if self._hear and not self._thread and operation.metadata.Unpack(told) and told.stdout_stream_name:
            self._call = self._read(bytes_pb.ReadRequest(resource_name=told.stdout_stream_name))
            self._thread = Thread(target=self._follow, name="log", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """The action ended: hear the rest, if it comes soon."""
        if self._thread:
            self._thread.join(PATIENCE)
            self._call.cancel()
            self._thread.join()

    def _follow(self) -> None:
        assert self._hear, "a stream is followed for somebody"
        try:
            for answer in self._call:
                self._hear(answer.data)
        except grpc.RpcError:
            return  # not there, or cut: the build goes on without
