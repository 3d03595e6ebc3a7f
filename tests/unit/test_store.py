import errno
import multiprocessing
import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from headwater.digest import digest_bytes
from headwater.errors import Failure, Kind
from headwater.store import Blob, Store
from headwater.upkeep import BUSY, DAY, collect, free, tally, verify


@pytest.fixture
def empty(tmp_path):
    return Store(tmp_path / "store")


def test_what_goes_in_comes_out(empty, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"two")
    first, second = empty.add_bytes(b"one"), empty.add_file(file)
    assert empty.read(first.digest) == b"one"
    assert empty.read(second.digest) == b"two"
    assert file.exists()


def test_a_moved_file_is_used_up(empty, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"two")
    assert empty.read(empty.add_file(file, move=True).digest) == b"two"
    assert not file.exists()
    assert empty.path(digest_bytes(b"two")).stat().st_mode & 0o777 == 0o444


def test_a_file_of_another_file_system_is_copied_and_used_up(empty, tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.write_bytes(b"two")
    rename = Path.rename

    def refuse(path, target):
        if path == file:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    assert empty.read(empty.add_file(file, move=True).digest) == b"two"
    assert not file.exists()
    assert not any((empty.root / "tmp").iterdir())


def test_a_digest_that_is_known_is_not_made_again(empty, tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.write_bytes(b"two")
    known = digest_bytes(b"two")
    monkeypatch.setattr("headwater.store.blobs.digest_file", None)
    assert empty.add_file(file, move=True, digest=known) == Blob(digest=known, size=3)
    assert empty.read(known) == b"two"


def verified(store, digest):
    others = [store.add_bytes(f"{number}".encode()) for number in range(5)]
    store.verify([*others, Blob(digest=digest, size=4)])


ASKED = pytest.mark.parametrize("ask", [Store.read, Store.path, verified])


@ASKED
def test_damage_is_found_when_read_and_removed(empty, ask):
    blob = empty.add_bytes(b"good")
    place = empty.path(blob.digest)
    place.chmod(0o644)
    place.write_bytes(b"evil")
    again = Store(empty.root)
    with pytest.raises(Failure) as caught:
        ask(again, blob.digest)
    assert caught.value.kind is Kind.STORE
    assert not again.has(blob.digest)


@ASKED
def test_what_is_not_there_is_told_with_its_place(empty, ask):
    with pytest.raises(Failure, match="is not in the store"):
        ask(empty, "0" * 64)


def test_a_result_without_its_blob_is_absent(empty):
    empty.put("sort", "k1", {"out": b"data"}, facts={"n": 1})
    found = empty.get("sort", "k1")
    assert found
    assert found.facts == {"n": 1}
    empty.path(found.outputs["out"].digest).unlink()
    assert Store(empty.root).get("sort", "k1") is None


def test_a_cut_in_the_middle_leaves_no_tree(empty):
    def make(place: Path) -> None:
        (place / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        empty.tree("root", "k", make)
    assert not (empty.root / "trees" / "root" / "k").exists()
    assert list((empty.root / "tmp").iterdir()) == []


def _race(root: Path, turns: int) -> None:
    store = Store(root)
    for turn in range(turns):
        store.put("race", f"k{turn}", {"out": str(turn).encode() * 1000})


def test_two_processes_write_the_same_results(empty):
    workers = [multiprocessing.get_context("spawn").Process(target=_race, args=(empty.root, 50)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert len(list(empty.results())) == 50
    assert verify(empty) == ()


def test_a_held_lock_is_told(empty):
    with empty.lock("name"), pytest.raises(Failure) as caught, Store(empty.root).lock("name", wait=False):
        pass
    assert caught.value.kind is Kind.STORE


def test_a_full_disk_is_told_and_leaves_nothing(empty, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(Failure) as caught:
        empty.add_bytes(b"data")
    assert caught.value.kind is Kind.STORE
    assert not empty.has(digest_bytes(b"data"))
    assert list((empty.root / "tmp").iterdir()) == []


def test_gc_keeps_what_was_used_lately(empty):
    old, new = empty.put("sort", "old", {"out": b"old"}), empty.put("sort", "new", {"out": b"new"})
    long_ago = time.time() - 100 * DAY
    for file in (*(empty.root / "results").glob("*/*"), *(empty.root / "blobs").glob("*/*")):
        os.utime(file, (long_ago, long_ago))
    assert empty.use("sort", "new")
    collect(empty, days=30)
    assert not empty.has(old.outputs["out"].digest)
    assert empty.read(new.outputs["out"].digest) == b"new"
    assert [(row.kind, row.count) for row in tally(empty)] == [("sort", 1)]


@pytest.fixture
def hourly(empty):
    """Results of 64 KiB each, `one` unused longest; `four` is in use, `two` and `three` share a blob as well."""
    for age, name in enumerate(("four", "three", "two", "one")):
        outputs = {"own": name.encode() * 16384, **({"shared": b"s" * 65536} if name in {"two", "three"} else {})}
        empty.put("sort", name, outputs)
        moment = time.time() - age * 2 * BUSY
        os.utime(empty.root / "results" / "sort" / f"{name}.json", (moment, moment))
    for file in (empty.root / "blobs").glob("*/*"):
        os.utime(file, (0, 0))
    return empty


@pytest.fixture
def disk(monkeypatch):
    """A disk with 1,000 bytes left."""
    monkeypatch.setattr("shutil.disk_usage", lambda place: SimpleNamespace(free=1000 if place.exists() else 0))


@pytest.mark.usefixtures("disk")
def test_room_is_made_of_what_was_used_longest_ago(hourly):
    assert free(hourly, 1000 + 40000).count == 1
    assert [result.key for result in hourly.results()] == ["four", "three", "two"]


@pytest.mark.usefixtures("disk")
def test_a_blob_stays_while_a_result_names_it(hourly):
    assert free(hourly, 1000 + 65536 + 1).count == 2
    assert hourly.get("sort", "three")
    assert free(hourly, 1000 + 65536 + 1).size >= 65536 * 2
    assert [result.key for result in hourly.results()] == ["four"]


@pytest.mark.usefixtures("disk")
def test_where_there_is_room_nothing_goes(hourly):
    assert free(hourly, 1000).count == 0
    assert len(list(hourly.results())) == 4


@pytest.mark.usefixtures("disk")
def test_room_that_can_not_be_had_costs_nothing(hourly):
    with pytest.raises(Failure) as raised:
        free(hourly, 1000 + 65536 * 5)  # only with what is in use
    assert raised.value.kind is Kind.STORE
    assert len(list(hourly.results())) == 4


@pytest.mark.usefixtures("disk")
def test_a_store_that_is_not_there_yet_has_the_room_of_its_disk(tmp_path):
    assert free(Store(tmp_path / "not" / "yet"), 1000).count == 0


def test_a_digest_that_is_a_path_is_refused(empty):
    with pytest.raises(AssertionError):
        empty.path("../" * 21 + "a")


def test_gc_drops_build_roots_that_somebody_looked_at_when_they_are_old(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for name, age in (("old", 2), ("young", 0)):
        place = tmp_path / "kept" / name
        (place / "root").mkdir(parents=True)
        (place / "root" / "left").write_text("x")
        os.utime(place, (time.time() - age * DAY,) * 2)
    gone = {one.kind: one.count for one in collect(store, days=30)}
    assert gone["leftovers in kept"] == 1
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["young"]
