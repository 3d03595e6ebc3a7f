"""`hw changed` and `hw diff` between revisions of a project, as typed: what is said, and that nothing is touched."""

import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from headwater.cli.main import hw
from headwater.errors import Failure, Kind
from headwater.upstream import Lock, write_lock

SPEC = """\
Name: {name}
Version: 1.0
Release: 1
Summary: Water
License: MIT

%description
Flows.
"""
HEAD = """\
[project]
default-distro = { name = "brook" }

[distros.brook]
description = "Brook"
default-version = "1"

[distros.brook.versions.1]
release-ver = "1"
"""
OVERLAY = """
[[components.brook.overlays]]
type = "spec-set-tag"
tag = "Summary"
value = "Rain"
description = "It rains"
"""

Git = Callable[..., str]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A project in a folder of a repository, with what nobody committed yet left out."""
    place = tmp_path / "repository" / "distro"
    place.mkdir(parents=True)
    git(place, "init", "--quiet", "--initial-branch=main", str(place.parent))
    write(place, "brook", "bed")
    commit(place, "one")
    return place


def git(folder: Path, *words: str) -> str:
    env = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PATH": os.environ["PATH"]}
    for who in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{who}_NAME": "Somebody", f"GIT_{who}_EMAIL": "a@example.org"}
    return subprocess.run(["git", "-C", folder, *words], env=env, check=True, capture_output=True, text=True).stdout.strip()


def commit(place: Path, message: str) -> None:
    git(place, "add", "--all")
    git(place, "commit", "--quiet", "--message", message)


def write(place: Path, *names: str, overlays: str = "") -> None:
    components = "".join(f'\n[components.{name}]\nspec = {{ type = "local", path = "{name}.spec" }}\n' for name in names)
    (place / "headwater.toml").write_text(HEAD + components + overlays)
    for name in names:
        (place / f"{name}.spec").write_text(SPEC.format(name=name))


def run(place: Path, *words: str) -> Result:
    """The program's answer; the repository and all files in it stay as they were."""
    before = everything(place.parent)
    store = place.parent.parent / "store"
    result = CliRunner().invoke(hw, ["-C", str(place), "--store", str(store), "-q", *words])
    assert everything(place.parent) == before
    return result


def everything(folder: Path) -> dict[str, str]:
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def rows(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 0, result.exception
    found: list[dict[str, object]] = json.loads(result.stdout)
    return found


def test_changed_names_components_and_inputs(place: Path) -> None:
    write(place, "brook", "well", overlays=OVERLAY)
    (place / "bed.spec").unlink()
    commit(place, "two")
    (place / "brook.spec").write_text(SPEC.format(name="brook").replace("1.0", "1.1"))
    kinds = {
        row["component"]: row["change"] for row in rows(run(place, "--json", "changed", "--from", "HEAD~1", "--to", "HEAD"))
    }
    assert kinds == {"bed": "deleted", "brook": "changed", "well": "added"}
    (row,) = rows(run(place, "--json", "changed", "--from", "HEAD"))
    assert row["component"] == "brook"
    assert "file brook.spec" in str(row["why"]), "the working tree counts where no later revision is named"
    assert "overlay" not in str(row["why"])
    assert "overlay[0] nothing" in str(rows(run(place, "--json", "changed", "--from", "HEAD~1", "brook")))


def test_changed_reads_the_locks_of_both_revisions(place: Path) -> None:
    write_lock(place / "locks", "brook", Lock(manual_bump=1))
    commit(place, "two")
    write_lock(place / "locks", "brook", Lock(manual_bump=2))
    assert "manual-bump 0 -> 1" in str(rows(run(place, "--json", "changed", "--from", "HEAD~1", "--to", "HEAD")))
    assert "manual-bump 1 -> 2" in str(rows(run(place, "--json", "changed", "--from", "HEAD")))
    assert "manual-bump 0 -> 2" in str(rows(run(place, "--json", "changed", "--from", "HEAD~1")))


def test_diff_shows_rendered_files_of_what_moved(place: Path) -> None:
    write(place, "brook", "bed", overlays=OVERLAY)
    commit(place, "two")
    result = run(place, "diff", "--from", "HEAD~1", "--to", "HEAD")
    assert result.exit_code == 0, result.exception
    assert "-Summary: Water\n+Summary: Rain\n" in result.stdout
    assert "a/brook/brook.spec" in result.stdout
    assert "bed" not in result.stdout
    back = run(place, "diff", "--from", "HEAD", "--to", "HEAD~1")
    assert "-Summary: Rain\n+Summary: Water\n" in back.stdout


def test_diff_of_a_new_component_is_all_of_it(place: Path) -> None:
    write(place, "brook", "bed", "well")
    result = run(place, "diff", "--from", "HEAD")
    assert "--- /dev/null\n+++ b/well/well.spec\n" in result.stdout
    assert "+Name: well\n" in result.stdout
    assert "brook" not in result.stdout


def test_diff_tells_where_other_inputs_make_the_same_files(place: Path) -> None:
    (place / "brook.spec").write_text(SPEC.format(name="brook").replace("Water", "Rain"))
    write_lock(place / "locks", "brook", Lock(manual_bump=0))
    commit(place, "two")
    write(place, "brook", "bed", overlays=OVERLAY)
    result = run(place, "diff", "--from", "HEAD")
    assert "# its files stay as they are\n" in result.stdout
    assert "@@" not in result.stdout


def test_one_that_cannot_be_derived_is_told_and_the_others_shown(place: Path) -> None:
    write(place, "brook", "bed", overlays=OVERLAY.replace('"spec-set-tag"', '"spec-update-tag"').replace("Summary", "Nothing"))
    (place / "bed.spec").write_text(SPEC.format(name="bed").replace("Flows", "Rests"))
    result = run(place, "diff", "--from", "HEAD")
    assert "-Flows.\n+Rests.\n" in result.stdout
    assert isinstance(result.exception, Failure)
    assert [problem.kind for problem in result.exception.problems] == [Kind.OVERLAY]


@pytest.mark.parametrize("word", ["changed", "diff"])
@pytest.mark.parametrize(("revision", "what"), [("nowhere", "`nowhere` is no revision"), ("root", "`root` holds no project")])
def test_a_revision_without_project_is_refused(place: Path, word: str, revision: str, what: str) -> None:
    git(place, "checkout", "--quiet", "--orphan", "root")
    git(place, "rm", "-rfq", "--cached", ".")
    (place.parent / "README").write_text("Nothing yet\n")
    git(place.parent, "add", "README")
    git(place, "commit", "--quiet", "--message", "root")
    result = run(place, word, "--from", revision)
    assert isinstance(result.exception, Failure)
    assert what in result.exception.problems[0].what
    assert result.exception.problems[0].kind is Kind.USAGE
