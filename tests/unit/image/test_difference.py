"""Two images compared: every kind of difference is found, told with its cause, and nothing else."""

import stat
from pathlib import Path
from typing import Any

import msgspec
import pytest

from headwater.image.difference import Aspect, compare_images, compare_roots, moves, root_of
from headwater.image.model import Artefact, Entry, Image, Root
from headwater.rpm.model import Rpm
from headwater.store import Store


def rpm(name: str, version: str = "1", **more: Any) -> Rpm:
    made = {"release": "1", "arch": "noarch", "digest": f"{name}{version}", "size": 1, "origin": "built", "component": name}
    return Rpm(**{"name": name, "version": version, **made, **more})


def image(store: Store, root: Root, *packages: Rpm, digest: str = "sha256:one") -> Image:
    return Image(
        name="small",
        kind="oci",
        key="key",
        artefacts=(Artefact(format="oci", path=Path("oci"), digest=digest, size=10),),
        packages=packages,
        seconds=0,
        cached=False,
        index=store.add_bytes(msgspec.json.encode(root)).digest,
    )


def with_entry(root: Root, path: str, **changes: Any) -> Root:
    entries = (msgspec.structs.replace(one, **changes) if one.path == path else one for one in root.entries)
    return msgspec.structs.replace(root, entries=tuple(entries))


def test_packages_move_in_five_ways() -> None:
    before = [rpm("gone"), rpm("stays"), rpm("up"), rpm("again", digest="a"), rpm("signed", digest="a", payload="p")]
    after = [
        rpm("came", epoch=2),
        rpm("stays"),
        rpm("up", "2"),
        rpm("again", digest="b"),
        rpm("signed", digest="b", payload="p"),
    ]
    found = {move.name: (move.change, move.before, move.after) for move in moves(before, after)}
    assert found == {
        "again": ("rebuilt", "1-1", "1-1"),
        "came": ("added", "", "2:1-1"),
        "gone": ("removed", "1-1", ""),
        "signed": ("signed", "1-1", "1-1"),
        "up": ("updated", "1-1", "2-1"),
    }
    assert [str(move) for move in moves(before, after)][-1] == "up 1-1 -> 2-1"


def test_the_same_is_the_same(root: Root, store: Store) -> None:
    one = image(store, root, rpm("iputils"))
    found = compare_images(one, one, store)
    assert found.is_empty
    assert found.whole
    assert [(total.what, total.before == total.after) for total in found.totals] == [
        ("packages", True),
        ("files", True),
        ("content", True),
        ("oci", True),
    ]


@pytest.mark.parametrize(
    ("path", "changes", "aspects"),
    [
        ("/usr/note", {"digest": "f" * 64, "size": 9}, ["content"]),
        ("/usr/note", {"mode": stat.S_IFREG | 0o600}, [("mode", "4640", "0600")]),
        ("/usr/note", {"user": "root"}, [("owner", "alki:root", "root:root")]),
        ("/usr/bin/sh", {"target": "dash"}, [("target", "bash", "dash")]),
        ("/usr/bin/ping", {"caps": ""}, [("capabilities", "cap_net_raw=ep", "")]),
        ("/usr/bin/sh", {"mode": stat.S_IFREG | 0o777}, [("type", "link", "file")]),
    ],
)
def test_each_aspect_of_a_file_is_told(root: Root, path: str, changes: dict[str, Any], aspects: list[Any]) -> None:
    (move,), times = compare_roots(root, with_entry(root, path, **changes))
    assert (move.path, move.change, times) == (path, "changed", 0)
    assert [one.what if one.what == "content" else (one.what, one.before, one.after) for one in move.aspects] == aspects


def test_the_same_owner_with_another_number_differs(root: Root) -> None:
    other = msgspec.structs.replace(root, ids=msgspec.structs.replace(root.ids, users={"root": 0, "alki": 1001}))
    (move,), _ = compare_roots(root, other)
    assert (move.path, move.aspects) == ("/usr/note", (Aspect(what="owner", before="1000:0", after="1001:0"),))


def test_times_alone_are_counted(root: Root, store: Store) -> None:
    later = with_entry(root, "/usr/note", mtime=1)
    assert compare_roots(root, later) == ((), 1)
    assert not compare_images(image(store, root), image(store, later), store).is_empty


def test_files_come_and_go_with_their_size(root: Root) -> None:
    less = msgspec.structs.replace(root, entries=tuple(one for one in root.entries if one.path != "/usr/note"))
    (gone,), _ = compare_roots(root, less)
    (came,), _ = compare_roots(less, root)
    assert (gone.change, gone.size, gone.package) == ("removed", -4, "note")
    assert (came.change, came.size, came.package) == ("added", 4, "note")


@pytest.mark.parametrize(
    ("package", "packages", "cause"),
    [
        ("note", ([rpm("note")], [rpm("note", "2")]), "note 1-1 -> 2-1"),
        ("note", ([rpm("note")], [rpm("note", digest="b")]), "note rebuilt"),
        ("note", ([rpm("note")], [rpm("note")]), "the image's table"),
        ("made:rpmdb", ([rpm("note")], [rpm("note", "2")]), "the databases of rpm and dnf5"),
        ("made:finisher", ([], []), "finishers"),
    ],
)
def test_the_cause_is_the_input_that_moved(root: Root, package: str, packages: tuple[list[Rpm], list[Rpm]], cause: str) -> None:
    before = with_entry(root, "/usr/note", package=package)
    (move,), _ = compare_roots(before, with_entry(before, "/usr/note", digest="f" * 64), moves(*packages))
    assert move.cause == cause


def test_a_file_that_another_package_took_over_is_of_the_one_that_moved(root: Root) -> None:
    after = with_entry(root, "/usr/note", package="other", mode=stat.S_IFREG | 0o600)
    (move,), _ = compare_roots(root, after, moves([rpm("note")], []))
    assert (move.package, move.cause) == ("other", "note removed")


def test_without_an_index_packages_and_formats_are_compared(root: Root, store: Store) -> None:
    one = image(store, root, rpm("note"))
    other = msgspec.structs.replace(image(store, root, rpm("note", "2"), digest="sha256:two"), index="f" * 64)
    found = compare_images(one, other, store)
    assert root_of(other, store) is None
    assert not found.whole
    assert [move.change for move in found.packages] == ["updated"]
    assert found.formats == ("oci",)
    assert found.files == ()


def test_a_note_may_name_anything_as_its_index(root: Root, store: Store) -> None:
    one = image(store, root)
    for index in ("", "../../etc/passwd", "F" * 64, store.add_bytes(b"no index").digest, store.add_bytes(b"\xff").digest):
        assert root_of(msgspec.structs.replace(one, index=index), store) is None


def test_a_format_that_one_side_lacks_differs(root: Root, store: Store) -> None:
    one = image(store, root)
    other = msgspec.structs.replace(one, artefacts=())
    found = compare_images(one, other, store)
    assert found.formats == ("oci",)
    assert (found.totals[-1].before, found.totals[-1].after) == (10, None)


def test_special_files_have_a_type(root: Root) -> None:
    device = Entry(path="/usr/note", mode=stat.S_IFCHR | 0o600)
    after = msgspec.structs.replace(root, entries=tuple(device if one.path == "/usr/note" else one for one in root.entries))
    (move,), _ = compare_roots(root, after)
    assert move.aspects[0] == Aspect(what="type", before="file", after="special")
