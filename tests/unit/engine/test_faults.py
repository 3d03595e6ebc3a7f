"""Which faults pass, and what is read from those that do not."""

import grpc
import pytest

from headwater.engine import Digest, Server
from headwater.engine.faults import broken, lost, passing, pauses
from headwater.engine.protos import status_pb2
from headwater.errors import Kind

SERVER = Server(url="grpcs://builds.example/main")


class Fault(grpc.RpcError):
    def __init__(self, code: grpc.StatusCode, said: str = "") -> None:
        self._code, self._said = code, said

    def code(self) -> grpc.StatusCode:
        return self._code

    def details(self) -> str:
        return self._said


@pytest.mark.parametrize(
    ("code", "said", "kind", "hint"),
    [
        ("UNAVAILABLE", "Connection refused", Kind.TOOL, "again"),
        ("UNAVAILABLE", "Ssl handshake failed: CERTIFICATE_VERIFY_FAILED", Kind.CONFIG, "HEADWATER_ENGINE_CA"),
        ("UNAVAILABLE", "Tls handshake failed: WRONG_VERSION_NUMBER", Kind.CONFIG, "grpc://"),
        ("INVALID_ARGUMENT", "Invalid instance name: [main]", Kind.CONFIG, "HEADWATER_ENGINE,"),
        ("UNAUTHENTICATED", "no token", Kind.CONFIG, "HEADWATER_ENGINE_TOKEN_FILE"),
        ("PERMISSION_DENIED", "not you", Kind.CONFIG, "HEADWATER_ENGINE_TOKEN_FILE"),
        ("INTERNAL", "No space left on device", Kind.TOOL, "free some there"),
        ("INTERNAL", "boom", Kind.TOOL, "again"),
    ],
)
def test_each_fault_has_its_kind_and_a_way_on(code: str, said: str, kind: Kind, hint: str) -> None:
    (problem,) = broken(Fault(grpc.StatusCode[code], said), SERVER).problems
    assert problem.kind is kind
    assert hint in problem.hint
    assert said in problem.why


def test_a_wrong_certificate_does_not_pass() -> None:
    assert passing(Fault(grpc.StatusCode.UNAVAILABLE, "Connection refused"))
    assert not passing(Fault(grpc.StatusCode.UNAVAILABLE, "certificate verify failed"))


def test_missing_content_is_read_from_both_ways_to_say_it() -> None:
    one, two = Digest("a" * 64, 17), Digest("b" * 64, 3)
    violation = status_pb2.PreconditionFailure.Violation(type="MISSING", subject=f"blobs/{one.hash}/{one.size}")
    standard = status_pb2.Status(code=9)
    standard.details.add().Pack(status_pb2.PreconditionFailure(violations=[violation]))
    worker = status_pb2.Status(code=13, message=f'Could not fetch missing blob with digest "{two.hash}/{two.size}": ')
    assert lost(standard).digests == {one}
    assert lost(worker).digests == {two}
    assert lost(status_pb2.Status(code=9, message="unknown property")).digests == frozenset()
    assert lost(status_pb2.Status(code=13, message="boom")) is None


def test_pauses_grow_and_end() -> None:
    found = [pause for pause, _ in zip(pauses(1e9), range(20), strict=False)]
    assert found == sorted(found)
    assert max(found) < 10
    assert not list(pauses(-1))
