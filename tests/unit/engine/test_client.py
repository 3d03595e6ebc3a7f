"""The client against a server of the same protocol in this process: faults, batches, statuses."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from headwater.engine import Digest, digest_of_bytes
from headwater.engine.blobs import BATCH
from headwater.engine.client import Client
from headwater.engine.faults import Evicted
from headwater.engine.protos import bytestream_pb2 as bytes_pb
from headwater.engine.protos import bytestream_pb2_grpc as bytes_rpc
from headwater.engine.protos import execution_pb2 as pb
from headwater.engine.protos import execution_pb2_grpc as rpc
from headwater.engine.protos import operation_pb2
from headwater.errors import Failure, Kind


class Server(
    rpc.ContentAddressableStorageServicer, rpc.ExecutionServicer, rpc.ActionCacheServicer, bytes_rpc.ByteStreamServicer
):
    """Keeps blobs in memory; `faults` calls fail as if the network broke; `answer` ends every execution."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.faults = 0
        self.batches = 0
        self.answer = pb.ExecuteResponse()
        self.stream = ""
        self.asked: list[str] = []  # calls about executions
        self.cuts = 0  # streams of operations that end too early
        self.knows = True  # an operation by its name

    def FindMissingBlobs(self, request, context):  # noqa: N802 the protocol's own
        if self.faults:
            self.faults -= 1
            context.abort(grpc.StatusCode.UNAVAILABLE, "passing")
        return pb.FindMissingBlobsResponse(
            missing_blob_digests=[digest for digest in request.blob_digests if digest.hash not in self.blobs]
        )

    def BatchUpdateBlobs(self, request, context):  # noqa: ARG002, N802 the protocol's own
        self.batches += 1
        self.blobs |= {one.digest.hash: one.data for one in request.requests}
        return pb.BatchUpdateBlobsResponse(
            responses=[pb.BatchUpdateBlobsResponse.Response(digest=one.digest) for one in request.requests]
        )

    def Write(self, request_iterator, context):  # noqa: ARG002, N802 the protocol's own
        data = b""
        for one in request_iterator:
            name = one.resource_name
            assert one.write_offset == len(data)
            data += one.data
            assert one.finish_write == (len(data) == int(name.rpartition("/")[2]))
        self.blobs[name.split("/")[-2]] = data
        return bytes_pb.WriteResponse(committed_size=len(data))

    def Read(self, request, context) -> Iterator[bytes_pb.ReadResponse]:  # noqa: N802 the protocol's own
        data = self.blobs.get(request.resource_name.split("/")[-2])
        if data is None:
            context.abort(grpc.StatusCode.NOT_FOUND, "no such stream")
        yield from (bytes_pb.ReadResponse(data=data[at : at + 7]) for at in range(0, len(data), 7))

    def GetActionResult(self, request, context):  # noqa: ARG002, N802 the protocol's own
        context.abort(grpc.StatusCode.NOT_FOUND, "never seen")

    def Execute(self, request, context) -> Iterator[operation_pb2.Operation]:  # noqa: ARG002, N802 the protocol's own
        self.asked.append("Execute")
        yield from self._operations(context)

    def WaitExecution(self, request, context) -> Iterator[operation_pb2.Operation]:  # noqa: N802 the protocol's own
        self.asked.append(f"Wait {request.name}")
        if not self.knows:
            context.abort(grpc.StatusCode.NOT_FOUND, "restarted")
        yield from self._operations(context)

    def _operations(self, context) -> Iterator[operation_pb2.Operation]:
        first = operation_pb2.Operation(name="one")
        if self.stream:
            first.metadata.Pack(pb.ExecuteOperationMetadata(stdout_stream_name=self.stream))
        yield first
        if self.cuts:
            self.cuts -= 1
            context.abort(grpc.StatusCode.UNAVAILABLE, "cut")
        last = operation_pb2.Operation(name="one", done=True)
        last.response.Pack(self.answer)
        yield last


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Server, Client]]:
    server, ours = grpc.server(ThreadPoolExecutor(2)), Server()
    rpc.add_ContentAddressableStorageServicer_to_server(ours, server)
    rpc.add_ExecutionServicer_to_server(ours, server)
    rpc.add_ActionCacheServicer_to_server(ours, server)
    bytes_rpc.add_ByteStreamServicer_to_server(ours, server)
    server.add_insecure_port(f"unix:{tmp_path}/s")
    server.start()
    with grpc.insecure_channel(f"unix:{tmp_path}/s") as channel:
        yield ours, Client(channel)
    server.stop(None)


def test_a_passing_fault_is_tried_again(both: tuple[Server, Client]) -> None:
    server, client = both
    server.faults = 2
    digest = digest_of_bytes(b"x")
    assert client.missing([digest]) == {digest}


def test_small_content_goes_in_batches_and_big_content_in_pieces(both: tuple[Server, Client], tmp_path: Path) -> None:
    server, client = both
    big = b"b" * (BATCH + 1)
    (tmp_path / "big").write_bytes(big)
    small = {digest_of_bytes(data): data for data in (bytes([number]) * 400_000 for number in range(20))}
    client.upload([*small.items(), (digest_of_bytes(big), tmp_path / "big"), (digest_of_bytes(b""), b"")])
    assert not client.missing([*small, digest_of_bytes(big), digest_of_bytes(b"")])
    assert server.batches == 3
    assert server.blobs[digest_of_bytes(big).hash] == big


