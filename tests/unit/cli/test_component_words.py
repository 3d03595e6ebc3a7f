"""`hw component` in azldev's words, as typed, on a project of azldev's with real repositories: sources, history, additions."""

import hashlib
import http.server
import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from headwater.cli.main import hw
from headwater.errors import Failure, Kind
from headwater.upstream import Lock, write_lock

SPEC = """\
Name: {name}
Version: 1.0
Release: {release}
Summary: {summary}
License: MIT
Source0: {name}-1.0.tar.gz
Patch1: fix.patch

%description
Flows.

%prep
%autosetup

%check
make check

%changelog
%autochangelog
"""
ARCHIVE = b"\0an archive"
PROJECT = """\
# what stands here stays
includes = ["comps/*.toml"]

[project]
default-distro = {{ name = "azl", version = "4.0" }}
rendered-specs-dir = "specs"
lock-dir = "locks"

[distros.azl]
default-version = "4.0"

[distros.azl.versions.'4.0']
release-ver = "4.0"

[distros.azl.versions.'4.0'.default-component-config]
spec = {{ type = "upstream", upstream-distro = {{ name = "fedora", version = "43" }} }}

[distros.fedora]
default-version = "43"
dist-git-base-uri = "file://{root}/dist-git/$pkg"
lookaside-base-uri = "{lookaside}/$pkg/$filename"

[distros.fedora.versions.43]
release-ver = "43"
dist-git-branch = "f43"
"""
BROOK = """\
[components.brook]
build = { without = ["docs"], check = { skip = true, skip_reason = "It rains" } }

[[components.brook.overlays]]
type = "spec-set-tag"
tag = "Summary"
value = "Rain"
description = "It rains"

[[components.brook.overlays]]
type = "file-remove"
file = "NOTES"
description = "Nobody reads them"

[[components.brook.overlays]]
type = "patch-add"
source = "more.patch"
description = "More"
"""
BARE = "[components.bed]\n\n[components.rill]\n"
LOCAL = '[components."well+"]\nspec = { type = "local", path = "well+.spec" }\n'

Git = Callable[..., str]
Azl = SimpleNamespace


@pytest.fixture(scope="module")
def lookaside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on loopback that has every archive."""
    root = tmp_path_factory.mktemp("lookaside")
    for name in ("brook", "bed", "rill"):
        (root / name).mkdir()
        (root / name / f"{name}-1.0.tar.gz").write_bytes(ARCHIVE)
        (root / name / ".git").write_bytes(ARCHIVE)
    (root / "loose.conf").write_bytes(b"loose = yes\n")
    handler = partial(_Quiet, directory=str(root))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        """Nothing: the test says what went wrong."""


@pytest.fixture
def azl(tmp_path: Path, lookaside: str) -> Azl:
    """A project of azldev's: `brook` with overlays, `bed` and `rill` without, `well+` of its own; each lock moved twice."""
    clock = [1767225600]

    def git(folder: Path, *words: str) -> str:
        clock[0] += 60
        env = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PATH": os.environ["PATH"]}
        for who in ("AUTHOR", "COMMITTER"):
            env |= {
                f"GIT_{who}_NAME": "Ann Body",
                f"GIT_{who}_EMAIL": "ann@example.org",
                f"GIT_{who}_DATE": f"{clock[0]} +0000",
            }
        return subprocess.run(["git", "-C", folder, *words], env=env, check=True, capture_output=True, text=True).stdout.strip()

    root = tmp_path / "project"
    commits = {name: _dist_git(tmp_path / "dist-git" / name, name, git) for name in ("brook", "bed", "rill")}
    (root / "comps").mkdir(parents=True)
    (root / "azldev.toml").write_text(PROJECT.format(root=tmp_path, lookaside=lookaside))
    for name, text in (("brook.toml", BROOK), ("bare.toml", BARE), ("local.toml", LOCAL), ("more.patch", "more\n")):
        (root / "comps" / name).write_text(text)
    (root / "comps/well+.spec").write_text(SPEC.format(name="well+", release="1", summary="x").replace("Source0", "# Source0"))
    (root / "comps/fix.patch").write_text("fix\n")
    git(tmp_path, "init", "--quiet", "--initial-branch=main", str(root))
    for number, which in enumerate((0, 1)):
        for name, ids in commits.items():
            lock = Lock(import_commit=ids[0], upstream_commit=ids[which], input_fingerprint=f"sha256:{name}{number}")
            write_lock(root / "locks", name, lock)
        write_lock(root / "locks", "well+", Lock(input_fingerprint=f"sha256:{number}", manual_bump=number))
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "--message", f"Ours {number}")
    return SimpleNamespace(root=root, git=git, commits=commits, tmp=tmp_path, lookaside=lookaside)


