"""Order of building: after what is needed, by name otherwise, cycles told as a chain."""

import pytest

from headwater.build.graph import Node, closure, names_in, needs, order
from headwater.errors import Failure, Kind


@pytest.mark.parametrize(
    ("dependency", "names"),
    [
        ("make", ("make",)),
        ("jq >= 1:1.8.2-1", ("jq",)),
        ("pkgconfig(zlib) >= 1.2", ("pkgconfig(zlib)",)),
        ("libx.so.1()(64bit)", ("libx.so.1()(64bit)",)),
        ("perl(File::Spec)", ("perl(File::Spec)",)),
        ("/usr/bin/pod2man", ("/usr/bin/pod2man",)),
        ("(gcc or clang >= 3)", ("gcc", "clang")),
        ("(pkgconfig(a) >= 2 with pkgconfig(a) < 3)", ("pkgconfig(a)",)),
        ("(a if (b and libc.so.6()(64bit)))", ("a", "b", "libc.so.6()(64bit)")),
    ],
)
def test_names_in_a_dependency(dependency: str, names: tuple[str, ...]) -> None:
    assert names_in(dependency) == names


def node(name: str, *requires: str, provides: tuple[str, ...] = ()) -> Node:
    return Node(name=name, requires=requires, provides=frozenset({name, *provides}))


def test_a_component_comes_after_what_it_needs() -> None:
    nodes = [
        node("jq", "gcc", "oniguruma-devel >= 6.9"),
        node("zz", "make"),
        node("oniguruma", "gcc", provides=("oniguruma-devel",)),
        node("aa", "jq", "aa-tools", provides=("aa-tools",)),
    ]
    needed = needs(nodes)
    assert needed == {"jq": ("oniguruma",), "zz": (), "oniguruma": (), "aa": ("jq",)}
    assert order(needed) == ("oniguruma", "jq", "aa", "zz")
    assert order(dict(reversed(needed.items()))) == order(needed)
    assert closure(["jq"], needed) == {"jq", "oniguruma"}


def test_a_cycle_is_told_as_a_chain() -> None:
    needed = needs([node("a", "b"), node("b", "c-devel"), node("c", "b", provides=("c-devel",)), node("d", "a")])
    with pytest.raises(Failure) as raised:
        order(needed)
    assert raised.value.kind is Kind.BUILD
    assert raised.value.problems[0].why == "b needs c needs b"