def test_what_comes_back_is_checked(both: tuple[Server, Client], tmp_path: Path) -> None:
    server, client = both
    digest = digest_of_bytes(b"true content")
    server.blobs[digest.hash] = b"true content"
    assert client.read(digest) == b"true content"
    server.blobs[digest.hash] = b"fake content"
    with pytest.raises(Failure):
        client.save(digest, tmp_path / "file")


def test_an_action_that_nobody_ran_has_no_result(both: tuple[Server, Client]) -> None:
    assert both[1].look_up(Digest("0" * 64, 3)) is None


def test_status_is_looked_at_before_the_exit_code(both: tuple[Server, Client]) -> None:
    server, client = both
    server.answer.status.code, server.answer.status.message = 13, "no sandbox"
    with pytest.raises(Failure) as raised:
        client.execute(Digest("0" * 64, 3), timeout=5)
    assert raised.value.kind is Kind.TOOL
    assert "no sandbox" in raised.value.problems[0].why


def test_a_limit_that_was_reached_is_an_outcome(both: tuple[Server, Client]) -> None:
    server, client = both
    server.answer.status.code = 4
    assert client.execute(Digest("0" * 64, 3), timeout=5).timed_out


def test_outputs_in_directories_are_flattened(both: tuple[Server, Client]) -> None:
    server, client = both
    child = pb.Directory(files=[pb.FileNode(name="x.rpm", digest=pb.Digest(hash="1" * 64, size_bytes=5))])
    below = digest_of_bytes(child.SerializeToString(deterministic=True))
    node = pb.DirectoryNode(name="noarch", digest=pb.Digest(hash=below.hash, size_bytes=below.size))
    tree = pb.Tree(root=pb.Directory(directories=[node]), children=[child]).SerializeToString(deterministic=True)
    digest = digest_of_bytes(tree)
    server.blobs[digest.hash] = tree
    server.answer.result.output_directories.add(path="RPMS", tree_digest=pb.Digest(hash=digest.hash, size_bytes=digest.size))
    outcome = client.execute(Digest("0" * 64, 3), timeout=5)
    assert {path: file.digest for path, file in outcome.outputs.items()} == {"RPMS/noarch/x.rpm": Digest("1" * 64, 5)}


def test_after_a_cut_the_same_operation_is_waited_for(both: tuple[Server, Client]) -> None:
    server, client = both
    server.cuts = 2
    assert client.execute(Digest("0" * 64, 3), timeout=5).code == 0
    assert server.asked == ["Execute", "Wait one", "Wait one"]


def test_an_operation_that_the_server_forgot_is_begun_anew(both: tuple[Server, Client]) -> None:
    server, client = both
    server.cuts, server.knows = 1, False
    assert client.execute(Digest("0" * 64, 3), timeout=5).code == 0
    assert server.asked == ["Execute", "Wait one", "Execute"]


def test_content_that_an_action_lacks_is_named(both: tuple[Server, Client]) -> None:
    server, client = both
    server.answer.status.code = 9
    with pytest.raises(Evicted):
        client.execute(Digest("0" * 64, 3), timeout=5)


def test_more_than_was_promised_is_not_taken(both: tuple[Server, Client], tmp_path: Path) -> None:
    server, client = both
    digest = digest_of_bytes(b"short")
    server.blobs[digest.hash] = b"s" * 10_000_000
    with pytest.raises(Failure):
        client.save(digest, tmp_path / "file")
    assert (tmp_path / "file").stat().st_size <= digest.size


def test_too_much_is_not_read_into_memory(both: tuple[Server, Client]) -> None:
    with pytest.raises(Failure) as raised:
        both[1].read(Digest("0" * 64, 1 << 40))
    assert raised.value.kind is Kind.TOOL


def test_a_log_is_heard_from_the_stream_that_the_engine_names(both: tuple[Server, Client]) -> None:
    server, client = both
    server.blobs["log"], server.stream = b"one\ntwo\nthree\n", "logs/log/1"
    heard: list[bytes] = []
    assert client.execute(Digest("0" * 64, 3), timeout=5, hear=heard.append).code == 0
    assert b"".join(heard) == b"one\ntwo\nthree\n"


def test_a_stream_that_is_not_there_stops_no_build(both: tuple[Server, Client]) -> None:
    server, client = both
    server.stream = "logs/gone/1"
    assert client.execute(Digest("0" * 64, 3), timeout=5, hear=lambda _: pytest.fail("nothing is there")).code == 0


def test_a_full_disk_of_the_engine_is_no_riddle(both: tuple[Server, Client]) -> None:
    server, client = both
    server.answer.status.code, server.answer.status.message = 13, "OutOfSpaceException exception thrown at [x.cpp:1]"
    with pytest.raises(Failure) as raised:
        client.execute(Digest("0" * 64, 3), timeout=5)
    assert raised.value.kind is Kind.STORE
