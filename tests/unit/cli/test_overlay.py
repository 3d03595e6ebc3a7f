"""`hw overlay` as typed: what goes where, and the exit code."""

import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from headwater.cli.main import hw
from headwater.errors import Failure, Kind

SPEC = """\
Name: brook
Version: 1.0
Release: 1
Summary: Water
License: MIT
Patch0: deep.patch

%description
Flows.

%prep
%autosetup -p1 -c -T

%build
make
"""
PROJECT = """\
[project]
default-distro = { name = "brook" }

[distros.brook]
description = "Brook"
default-version = "1"

[distros.brook.versions.1]
release-ver = "1"

[components.brook]
spec = { type = "local", path = "brook.spec" }

[[components.brook.overlays]]
type = "spec-search-replace"
regex = '^Version: 1\\.0$'
replacement = "Version: 1.1"
description = "The archive says 1.1"

[[components.brook.overlays]]
type = "spec-append-lines"
section = "%build"
lines = ["make more"]
description = "`more` is asked for by the pump"

[components.bed]
spec = { type = "local", path = "brook.spec" }
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "brook.spec").write_text(SPEC)
    (tmp_path / "deep.patch").write_text("--- a\n+++ b\n")
    (tmp_path / "headwater.toml").write_text(PROJECT)
    return tmp_path


def run(project: Path, *words: str) -> Result:
    return CliRunner().invoke(hw, ["-q", "-C", str(project), "--store", str(project / "store"), *words])


def kind_of(result: Result) -> Kind:
    assert isinstance(result.exception, Failure)
    return result.exception.kind


def test_lint_shows_findings_and_says_no(project: Path) -> None:
    result = run(project, "--json", "overlay", "lint")
    [finding] = json.loads(result.stdout)
    assert (finding["rule"], finding["component"]) == ("use-a-kind", "brook")
    assert kind_of(result) is Kind.DRIFT
    assert "spec-update-tag" in run(project, "overlay", "lint").stdout


def test_lint_of_good_overlays_says_yes(project: Path) -> None:
    assert run(project, "overlay", "lint", "--static").exit_code == 0
    assert run(project, "overlay", "lint", "bed").exit_code == 0


def test_lint_goes_on_behind_a_component_without_sources(project: Path) -> None:
    (project / "deep.patch").unlink()
    (project / "deep.patch").symlink_to("nowhere")
    result = run(project, "overlay", "lint")
    assert kind_of(result) is Kind.SOURCE


def test_explain_is_a_page(project: Path) -> None:
    result = run(project, "overlay", "explain", "brook")
    assert result.exit_code == 0, result.exception
    assert "## The archive says 1.1" in result.stdout
    assert run(project, "overlay", "explain", "brook", "-o", str(project / "page.md")).stdout == ""
    assert (project / "page.md").read_text().startswith("# Deviations of brook\n")


def test_explain_knows_its_components(project: Path) -> None:
    assert kind_of(run(project, "overlay", "explain", "book")) is Kind.USAGE


def test_compare_lists_what_the_modes_do_not_share(project: Path) -> None:
    assert json.loads(run(project, "--json", "overlay", "compare").stdout) == []
    rows = json.loads(run(project, "--json", "overlay", "compare", "--all").stdout)
    assert {row["component"] for row in rows} == {"brook", "bed"}
    assert {row["overlay"] for row in rows} == {"own"}


def test_infer_copies_files_and_writes_toml(project: Path) -> None:
    for side, version in (("a", "1.0"), ("b", "1.2")):
        (project / side).mkdir()
        (project / side / "brook.spec").write_text(SPEC.replace("1.0", version))
    (project / "b" / "new.conf").write_text("x\n")
    words = [
        "overlay",
        "infer",
        "brook",
        "--from",
        str(project / "a"),
        "--to",
        str(project / "b"),
        "-o",
        str(project / "brook"),
    ]
    assert tomllib.loads(run(project, "-n", *words).stdout)
    assert not (project / "brook").exists()
    result = run(project, *words)
    overlays = tomllib.loads(result.stdout)["components"]["brook"]["overlays"]
    assert [one["type"] for one in overlays] == ["spec-update-tag", "file-add"]
    assert (project / overlays[1]["source"]).read_text() == "x\n"
    assert result.exit_code == 0
    data = json.loads(run(project, "--json", *words).stdout)
    assert [one["type"] for one in data["overlays"]] == ["spec-update-tag", "file-add"]
    assert data["gaps"] == []


def test_infer_says_what_no_overlay_says(project: Path) -> None:
    for side in ("a", "b"):
        (project / side).mkdir()
        (project / side / "brook.spec").write_text(SPEC)
        (project / side / "brook.tar.gz").write_text(side)
    result = run(project, "overlay", "infer", "brook", "--from", str(project / "a"), "--to", str(project / "b"))
    assert kind_of(result) is Kind.DRIFT
    assert result.stdout == ""
