"""The project's own history, and the repository that is written from it: real git repositories, made by the test."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pygit2
import pytest

from headwater.config.model import Component, Distro, DistroRef, OverlayMode, Project, ProjectRule
from headwater.errors import Failure, Kind
from headwater.render.changed import changed
from headwater.render.finish import Finisher
from headwater.render.history import DIRTY, INITIAL, Entry, ProjectHistory, dirty
from headwater.render.revisions import Revisions
from headwater.render.synthetic import Base, Synthetic
from headwater.store import Store
from headwater.toolbox import Toolbox
from headwater.upstream import Clones, Lock, with_ours, write_lock
from headwater.upstream.model import LooseFile

Git = Callable[..., str]
FILES = {"a.spec": LooseFile(content=b"Name: a\n"), "run.sh": LooseFile(content=b"#!\n", mode=0o755)}


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Runs git in the test's project, as somebody, at a time that goes on by a minute with each call."""
    clock = [1767225600]

    def run(*words: str, folder: Path = tmp_path) -> str:
        clock[0] += 60
        env = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PATH": os.environ["PATH"]}
        for who in ("AUTHOR", "COMMITTER"):
            env |= {f"GIT_{who}_NAME": "Somebody", f"GIT_{who}_EMAIL": "a@example.org", f"GIT_{who}_DATE": f"{clock[0]} +0000"}
        return subprocess.run(["git", "-C", folder, *words], env=env, check=True, capture_output=True, text=True).stdout.strip()

    run("init", "--quiet", "--initial-branch=main")
    return run


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(
        root=tmp_path,
        project=ProjectRule(
            default_distro=DistroRef(name="x"), lock_dir=str(tmp_path / "locks"), rendered_specs_dir=str(tmp_path / "specs")
        ),
        distros={"x": Distro()},
        components={name: Component(name=name) for name in ("a", "b")},
    )


def commit(git: Git, message: str) -> str:
    git("add", "--all")
    git("commit", "--quiet", "--allow-empty", "--message", message)
    return git("rev-parse", "HEAD")


def lock(project: Project, name: str, *, inputs: dict[str, str], **keys: str) -> None:
    write_lock(Path(project.project.lock_dir), name, with_ours(Lock(**keys), inputs=inputs, repins={}))


def test_each_change_of_a_lock_is_one_entry(git: Git, project: Project) -> None:
    lock(project, "a", inputs={"x": "1"}, upstream_commit="1" * 40)
    first = commit(git, "Import")
    commit(git, "Something else")
    lock(project, "a", inputs={"x": "1"}, upstream_commit="1" * 40, resolution_input_hash="sha256:0")
    commit(git, "Only how the commit was found")
    lock(project, "a", inputs={"x": "2"}, upstream_commit="2" * 40)
    last = commit(git, "Overlay")
    history = ProjectHistory(project)
    assert [(entry.commit, entry.message, entry.upstream[:1]) for entry in history.of("a")] == [
        (first, "Import", "1"),
        (last, "Overlay", "2"),
    ]
    assert history.of("b") == []
    assert [entry.message for entry in dirty(history.of("a"), history.locks["a"], history.locks["a"], {"x": "3"})] != []
    assert list(dirty(history.of("a"), history.locks["a"], history.locks["a"], {"x": "2"})) == []
    bumped = msgspec.structs.replace(history.locks["a"], manual_bump=1, upstream_commit="3" * 40)
    assert [entry.upstream for entry in dirty(history.of("a"), history.locks["a"], bumped, {"x": "2"})] == ["3" * 40]


@pytest.mark.parametrize(("mode", "author"), [(OverlayMode.STRICT, "Headwater"), (OverlayMode.COMPAT, "azldev")])
def test_what_is_not_committed_is_by_azldev_in_its_own_projects_only(
    git: Git, project: Project, tmp_path: Path, mode: OverlayMode, author: str
) -> None:
    lock(project, "a", inputs={"x": "1"}, upstream_commit="1" * 40)
    commit(git, "Import")
    component = Component(name="a", overlay_mode=mode)
    store = Store(tmp_path / "store")
    finisher = Finisher(project, store, Clones(store), no_toolbox, jobs=1)
    first, last = finisher.entries(component)
    assert (first.author, first.email) == ("Somebody", "a@example.org")
    assert (last.message, last.author, last.email) == (DIRTY, author, f"{author.lower()}@local")


