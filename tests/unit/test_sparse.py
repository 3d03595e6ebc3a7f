"""Files with holes: every byte is there, and what nobody wrote takes no room in a copy either."""

import hashlib
import os

import pytest

from headwater import sparse
from headwater.digest import digest_file, digests_with
from headwater.sparse import chunks_of, copy, copy_into, data_of, has_holes

MIB = 1 << 20
DATA = os.urandom(MIB + 17)


@pytest.fixture
def disk(tmp_path):
    """Data, a hole of more than one chunk, data, and a hole up to the end."""
    path = tmp_path / "disk"
    with path.open("wb") as file:
        file.write(DATA)
        file.seek(4 * MIB)
        file.write(DATA)
        file.truncate(8 * MIB)
    return path


@pytest.fixture
def empty(tmp_path):
    path = tmp_path / "empty"
    path.touch()
    os.truncate(path, 3 * MIB + 5)
    return path


@pytest.fixture
def whole(tmp_path):
    path = tmp_path / "whole"
    path.write_bytes(DATA)
    return path


@pytest.mark.parametrize(("name", "holes"), [("disk", True), ("empty", True), ("whole", False)])
def test_all_bytes_come_in_order(name, holes, request):
    path = request.getfixturevalue(name)
    with path.open("rb", buffering=0) as file:
        assert has_holes(file) == holes
        assert b"".join(map(bytes, chunks_of(file))) == path.read_bytes()


def test_of_a_file_that_grew_all_is_read(whole):
    with whole.open("rb", buffering=0) as file:
        chunks = chunks_of(file)
        begin = bytes(next(chunks))
        with whole.open("ab") as more:
            more.write(b"more")
        assert begin + b"".join(map(bytes, chunks)) == DATA + b"more"


def test_a_digest_is_that_of_all_bytes(disk):
    assert digest_file(disk) == hashlib.sha256(disk.read_bytes()).hexdigest()


@pytest.mark.parametrize("tail", [b"", b"footer"])
def test_a_digest_goes_on_behind_the_end(disk, tail):
    whole = hashlib.sha256(disk.read_bytes() + tail).hexdigest()
    assert digests_with(disk, tail) == (digest_file(disk), whole)


def test_data_is_where_it_was_written(disk):
    with disk.open("rb") as file:
        places = list(data_of(file))
    assert [begin for begin, _ in places] == [0, 4 * MIB]
    assert all(len(DATA) <= end - begin < 2 * MIB for begin, end in places), "to the end of its block"


def copied(source, place):
    with source.open("rb") as file:
        copy(file, place)


def test_a_copy_has_the_same_bytes_and_holes(disk, tmp_path):
    copied(disk, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == disk.read_bytes()
    assert (tmp_path / "copy").stat().st_blocks == disk.stat().st_blocks


def test_a_copy_replaces_nothing(disk, tmp_path):
    (tmp_path / "copy").write_text("mine")
    with pytest.raises(FileExistsError):
        copied(disk, tmp_path / "copy")
    assert (tmp_path / "copy").read_text() == "mine"


def test_file_systems_that_share_nothing_are_copied_between(disk, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(sparse.os, "copy_file_range", refuse)
    copied(disk, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == disk.read_bytes()
    assert (tmp_path / "copy").stat().st_blocks == disk.stat().st_blocks


def test_what_is_laid_into_a_file_leaves_the_rest(disk, tmp_path):
    place = tmp_path / "whole"
    place.write_bytes(b"x" * 10 * MIB)
    with disk.open("rb") as source, place.open("r+b") as target:
        copy_into(source, target, MIB)
    made = place.read_bytes()
    assert made[MIB : MIB + len(DATA)] == DATA
    assert made[5 * MIB : 5 * MIB + len(DATA)] == DATA
    assert made[:MIB] == made[9 * MIB :] == b"x" * MIB
