"""The lock of build roots: what all have once, what each has beyond, and in what it is out of date."""

from tests.unit.packages import rpm

from headwater.build.lock import ALL, HEAD, compare, held, held_by_any, lets, moved_pins, root_problems, with_roots
from headwater.errors import Kind
from headwater.rpm.lock import Pin, format_lock, parse_lock, pin_of


def pin(name: str, version: str = "1", origin: str = "bridge", holds: str = "a") -> Pin:
    return pin_of(rpm(name, version, origin), holds * 64)


BASH, GCC, FOO, OWN = pin("bash"), pin("gcc"), pin("foo"), pin("foo-devel", origin="built")
LOCK = with_roots(None, [BASH, FOO], {"jq": [BASH, FOO, GCC], "pigz": [BASH, GCC, OWN]}, ["jq", "pigz"])


def test_what_all_have_stands_once_and_what_one_lacks_is_said() -> None:
    assert LOCK.groups == {ALL: ("bash", "foo"), "jq": ("gcc",), "pigz": ("-foo", "foo-devel", "gcc")}
    assert held(LOCK, "pigz").keys() == {"bash", "gcc", "foo-devel"}
    again = parse_lock(format_lock(LOCK, HEAD), "")
    assert (again.pins, again.groups) == (LOCK.pins, LOCK.groups)


def test_what_any_root_holds_is_all_but_what_each_lacks() -> None:
    assert held_by_any(LOCK, ["jq", "pigz"]) == {"bash", "foo", "gcc", "foo-devel"}
    assert held_by_any(LOCK, ["pigz"]) == held(LOCK, "pigz").keys()
    assert held_by_any(LOCK, []) == set()


def test_locking_one_anew_keeps_the_others_and_drops_those_that_are_gone() -> None:
    newer = pin("gcc", "2")
    new = with_roots(LOCK, [BASH, FOO], {"jq": [BASH, FOO, newer]}, ["jq", "pigz"])
    assert held(new, "pigz") == {"bash": (BASH,), "gcc": (newer,), "foo-devel": (OWN,)}
    assert "jq" not in with_roots(LOCK, [BASH], {}, ["pigz"]).groups
    (move,) = compare(LOCK, new)
    assert (move.package, move.before, move.after, move.groups) == ("gcc", "1-1", "2-1", ("jq", "pigz"))


def test_a_package_that_others_made_moves_when_version_or_content_does() -> None:
    assert not list(moved_pins(LOCK, ["jq"], {"bash": BASH, "gcc": GCC, "foo": FOO}))
    for now in (pin("gcc", "2"), pin("gcc", holds="b"), None):
        there = {"bash": BASH, "foo": FOO} | ({"gcc": now} if now else {})
        (problem,) = moved_pins(LOCK, ["jq", "pigz"], there)
        assert (problem.kind, problem.hint) == (Kind.BUILD, "hw build --lock")
        assert problem.why.startswith("`gcc 1-1")


def test_a_root_is_compared_by_names_and_by_who_made_them() -> None:
    assert not list(root_problems(LOCK, "pigz", held(LOCK, "pigz"), [rpm("bash"), rpm("gcc"), rpm("foo-devel", "7", "built")]))
    (problem,) = root_problems(LOCK, "pigz", held(LOCK, "pigz"), [rpm("bash"), rpm("gcc"), rpm("make")])
    assert problem.why.splitlines() == [
        "`make` is in the root, and the lock does not have it there",
        "nothing in the root asks for `foo-devel` any more",
    ]
    assert problem.hint == "hw build --lock pigz"
    assert lets(held(LOCK, "pigz"), rpm("foo-devel", "9", "built"))
    assert not lets(held(LOCK, "pigz"), rpm("foo-devel", "9"))
    assert not lets(held(LOCK, "pigz"), rpm("foo"))
