from pathlib import Path

import pytest

from headwater.errors import Failure, Kind
from headwater.toolbox.lock import compare, fits, format_lock, parse_lock, read_lock, write_lock
from headwater.toolbox.model import Deb, Lock


def deb(name: str, version: str = "1:2.0~rc1-3+b1") -> Deb:
    path = f"pool/main/{name[0]}/{name}/{name}_2.0~rc1-3+b1_amd64.deb"
    return Deb(name=name, version=version, arch="amd64", sha256="0f" * 32, size=12, path=path)


LOCK = Lock(suite="forky", wanted=("g++", "rpm"), exclude=("dash",), debs=(deb("g++"), deb("rpm")))


def test_a_lock_survives_the_file(tmp_path: Path) -> None:
    file = tmp_path / "toolbox.lock"
    write_lock(file, LOCK)
    assert read_lock(file) == LOCK
    assert [path.name for path in tmp_path.iterdir()] == ["toolbox.lock"]
    assert file.stat().st_mode & 0o777 == 0o644


def test_the_text_does_not_depend_on_order() -> None:
    turned = Lock(suite="forky", wanted=("g++", "rpm"), exclude=("dash",), debs=(deb("rpm"), deb("g++")))
    assert format_lock(turned) == format_lock(LOCK)


def test_no_file_is_no_lock(tmp_path: Path) -> None:
    assert read_lock(tmp_path / "none.lock") is None


GOOD = format_lock(LOCK).splitlines()[-1]


@pytest.mark.parametrize(
    "line",
    [
        GOOD.replace("0f" * 32, "0F" * 32),
        GOOD.replace("pool/main", "pool/../../etc"),
        GOOD.replace("pool/", "/pool/"),
        GOOD.replace(" 12 ", " -12 "),
        GOOD.replace(" 12 ", " 99999999999 "),
        GOOD + " more",
        "rpm",
        "@want -o",
        "@color red",
    ],
)
def test_every_line_that_does_not_fit_is_told_with_its_number(line: str) -> None:
    with pytest.raises(Failure) as caught:
        parse_lock(f"@suite forky\n{line}\n{GOOD}\n{line}\n", "toolbox.lock")
    assert caught.value.kind is Kind.CONFIG
    assert [problem.where.line for problem in caught.value.problems if problem.where] == [2, 4]


@pytest.mark.parametrize("text", ["", "@suite forky\n@suite sid\n"])
def test_a_lock_is_for_one_suite(text: str) -> None:
    with pytest.raises(Failure):
        parse_lock(text, "toolbox.lock")


def test_a_lock_fits_only_the_wish_it_was_made_for() -> None:
    assert fits(LOCK, "forky", ["rpm", "g++", "rpm"], ["dash"])
    assert not fits(LOCK, "forky", ["rpm"], ["dash"])
    assert not fits(LOCK, "sid", ["rpm", "g++"], ["dash"])
    assert not fits(LOCK, "forky", ["rpm", "g++"])


def test_a_comparison_names_what_came_went_and_moved() -> None:
    new = Lock(suite="forky", wanted=LOCK.wanted, debs=(deb("rpm", "7"), deb("sq")))
    assert compare(LOCK, new) == ("g++ 1:2.0~rc1-3+b1 -> none", "rpm 1:2.0~rc1-3+b1 -> 7", "sq none -> 1:2.0~rc1-3+b1")
    assert compare(LOCK, LOCK) == ()
