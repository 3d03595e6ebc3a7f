"""What servers answer is checked: digests, paths, and trees without end."""

import pytest

from headwater.engine import Digest, digest_of_bytes, outcome
from headwater.engine.action import message_of
from headwater.engine.outcome import outcome_of, result_of
from headwater.engine.protos import execution_pb2 as pb
from headwater.errors import Failure, Kind

GOOD = message_of(digest_of_bytes(b"x"))


def nothing(digest: Digest, at_most: int) -> bytes:
    pytest.fail(f"asked for {digest} of {at_most}")


def test_an_outcome_survives_the_way_there_and_back() -> None:
    result = pb.ActionResult(
        output_files=[pb.OutputFile(path="RPMS/x86_64/a.rpm", digest=GOOD, is_executable=True)], stdout_digest=GOOD
    )
    first = outcome_of(result, nothing)
    assert outcome_of(result_of(first), nothing) == first


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a//b", "a/../b", "a\0b", "a\x1bb", "", "a/", "."])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(Failure) as raised:
        outcome_of(pb.ActionResult(output_files=[pb.OutputFile(path=path, digest=GOOD)]), nothing)
    assert raised.value.kind is Kind.TOOL


@pytest.mark.parametrize(
    "digest",
    [
        pb.Digest(hash="../../etc/passwd", size_bytes=1),
        pb.Digest(hash="A" * 64, size_bytes=1),
        pb.Digest(hash="a" * 64, size_bytes=-1),
        pb.Digest(hash="a" * 64, size_bytes=1 << 60),
        pb.Digest(hash="", size_bytes=0),
    ],
)
def test_a_digest_that_is_none_is_refused(digest: pb.Digest) -> None:
    with pytest.raises(Failure):
        outcome_of(pb.ActionResult(output_files=[pb.OutputFile(path="a", digest=digest)]), nothing)


def tree(levels: int) -> bytes:
    """A tree of a few directories, each of which is twice in the next: 2 to the power of `levels` places."""
    children = [pb.Directory()]
    for _ in range(levels):
        below = message_of(digest_of_bytes(children[-1].SerializeToString(deterministic=True)))
        children.append(pb.Directory(directories=[pb.DirectoryNode(name=name, digest=below) for name in "ab"]))
    return pb.Tree(root=children[-1], children=children[:-1]).SerializeToString(deterministic=True)


def of_tree(data: bytes) -> pb.ActionResult:
    return pb.ActionResult(output_directories=[pb.OutputDirectory(path="out", tree_digest=message_of(digest_of_bytes(data)))])


def test_a_tree_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcome, "MOST", 1000)
    assert not outcome_of(of_tree(tree(5)), lambda *_: tree(5)).outputs
    for levels in (15, 190):
        with pytest.raises(Failure) as raised:
            outcome_of(of_tree(tree(levels)), lambda *_, levels=levels: tree(levels))
        assert raised.value.kind is Kind.TOOL


@pytest.mark.parametrize(
    "data", [b"\xff\xff", pb.Tree(root=pb.Directory(directories=[pb.DirectoryNode(name="a", digest=GOOD)])).SerializeToString()]
)
def test_a_tree_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(Failure):
        outcome_of(of_tree(data), lambda *_: data)
