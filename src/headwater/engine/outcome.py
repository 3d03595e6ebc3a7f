"""The API's ActionResult and our Outcome; what a server says is checked before it is believed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from google.protobuf.message import DecodeError

from headwater.engine import wire
from headwater.engine.action import message_of
from headwater.engine.model import Digest, Directory, File, Outcome, digest_of_bytes
from headwater.engine.protos import execution_pb2 as pb
from headwater.engine.tree import split
from headwater.errors import Failure, Kind, fail

LARGEST_TREE = 64 << 20  # bytes of the message that describes a directory of outputs
MOST = 200_000  # outputs of one action
LARGEST = 1 << 40  # bytes of one output; a digest that says more is a mistake or an attack

_HASH = re.compile(r"[0-9a-f]{64}")

Read = Callable[[Digest, int], bytes]  # content, and how many bytes it may have at most


def outcome_of(result: pb.ActionResult, read: Read, *, cached: bool = False, timed_out: bool = False) -> Outcome:
    """What a server's answer says; `read` gives the messages that describe directories. A Failure where it makes no sense."""
    outputs = dict(_outputs(result, read))
    return Outcome(
        code=result.exit_code,
        outputs=dict(sorted(outputs.items())),
        log=checked(result.stdout_digest) if result.stdout_digest.hash else None,
        log_bytes=result.stdout_raw + result.stderr_raw,
        cached=cached,
        timed_out=timed_out,
    )


def result_of(outcome: Outcome) -> pb.ActionResult:
    """An outcome as the API has it: every file by itself, no directories to be read first."""
    log = outcome.log or digest_of_bytes(outcome.log_bytes)
    files = [
        pb.OutputFile(path=path, digest=message_of(file.digest), is_executable=file.executable)
        for path, file in sorted(outcome.outputs.items())
    ]
    return pb.ActionResult(output_files=files, exit_code=outcome.code, stdout_digest=message_of(log))


def checked(message: pb.Digest) -> Digest:
    """A digest as a server wrote it."""
    if not _HASH.fullmatch(message.hash) or not 0 <= message.size_bytes <= LARGEST:
        raise _odd(f"`{message.hash[:80]}` of {message.size_bytes} bytes is no digest")
    return Digest(message.hash, message.size_bytes)


def _outputs(result: pb.ActionResult, read: Read) -> Iterator[tuple[str, File]]:
    if len(result.output_files) > MOST or len(result.output_directories) > MOST:
        raise _odd(f"more than {MOST} outputs")
    for output in result.output_files:
        yield _path(output.path), File(checked(output.digest), output.is_executable)
    left = [MOST]
    for output in result.output_directories:
        yield from _flatten(_path(output.path), read(checked(output.tree_digest), LARGEST_TREE), left)


def _flatten(at: str, data: bytes, left: list[int]) -> Iterator[tuple[str, File]]:
    """The files of a Tree message. A directory may be in many places, so a hostile tree has no end: `left` counts down."""
    try:
        tree = pb.Tree.FromString(data)
    except DecodeError as error:
        raise _odd(f"`{at}` is described by no Tree: {error}") from None
    known = {digest_of_bytes(wire.encode(child)): child for child in map(wire.decode, tree.children)}
    waiting: list[tuple[str, Directory]] = [(at, wire.decode(tree.root))]
    while waiting:
        path, directory = waiting.pop()
        left[0] -= 1 + len(directory.files) + len(directory.directories)
        if left[0] < 0:
            raise _odd(f"`{at}` has no end")
        for name, file in directory.files.items():
            yield _path(f"{path}/{name}"), File(checked(message_of(file.digest)), file.executable)
        for name, digest in directory.directories.items():
            if digest not in known:
                raise _odd(f"`{path}/{name}` is not described")
            waiting.append((_path(f"{path}/{name}"), known[digest]))


def _path(path: str) -> str:
    try:
        names = split(path)
    except Failure as failure:
        raise _odd(failure.problems[0].what) from None
    if not names or path != "/".join(names) or not path.isprintable():
        raise _odd(f"`{path!r}` is no path of an output")
    return path


def _odd(why: str) -> Failure:
    return fail(Kind.TOOL, "the engine's answer makes no sense", why=why)
