"""`hw update` and `hw render` as typed, on a spec-tree that is a plain folder; what `hw` says of words it does not know."""

import hashlib
import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from headwater.cli.main import hw
from headwater.errors import Failure, Kind

PROJECT = """\
[project]
default-distro = { name = "brook" }

[distros.brook]
default-version = "1"

[distros.brook.versions.1]
release-ver = "1"

[distros.tree]
default-version = "3"
spec-tree-uri = "tree"

[distros.tree.versions.3]
release-ver = "3"

[components.bed]
spec = { type = "upstream", upstream-distro = { name = "tree" } }
release = { calculation = "manual" }
"""
SPEC = "Name: bed\nVersion: 1\nRelease: 1\nSummary: Water\nLicense: MIT\n\n%description\nFlows.\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "tree/SPECS/bed"
    folder.mkdir(parents=True)
    (folder / "bed.spec").write_text(SPEC)
    (tmp_path / "headwater.toml").write_text(PROJECT)
    return tmp_path


def run(project: Path, *words: str) -> Result:
    return CliRunner().invoke(hw, ["-q", "-C", str(project), "--store", str(project / "store"), *words])


def done(project: Path, *words: str) -> str:
    result = run(project, *words)
    assert result.exit_code == 0, result.exception or result.output
    return result.stdout


def refused(project: Path, *words: str) -> Failure:
    result = run(project, *words)
    assert isinstance(result.exception, Failure), result.output
    return result.exception


def locked(project: Path) -> str:
    return str(tomllib.loads((project / "locks/bed.lock").read_text())["upstream-commit"])


def test_a_dry_run_says_what_would_be_locked_and_writes_nothing(project: Path) -> None:
    (row,) = json.loads(done(project, "--json", "--dry-run", "update"))
    assert (row["component"], row["changed"], row["reason"]) == ("bed", True, "new")
    assert not (project / "locks").exists()
    done(project, "update")
    assert locked(project) == row["upstreamCommit"]
    lock = (project / "locks/bed.lock").read_bytes()
    (project / "tree/SPECS/bed/bed.spec").write_text(SPEC + "Much.\n")
    assert "bed" in done(project, "-n", "update")
    assert (project / "locks/bed.lock").read_bytes() == lock


def test_where_nothing_moved_it_says_so(project: Path) -> None:
    done(project, "update")
    assert done(project, "update") == "nothing to do: 1 components are locked as they should be\n"
    assert done(project, "--json", "update") == "[]\n"


def test_a_plain_folder_is_locked_by_all_that_lies_in_it(project: Path) -> None:
    done(project, "update")
    facts = [["bed.spec", 0o644, hashlib.sha512(SPEC.encode()).hexdigest()]]
    before = hashlib.sha512(json.dumps(facts, separators=(",", ":")).encode()).hexdigest()
    assert locked(project) == before
    done(project, "render")
    (project / "tree/SPECS/bed/bed.spec").chmod(0o755)
    failure = refused(project, "render", "--force")
    assert failure.kind is Kind.SOURCE
    assert failure.problems[0].hint == "hw update bed"
    done(project, "update")
    assert locked(project) != before
    assert "upstream moved" in done(project, "render")


def test_a_misspelt_verb_is_told_with_the_nearest(project: Path) -> None:
    failure = refused(project, "rendr")
    assert (failure.kind, failure.problems[0].hint) == (Kind.USAGE, "did you mean `render`?")
    assert refused(project, "xyzzy").problems[0].hint == "hw --help"


def test_the_toolbox_that_headwater_brings_is_not_updated(project: Path) -> None:
    failure = refused(project, "toolbox", "update")
    assert failure.kind is Kind.USAGE
    assert "[toolbox]" in failure.problems[0].hint


def test_a_plain_folder_moves_by_itself_whatever_the_moment(project: Path) -> None:
    """A moment that is inherited settles which commit of a repository it is; a folder is as it is now."""
    file = project / "headwater.toml"
    moment = 'spec = { upstream-distro = { name = "tree", snapshot = "2026-01-01T00:00:00Z" } }'
    file.write_text(
        file.read_text().replace(', upstream-distro = { name = "tree" }', "") + f"\n[default-component-config]\n{moment}\n"
    )
    done(project, "update")
    done(project, "render")
    assert done(project, "changed") == "nothing moved\n"
    before = locked(project)
    (project / "tree/SPECS/bed/bed.spec").write_text(SPEC + "Much.\n")
    assert refused(project, "render", "--force").problems[0].hint == "hw update bed"
    assert "moved: folder SPECS/bed" in done(project, "changed")
    assert refused(project, "update", "--check").kind is Kind.DRIFT
    assert "moved: folder SPECS/bed" in done(project, "update", "bed")
    assert locked(project) != before
    assert "nothing to do" in done(project, "update")
    assert "upstream moved" in done(project, "render")
    assert "Much" in (project / "specs/b/bed/bed.spec").read_text()


def test_a_plain_folder_that_nobody_touched_needs_nothing(project: Path) -> None:
    done(project, "update")
    assert done(project, "changed") == "nothing moved\n"


def test_a_plain_folder_that_is_gone_is_told(project: Path) -> None:
    done(project, "update")
    lock = (project / "locks/bed.lock").read_bytes()
    (project / "tree/SPECS/bed").rename(project / "tree/SPECS/other")
    assert "moved: folder SPECS/bed" in done(project, "changed")
    assert "has no folder `SPECS/bed`" in refused(project, "update").problems[0].why
    assert (project / "locks/bed.lock").read_bytes() == lock


def test_people_have_no_row_of_what_failed(project: Path) -> None:
    (project / "tree/SPECS/bed").rename(project / "tree/SPECS/other")
    result = run(project, "update")
    assert isinstance(result.exception, Failure)
    assert result.stdout == ""
    (row,) = json.loads(run(project, "--json", "update").stdout)
    assert (row["component"], row["changed"]) == ("bed", False)
    assert "upstreamCommit" not in row
    assert row["error"]


def test_what_becomes_of_a_component_that_is_no_more_is_told(project: Path) -> None:
    file = project / "headwater.toml"
    (project / "weir.spec").write_text(SPEC.replace("bed", "weir"))
    without = file.read_text()
    file.write_text(without + '\n[components.weir]\nspec = { type = "local", path = "weir.spec" }\n')
    done(project, "update")
    done(project, "render")
    file.write_text(without)
    (row,) = json.loads(done(project, "--json", "changed"))
    assert (row["component"], row["change"]) == ("weir", "deleted")
    assert json.loads(done(project, "--json", "changed", "bed")) == []
    assert "no such component" in done(project, "update")
    assert "has a rendered package" in done(project, "changed")
    assert "weir" in done(project, "-n", "render")
    assert (project / "specs/w").exists()
    assert done(project, "render").splitlines()[1].split()[:2] == ["weir", "yes"]
    assert [path.name for path in (project / "specs").iterdir()] == ["b"], "no empty folder stays"
    assert done(project, "changed") == "nothing moved\n"
    assert "nothing to do" in done(project, "render")


def test_an_input_without_value_is_none(project: Path) -> None:
    file = project / "headwater.toml"
    file.write_text(file.read_text().replace('release-ver = "3"', 'description = "x"'))
    done(project, "update")
    lock = project / "locks/bed.lock"
    assert "release-ver" not in lock.read_text()
    lock.write_text(lock.read_text().replace("'rules'", "'release-ver' = ''\n'rules'"))
    assert "its lock is written otherwise by now" in done(project, "update")
    assert "release-ver" not in lock.read_text()
