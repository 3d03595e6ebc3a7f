"""Which components somebody means."""

from pathlib import Path

import pytest

from headwater.config import Reading, read_project
from headwater.config.verbs import Wanted, choose
from headwater.errors import Failure, Kind

PROJECT = """
[project]
default-distro = { name = "alki" }
[distros.alki]
default-version = "0"
versions.0.release-ver = "0"
[components.jq]
spec = { type = "local", path = "own/jq.spec" }
[components.libjq]
spec = { type = "local", path = "own/libjq.spec" }
[component-groups.json]
components = ["jq"]
specs = ["found/*.spec"]
"""


def reading(root: Path, name: str = "headwater.toml") -> Reading:
    for spec in ("own/jq.spec", "own/libjq.spec", "found/gron.spec"):
        (root / spec).parent.mkdir(exist_ok=True)
        (root / spec).write_text("Name: a\n")
    (root / name).write_text(PROJECT)
    return read_project(root)


def test_all_are_in_order(tmp_path: Path) -> None:
    assert choose(reading(tmp_path), Wanted(everything=True)) == ["gron", "jq", "libjq"]


def test_each_comes_once_however_often_it_is_meant(tmp_path: Path) -> None:
    wanted = Wanted(patterns=("libjq", "jq", "*jq"), groups=("json",), specs=(tmp_path / "own/jq.spec",))
    assert choose(reading(tmp_path), wanted) == ["gron", "jq", "libjq"]


def test_a_glob_may_mean_nothing(tmp_path: Path) -> None:
    assert choose(reading(tmp_path), Wanted(patterns=("zz*",))) == []


def test_nothing_asked_is_nothing_meant() -> None:
    assert not Wanted()
    assert Wanted(groups=("json",))


def test_every_unknown_name_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(Failure) as raised:
        choose(reading(tmp_path), Wanted(patterns=("jqq", "libjq", "grn"), groups=("jsn",)))
    assert raised.value.kind is Kind.USAGE
    nearest = [("jqq", "jq"), ("grn", "gron"), ("jsn", "json")]
    assert len(raised.value.problems) == len(nearest)
    for problem, (unknown, near) in zip(raised.value.problems, nearest, strict=True):
        assert f"`{unknown}`" in problem.what
        assert near in problem.hint


def test_a_group_of_azldevs_is_what_its_globs_find(tmp_path: Path) -> None:
    """`-g` of azldev passes over the names that a group lists; a project of ours has them, too."""
    assert choose(reading(tmp_path), Wanted(groups=("json",))) == ["gron", "jq"]
    (tmp_path / "headwater.toml").unlink()
    assert choose(reading(tmp_path, "azldev.toml"), Wanted(groups=("json",))) == ["gron"]


@pytest.mark.parametrize("spec", ["own/none.spec", "own/other.spec"])
def test_a_spec_that_is_not_there_or_of_nobody(tmp_path: Path, spec: str) -> None:
    project = reading(tmp_path)
    (tmp_path / "own/other.spec").write_text("Name: a\n")
    with pytest.raises(Failure) as raised:
        choose(project, Wanted(specs=(tmp_path / spec,)))
    assert raised.value.kind is Kind.USAGE
