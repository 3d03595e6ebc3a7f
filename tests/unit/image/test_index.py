import stat

import pytest

from headwater.config.images import Removal
from headwater.config.workshop import MadeFile
from headwater.errors import Failure, Kind
from headwater.image.index import add_made, complete, merge, numbered_links, pattern_of, remove
from headwater.image.model import Entry, Piece
from headwater.origin import Origin

HERE = Origin(file="images/base.toml", line=7)


def file(path, package, digest="a", **more):
    return Entry(**{"path": path, "mode": stat.S_IFREG | 0o644, "digest": digest, "package": package, **more})


def folder(path, package, mode=0o755, **more):
    return Entry(path=path, mode=stat.S_IFDIR | mode, package=package, **more)


def link(path, package, target):
    return Entry(path=path, mode=stat.S_IFLNK | 0o777, target=target, package=package)


def piece(*entries):
    return Piece(package=entries[0].package, buildtime=1, entries=entries)


def test_two_packages_with_other_content_at_one_path_are_a_conflict():
    with pytest.raises(Failure) as failure:
        merge([piece(file("/etc/x", "one", "a")), piece(file("/etc/x", "two", "b"))])
    assert failure.value.kind is Kind.IMAGE
    assert all(word in failure.value.problems[0].what for word in ("`one`", "`two`", "`/etc/x`"))


def test_all_conflicts_are_told_at_once():
    one = piece(file("/etc/x", "one", "a"), file("/etc/y", "one", "a"))
    two = piece(file("/etc/x", "two", "b"), file("/etc/y", "two", "b"))
    with pytest.raises(Failure) as failure:
        merge([one, two])
    assert len(failure.value.problems) == 2


def test_the_same_file_in_two_packages_is_none():
    assert merge([piece(file("/l", "one")), piece(file("/l", "two"))])["/l"].package == "one"


def test_the_unusual_owner_of_a_shared_directory_wins_whoever_comes_first():
    usual, unusual = folder("/var/mail", "one"), folder("/var/mail", "two", 0o2775, group="mail")
    for order in ([usual, unusual], [unusual, usual]):
        assert merge([piece(entry) for entry in order])["/var/mail"].group == "mail"


def test_two_unusual_owners_are_a_conflict():
    with pytest.raises(Failure):
        merge([piece(folder("/v", "one", 0o700)), piece(folder("/v", "two", 0o750))])


def test_a_file_below_a_link_of_another_package_is_refused():
    with pytest.raises(Failure) as failure:
        merge([piece(link("/var/run", "one", "../run")), piece(file("/var/run/x", "two"))])
    assert "`/var/run/x`" in failure.value.problems[0].what


@pytest.mark.parametrize(
    ("glob", "path", "found"),
    [
        ("/usr/share/man", "/usr/share/man/man1/a.1", True),
        ("/usr/share/man", "/usr/share/manual", False),
        ("/usr/lib/modules/*/vmlinuz", "/usr/lib/modules/7.2/vmlinuz", True),
        ("/usr/lib/modules/*/vmlinuz", "/usr/lib/modules/7.2/kernel/vmlinuz", False),
        ("/usr/**.pyc", "/usr/lib/python/a/b.pyc", True),
        ("/usr/lib/a.b", "/usr/lib/aXb", False),
    ],
)
def test_globs(glob, path, found):
    assert bool(pattern_of(glob).fullmatch(path)) is found


def test_removal_takes_what_is_below_along():
    index = merge([piece(folder("/usr/share/man", "one"), file("/usr/share/man/x", "one"), file("/usr/y", "one"))])
    assert list(remove(index, [Removal(paths=("/usr/share/man",), reason="no manuals")])) == ["/usr/y"]


def test_removal_that_finds_nothing_is_told_with_its_line():
    with pytest.raises(Failure) as failure:
        remove({}, [Removal(paths=("/gone",), reason="no manuals", where=HERE)])
    assert failure.value.problems[0].where == HERE


@pytest.mark.parametrize("path", ["etc/x", "/etc/../x", "//etc/x", "/etc/"])
def test_made_files_stay_in_the_root(path, store):
    with pytest.raises(Failure) as failure:
        add_made({}, [MadeFile(path=path, content="", reason="test", where=HERE)], 1, store)
    assert failure.value.problems[0].where == HERE


def test_made_file_link_and_directory(store):
    index = {}
    made = [
        MadeFile(path="/etc/motd", content="hello\n", mode="600", reason="test"),
        MadeFile(path="/init", link="usr/lib/systemd/systemd", reason="test"),
        MadeFile(path="/data", directory=True, reason="test"),
    ]
    add_made(index, made, 5, store)
    assert store.read(index["/etc/motd"].pack) == b"hello\n"
    assert index["/etc/motd"].mode == stat.S_IFREG | 0o600
    assert index["/init"].target == "usr/lib/systemd/systemd"
    assert index["/data"].is_directory


def test_every_parent_is_there_and_before_its_children():
    index = complete({"/a/b/c": file("/a/b/c", "one")}, 5)
    paths = list(index)
    assert {"/", "/a", "/a/b", "/tmp", "/proc"} <= set(paths)
    assert paths == sorted(paths)
    assert index["/tmp"].mode == stat.S_IFDIR | 0o1777


def test_the_last_of_a_group_of_hard_links_is_a_plain_file():
    index = {"/a": file("/a", "one", links=3), "/b": file("/b", "two", links=4), "/c": file("/c", "two", links=4)}
    assert [entry.links for entry in numbered_links(index).values()] == [0, 4, 4]


def test_the_loader_is_found_at_its_old_place():
    index = complete({"/usr/lib64/ld.so": file("/usr/lib64/ld.so", "libc")}, 5)
    assert index["/lib64"].target == "usr/lib64"
    assert "/sbin" not in index
