"""An image's folder: whole, or the one that was there before."""

import os

import pytest

from headwater.errors import Failure, Kind
from headwater.image.place import lay, placing

CONTENT = b"a disk"


@pytest.fixture
def place(tmp_path):
    place = tmp_path / "images" / "vm"
    place.mkdir(parents=True)
    (place / "vm.raw").write_bytes(b"old")
    return place


def names(place):
    return sorted(path.name for path in place.parent.iterdir())


def test_a_new_image_takes_the_place_of_the_old_one(place, store):
    blob = store.add_bytes(CONTENT)
    with placing(place) as beside:
        lay({"vm.raw": blob}, beside, store)
        assert (place / "vm.raw").read_bytes() == b"old"
    assert (place / "vm.raw").read_bytes() == CONTENT
    assert names(place) == ["vm"]


def stopped(place):
    with placing(place) as beside:
        (beside / "vm.raw").write_bytes(b"half")
        raise KeyboardInterrupt


def test_what_is_not_finished_leaves_the_old_one(place):
    with pytest.raises(KeyboardInterrupt):
        stopped(place)
    assert (place / "vm.raw").read_bytes() == b"old"
    assert names(place) == ["vm"]


def test_what_a_killed_run_left_is_gone(place, store):
    for name in (".vm.new", ".vm.old"):
        (place.parent / name).mkdir()
        (place.parent / name / "vm.raw").write_bytes(b"gigabytes")
    with placing(place) as beside:
        lay({"vm.raw": store.add_bytes(CONTENT)}, beside, store)
    assert (place / "vm.raw").read_bytes() == CONTENT
    assert names(place) == ["vm"]


def test_what_is_laid_already_stays(place, store):
    blob = store.add_bytes(CONTENT)
    with placing(place) as beside:
        (beside / "vm.raw").write_bytes(CONTENT)
        inode = (beside / "vm.raw").stat().st_ino
        lay({"vm.raw": blob}, beside, store)
    assert (place / "vm.raw").stat().st_ino == inode


def test_an_artefact_is_a_copy_that_may_be_written_and_a_blob_is_the_store_s_own(place, store):
    blob = store.add_bytes(CONTENT)
    with placing(place) as beside:
        lay({"vm.raw": blob, f"oci/blobs/sha256/{blob.digest}": blob}, beside, store)
    stored = store.path(blob.digest).stat()
    assert (place / "vm.raw").stat().st_ino != stored.st_ino
    assert (place / "vm.raw").stat().st_mode & 0o777 == 0o644
    assert (place / "oci/blobs/sha256" / blob.digest).stat().st_ino == stored.st_ino


def test_a_full_disk_names_what_it_could_not_hold(place, store, monkeypatch):
    def full(*_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("headwater.sparse.os.copy_file_range", full)
    with pytest.raises(Failure, match=r"`vm.raw` could not be laid") as failure, placing(place) as beside:
        lay({"vm.raw": store.add_bytes(CONTENT)}, beside, store)
    assert failure.value.kind is Kind.STORE
    assert names(place) == ["vm"]