def test_nothing_is_counted_in_a_shallow_clone(git: Git, project: Project, tmp_path: Path) -> None:
    lock(project, "a", inputs={"x": "1"}, upstream_commit="1" * 40)
    commit(git, "Import")
    commit(git, "More")
    clone = tmp_path / "clone"
    git("clone", "--quiet", "--depth=1", f"file://{tmp_path}", str(clone))
    rule = msgspec.structs.replace(project.project, lock_dir=str(clone / "locks"))
    store = Store(tmp_path / "store")
    cut = msgspec.structs.replace(project, root=clone, project=rule)
    with pytest.raises(Failure) as caught:
        Finisher(cut, store, Clones(store), no_toolbox, jobs=1).entries(project.components["a"])
    problem = caught.value.problems[0]
    assert "shallow" in problem.what
    assert problem.hint == "git fetch --unshallow"


def no_toolbox() -> Toolbox:
    raise AssertionError("no toolbox is needed")


def test_azldevs_number_counts_where_there_is_one(git: Git, project: Project) -> None:
    for number, fingerprint in enumerate(("f1", "f1", "f2")):
        lock(project, "a", inputs={}, input_fingerprint=fingerprint, upstream_commit=str(number) * 40)
        commit(git, fingerprint)
    history = ProjectHistory(project)
    assert [entry.message for entry in history.of("a")] == ["f1", "f2"]
    assert list(dirty(history.of("a"), history.locks["a"], history.locks["a"], {"x": "1"})) == [], "it does not say what of"


def test_a_lock_that_is_gone_has_no_history(git: Git, project: Project) -> None:
    lock(project, "a", inputs={"x": "1"})
    commit(git, "Import")
    (Path(project.project.lock_dir) / "a.lock").unlink()
    commit(git, "Drop")
    assert ProjectHistory(project).of("a") == []


def test_a_project_without_git_has_no_history(project: Project) -> None:
    assert ProjectHistory(project).of("a") == []


def test_changed_says_which_input_moved(git: Git, project: Project) -> None:
    lock(project, "a", inputs={"overlay[0]": "1", "build": "2"}, upstream_commit="1" * 40)
    lock(project, "b", inputs={"overlay[0]": "1"})
    first = commit(git, "Import")
    lock(project, "a", inputs={"overlay[0]": "9", "build": "2"}, upstream_commit="1" * 40)
    lock(project, "gone", inputs={"x": "1"})
    second = commit(git, "Overlay")
    (Path(project.project.lock_dir) / "gone.lock").unlink()
    (Path(project.project.lock_dir) / "b.lock").unlink()
    third = commit(git, "Drop")
    rows = {(one.component, one.kind, one.why) for one in changed(project, first, second)}
    assert rows == {("a", "changed", ("overlay[0] 1 -> 9",)), ("gone", "added", ())}
    assert {(one.component, one.kind) for one in changed(project, second, third)} == {("gone", "deleted"), ("b", "changed")}
    assert [one.kind for one in changed(project, first, first, unchanged=True)] == ["unchanged", "unchanged"]


def test_sources_edited_by_hand_are_refused(git: Git, project: Project, tmp_path: Path) -> None:
    lock(project, "a", inputs={"x": "1"})
    lock(project, "b", inputs={"x": "1"})
    first = commit(git, "Import")
    (tmp_path / "specs/a/a").mkdir(parents=True)
    (tmp_path / "specs/a/a/sources").write_text("SHA512 (x) = 0\n")
    second = commit(git, "By hand")
    with pytest.raises(Failure) as caught:
        changed(project, first, second)
    assert caught.value.kind is Kind.DRIFT
    lock(project, "a", inputs={"x": "2"})
    third = commit(git, "And its lock")
    assert [(one.component, one.sources) for one in changed(project, first, third)] == [("a", True)]


