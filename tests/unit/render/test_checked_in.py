"""The rendered tree under review: what is written, what is told, and what of other people's is left alone."""

from pathlib import Path

import msgspec
import pytest

from headwater.config import RENDERED_LOCK
from headwater.config.model import CheckedIn, Component, Distro, DistroRef, OverlayMode, Project, ProjectRule
from headwater.digest import digest_of
from headwater.errors import Failure, Kind
from headwater.render import drift, folder_of, gone, link_aliases, place_of, remove_orphans, write_all, write_digests
from headwater.render.checked_in import read_lock
from headwater.render.model import RenderedPackage
from headwater.store import Store
from headwater.upstream.model import LooseFile, Pin, SourceTree


def project(root: Path, *names: str, checked_in: CheckedIn = CheckedIn.OURS) -> Project:
    return Project(
        root=root,
        project=ProjectRule(default_distro=DistroRef(name="x"), checked_in=checked_in),
        distros={"x": Distro()},
        components={name: Component(name=name, overlay_mode=OverlayMode.COMPAT) for name in names},
    )


def package(name: str, kind: str = "local", text: str = "Name: a\n") -> RenderedPackage:
    files = {f"{name}.spec": LooseFile(content=text.encode())}
    tree = SourceTree(component=name, spec=f"{name}.spec", files=files, pin=Pin(kind=kind, name=name, digest="0"))
    return RenderedPackage(component=name, upstream=tree, tree=tree, changes=(), digest=digest_of(text))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_own_specs_are_reviewed_as_folders_and_others_by_digest(tmp_path: Path, store: Store) -> None:
    given = project(tmp_path, "Own", "theirs")
    assert write_all(given, [package("Own"), package("theirs", "dist-git")], store) == ("Own", "theirs")
    assert (folder_of(given, "Own") / "Own.spec").is_file()
    assert folder_of(given, "Own").parent.name == "o"
    assert not folder_of(given, "theirs").exists()
    assert (place_of(given, package("theirs", "dist-git")) / "theirs.spec").is_file()
    assert set(read_lock(given)) == {"theirs"}


def test_all_may_be_reviewed_as_folders(tmp_path: Path, store: Store) -> None:
    given = project(tmp_path, "theirs", checked_in=CheckedIn.ALL)
    write_all(given, [package("theirs", "dist-git")], store)
    assert folder_of(given, "theirs").is_dir()
    assert read_lock(given) == {}


def test_a_second_time_changes_nothing(tmp_path: Path, store: Store) -> None:
    given, packages = project(tmp_path, "own", "theirs"), [package("own"), package("theirs", "dist-git")]
    write_all(given, packages, store)
    before = (tmp_path / RENDERED_LOCK).stat().st_mtime_ns
    assert write_all(given, packages, store) == ()
    assert (tmp_path / RENDERED_LOCK).stat().st_mtime_ns == before
    assert drift(given, packages) == ()


def test_drift_names_each_file_and_how_it_differs(tmp_path: Path, store: Store) -> None:
    given = project(tmp_path, "own", "theirs")
    write_all(given, [package("own"), package("theirs", "dist-git")], store)
    (folder_of(given, "own") / "by-hand.patch").write_text("x")
    told = drift(given, [package("own", text="Name: b\n"), package("theirs", "dist-git", "Name: b\n")])
    assert len(told) == 3
    assert [what.split("`")[1] for what, _ in told] == ["own/by-hand.patch", "own/own.spec", "theirs"]


def test_some_written_keep_the_digests_of_the_rest(tmp_path: Path, store: Store) -> None:
    write_digests(project(tmp_path, "a", "b", "c"), {"a": "1", "b": "1", "c": "1"}, store)
    write_digests(project(tmp_path, "a", "b"), {"b": "2"}, store)
    assert read_lock(project(tmp_path)) == {"a": "1", "b": "2"}, "and what left the project goes"


def test_what_left_the_project_goes_and_what_others_put_there_stays(tmp_path: Path, store: Store) -> None:
    before = project(tmp_path, "own", "old", "lib++")
    write_all(before, [package(name) for name in ("own", "old", "lib++")], store)
    link_aliases(before, ["lib++"])
    alias, foreign = tmp_path / "specs/l/lib%2B%2B", tmp_path / "specs/o/link"
    foreign.symlink_to("own")
    (tmp_path / "specs/o/README").write_text("about these")
    assert alias.is_symlink()
    after = project(tmp_path, "own")
    assert {what.split("`")[1] for what, _ in gone(after)} == {"old", "lib++", "lib%2B%2B"}
    assert set(remove_orphans(after)) == {"old", "lib++", "lib%2B%2B"}
    assert foreign.is_symlink()
    assert (tmp_path / "specs/o/README").is_file()
    assert folder_of(after, "own").is_dir()
    assert gone(after) == ()


def test_only_projects_of_azldevs_have_second_names(tmp_path: Path, store: Store) -> None:
    given = project(tmp_path, "lib++")
    strict = {"lib++": Component(name="lib++", overlay_mode=OverlayMode.STRICT)}
    write_all(given, [package("lib++")], store)
    link_aliases(msgspec.structs.replace(given, components=strict), ["lib++"])
    assert not (tmp_path / "specs/l/lib%2B%2B").exists()


@pytest.mark.parametrize("content", [b"[rendered\n", b"\xff", b"[rendered]\na = 1\n", b"rendered = []\n"])
def test_a_lock_that_is_none_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / RENDERED_LOCK).write_bytes(content)
    with pytest.raises(Failure) as raised:
        read_lock(project(tmp_path))
    (problem,) = raised.value.problems
    assert raised.value.kind is Kind.CONFIG
    assert problem.where
    assert problem.where.file == str(tmp_path / RENDERED_LOCK)
