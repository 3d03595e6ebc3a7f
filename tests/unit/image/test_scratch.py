import stat

from headwater.image import scratch
from headwater.image.index import complete, file_of
from headwater.image.model import Entry


def test_what_a_tool_changed_is_found(store, tmp_path):
    index = complete({path: file_of(path, b"old", 5, store, by="one") for path in ("/etc/a", "/etc/b", "/etc/c")}, 5)
    index["/etc/d"] = Entry(path="/etc/d", mode=stat.S_IFLNK | 0o777, target="a", mtime=5)
    place = tmp_path / "root"
    place.mkdir()
    scratch.lay_out(index, place, store)
    (place / "etc/a").write_text("new!")
    (place / "etc/b").unlink()
    (place / "etc/e").symlink_to("c")
    new, gone = scratch.changes(index, place, 9, store, by="made:finisher")
    assert sorted(new) == ["/etc/a", "/etc/e"]
    assert gone == {"/etc/b"}
    assert (store.read(new["/etc/a"].pack), new["/etc/a"].mtime, new["/etc/a"].package) == (b"new!", 9, "made:finisher")
    assert new["/etc/e"].target == "c"


def test_nothing_changed_is_nothing(store, tmp_path):
    index = complete({"/etc/a": file_of("/etc/a", b"old", 5, store, mode=0o4755, by="one")}, 5)
    place = tmp_path / "root"
    place.mkdir()
    scratch.lay_out(index, place, store)
    assert scratch.changes(index, place, 9, store, by="x") == ({}, set())
