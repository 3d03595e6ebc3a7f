"""A folder as an archive: the same bytes whatever the disk says."""

import os
import tarfile
from pathlib import Path

import pytest

from headwater.upstream import pack


def make(place: Path, *, late: bool = False) -> Path:
    (place / "d").mkdir(parents=True)
    names = ["b", "a", "d/x"]
    for name in reversed(names) if late else names:
        (place / name).write_text(name)
        os.utime(place / name, (1, 1) if late else (9, 9))
    (place / "a").chmod(0o700 if late else 0o755)
    (place / "b").chmod(0o600 if late else 0o644)
    (place / "link").symlink_to("d/x")
    os.link(place / "a", place / "hard")
    return place


@pytest.mark.parametrize("ending", sorted(pack.ENDINGS))
def test_the_same_folder_has_the_same_bytes(tmp_path: Path, ending: str) -> None:
    compression = pack.compression_of(f"x{ending}")
    assert compression is not None
    pack.pack(make(tmp_path / "one"), tmp_path / "1", compression)
    pack.pack(make(tmp_path / "two", late=True), tmp_path / "2", compression)
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
    if compression != "zst":
        with tarfile.open(tmp_path / "1") as tar:
            assert tar.getnames() == ["a", "b", "d", "d/x", "hard", "link"]
            assert {info.mtime + info.uid + info.gid for info in tar} == {0}
            assert tar.getmember("hard").isreg()


def test_a_name_that_is_no_archives() -> None:
    assert pack.compression_of("x.zip") is None


def test_hostile_folders(tmp_path: Path) -> None:
    for number, goal in enumerate(("/etc", "../x", "d/../../x")):
        place = tmp_path / str(number)
        place.mkdir()
        (place / "l").symlink_to(goal)
        with pytest.raises(pack.Unpackable):
            pack.pack(place, tmp_path / "out", "")
    os.mkfifo(tmp_path / "0" / "k")
    with pytest.raises(pack.Unpackable):
        pack.pack(tmp_path / "0", tmp_path / "out", "")


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = make(tmp_path / "one")
    for limit in ("MOST_MEMBERS", "MOST_BYTES"):
        with monkeypatch.context() as patched:
            patched.setattr(pack, limit, 3)
            with pytest.raises(pack.Unpackable):
                pack.pack(place, tmp_path / "out", "")
