"""Cycles: found however long they are, broken by as few bootstrap variants as are needed, told line by line otherwise."""

import random

import pytest

from headwater.build.course import Course, lay_course
from headwater.build.cycles import circles, components, order, shortest
from headwater.build.givers import Package, gifts
from headwater.build.graph import Graph, Node
from headwater.build.turn import age, component_of, is_first, is_usual, newest
from headwater.errors import Failure, Kind
from headwater.origin import Origin


def node(name: str, *requires: str) -> Node:
    return Node(name=name, requires=requires, packages=(Package(name=name, gives=gifts(name, "1-1", (), ())),))


def course(needs: dict[str, str], variants: dict[str, str] | None = None, turns: int = 1) -> Course:
    """A course of components whose BuildRequires are words."""
    graph = Graph([node(name, *words.split()) for name, words in needs.items()], elsewhere=lambda _: False)
    firsts = {name: node(name, *words.split()) for name, words in (variants or {}).items()}
    return lay_course(graph, firsts, lambda edge: Origin(file=f"{edge.by}.spec", line=7), dict.fromkeys(firsts, turns))


def test_an_order_has_each_after_what_it_needs_otherwise_by_name() -> None:
    needed = {"jq": ("oniguruma",), "zz": (), "oniguruma": (), "aa": ("jq",)}
    assert order(needed) == ("oniguruma", "jq", "aa", "zz")
    assert order(dict(reversed(needed.items()))) == order(needed)


def test_a_chain_may_be_as_long_as_a_distribution() -> None:
    chain = {f"c{number:05}": (f"c{number + 1:05}",) for number in range(9999)} | {"c09999": ()}
    assert order(chain)[0] == "c09999"
    assert list(circles(chain)) == []
    chain["c09999"] = ("c00000",)
    (circle,) = circles(chain)
    assert len(circle) == 10_000
    assert len(shortest(chain, circle)) == 10_001


def test_groups_come_after_what_they_need() -> None:
    needed = {"a": "b", "b": "ac", "c": "d", "d": "c", "e": "e", "f": "a"}
    assert list(components(needed)) == [("c", "d"), ("a", "b"), ("e",), ("f",)]
    assert list(circles(needed)) == [("c", "d"), ("a", "b"), ("e",)]
    assert shortest({"a": "b", "b": "c", "c": "bd", "d": "a"}, "abcd") == ("b", "c", "b")


def test_a_variant_is_built_first_then_the_others_then_the_usual_one() -> None:
    made = course({"pluggy": "pytest", "pytest": "pluggy iniconfig", "iniconfig": "", "user": "pytest"}, {"pluggy": ""})
    assert made.needs == {
        "iniconfig": (),
        "pluggy": ("pytest",),
        "pluggy:bootstrap": (),
        "pytest": ("iniconfig", "pluggy:bootstrap"),
        "user": ("pluggy", "pytest"),
    }
    assert made.order() == ("iniconfig", "pluggy:bootstrap", "pytest", "pluggy", "user")
    assert made.order(["pytest"]) == ("iniconfig", "pluggy:bootstrap", "pytest")
    ((members, first),) = [(circle.members, circle.first) for circle in made.circles]
    assert (members, first) == (("pluggy", "pytest"), ("pluggy",))


def test_only_the_newest_of_a_component_is_seen() -> None:
    made = course({"pluggy": "pytest", "pytest": "pluggy", "user": "pytest"}, {"pluggy": ""})
    assert made.below("pytest") == {"pluggy:bootstrap"}
    assert made.below("pluggy") == {"pytest", "pluggy:bootstrap"}
    assert made.below("user") == {"pytest", "pluggy"}
    assert newest(["a:bootstrap", "a", "a:3", "a:2", "b:bootstrap"]) == {"a:3", "b:bootstrap"}
    builds = ["a:bootstrap", "a:bootstrap2", "a", "a:2", "a:10"]
    assert sorted({*builds}, key=age) == builds
    assert [component_of(one) for one in builds] == ["a"] * 5
    assert [one for one in builds if is_first(one)] == builds[:2]
    assert [one for one in builds if is_usual(one)] == ["a"]


