"""The package folder: the same bytes each time, whole, and compared with what is checked in."""

from pathlib import Path

import msgspec
import pytest

from headwater.config import RENDERED_LOCK
from headwater.config.model import (
    BuildRule,
    CheckedIn,
    CheckRule,
    Component,
    Distro,
    DistroRef,
    Project,
    ProjectRule,
    SpecSource,
    SpecType,
)
from headwater.config.overlays import FileAdd, PatchAdd, SpecUpdateTag
from headwater.errors import Failure, Kind
from headwater.origin import Origin
from headwater.render import drift, folder, gone, render, write, write_all
from headwater.render.model import RenderedPackage
from headwater.render.tree import read
from headwater.store import Store
from headwater.upstream.model import Archive, LooseFile, Pin, SourceTree

SPEC = b"""Name: a
Version: 1
Release: 1
Summary: s
License: MIT
Source0: a-1.tar.gz
%description
d
%prep
%autosetup
%check
make check
"""
WHERE = Origin(file="components/a.toml", line=3)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def tree(kind: str = "local", spec: bytes = SPEC, **archives: Archive) -> SourceTree:
    return SourceTree(
        component="a",
        spec="a.spec",
        files={"a.spec": LooseFile(content=spec)},
        archives=archives or {"a-1.tar.gz": archive("a")},
        pin=Pin(kind=kind, name="a", digest="0" * 128),
    )


def archive(digit: str, origin: str = "somewhere") -> Archive:
    return Archive(digest=digit * 64, sha512=digit * 128, size=1, origin=origin)


def component(**fields: object) -> Component:
    return msgspec.structs.replace(
        Component(
            name="a",
            spec=SpecSource(type=SpecType.LOCAL, path="a.spec"),
            overlays=(SpecUpdateTag(tag="License", value="Apache-2.0", description="wrong one", where=WHERE),),
        ),
        **fields,
    )


def project(root: Path, *names: str) -> Project:
    return Project(
        root=root,
        project=ProjectRule(default_distro=DistroRef(name="x"), checked_in=CheckedIn.OURS),
        distros={"x": Distro()},
        components={name: Component(name=name) for name in names},
    )


def test_rendering_twice_gives_the_same_bytes(store: Store, tmp_path: Path) -> None:
    first, second = render(component(), tree(), store), render(component(), tree(), store)
    assert first.digest == second.digest
    assert write(first, tmp_path / "p")
    seen = read(tmp_path / "p")
    assert not write(second, tmp_path / "p")
    assert read(tmp_path / "p") == seen == folder(first)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p", "store"] or not (tmp_path / "store").exists()


def test_the_folder_lists_its_archives(store: Store) -> None:
    files = folder(render(component(), tree(), store))
    assert files["sources"].content == b"SHA512 (a-1.tar.gz) = " + b"a" * 128 + b"\n"
    assert b"License: Apache-2.0\n" in files["a.spec"].content


def test_who_answered_is_no_part_of_the_digest_but_content_is(store: Store) -> None:
    def digest(made: SourceTree) -> str:
        return render(component(), made, store).digest

    known = digest(tree())
    assert digest(tree(**{"a-1.tar.gz": archive("a", origin="elsewhere")})) == known
    assert digest(tree(**{"a-1.tar.gz": archive("b")})) != known
    executable = msgspec.structs.replace(tree(), files={"a.spec": LooseFile(content=SPEC, mode=0o755)})
    assert digest(executable) != known


def test_a_folder_is_replaced_whole(store: Store, tmp_path: Path) -> None:
    place = tmp_path / "p"
    place.mkdir()
    (place / "stale.patch").write_text("old")
    package = render(component(), tree(), store)
    assert write(package, place)
    assert read(place) == folder(package)


def test_a_source_that_nobody_has_is_a_failure(store: Store) -> None:
    with pytest.raises(Failure) as caught:
        render(component(), tree(spec=SPEC.replace(b"%desc", b"Patch0: gone.patch\n%desc", 1)), store)
    assert caught.value.kind is Kind.SOURCE
    assert "gone.patch" in caught.value.problems[0].what


def test_files_that_this_machine_makes_are_built_but_not_checked_in(store: Store) -> None:
    spec = SPEC.replace(b"%desc", b"Source1: key.asc\n%desc", 1)
    package = render(component(), tree(spec=spec), store, extra_files={"key.asc": b"KEY"})
    assert folder(package)["key.asc"].content == b"KEY"
    assert "key.asc" not in folder(package, checked_in=True)
    other = render(component(), tree(spec=spec), store, extra_files={"key.asc": b"OTHER"})
    assert other.digest != package.digest


