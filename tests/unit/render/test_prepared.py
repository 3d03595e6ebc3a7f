"""Prepared sources: what may be replaced, and the list of archives after overlays."""

from pathlib import Path

import msgspec
import pytest

from headwater.config.model import Component, OverlayMode, OverlayOrigin, SourceFile
from headwater.config.overlays import FileRemove, FileRename, SpecSetTag
from headwater.errors import Failure, Kind
from headwater.render.model import RenderedPackage
from headwater.render.prepared import Prepared, check_place, lay_out, reaches_archives, relisted
from headwater.store import Store
from headwater.upstream.model import Archive, LooseFile, Pin, SourceTree

OLD, NEW = "a" * 128, "b" * 128
LIST = f"# first\nSHA512 (x.tar.gz) = {OLD}\nSHA512 (y.tar.gz) = {OLD}\n"


def tree(sha512: str = OLD, sources: str = LIST) -> SourceTree:
    return SourceTree(
        component="a",
        spec="a.spec",
        files={"a.spec": LooseFile(content=b"Name: a\n")},
        archives={
            "x.tar.gz": Archive(digest=sha512[:64], sha512=sha512, size=1),
            "y.tar.gz": Archive(digest="y", sha512=OLD, size=1),
        },
        pin=Pin(kind="dist-git", name="a", digest="0"),
        sources=sources,
    )


def component(hash_: str = "", hash_type: str = "") -> Component:
    own = SourceFile(filename="x.tar.gz", hash=hash_, hash_type=hash_type, origin=OverlayOrigin(), replace_upstream=True)
    return Component(name="a", source_files=(own,), overlay_mode=OverlayMode.COMPAT)


def package() -> RenderedPackage:
    return RenderedPackage(component="a", upstream=tree(), tree=tree(NEW), changes=(), digest="")


@pytest.mark.parametrize(
    ("hash_", "hash_type", "listed", "warned"),
    [
        ("", "", f"SHA512 (x.tar.gz) = {NEW}", False),
        (NEW, "SHA512", f"SHA512 (x.tar.gz) = {NEW}", False),
        (OLD, "SHA512", f"SHA512 (x.tar.gz) = {NEW}", True),
        ("b" * 64, "SHA256", f"SHA256 (x.tar.gz) = {'b' * 64}", False),
    ],
)
def test_the_list_says_what_overlays_made(hash_: str, hash_type: str, listed: str, warned: bool) -> None:  # noqa: FBT001 a table
    made, told = relisted(package(), component(hash_, hash_type))
    assert made.tree.sources == f"# first\n{listed}\nSHA512 (y.tar.gz) = {OLD}\n"
    assert bool(told) is warned


def test_a_tar_has_the_hash_that_the_project_says() -> None:
    def renamed(one: SourceTree) -> SourceTree:
        archives = {"x.tar": one.archives["x.tar.gz"]}
        return msgspec.structs.replace(one, archives=archives, sources=f"SHA512 (x.tar) = {OLD}\n")

    made = RenderedPackage(component="a", upstream=renamed(tree()), tree=renamed(tree(NEW)), changes=(), digest="")
    source = SourceFile(filename="x.tar", hash=OLD, hash_type="SHA512", origin=OverlayOrigin())
    with pytest.raises(Failure) as caught:
        relisted(made, Component(name="a", source_files=(source,)))
    assert caught.value.kind is Kind.SOURCE


def test_a_list_of_untouched_archives_stays() -> None:
    same = RenderedPackage(component="a", upstream=tree(), tree=tree(), changes=(), digest="")
    assert relisted(same, component()) == (same, ())


@pytest.mark.parametrize(
    ("overlay", "reaches"),
    [
        (SpecSetTag(tag="a", value="b"), False),
        (FileRemove(file="*.conf"), False),
        (FileRemove(file="*.tar.gz"), True),
        (FileRename(file="y.tar.gz", replacement="z.tar.gz"), True),
        (FileRemove(file="README", archive="x.tar.gz"), True),
    ],
)
def test_archives_are_needed_where_an_overlay_may_reach_one(overlay, reaches: bool) -> None:  # noqa: FBT001 a table
    assert reaches_archives(Component(name="a", overlays=(overlay,)), tree()) is reaches


def test_a_file_wins_over_an_archive_of_its_name(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    blob = store.add_bytes(b"archive")
    archive = Archive(digest=blob.digest, sha512="", size=7)
    files = {"a.spec": LooseFile(content=b"Name: a\n")}
    lay_out(Prepared(files=files, archives={"a.spec": archive, "x.tar.gz": archive}), tmp_path / "out", store)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == {
        "a.spec": b"Name: a\n",
        "x.tar.gz": b"archive",
    }


@pytest.mark.parametrize("name", [".git", ".GIT", ".git/config"])
def test_nothing_is_called_as_gits_own_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(Failure) as caught:
        lay_out(Prepared(files={name: LooseFile(content=b"x")}, archives={}), tmp_path / "out", Store(tmp_path / "store"))
    assert caught.value.kind is Kind.SOURCE
    assert not (tmp_path / "out").exists()


def test_a_place_is_free_empty_or_replaced_by_force(tmp_path: Path) -> None:
    check_place(tmp_path / "new", {}, force=False)
    (tmp_path / "empty").mkdir()
    check_place(tmp_path / "empty", {}, force=False)
    (tmp_path / "full/x").mkdir(parents=True)
    check_place(tmp_path / "full", {"another": tmp_path / "empty"}, force=True)
    (tmp_path / "file").touch()
    for place, keep, force in (
        (tmp_path / "full", {}, False),
        (tmp_path / "file", {}, True),
        (tmp_path / "full", {"x": tmp_path / "full/x"}, True),
        (tmp_path, {"x": tmp_path / "full/x"}, True),
    ):
        with pytest.raises(Failure) as caught:
            check_place(place, keep, force=force)
        assert caught.value.kind is Kind.USAGE
