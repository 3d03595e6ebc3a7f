"""`hw config why KEY`: which layer and line gave a value."""

from pathlib import Path

import pytest

from headwater.config import Given, Reading, read_project
from headwater.config.places import parse_key
from headwater.config.verbs import trace
from headwater.errors import Failure, Kind

PROJECT = """\
[project]
default-distro = { name = "alki" }
output-dir = "made"
[distros.alki]
default-version = "0"
versions.0.default-component-config.build.timeout = 10
[default-component-config]
build = { timeout = 20, without = ["docs"] }
[component-groups.slow]
components = ["jq"]
default-component-config = { build = { timeout = 30 } }
[components.jq]
spec = { type = "local", path = "jq.spec" }
build = { without = ["tests"] }
[[components.jq.overlays]]
type = "spec-set-tag"
description = "wrong"
tag = "License"
value = "MIT"
[components."lib++"]
spec = { type = "local", path = "jq.spec" }
"""


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    (tmp_path / "jq.spec").write_text("Name: jq\n")
    (tmp_path / "headwater.toml").write_text(PROJECT)
    (tmp_path / "user.toml").write_text('[project]\noutput-dir = "elsewhere"\n')
    return read_project(tmp_path, Given(user_file=tmp_path / "user.toml"))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("project.output-dir", ("project", "output-dir")),
        ("components.jq.overlays[2].regex", ("components", "jq", "overlays", 2, "regex")),
        ('components."a.b".build', ("components", "a.b", "build")),
        ("components.'a.b'", ("components", "a.b")),
        ("components.libstdc++", ("components", "libstdc++")),
        ('distros.alki.versions."4.0"', ("distros", "alki", "versions", "4.0")),
    ],
)
def test_a_key_as_its_parts(text: str, parts: tuple[str | int, ...]) -> None:
    assert parse_key(text) == parts


@pytest.mark.parametrize("text", ["project..output", 'components."jq', "overlays[x]", "a b"])
def test_what_is_no_key_is_a_problem_of_usage(text: str) -> None:
    with pytest.raises(Failure) as raised:
        parse_key(text)
    assert raised.value.kind is Kind.USAGE


def test_the_last_layer_that_says_something_counts(reading: Reading) -> None:
    *_, project, user = trace(reading, "project.output-dir")
    assert (project.effect, project.where.file, project.where.line) == ("overridden", "headwater.toml", 3)
    assert (user.effect, user.where.line) == ("counts", 2)
    assert str(user.value).endswith("elsewhere")


def test_a_component_inherits_from_low_to_high(reading: Reading) -> None:
    told = [(said.layer, said.value, said.effect) for said in trace(reading, "components.jq.build.timeout")]
    assert told[-3:] == [("alki 0", 10, "overridden"), ("project", 20, "overridden"), ("group slow", 30, "counts")]
    assert all(effect == "overridden" for _, _, effect in told[:-1])


def test_lists_add_to_one_another(reading: Reading) -> None:
    told = [(list(said.value), said.effect) for said in trace(reading, "components.jq.build.without") if said.value]
    assert told == [(["docs"], "added"), (["tests"], "added")]


def test_one_entry_of_a_list_has_its_line(reading: Reading) -> None:
    (said,) = trace(reading, "components.jq.overlays[0].tag")
    assert (said.value, said.where.line, said.effect) == ("License", 18, "counts")


def test_names_with_signs(reading: Reading) -> None:
    assert trace(reading, "components.lib++.spec.path")[-1].where.line == 21


@pytest.mark.parametrize(
    ("key", "near"),
    [("project.output-dri", "output-dir"), ("components.jp.build", "jq"), ("components.jq.overlays[7]", "")],
)
def test_a_key_that_nobody_says(reading: Reading, key: str, near: str) -> None:
    with pytest.raises(Failure) as raised:
        trace(reading, key)
    assert raised.value.kind is Kind.USAGE
    assert near in raised.value.problems[0].why + raised.value.problems[0].hint
