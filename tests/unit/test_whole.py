"""Files and folders that take their place whole, also where several want it."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from headwater.whole import replacing, write_whole


def test_what_was_there_is_gone_and_nothing_is_left_beside(tmp_path):
    place = tmp_path / "specs" / "jq"
    for content in ("one", "two"):
        with replacing(place) as new:
            (new / content).write_text(content)
    assert [path.name for path in place.iterdir()] == ["two"]
    assert [path.name for path in place.parent.iterdir()] == ["jq"]


def test_a_link_is_replaced_and_not_followed(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "jq").symlink_to("elsewhere")
    with replacing(tmp_path / "jq") as new:
        (new / "spec").write_text("spec")
    assert (tmp_path / "jq" / "spec").read_text() == "spec"
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_what_is_not_finished_leaves_what_was_there(tmp_path):
    place = tmp_path / "jq"
    place.mkdir()
    (place / "spec").write_text("old")
    with pytest.raises(KeyError), replacing(place) as new:  # noqa: PT012 the body is what fails
        (new / "spec").write_text("half")
        raise KeyError
    assert (place / "spec").read_text() == "old"
    assert list(tmp_path.iterdir()) == [place]


def test_many_at_once_all_succeed_and_one_folder_stays_whole(tmp_path):
    place = tmp_path / "jq"

    def write(number):
        for _ in range(50):
            with replacing(place) as new:
                for name in ("spec", "sources"):
                    (new / name).write_text(str(number))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    texts = [(place / name).read_text() for name in ("spec", "sources")]
    assert texts[0] == texts[1]
    assert list(tmp_path.iterdir()) == [place]


def test_a_file_with_the_same_content_stays_as_it_is(tmp_path):
    file = write_whole(tmp_path / "sbom.json", b"{}")
    os.utime(file, (1, 1))
    write_whole(file, b"{}")
    assert file.stat().st_mtime == 1
    write_whole(file, b"[]")
    assert file.read_bytes() == b"[]"
    assert file.stat().st_mtime > 1
    assert file.stat().st_mode & 0o777 == 0o644


def test_a_file_that_cannot_be_written_leaves_what_was_there(tmp_path):
    file = write_whole(tmp_path / "sbom.json", b"old")
    with pytest.raises(TypeError):
        write_whole(file, "text is no content")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]
