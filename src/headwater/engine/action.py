"""An action: a command on a tree, and what it leaves. Its digest is the key of its result, here and on any server."""

from __future__ import annotations

import msgspec

from headwater.engine.model import LIMITS, Digest, Limits, digest_of_bytes
from headwater.engine.protos import execution_pb2 as pb


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """`arguments` run in `directory` of the tree `root`, seeing nothing else; `outputs` are paths relative to `directory`.

    An output may be a file or a directory and may be missing. `timeout` is in seconds. `platform` says what kind of worker it
    needs, `salt` makes an otherwise equal action a different one. `limits` go with it as a variable of its environment; who
    runs it holds it to them as far as they can, and the command may do so, too.
    """

    arguments: tuple[str, ...]
    root: Digest
    directory: str = ""
    outputs: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    timeout: int = 3600
    limits: Limits | None = None
    platform: dict[str, str] = {}
    salt: str = ""

    @property
    def digest(self) -> Digest:
        """The key of the action's result on any engine."""
        return encode(self).digest


class Encoded(msgspec.Struct, frozen=True, kw_only=True):
    """An action as two messages; `digest` is the action's."""

    digest: Digest
    blobs: dict[Digest, bytes]


def encode(action: Action) -> Encoded:
    """The messages that a server needs beside the tree; equal actions give equal bytes."""
    environment = action.environment | ({LIMITS: str(action.limits)} if action.limits else {})
    command = pb.Command(
        arguments=action.arguments,
        environment_variables=[
            pb.Command.EnvironmentVariable(name=name, value=value) for name, value in sorted(environment.items())
        ],
        working_directory=action.directory,
        output_paths=sorted(action.outputs),
    ).SerializeToString(deterministic=True)
    command_digest = digest_of_bytes(command)
    message = pb.Action(command_digest=message_of(command_digest), input_root_digest=message_of(action.root))
    message.timeout.FromSeconds(action.timeout)
    message.salt = action.salt.encode()
    message.platform.properties.extend(
        pb.Platform.Property(name=name, value=value) for name, value in sorted(action.platform.items())
    )
    data = message.SerializeToString(deterministic=True)
    digest = digest_of_bytes(data)
    return Encoded(digest=digest, blobs={command_digest: command, digest: data})


def message_of(digest: Digest) -> pb.Digest:
    return pb.Digest(hash=digest.hash, size_bytes=digest.size)