def test_a_cycle_may_be_gone_round_more_than_once() -> None:
    made = course({"a": "b x", "b": "a", "x": "", "user": "b"}, {"a": ""}, turns=3)
    both = ("a:bootstrap3", "b:bootstrap3")
    assert made.needs == {
        "a:bootstrap": (),
        "b:bootstrap2": ("a:bootstrap",),
        "a:bootstrap2": ("b:bootstrap2", "x"),
        "b:bootstrap3": ("a:bootstrap2", "b:bootstrap2"),
        "a:bootstrap3": ("a:bootstrap2", "b:bootstrap2", "x"),
        "b": both,
        "a": (*both, "x"),
        "x": (),
        "user": ("a", "b"),
    }
    assert made.below("a") == {*both, "x"}
    assert made.below("user") == {"a", "b", "x"}


def test_a_component_that_needs_itself_is_built_twice() -> None:
    made = course({"rust": "rust", "user": "rust"}, {"rust": ""})
    assert made.needs == {"rust": ("rust:bootstrap",), "rust:bootstrap": (), "user": ("rust",)}


def test_no_more_variants_than_are_needed() -> None:
    made = course({"a": "b", "b": "a c", "c": "b"}, {"a": "", "b": "", "c": ""})
    assert [circle.first for circle in made.circles] == [("b",)]
    made = course({"a": "b", "b": "a"}, {"a": ""})
    assert [circle.first for circle in made.circles] == [("a",)]


OVERLAPPING = {"a": "b x", "b": "c", "c": "a d", "d": "e c", "e": "d", "x": "", "self": "self c"}


def test_overlapping_cycles_are_all_broken() -> None:
    made = course(OVERLAPPING, {"a": "x", "d": "", "self": "c"})
    ranks = {build: number for number, build in enumerate(made.order())}
    assert all(ranks[need] < ranks[build] for build, needs in made.needs.items() for need in needs)
    assert {circle.members: circle.first for circle in made.circles} == {
        ("a", "b", "c", "d", "e"): ("a", "d"),
        ("self",): ("self",),
    }
    assert made.needs["c"] == ("a:bootstrap", "d:bootstrap")
    assert made.needs["self"] == ("a", "c", "d", "self:bootstrap")


def test_a_cycle_that_nothing_breaks_is_told_as_a_chain_with_its_lines() -> None:
    made = course(OVERLAPPING, {"a": "x", "self": "c"})
    with pytest.raises(Failure) as raised:
        made.order()
    (problem,) = raised.value.problems
    assert problem.kind is Kind.BUILD
    assert problem.why.splitlines()[:2] == [
        "`c` needs `d` for `d`: c.spec:7",
        "`d` needs `c` for `c`: d.spec:7",
    ]
    assert problem.where == Origin(file="c.spec", line=7)
    assert "bootstrap" in problem.hint
    assert made.order(["x"]) == ("x",), "what needs none of it can be built"


def test_a_variant_that_asks_for_the_same_breaks_nothing() -> None:
    made = course({"a": "b", "b": "a"}, {"a": "b"})
    with pytest.raises(Failure) as raised:
        made.order()
    assert "variants of a " in raised.value.problems[0].why.splitlines()[-1]


def test_a_variant_that_needs_what_needs_its_cycle_is_told() -> None:
    made = course({"a": "b", "b": "a", "x": "b"}, {"a": "x"})
    with pytest.raises(Failure) as raised:
        made.order(["b"])
    assert "`a:bootstrap`" in raised.value.problems[0].what


@pytest.mark.parametrize("seed", range(20))
def test_whatever_the_graph_each_is_built_after_what_it_needs(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 a graph, no secret
    names = [f"n{number}" for number in range(40)]
    needs = {name: " ".join(dice.sample(names, dice.randint(0, 3))) for name in names}
    variants = {name: " ".join(dice.sample(words.split(), len(words.split()) // 2)) for name, words in needs.items()}
    made = course(needs, variants)
    if made.stuck:
        with pytest.raises(Failure):
            made.order()
        return
    builds = made.order()
    ranks = {build: number for number, build in enumerate(builds)}
    assert all(ranks[need] < ranks[build] for build, needed in made.needs.items() for need in needed)
    for build in builds:
        seen = made.below(build)
        assert len({component_of(one) for one in seen}) == len(seen)