def _dist_git(place: Path, name: str, git: Git) -> list[str]:
    place.mkdir(parents=True)
    git(place, "init", "--quiet", "--initial-branch=f43")
    release = "%autorelease" if name == "bed" else "3%{?dist}"
    (place / "fix.patch").write_text("fix\n")
    (place / "NOTES").write_text("notes\n")
    (place / "run.sh").write_text("#!/bin/sh\n")
    (place / "run.sh").chmod(0o755)
    (place / "sources").write_text(f"SHA512 ({name}-1.0.tar.gz) = {hashlib.sha512(ARCHIVE).hexdigest()}\n")
    ids = []
    for summary in ("Water", "More water"):
        (place / f"{name}.spec").write_text(SPEC.format(name=name, release=release, summary=summary))
        git(place, "add", "--all")
        git(place, "commit", "--quiet", "--message", f"{summary} in {name}")
        ids.append(git(place, "rev-parse", "HEAD"))
    return ids


def run(azl: Azl, *words: str) -> Result:
    store = str(azl.tmp / "store")
    return CliRunner().invoke(hw, ["-q", "-C", str(azl.root), "--store", store, *words])


def done(azl: Azl, *words: str) -> Result:
    result = run(azl, *words)
    assert result.exit_code == 0, result.exception or result.output
    return result


def refused(azl: Azl, *words: str) -> Failure:
    result = run(azl, *words)
    assert isinstance(result.exception, Failure), result.output
    return result.exception


def subjects(azl: Azl, folder: Path) -> list[str]:
    return azl.git(folder, "log", "--reverse", "--format=%s").splitlines()


def test_prepared_sources_hold_all_that_is_built_from(azl: Azl) -> None:
    place = azl.tmp / "out"
    done(azl, "component", "prepare-sources", "brook", "-o", str(place))
    names = {path.name for path in place.iterdir()}
    assert names == {
        ".git", "brook.spec", "brook.azl.macros", "brook-1.0.tar.gz", "fix.patch", "more.patch", "run.sh", "sources",
    }  # fmt: skip
    assert (place / "brook-1.0.tar.gz").read_bytes() == ARCHIVE
    assert os.access(place / "run.sh", os.X_OK)
    text = (place / "brook.spec").read_text()
    assert "Summary: Rain\n" in text
    assert "Release: 5%{?dist}\n" in text, "raised by two changes of the lock, although its changelog is counted"
    assert subjects(azl, place) == ["Water in brook", "Ours 0", "More water in brook", "Ours 1"]
    assert azl.git(place, "status", "--porcelain") == "", "the archive is none of git's business"
    assert azl.git(place, "show", "-s", "--format=%b", "HEAD").startswith("Project commit: ")
    assert azl.git(place, "rev-parse", "HEAD~3") == azl.commits["brook"][0]
    assert azl.git(place, "fsck", "--strict") == "", "it needs no other repository"


def test_a_counted_release_is_left_to_be_counted(azl: Azl) -> None:
    place = azl.tmp / "out"
    done(azl, "component", "prep-sources", "bed", "-o", str(place), "--skip-sources")
    assert "Release: %autorelease\n" in (place / "bed.spec").read_text()
    assert not list(place.glob("*.tar.gz"))


def test_a_component_of_ones_own_has_something_for_its_changes_to_lie_on(azl: Azl) -> None:
    place = azl.tmp / "out"
    done(azl, "component", "prepare-sources", "well+", "-o", str(place))
    assert subjects(azl, place) == ["Initial sources", "Ours 0", "Ours 1"]
    assert azl.git(place, "log", "-1", "--format=%an <%ae> %at", "HEAD~2") == "azldev <> 0"
    assert "Release: 3\n" in (place / "well+.spec").read_text()


def test_without_a_committed_lock_upstreams_history_stays(azl: Azl) -> None:
    azl.git(azl.root, "rm", "--quiet", "--cached", "locks/rill.lock")
    azl.git(azl.root, "commit", "--quiet", "--message", "Forget it")
    place = azl.tmp / "out"
    done(azl, "component", "prepare-sources", "rill", "-o", str(place), "--skip-sources")
    assert azl.git(place, "rev-parse", "HEAD") == azl.commits["rill"][1]
    assert azl.git(place, "status", "--porcelain").split() == ["M", "rill.spec"]
    assert "Release: 3%{?dist}\n" in (place / "rill.spec").read_text()


