"""Lock files: azldev's bytes, our tables, and what people and accidents make of them."""

from pathlib import Path

import pytest

from headwater.errors import Failure, Kind
from headwater.upstream import lock
from headwater.upstream.lock import Lock

# As azldev 0.3 wrote it for a component of a snapshot.
AZLDEV = b"""\
# Managed by azldev component update. Do not edit manually.
version = 1
import-commit = '9a244b89664267c146048956632ef1707e60a453'
upstream-commit = '9a244b89664267c146048956632ef1707e60a453'
input-fingerprint = 'sha256:865da4104b99576a5453aa2dbb46f688a1d6db1b8dd9428b6b15d1257831a07b'
resolution-input-hash = 'sha256:8fc64fda02c42f117da8345e56062877b8cae99c1a416fb113d888ca7143c7fa'
"""
INPUTS = {"overlay[0]": "a" * 64, "spec": "b" * 64, "it's": "c"}
REPINS = {f"{'1' * 32}  old.tgz": "d" * 128}


def read(content: bytes) -> Lock:
    return lock.parse(content, Path("locks"), "jq.lock")


def test_azldevs_file_comes_back_byte_for_byte() -> None:
    found = read(AZLDEV)
    assert found.upstream_commit == found.import_commit == "9a244b89664267c146048956632ef1707e60a453"
    assert lock.write(found) == AZLDEV


@pytest.mark.parametrize(
    "one",
    [
        Lock(),
        Lock(input_fingerprint="sha256:x"),
        Lock(
            import_commit="a" * 40, upstream_commit="b" * 40, manual_bump=12, input_fingerprint="f", resolution_input_hash="r"
        ),
        lock.with_ours(Lock(upstream_commit="b" * 40), inputs=INPUTS, repins=REPINS),
        lock.with_ours(Lock(), inputs={}, repins=REPINS),
    ],
)
def test_what_is_written_is_read(one: Lock) -> None:
    content = lock.write(one)
    assert read(content) == one
    assert lock._USUAL.match(content)
    assert lock._parse_toml(content, Path("jq.lock")) == one


def test_our_tables() -> None:
    one = lock.with_ours(Lock(), inputs=INPUTS, repins=REPINS)
    assert read(lock.write(one)).inputs == INPUTS
    assert one.repins == REPINS
    assert "\n\n[headwater.repins]\n" in one.ours
    assert Lock(ours="[headwater.inputs]\n'release-ver' = ''\n").inputs == {}, "locks had it once"
    assert Lock().inputs == Lock(ours="[headwater.inputs]\nbroken").inputs == {}


@pytest.mark.parametrize(
    "content",
    [
        b'version = 1\r\nupstream-commit = "abcdef1"\r\n',
        b"# mine\nupstream-commit = 'abcdef1'\n\nversion = 1\nunknown-key = 3\n",
        b"version = 1\nupstream-commit = 'abcdef1'\nmanual-bump = 0\n[other]\nx = 1\n",
    ],
)
def test_other_shapes_are_read_too(content: bytes) -> None:
    assert read(content) == Lock(upstream_commit="abcdef1")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"version = 2\n",
        b"version = 1\nupstream-commit = 7\n",
        b"version = 1\nupstream-commit = '--upload-pack=x'\n",
        b"version = 1\nmanual-bump = 'x'\n",
        b"version = 1\n\xff\n",
        b"<<<<<<< HEAD\n" + AZLDEV,
        AZLDEV + b"#" * lock.MOST,
    ],
)
def test_what_is_no_lock_is_a_problem_with_its_place(content: bytes) -> None:
    with pytest.raises(Failure) as caught:
        read(content)
    (problem,) = caught.value.problems
    assert problem.kind is Kind.CONFIG
    assert problem.where
    assert problem.where.file == "locks/jq.lock"


def test_a_broken_lock_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    (tmp_path / "good.lock").write_bytes(AZLDEV)
    (tmp_path / "bad.lock").write_bytes(b"version = 9\n")
    (tmp_path / ".hidden.lock").write_bytes(AZLDEV)
    (tmp_path / "folder.lock").mkdir()
    (tmp_path / "README.md").write_bytes(b"")
    locks, problems = lock.read_locks(tmp_path)
    assert set(locks) == {"good"}
    assert {Path(problem.where.file).name for problem in problems if problem.where} == {"bad.lock", "folder.lock"}
    assert lock.read_locks(tmp_path / "none") == ({}, ())


def test_a_lock_is_written_once(tmp_path: Path) -> None:
    folder = tmp_path / "locks"
    assert lock.read_lock(folder, "jq") is None
    assert lock.write_lock(folder, "jq", Lock(upstream_commit="a" * 40))
    before = (folder / "jq.lock").stat()
    assert not lock.write_lock(folder, "jq", Lock(upstream_commit="a" * 40))
    assert (folder / "jq.lock").stat().st_mtime_ns == before.st_mtime_ns
    assert before.st_mode & 0o777 == 0o644
    assert lock.read_lock(folder, "jq") == Lock(upstream_commit="a" * 40)
    assert [path.name for path in folder.iterdir()] == ["jq.lock"]


def test_a_name_that_leads_elsewhere_is_none(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        lock.path_of(tmp_path, "../jq")