def test_switches_stand_in_the_spec(store: Store) -> None:
    rule = BuildRule(
        with_=("docs",),
        without=("tests",),
        defines={"answer": "42", "gone": "1"},
        undefines=("gone", "vendor_flags"),
        where=WHERE,
    )
    package = render(component(build=rule), tree(), store)
    head = package.tree.text.partition("Name:")[0].splitlines()
    assert head[1:] == [
        "%define _with_docs 1",
        "%define _without_tests 1",
        "%define answer 42",
        "%undefine vendor_flags",
        "",
    ]
    assert package.changes[0].where == WHERE


@pytest.mark.parametrize(("name", "value"), [("x", "1"), ("a-b", "1"), ("good", ""), ("good", "a\nb"), ("1st", "1")])
def test_what_rpm_would_not_define_is_refused(store: Store, name: str, value: str) -> None:
    with pytest.raises(Failure) as caught:
        render(component(build=BuildRule(defines={name: value}, where=WHERE)), tree(), store)
    assert caught.value.kind is Kind.CONFIG
    assert caught.value.problems[0].where == WHERE


def test_a_skipped_check_says_why_in_the_spec(store: Store) -> None:
    rule = BuildRule(check=CheckRule(skip=True, skip_reason="needs a disk"), where=WHERE)
    package = render(component(build=rule), tree(), store)
    assert "%check\n# needs a disk\nexit 0\n\nmake check\n" in package.tree.text
    assert package.changes[-1].description == "needs a disk"


def ours_and_theirs(store: Store) -> tuple[RenderedPackage, RenderedPackage]:
    theirs = msgspec.structs.replace(tree("archive"), component="b")
    return render(component(), tree(), store), render(component(name="b"), theirs, store)


def test_our_specs_are_checked_in_and_others_are_locked(store: Store, tmp_path: Path) -> None:
    packages = ours_and_theirs(store)
    made = project(tmp_path, "a", "b")
    assert {what.split("`")[1] for what, _ in drift(made, packages)} == {"a/a.spec", "a/sources", "b"}
    assert write_all(made, packages, store) == ("a", "b")
    assert drift(made, packages) == ()
    assert write_all(made, packages, store) == ()
    assert (tmp_path / "specs/a/a/a.spec").exists()
    assert not (tmp_path / "specs/b").exists()
    assert (tmp_path / "out/specs/b/b/a.spec").exists()


def test_drift_is_found_in_folders_and_lock(store: Store, tmp_path: Path) -> None:
    packages = ours_and_theirs(store)
    made = project(tmp_path, "a", "b")
    write_all(made, packages, store)
    (tmp_path / "specs/a/a/a.spec").write_text("by hand")
    (tmp_path / "specs/a/a/extra").write_text("by hand")
    lock = tmp_path / RENDERED_LOCK
    lock.write_text(lock.read_text().replace(packages[1].digest, "0" * 64))
    assert {what.split("`")[1] for what, _ in drift(made, packages)} == {"a/a.spec", "a/extra", "b"}
    write_all(made, packages, store)
    assert drift(made, packages) == ()


def test_what_left_the_project_leaves_the_tree(store: Store, tmp_path: Path) -> None:
    packages = ours_and_theirs(store)
    write_all(project(tmp_path, "a", "b"), packages, store)
    fewer = project(tmp_path)
    assert len(gone(fewer)) == 2
    assert write_all(fewer, (), store) == ("a", "b")
    assert gone(fewer) == ()


def test_one_component_alone_keeps_the_others(store: Store, tmp_path: Path) -> None:
    packages = ours_and_theirs(store)
    made = project(tmp_path, "a", "b")
    write_all(made, packages, store)
    write_all(made, packages[:1], store)
    assert drift(made, packages) == ()


def test_a_damaged_lock_is_a_problem_with_its_place(store: Store, tmp_path: Path) -> None:
    (tmp_path / RENDERED_LOCK).write_text("[rendered\n")
    with pytest.raises(Failure) as caught:
        drift(project(tmp_path, "a"), ours_and_theirs(store)[:1])
    assert caught.value.kind is Kind.CONFIG
    assert caught.value.problems[0].where


def test_patches_and_files_come_along(store: Store, tmp_path: Path) -> None:
    (tmp_path / "fix.patch").write_text("--- a\n+++ b\n")
    (tmp_path / "conf").write_text("x=1\n")
    overlays = (
        PatchAdd(source=str(tmp_path / "fix.patch"), description="fixes", where=WHERE),
        FileAdd(file="a.conf", source=str(tmp_path / "conf"), description="adds", where=WHERE),
    )
    files = folder(render(component(overlays=overlays), tree(), store))
    assert {"fix.patch", "a.conf", "a.spec", "sources"} == set(files)