def test_what_upstream_has_is_prepared_untouched(azl: Azl) -> None:
    place = azl.tmp / "out"
    done(azl, "component", "prepare-sources", "brook", "-o", str(place), "--skip-overlays")
    dist_git = azl.tmp / "dist-git/brook"
    for name in ("brook.spec", "NOTES", "sources", "fix.patch"):
        assert (place / name).read_bytes() == (dist_git / name).read_bytes()
    assert (place / "brook-1.0.tar.gz").exists()
    assert not (place / ".git").exists()


def test_without_git_no_release_is_raised(azl: Azl) -> None:
    place = azl.tmp / "out"
    done(azl, "component", "prepare-sources", "brook", "-o", str(place), "--without-git")
    assert "Release: 3%{?dist}\n" in (place / "brook.spec").read_text()
    assert not (place / ".git").exists()


def test_a_folder_that_is_not_empty_is_replaced_by_force_only(azl: Azl) -> None:
    place = azl.tmp / "out"
    place.mkdir()
    words = ("component", "prepare-sources", "bed", "-o", str(place), "--skip-sources")
    done(azl, *words)
    (place / "mine").write_text("mine")
    assert refused(azl, *words).kind is Kind.USAGE
    assert (place / "mine").exists()
    done(azl, *words, "--force")
    assert not (place / "mine").exists()
    assert not [path for path in azl.tmp.iterdir() if path.name.startswith(".out")], "nothing is left beside it"


def test_a_folder_that_holds_the_project_is_never_replaced(azl: Azl) -> None:
    for place in (azl.root, azl.tmp, azl.root / "comps/.."):
        failure = refused(azl, "component", "prepare-sources", "bed", "-o", str(place), "--force")
        assert failure.kind is Kind.USAGE
    assert (azl.root / "azldev.toml").exists()


def test_a_failure_leaves_what_was_there(azl: Azl) -> None:
    place = azl.tmp / "out"
    place.mkdir()
    (place / "mine").write_text("mine")
    (azl.root / "comps/brook.toml").write_text(BROOK.replace("NOTES", "NOTHING"))
    failure = refused(azl, "component", "prepare-sources", "brook", "-o", str(place), "--force", "--skip-sources")
    assert failure.kind is Kind.OVERLAY
    assert failure.problems[0].where
    assert failure.problems[0].where.line > 1
    assert [path.name for path in place.iterdir()] == ["mine"]


def test_a_link_is_replaced_and_not_followed(azl: Azl) -> None:
    (azl.tmp / "elsewhere").mkdir()
    (azl.tmp / "elsewhere/mine").write_text("mine")
    place = azl.tmp / "out"
    place.symlink_to("elsewhere")
    done(azl, "component", "prepare-sources", "bed", "-o", str(place), "--skip-sources", "--force")
    assert not place.is_symlink()
    assert (azl.tmp / "elsewhere/mine").exists()


@pytest.mark.parametrize("names", [("brook", "bed"), ()])
def test_exactly_one_component_is_prepared(azl: Azl, names: tuple[str, ...]) -> None:
    assert refused(azl, "component", "prepare-sources", *names, "-o", str(azl.tmp / "out")).kind is Kind.USAGE


def test_a_source_file_without_a_hash_is_taken_where_that_is_allowed(azl: Azl) -> None:
    origin = f'{{ type = "download", uri = "{azl.lookaside}/loose.conf" }}'
    source = f'source-files = [{{ filename = "loose.conf", origin = {origin} }}]\n'
    (azl.root / "comps/brook.toml").write_text(BROOK.replace("build =", f"{source}build ="))
    words = ("component", "prepare-sources", "brook", "-o", str(azl.tmp / "out"))
    assert refused(azl, *words).kind is Kind.CONFIG
    result = done(azl, *words, "--allow-no-hashes")
    digest = hashlib.sha512(b"loose = yes\n").hexdigest()
    assert (azl.tmp / "out/sources").read_text().endswith(f"SHA512 (loose.conf) = {digest}\n")
    assert (azl.tmp / "out/loose.conf").read_bytes() == b"loose = yes\n"
    assert digest in result.stderr