@pytest.mark.parametrize("revision", ["nothing", "--output=/tmp/x", "HEAD^{tree}", ""])
def test_a_revision_that_is_none_is_told(git: Git, tmp_path: Path, revision: str) -> None:
    commit(git, "One")
    with pytest.raises(Failure) as caught:
        Revisions(tmp_path).commit(revision)
    assert caught.value.kind is Kind.USAGE


@pytest.fixture
def upstream(git: Git, tmp_path: Path) -> tuple[Path, list[str]]:
    """A dist-git with three commits."""
    place = tmp_path / "upstream"
    place.mkdir()
    git("init", "--quiet", "--initial-branch=f43", folder=place)
    ids = []
    for number in range(3):
        (place / "a.spec").write_text(f"Name: a\nVersion: {number}\n")
        git("add", "--all", folder=place)
        git("commit", "--quiet", "--message", f"Upstream {number}", folder=place)
        ids.append(git("rev-parse", "HEAD", folder=place))
    return place, ids


def subjects(folder: Path) -> list[str]:
    repository = pygit2.Repository(str(folder))
    return [commit.message.splitlines()[0] for commit in repository.walk(repository.head.target)][::-1]


def test_own_changes_stand_behind_the_commit_they_were_made_from(
    git: Git, project: Project, upstream: tuple[Path, list[str]], tmp_path: Path
) -> None:
    place, ids = upstream
    for number, commit_id in enumerate((ids[0], ids[0], ids[2], ids[2])):
        lock(project, "a", inputs={"x": str(number)}, upstream_commit=commit_id)
        git("add", "locks")
        git("commit", "--quiet", "--message", f"Ours {number}")
    folder = tmp_path / "history"
    base = Base(place=place, first=ids[0], last=ids[2])
    made = Synthetic(FILES, ProjectHistory(project).of("a"), base)
    made.check_out(folder)
    assert subjects(folder) == ["Upstream 0", "Ours 0", "Ours 1", "Upstream 1", "Upstream 2", "Ours 2", "Ours 3"]
    repository = pygit2.Repository(str(folder))
    assert str(repository.head.target) == made.head
    assert not repository.status(), "the folder is checked out"
    assert repository.revparse_single("HEAD~1:a.spec").data == b"Name: a\nVersion: 2\n"
    assert repository.revparse_single("HEAD:a.spec").data == b"Name: a\n"
    again = Synthetic(FILES, ProjectHistory(project).of("a"), base)
    assert again.head == made.head, "its id stands for all that is counted"


def test_without_own_changes_the_last_commit_of_upstreams_holds_the_folder(
    upstream: tuple[Path, list[str]], tmp_path: Path
) -> None:
    place, ids = upstream
    folder = tmp_path / "history"
    Synthetic(FILES, [], Base(place=place, first=ids[2], last=ids[2])).check_out(folder)
    assert subjects(folder) == ["Upstream 0", "Upstream 1", "Upstream 2"]
    assert pygit2.Repository(str(folder)).revparse_single("HEAD:a.spec").data == b"Name: a\n"


def test_a_package_without_history_is_one_commit(tmp_path: Path) -> None:
    folder = tmp_path / "history"
    Synthetic(FILES, [], None).check_out(folder)
    assert subjects(folder) == ["Import"]
    assert os.access(folder / "run.sh", os.X_OK)


