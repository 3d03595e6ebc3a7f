"""Trees: the same value from any order, shared where they are equal, conflicts by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.engine import Digest, Directory, File, Forest, digest_of_bytes, wire
from headwater.engine.protos import execution_pb2 as pb
from headwater.errors import Failure, Kind

HELLO = File(digest_of_bytes(b"hello"))
TOOL = File(digest_of_bytes(b"#!/bin/sh\n"), executable=True)
EMPTY = File(digest_of_bytes(b""))


def message(directory: Directory) -> bytes:
    """The same directory, as protobuf itself writes it."""
    made = pb.Directory()
    for name, file in sorted(directory.files.items()):
        digest = pb.Digest(hash=file.digest.hash, size_bytes=file.digest.size)
        made.files.append(pb.FileNode(name=name, digest=digest, is_executable=file.executable))
    for name, below in sorted(directory.directories.items()):
        made.directories.append(pb.DirectoryNode(name=name, digest=pb.Digest(hash=below.hash, size_bytes=below.size)))
    made.symlinks.extend(pb.SymlinkNode(name=name, target=target) for name, target in sorted(directory.links.items()))
    return made.SerializeToString(deterministic=True)


names = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=200)
digests = st.builds(Digest, st.text("0123456789abcdef", min_size=64, max_size=64), st.integers(0, 1 << 40))
directories = st.builds(
    Directory,
    st.dictionaries(names, st.builds(File, digests, st.booleans()), max_size=5),
    st.dictionaries(names, digests, max_size=5),
    st.dictionaries(names, names, max_size=5),
)


@given(directories)
def test_the_encoding_is_protobufs_own(directory: Directory) -> None:
    assert wire.encode(directory) == message(directory)
    assert wire.decode(pb.Directory.FromString(wire.encode(directory))) == directory


def test_the_order_of_entries_does_not_matter() -> None:
    entries = [("usr/bin/tool", TOOL), ("etc/hello", HELLO), ("bin", "usr/bin"), ("var/tmp", None)]
    forest = Forest()
    assert forest.plant(entries) == forest.plant(reversed(entries)) == Forest().plant(entries)


@pytest.mark.parametrize("path", ["../x", "a/../../x", "a\0b", "\udcff", "/".join("a" * 300)])
def test_a_path_that_leaves_the_tree_is_refused(path: str) -> None:
    with pytest.raises(Failure) as raised:
        Forest().plant([(path, HELLO)])
    assert raised.value.kind is Kind.BUILD


def test_one_place_holds_one_thing() -> None:
    for second in (TOOL, "target", None):
        with pytest.raises(Failure):
            Forest().plant([("a", HELLO), ("a", second), ("a/b", HELLO)])


def test_a_merge_holds_everything_and_has_no_order() -> None:
    forest = Forest()
    trees = [
        ("one", forest.plant([("usr/bin/tool", TOOL), ("usr/share/doc/one/x", HELLO)])),
        ("two", forest.plant([("usr/share/doc/two/x", HELLO), ("bin", "usr/bin"), ("usr/bin/tool", TOOL)])),
    ]
    merged = forest.merge(trees)
    assert merged == forest.merge(trees[::-1])
    assert merged == forest.plant(
        [("bin", "usr/bin"), ("usr/bin/tool", TOOL), ("usr/share/doc/one/x", HELLO), ("usr/share/doc/two/x", HELLO)]
    )
    assert forest.merge([]) == forest.empty


@pytest.mark.parametrize(("left", "right"), [(HELLO, TOOL), (HELLO, "link"), ("link", "other"), (HELLO, None), ("link", None)])
def test_a_conflict_names_the_path_and_both_owners(left: File | str, right: File | str | None) -> None:
    forest = Forest()
    one = forest.plant([("usr/bin/x", left)])
    two = forest.plant([("usr/bin/x", right), *([("usr/bin/x/y", HELLO)] if right is None else [])])
    for _ in range(2):  # a conflict is not remembered as a result
        with pytest.raises(Failure) as raised:
            forest.merge([("one-1-1", one), ("two-1-1", two)])
        problem = raised.value.problems[0]
        assert "/usr/bin/x" in problem.what
        assert "one-1-1" in problem.why
        assert "two-1-1" in problem.why


def test_the_upper_tree_stays_where_both_have_a_path() -> None:
    forest = Forest()
    below = forest.plant([("etc/passwd", HELLO), ("etc/group", HELLO), ("bin/sh", "dash"), ("etc/deep/x", HELLO)])
    above = forest.plant([("etc/passwd", TOOL), ("bin/sh", "bash"), ("etc/deep", HELLO)])
    laid = forest.lay(below, above)
    assert dict(forest.walk(laid)) == {
        "bin": None,
        "bin/sh": "bash",
        "etc": None,
        "etc/deep": HELLO,
        "etc/group": HELLO,
        "etc/passwd": TOOL,
    }


def test_lookup_finds_files_links_and_directories_and_follows_nothing() -> None:
    forest = Forest()
    tree = forest.plant([("usr/bin/tool", TOOL), ("bin", "usr/bin"), ("void", EMPTY)])
    assert forest.lookup(tree, "/usr/bin/tool") == TOOL
    assert forest.lookup(tree, "bin") == "usr/bin"
    assert forest.lookup(tree, "bin/tool") is None
    assert forest.lookup(tree, "usr/bin/tool/x") is None
    assert forest.lookup(tree, "usr/bin") == forest[forest.lookup(tree, "usr")].directories["bin"]
    assert forest.lookup(tree, "/") == tree


def test_compare_tells_each_path_that_differs() -> None:
    forest = Forest()
    old = forest.plant([("a/same", HELLO), ("a/changed", HELLO), ("gone/x", TOOL), ("link", "here")])
    new = forest.plant([("a/same", HELLO), ("a/changed", TOOL), ("link", "there"), ("fresh", EMPTY)])
    found = {one.path: (one.before, one.after) for one in forest.compare(old, new)}
    assert found == {"a/changed": (HELLO, TOOL), "gone/x": (TOOL, None), "link": ("here", "there"), "fresh": (None, EMPTY)}
    assert not list(forest.compare(old, old))


def test_reach_counts_each_directory_and_file_once() -> None:
    forest = Forest()
    tree = forest.plant([("a/x", HELLO), ("b/x", HELLO), ("b/y", TOOL)])
    directories, files = forest.reach(tree)
    assert files == {HELLO.digest, TOOL.digest}
    assert len(directories) == 3