@pytest.mark.parametrize("words", [(), ("--without-git",), ("--skip-overlays",)])
def test_an_archive_is_never_gits_own_folder(azl: Azl, words: tuple[str, ...]) -> None:
    place = azl.tmp / "dist-git/bed"
    (place / "sources").write_text(f"SHA512 (.git) = {hashlib.sha512(ARCHIVE).hexdigest()}\n")
    azl.git(place, "commit", "--quiet", "--all", "--message", "Hostile")
    lock = Lock(import_commit=azl.commits["bed"][0], upstream_commit=azl.git(place, "rev-parse", "HEAD"))
    write_lock(azl.root / "locks", "bed", lock)
    failure = refused(azl, "component", "prepare-sources", "bed", "-o", str(azl.tmp / "out"), *words)
    assert failure.kind is Kind.SOURCE
    assert "`.git`" in failure.problems[0].what
    assert not (azl.tmp / "out").exists()


def test_a_difference_is_told_line_by_line(azl: Azl) -> None:
    files = {one["path"]: one for one in json.loads(done(azl, "--json", "component", "diff-sources", "brook").stdout)["files"]}
    assert {path: one["status"] for path, one in files.items()} == {
        "NOTES": "removed",
        "brook.azl.macros": "added",
        "brook.spec": "modified",
        "more.patch": "added",
    }
    assert files["NOTES"]["changes"] == [
        {"line": 1, "type": "remove", "content": "notes"},
        {"line": 2, "type": "remove", "content": ""},
    ]
    assert {"line": 10, "type": "add", "content": "Summary: Rain"} in files["brook.spec"]["changes"]
    assert not (azl.tmp / "store/blobs").exists(), "no archive was fetched"


def test_a_difference_goes_into_a_file(azl: Azl) -> None:
    file = azl.tmp / "brook.diff"
    assert done(azl, "component", "diff-sources", "brook", "--output-file", str(file)).stdout == ""
    text = file.read_text()
    assert text.startswith("--- a/NOTES\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-notes\n-\n--- /dev/null\n+++ b/brook.azl.macros\n")
    done(azl, "--json", "component", "diff-sources", "brook", "--output-file", str(file))
    assert len(json.loads(file.read_text())["files"]) == 4


def rows(azl: Azl, *words: str) -> list[dict]:
    return json.loads(done(azl, "--json", "component", "history", *words).stdout)


def test_a_history_is_a_row_in_azldevs_words(azl: Azl) -> None:
    (row,) = rows(azl, "brook")
    details = row.pop("fingerprintChangeDetails")
    assert row.pop("latestCommit").endswith("Z")
    assert row == {
        "name": "brook",
        "tomlCommits": 1,
        "tomlPath": "comps/brook.toml",
        "customizations": 5,
        "customizationItems": [
            {"kind": "spec-set-tag", "value": "Summary=Rain", "description": "It rains"},
            {"kind": "file-remove", "value": "NOTES", "description": "Nobody reads them"},
            {"kind": "patch-add", "value": "more.patch", "description": "More"},
            {"kind": "build.without", "value": "docs"},
            {"kind": "build.check.skip", "value": "true", "description": "It rains"},
        ],
        "fingerprintChanges": 2,
        "hasLock": True,
        "hasImport": True,
        "manualBump": 0,
    }
    assert [(one["message"], one["author"], one["upstreamCommit"]) for one in details] == [
        ("Ours 0", "Ann Body", azl.commits["brook"][0]),
        ("Ours 1", "Ann Body", azl.commits["brook"][1]),
    ]


def test_histories_of_all_are_of_those_that_say_something(azl: Azl) -> None:
    assert [row["name"] for row in rows(azl, "-a")] == ["brook", "well+"]
    assert [row["name"] for row in rows(azl, "-a", "--include-bare")] == ["brook", "well+", "bed", "rill"]
    assert [row["name"] for row in rows(azl, "-a", "--include-bare", "--shared", "omit")] == ["brook", "well+"]
    assert [row["name"] for row in rows(azl, "-p", "b*")] == ["brook"], "a glob is not a name"
    (bed,) = rows(azl, "bed", "--shared", "omit")
    assert bed["sharedToml"]
    assert all("fingerprintChangeDetails" not in row for row in rows(azl, "-a"))
    assert rows(azl, "well+")[0]["manualBump"] == 1


def test_the_history_of_one_is_a_card(azl: Azl) -> None:
    card = done(azl, "component", "hist", "brook").stdout
    assert "comps/brook.toml" in card
    assert "Nobody reads them" in card
    assert "Ours 1" in card


