"""Actions: equal ones have equal digests, and everything that may change the result changes the digest."""

import msgspec
import pytest

from headwater.engine import Action, Forest, digest_of_bytes
from headwater.engine.action import encode
from headwater.engine.protos import execution_pb2 as pb

PLAIN = Action(
    arguments=("/bin/true", "-x"),
    root=Forest().empty,
    directory="build",
    outputs=("out", "log"),
    environment={"B": "2", "A": "1"},
    timeout=60,
)


def test_order_of_environment_and_outputs_is_no_difference() -> None:
    other = msgspec.structs.replace(PLAIN, environment={"A": "1", "B": "2"}, outputs=("log", "out"))
    assert other.digest == PLAIN.digest


@pytest.mark.parametrize(
    "change",
    [
        {"arguments": ("/bin/true",)},
        {"root": digest_of_bytes(b"x")},
        {"directory": ""},
        {"outputs": ("out",)},
        {"environment": {"A": "1"}},
        {"timeout": 61},
        {"platform": {"ISA": "x86-64"}},
        {"salt": "again"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_field_is_part_of_the_digest(change: dict[str, object]) -> None:
    assert msgspec.structs.replace(PLAIN, **change).digest != PLAIN.digest


def test_the_messages_are_the_standards() -> None:
    encoded = encode(PLAIN)
    action = pb.Action.FromString(encoded.blobs[encoded.digest])
    command = next(pb.Command.FromString(data) for digest, data in encoded.blobs.items() if digest != encoded.digest)
    assert action.command_digest.hash == digest_of_bytes(command.SerializeToString(deterministic=True)).hash
    assert action.input_root_digest.hash == PLAIN.root.hash
    assert action.timeout.seconds == 60
    assert list(command.arguments) == ["/bin/true", "-x"]
    assert list(command.output_paths) == ["log", "out"]
    assert [(one.name, one.value) for one in command.environment_variables] == [("A", "1"), ("B", "2")]
    assert command.working_directory == "build"
