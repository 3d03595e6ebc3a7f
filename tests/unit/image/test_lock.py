"""The image lock: one image brought up to date leaves the others, and what moved is told by package."""

from tests.unit.packages import rpm

from headwater.image.lock import HEAD, compare, with_images
from headwater.rpm.lock import LockMove, PackageLock, format_lock, parse_lock


def test_updating_one_image_leaves_the_others_and_drops_those_that_are_gone() -> None:
    old = with_images(None, {"a": [rpm("x"), rpm("y")], "b": [rpm("x"), rpm("z")], "gone": [rpm("w")]}, ["a", "b", "gone"])
    new = with_images(old, {"a": [rpm("x", "2")]}, ["a", "b"])
    assert new.groups == {"a": ("x",), "b": ("x", "z")}
    assert {name: [pin.version for pin in pins] for name, pins in new.pins.items()} == {"x": ["2-1"], "z": ["1-1"]}
    assert parse_lock(format_lock(new, HEAD), "") == PackageLock(
        pins=new.pins, groups=new.groups, lines=parse_lock(format_lock(new, HEAD), "").lines
    )


def test_what_moved_is_told_once_with_its_images() -> None:
    old = with_images(None, {"a": [rpm("x"), rpm("y")], "b": [rpm("x")]}, ["a", "b"])
    new = with_images(None, {"a": [rpm("x", "2"), rpm("j", origin="built")], "b": [rpm("x", "2")]}, ["a", "b"])
    assert compare(old, new) == (
        LockMove(package="j", change="added", before="", after="built", groups=("a",)),
        LockMove(package="x", change="updated", before="1-1", after="2-1", groups=("a", "b")),
        LockMove(package="y", change="removed", before="1-1", after="", groups=("a",)),
    )
    assert compare(new, new) == ()
