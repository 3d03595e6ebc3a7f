"""Locks of packages: read as they were written, refused where a line is no line of one, compared by package."""

from pathlib import Path

import pytest
from tests.unit.packages import rpm

from headwater.errors import Failure, Kind
from headwater.rpm.lock import LockMove, Pin, compare, format_lock, make_lock, parse_lock, pin_of, read_lock, write_lock

HEAD = "# Written by a test.\n"
TEXT = """# Written by a test.
bash 5.3-4^bridge x86_64
jq built
libc6 1:2.43-7^bridge x86_64

[base]
bash
libc6

[jq]
jq
libc6
"""


def test_it_is_read_as_it_was_written() -> None:
    lock = parse_lock(TEXT, "images.lock")
    assert lock.groups == {"base": ("bash", "libc6"), "jq": ("jq", "libc6")}
    assert lock.pins["libc6"] == (Pin(name="libc6", version="1:2.43-7^bridge", arch="x86_64"),)
    assert (lock.place("jq").line, lock.place("[jq]").line) == (3, 10)
    assert format_lock(lock, HEAD) == TEXT


def test_a_file_that_is_not_there_is_no_lock(tmp_path: Path) -> None:
    assert read_lock(tmp_path / "images.lock", hint="") is None


def test_places_are_told_from_the_projects_root(tmp_path: Path) -> None:
    write_lock(tmp_path / "images.lock", parse_lock(TEXT, ""), HEAD)
    lock = read_lock(tmp_path / "images.lock", tmp_path, hint="")
    assert lock
    assert lock.place("bash").file == "images.lock"
    assert [path.name for path in tmp_path.iterdir()] == ["images.lock"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("bash 5.3-4\n", 1),
        ("../bash built\n", 1),
        ("bash built\n[base]\nbash\nbash\n", 4),
        ("bash built\n[base]\njq\n", 3),
        ("[base]\n[base]\n", 2),
        ("[base]\nbash built\n", 2),
        ("<<<<<<< ours\n", 1),
    ],
    ids=["no-architecture", "a-path", "twice", "not-above", "group-twice", "package-below", "merge"],
)
def test_what_is_no_line_of_a_lock_is_refused_with_its_place(text: str, line: int) -> None:
    with pytest.raises(Failure) as failure:
        parse_lock(text, "images.lock")
    (problem,) = failure.value.problems
    assert problem.kind is Kind.CONFIG
    assert problem.where
    assert (problem.where.file, problem.where.line) == ("images.lock", line)


def test_what_the_project_builds_is_pinned_without_a_version() -> None:
    pin = pin_of(rpm("jq", origin="built"))
    assert str(pin) == "jq built"
    assert pin.fits(rpm("jq", "2", origin="built"))
    assert not pin.fits(rpm("jq", "2"))


def test_what_others_made_is_pinned_with_all_of_its_version() -> None:
    pin = pin_of(rpm("bash", epoch=2))
    assert str(pin) == "bash 2:1-1 x86_64"
    assert pin.fits(rpm("bash", epoch=2))
    assert not any(pin.fits(other) for other in (rpm("bash"), rpm("bash", "2", epoch=2), rpm("bash", epoch=2, origin="built")))


def test_content_is_pinned_where_it_is_given() -> None:
    holds = "a" * 64
    lock = make_lock(
        [pin_of(rpm("bash"), holds), pin_of(rpm("jq", origin="built"), holds)], {"all": ["bash"], "x": ["-bash", "jq"]}
    )
    text = format_lock(lock, "")
    assert text == f"bash 1-1 x86_64 {holds}\njq built\n\n[all]\nbash\n\n[x]\n-bash\njq\n"
    again = parse_lock(text, "")
    assert (again.pins, again.groups) == (lock.pins, lock.groups)
    assert again.of("x").keys() == {"jq"}


def test_other_content_of_the_same_version_is_told_by_its_digest() -> None:
    before, after = ({"all": {"bash": (pin_of(rpm("bash"), letter * 64),)}} for letter in "ab")
    assert compare(before, after) == (
        LockMove(package="bash", change="updated", before=f"1-1 {'a' * 12}", after=f"1-1 {'b' * 12}", groups=("all",)),
    )
