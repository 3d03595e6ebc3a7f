"""A project shown as azldev shows it."""

import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from headwater.cli.main import hw
from headwater.config import Component
from headwater.config.components import BuildRule
from headwater.config.overlays import SpecSetTag
from headwater.config.packages import PublishRule
from headwater.config.verbs import Style, view
from headwater.config.view import camel

AZLDEV = """default-distro = { name = "alki" }
[distros.alki]
default-version = "0"
versions.0.release-ver = "0"
[components.jq]
"""


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("mock-config-x86_64", "mockConfigX8664"),
        ("containerTag", "containerTag"),
        ("skip_reason", "skipReason"),
        ("name", "name"),
    ],
)
def test_keys_are_in_azldevs_letters(key: str, shown: str) -> None:
    assert camel(key) == shown


def test_what_is_empty_is_left_out_and_tables_stay() -> None:
    shown = view(Component(name="jq"))
    assert shown["name"] == "jq"
    assert shown["build"] == {"check": {}, "failure": {}, "hints": {}}
    assert "overlays" not in shown
    assert "timeout" not in shown["build"], "a word of ours that nobody used"


def test_a_word_of_ours_is_shown_where_it_was_used() -> None:
    assert view(Component(name="jq", description="JSON on the command line"))["description"] == "JSON on the command line"


def test_as_written_says_no_more_than_was_written() -> None:
    shown = view(Component(name="jq", build=BuildRule(without=("docs",))), Style.TOML, resolved=False)
    assert shown["build"] == {"without": ["docs"], "check": {}, "failure": {}, "hints": {}}
    assert shown["release"] == {}, "the default is `auto`, but nobody said it"


def test_an_overlay_shows_its_kind() -> None:
    overlay = SpecSetTag(tag="License", value="MIT", description="wrong")
    assert view(overlay) == {"type": "spec-set-tag", "tag": "License", "value": "MIT", "description": "wrong"}


def test_azldevs_old_word_is_shown_in_toml_only() -> None:
    rule = PublishRule(channel="base")
    assert view(rule) == {}
    assert view(rule, Style.TOML) == {"channel": "base"}


@pytest.mark.parametrize("style", [Style.JSON, Style.TOML])
@pytest.mark.parametrize("folder", ["", "secret/keys"])
def test_a_dump_has_the_folder_of_keys_where_somebody_said_it(tmp_path: Path, style: Style, folder: str) -> None:
    """azldev refuses a word that it does not know, and the dump of its project is one that it can read."""
    said = f'key-dir = "{folder}"\n' if folder else ""
    (tmp_path / "azldev.toml").write_text(f"[project]\n{said}{AZLDEV}")
    done = CliRunner().invoke(hw, ["-C", str(tmp_path), "config", "dump", "-f", style.value], catch_exceptions=False)
    project = (json.loads if style is Style.JSON else tomllib.loads)(done.stdout)["project"]
    assert project.get("keyDir", project.get("key-dir", "")) == (str(tmp_path / folder) if folder else "")