def test_new_components_are_appended_and_all_else_stays(azl: Azl) -> None:
    file = azl.root / "azldev.toml"
    before, mode = file.read_text(), file.stat().st_mode
    done(azl, "component", "add", "spring", "c++")
    assert file.read_text() == f'{before}\n[components.spring]\n\n[components."c++"]\n'
    assert file.stat().st_mode == mode
    names = [row["name"] for row in json.loads(done(azl, "--json", "component", "list", "-a").stdout)]
    assert {"spring", "c++"} <= set(names)


def test_new_components_go_into_the_file_that_was_named(azl: Azl) -> None:
    file = azl.root / "comps/bare.toml"
    file.write_bytes(BARE.replace("\n", "\r\n").rstrip().encode())
    done(azl, "component", "add", "spring", "--file", str(file))
    assert file.read_bytes() == b"[components.bed]\r\n\r\n[components.rill]\r\n\r\n[components.spring]\r\n"


@pytest.mark.parametrize(
    "words",
    [("bed",), ("../x",), ("a/b",), ("",), (), ("new", "--file", "/etc/hostname"), ("new", "--file", "comps/brook.toml~")],
)
def test_what_cannot_be_added_changes_nothing(azl: Azl, words: tuple[str, ...]) -> None:
    before = (azl.root / "azldev.toml").read_bytes()
    assert refused(azl, "component", "add", *words).kind is Kind.USAGE
    assert (azl.root / "azldev.toml").read_bytes() == before


def test_a_file_that_can_take_no_more_tables_stays(azl: Azl) -> None:
    file = azl.root / "comps/bare.toml"
    file.write_text("components = { bed = {}, rill = {} }\n")
    assert refused(azl, "component", "add", "spring", "--file", str(file)).kind is Kind.CONFIG
    assert file.read_text() == "components = { bed = {}, rill = {} }\n"


def test_nothing_is_written_by_a_dry_run(azl: Azl) -> None:
    before = (azl.root / "azldev.toml").read_bytes()
    assert "spring" in done(azl, "-n", "component", "add", "spring").stdout
    assert (azl.root / "azldev.toml").read_bytes() == before
    done(azl, "-n", "component", "prepare-sources", "bed", "-o", str(azl.tmp / "out"))
    assert not (azl.tmp / "out").exists()


def test_building_is_another_verbs_business(azl: Azl) -> None:
    failure = refused(azl, "component", "build", "-k", "brook", "--no-check", "--local-repo", "x")
    assert failure.kind is Kind.USAGE
    assert failure.problems[0].hint == "hw build brook"


def test_a_rendered_folder_with_a_plus_has_a_second_name(azl: Azl) -> None:
    (azl.root / "comps/well+.spec").write_text(
        SPEC.format(name="well+", release="1", summary="x").split("%changelog")[0] + "%changelog\n"
    )
    done(azl, "component", "render", "well+")
    link = azl.root / "specs/w/well%2B"
    assert str(link.readlink()) == "well+"
    assert (link / "well+.spec").exists()
    link.unlink()
    link.symlink_to("/etc")
    done(azl, "component", "render", "well+")
    assert str(link.readlink()) == "well+", "what leads elsewhere is put right, although nothing else moved"


def test_a_second_name_goes_with_the_first(azl: Azl) -> None:
    folder = azl.root / "specs/g"
    (folder / "gone+").mkdir(parents=True)
    (folder / "gone%2B").symlink_to("gone+")
    (folder / "theirs").symlink_to("gone+")
    (azl.root / "comps/brook.toml").unlink()
    (azl.root / "comps/bare.toml").unlink()
    (azl.root / "comps/well+.spec").write_text(
        SPEC.format(name="well+", release="1", summary="x").split("%changelog")[0] + "%changelog\n"
    )
    result = done(azl, "component", "render", "-a", "--clean-stale")
    assert [path.name for path in folder.iterdir()] == ["theirs"], result.output
    assert result.stdout.endswith("; removed: gone+\n")
    assert (azl.root / "specs/w/well%2B").is_symlink(), "it is of a component that is there"