def test_merges_of_upstreams_count_once(git: Git, upstream: tuple[Path, list[str]], tmp_path: Path) -> None:
    place, ids = upstream
    git("checkout", "--quiet", "-b", "side", ids[1], folder=place)
    (place / "more").write_text("more")
    git("add", "--all", folder=place)
    git("commit", "--quiet", "--message", "Aside", folder=place)
    git("checkout", "--quiet", "f43", folder=place)
    git("merge", "--quiet", "--no-ff", "--message", "Merge", "side", folder=place)
    last = git("rev-parse", "HEAD", folder=place)
    (place / "a.spec").write_text("Name: a\nVersion: 9\n")
    git("commit", "--quiet", "--all", "--message", "Upstream 3", folder=place)
    folder = tmp_path / "history"
    made = Synthetic(FILES, [], Base(place=place, first=ids[0], last=git("rev-parse", "HEAD", folder=place)))
    made.check_out(folder)
    assert subjects(folder) == ["Upstream 0", "Upstream 1", "Upstream 2", "Merge", "Upstream 3"]
    repository = pygit2.Repository(str(folder))
    assert all(len(commit.parent_ids) < 2 for commit in repository.walk(repository.head.target))
    assert str(repository.revparse_single("HEAD~1").tree_id) == git("rev-parse", f"{last}^{{tree}}", folder=place)


def test_upstreams_history_may_stay_as_it_is(upstream: tuple[Path, list[str]], tmp_path: Path) -> None:
    place, ids = upstream
    folder = tmp_path / "history"
    made = Synthetic(FILES, [], Base(place=place, first=ids[2], last=ids[1]), as_it_is=True)
    made.check_out(folder)
    assert made.head == ids[1]
    assert (folder / "a.spec").read_bytes() == b"Name: a\n"
    assert pygit2.Repository(str(folder)).status(), "what the overlays made is not committed"


@pytest.mark.parametrize(("name", "email"), [("", ""), ("A <b>\n", "<c>"), ("\udcff", "x")])
def test_any_name_makes_a_commit(tmp_path: Path, name: str, email: str) -> None:
    entry = Entry(commit="1", author=name, email=email, moment=1, message="x\0\udcff", upstream="")
    made = Synthetic(FILES, [INITIAL, entry], None)
    made.check_out(tmp_path / "history")
    assert len(subjects(tmp_path / "history")) == 2


def test_a_project_may_lie_below_the_top_of_its_repository(git: Git, project: Project, tmp_path: Path) -> None:
    below = tmp_path / "below"
    rule = msgspec.structs.replace(project.project, lock_dir=str(below / "locks"), rendered_specs_dir=str(below / "specs"))
    project = msgspec.structs.replace(project, root=below, project=rule)
    lock(project, "a", inputs={"x": "1"})
    lock(project, "b", inputs={"x": "1"})
    first = commit(git, "Import")
    lock(project, "a", inputs={"x": "2"})
    second = commit(git, "Overlay")
    assert [entry.message for entry in ProjectHistory(project).of("a")] == ["Import", "Overlay"]
    only = ProjectHistory(project, ["a"])
    assert [entry.message for entry in only.of("a")] == ["Import", "Overlay"]
    assert only.of("b") == []
    assert [one.component for one in changed(project, first, second)] == ["a"]


def test_commits_to_a_file_are_counted_with_the_merges_that_made_it_anew(git: Git, tmp_path: Path) -> None:
    (tmp_path / "a[b].toml").write_text("1\n")
    commit(git, "One")
    git("checkout", "--quiet", "-b", "side")
    (tmp_path / "a[b].toml").write_text("2\n")
    commit(git, "Two")
    git("checkout", "--quiet", "main")
    (tmp_path / "a[b].toml").write_text("3\n")
    commit(git, "Three")
    git("merge", "--quiet", "--no-commit", "--strategy=ours", "side")
    (tmp_path / "a[b].toml").write_text("4\n")
    commit(git, "Merge")
    moments = Revisions(tmp_path).moments(["a[b].toml", "nothing"])
    assert list(moments) == ["a[b].toml"]
    assert len(moments["a[b].toml"]) == 4 == len(git("log", "--format=%h", "--", ":(literal)a[b].toml").splitlines())
    assert moments["a[b].toml"] == sorted(moments["a[b].toml"], reverse=True)
