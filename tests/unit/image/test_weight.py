"""Bytes by package and by directory: each once, biggest first, none lost."""

import msgspec

from headwater.image.difference import content_size
from headwater.image.model import Entry, Root
from headwater.image.weight import Weight, by_directory, by_package, gather


def files(root: Root, **sizes: int) -> Root:
    """The root with files `PACKAGE__name` of these sizes below /usr/lib/PACKAGE/deep/er."""
    made = [
        Entry(
            path=f"/usr/lib/{name.partition('__')[0]}/deep/er/{name}", mode=0o100644, size=size, package=name.partition("__")[0]
        )
        for name, size in sizes.items()
    ]
    return msgspec.structs.replace(root, entries=(*root.entries, *made))


def test_hard_links_count_once(root: Root) -> None:
    assert {one.name: one.size for one in by_package(root)} == {"iputils": 13, "note": 4}
    assert content_size(root) == 17


def test_both_views_hold_every_byte(root: Root) -> None:
    whole = files(root, a__one=100, a__two=50, b__one=1000)
    for view in (by_package(whole), by_directory(whole)):
        assert sum(one.size for one in view) == content_size(whole)
        assert all(sum(part.size for part in one.parts) == one.size for one in view)
    assert [one.name for one in by_package(whole)] == ["b", "a", "iputils", "note"]
    assert by_package(whole)[1].parts == (Weight(name="/usr/lib/a", size=150),)
    assert by_directory(whole)[0] == Weight(name="/usr/lib/b", size=1000, parts=(Weight(name="b", size=1000),))


def test_what_no_package_brought_is_told_in_words(root: Root) -> None:
    made = Entry(path="/hwdb.bin", mode=0o100644, size=9, package="made:finisher")
    view = by_package(msgspec.structs.replace(root, entries=(made,)))
    assert view == (Weight(name="(finishers)", size=9, parts=(Weight(name="/", size=9),)),)


def test_gather_keeps_the_sum_and_leaves_one_alone() -> None:
    weights = tuple(Weight(name=str(size), size=size) for size in (50, 30, 3, 2, 1))
    few = gather(weights, 10)
    assert [(one.name, one.size) for one in few] == [("50", 50), ("30", 30), ("3 others", 6)]
    assert gather(weights, 2) == weights, "one alone keeps its name"
