"""What packages gave when they were built last: kept for each project, added to what specs say."""

from pathlib import Path

from tests.unit.packages import spec_facts, subpackage

from headwater.build.given import Given, keep_given, packages_of, read_given
from headwater.build.givers import Gift, How
from headwater.store import Store

DEVEL = {"requires": ("x = 1",), "provides": ("y-devel = 7",), "files": ("/usr/include/x.h",)}
FACTS = spec_facts("x", packages=(subpackage("x-devel", epoch=3, release="2", **DEVEL),))


def test_each_project_remembers_its_own(tmp_path: Path) -> None:
    store, given = Store(tmp_path), {"x": Given(names=("x(late)",), requires=("libc.so.6",))}
    assert read_given("x", store, "/here") == {}
    keep_given("x", given, store, "/here")
    assert read_given("x", store, "/here") == given
    assert read_given("x", store, "/there") == {}
    keep_given("x", {}, store, "/here")
    assert read_given("x", store, "/here") == {}


def test_what_was_seen_is_added_to_what_the_spec_says() -> None:
    seen = {"x-devel": Given(names=("pkgconfig(x)",), requires=("x = 1", "y")), "x-odd": Given(names=("odd",))}
    devel, odd = packages_of(FACTS, seen)
    assert devel.requires == ("x = 1", "y")
    assert devel.gives == (
        Gift("x-devel", How.NAME, "=", "3:1-2"),
        Gift("y-devel", How.SPEC, "=", "7"),
        Gift("/usr/include/x.h", How.FILE),
        Gift("pkgconfig(x)", How.BUILT),
    )
    assert (odd.name, [gift.name for gift in odd.gives]) == ("x-odd", ["x-odd", "odd"])