def test_a_component_that_cannot_be_rendered_is_marked(azl: Azl) -> None:
    (azl.root / "comps/brook.toml").write_text(BROOK.replace("NOTES", "NOTHING"))
    place = azl.root / "specs/b/brook"
    place.mkdir(parents=True)
    (place / "brook.spec").write_text("old")
    words = ("--json", "component", "render", "brook")
    assert run(azl, *words, "--check-only").exit_code != 0
    assert [path.name for path in place.iterdir()] == ["brook.spec"], "a check writes nothing"
    (row,) = json.loads(done(azl, *words).stdout)
    assert (row["status"], row["changed"], row["outputDir"]) == ("error", True, str(place))
    assert [path.name for path in place.iterdir()] == ["RENDER_FAILED"]
    assert (place / "RENDER_FAILED").read_text() == "Rendering failed. See azldev logs for details.\n"
    (row,) = json.loads(done(azl, *words, "--check-only").stdout)
    assert (row["status"], row["changed"]) == ("error", False), "that it fails is what is checked in"
    assert run(azl, *words, "--fail-on-error").exit_code != 0


def test_an_empty_list_of_archives_is_kept(azl: Azl) -> None:
    place = azl.tmp / "dist-git/rill"
    (place / "sources").write_text("")
    (place / "rill.spec").write_text(SPEC.format(name="rill", release="1", summary="x").replace("%autochangelog", ""))
    azl.git(place, "commit", "--quiet", "--all", "--message", "Nothing")
    lock = Lock(import_commit=azl.commits["rill"][0], upstream_commit=azl.git(place, "rev-parse", "HEAD"))
    write_lock(azl.root / "locks", "rill", lock)
    done(azl, "component", "prepare-sources", "rill", "-o", str(azl.tmp / "out"), "--without-git")
    assert (azl.tmp / "out/sources").read_bytes() == b""
    done(azl, "component", "render", "rill")
    assert (azl.root / "specs/r/rill/sources").read_bytes() == b""


def test_azldevs_short_forms_are_known(azl: Azl) -> None:
    assert json.loads(done(azl, "--json", "comp", "hist", "bed").stdout)[0]["name"] == "bed"
    done(azl, "comp", "prep-sources", "-p", "bed", "-o", str(azl.tmp / "out"), "--skip-sources")
    result = done(azl, "--json", "pkg", "list", "-a")
    assert json.loads(result.stdout) == []
    assert "warning: no setting of this project names a package" in result.stderr


def test_people_see_what_changed_or_failed_and_programs_see_all(azl: Azl) -> None:
    (azl.root / "comps/well+.spec").write_text(
        SPEC.format(name="well+", release="1", summary="x").split("%changelog")[0] + "%changelog\n"
    )
    (azl.root / "comps/brook.toml").write_text(BROOK.replace("NOTES", "NOTHING"))
    words = ("component", "render", "well+", "brook", "--force")
    result = done(azl, *words)
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["component", "brook", "well+", "2"]
    assert "NOTHING" in result.stdout.splitlines()[1]
    assert result.stdout.endswith("\n2 components: 1 changed, 1 failed, 0 as they were\n")
    assert "comps/brook.toml:" in result.stderr, "it says where"
    result = done(azl, "component", "render", "well+", "--force")
    assert result.stdout == "1 components: 0 changed, 0 failed, 1 as they were\n"
    rows = json.loads(done(azl, "--json", *words).stdout)
    assert [(row["component"], row["status"]) for row in rows] == [("brook", "error"), ("well+", "ok")]


def test_programs_see_all_components_also_where_nothing_moved(azl: Azl) -> None:
    (azl.root / "comps/well+.spec").write_text(
        SPEC.format(name="well+", release="1", summary="x").split("%changelog")[0] + "%changelog\n"
    )
    words = ("component", "render", "well+")
    (first,) = json.loads(done(azl, "--json", *words).stdout)
    (second,) = json.loads(done(azl, "--json", *words).stdout)
    assert (first["changed"], second["changed"]) == (True, False)
    for key in ("component", "outputDir", "status"):
        assert first[key] == second[key]
    assert done(azl, "-O", "csv", *words).stdout.splitlines()[1].startswith("well+,")
    assert done(azl, *words).stdout == "1 components: 0 changed, 0 failed, 1 as they were\n"


def test_what_was_rendered_here_is_rendered_elsewhere_too(azl: Azl) -> None:
    (azl.root / "comps/well+.spec").write_text(
        SPEC.format(name="well+", release="1", summary="x").split("%changelog")[0] + "%changelog\n"
    )
    done(azl, "component", "render", "well+")
    done(azl, "component", "render", "well+", "-o", str(azl.tmp / "elsewhere"))
    assert (azl.tmp / "elsewhere/w/well+/well+.spec").exists()
