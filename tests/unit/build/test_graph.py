"""Who needs whom: names, versions, rich dependencies, files, what rpm will make of files; two that give the same."""

import pytest

from headwater.build.dependency import names_in, parse, told
from headwater.build.givers import Gift, How, Package, gifts
from headwater.build.graph import Edge, Graph, Node, closure


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
    assert told(parse(dependency)) == dependency


@pytest.mark.parametrize("text", ["(a b)", "(a or b and c)", "(a", "a)", "(or)", f"{'(' * 3000}a{')' * 3000}", "", "(a >= )"])
def test_what_is_no_dependency_harms_nobody(text: str) -> None:
    assert set(names_in(told(parse(text)))) <= {"a", "b", "c", "a)", ""}


def package(
    name: str, evr: str = "1-1", *, provides: tuple[str, ...] = (), files: tuple[str, ...] = (), **more: object
) -> Package:
    return Package(name=name, gives=gifts(name, evr, provides, files), **more)


def node(name: str, *requires: str, packages: tuple[Package, ...] = ()) -> Node:
    return Node(name=name, requires=requires, packages=packages or (package(name),))


def edges(graph: Graph, name: str) -> list[tuple[str, str]]:
    return [(edge.needs, edge.package) for edge in graph.edges[name]]


def test_an_edge_says_what_is_asked_for_and_which_package_gives_it() -> None:
    nodes = [
        node("jq", "gcc", "oniguruma-devel >= 6.9"),
        node("zz", "make"),
        node("oniguruma", "gcc", packages=(package("oniguruma"), package("oniguruma-devel", "6.9.10-1"))),
        node("aa", "jq", "aa-tools", packages=(package("aa"), package("aa-tools"))),
    ]
    graph = Graph(nodes)
    assert graph.needs() == {"jq": ("oniguruma",), "zz": (), "oniguruma": (), "aa": ("jq",)}
    assert graph.edges["jq"] == (Edge("jq", "oniguruma", "oniguruma-devel >= 6.9", "oniguruma-devel", How.NAME),)
    assert Graph(reversed(nodes)).needs() == graph.needs()
    assert closure(["jq"], graph.needs()) == {"jq", "oniguruma"}


GIVERS = (
    package(
        "foo",
        "1:2.5-3",
        provides=("virtual = 4", "bare"),
        files=(
            "%defattr(-,root,root)",
            "%attr(0755,root,root) /bin/foo",
            "%config(noreplace) /etc/foo.conf",
            "%ghost /usr/bin/ghost",
            "%exclude /usr/bin/excluded",
            "%dir /usr/share/dir",
            "/usr/bin/foo-{one,two}",
            "/usr/bin/many*",
            "/usr/bin/*",
            "/usr/share/foo/",
            "/usr/lib64/libfoo.so.3{,.*}",
            "/usr/lib64/pkgconfig/foo.pc",
            "/usr/share/pkgconfig/foo-*.pc",
            "/usr/lib64/cmake/Foo/",
            "/usr/share/cmake/Bar/bar-config.cmake",
            "/usr/lib/python3/dist-packages/Foo_Bar-2.5.dist-info/",
            "%doc README",
        ),
    ),
)


@pytest.mark.parametrize(
    ("asked", "met"),
    [
        ("foo >= 2", True),
        ("foo < 2", False),
        ("foo >= 1:2", True),
        ("foo = 1:2.5", True),
        ("foo < 1:2.5-3", False),
        ("foo > 1:2.5", False),
        ("virtual >= 4", True),
        ("virtual > 4", False),
        ("bare = 7", True),
        ("/usr/bin/foo", True),
        ("/bin/foo", True),
        ("/etc/foo.conf", True),
        ("/usr/bin/foo-two", True),
        ("/usr/bin/many-of-them", True),
        ("/usr/bin/other", False),
        ("/usr/bin/ghost", False),
        ("/usr/bin/excluded", False),
        ("/usr/share/foo/data/x.json", True),
        ("libfoo.so.3()(64bit)", True),
        ("libfoo.so.4()(64bit)", False),
        ("pkgconfig(foo) >= 1.2", True),
        ("pkgconfig(foo-gtk)", True),
        ("pkgconfig(bar)", False),
        ("cmake(Foo)", True),
        ("cmake(bar)", True),
        ("python3dist(foo-bar)", True),
        ("(clang or foo)", True),
        ("(foo if gcc)", True),
        ("(gcc if foo)", False),
        ("(gcc if clang else foo)", True),
        ("(foo >= 1:2 with foo < 1:3)", True),
        ("(foo >= 1:2 with foo < 1:2.4)", False),
        ("(foo without virtual)", False),
        ("(foo without other)", True),
        ("((gcc and foo) or clang)", True),
    ],
)
def test_what_a_component_gives(asked: str, *, met: bool) -> None:
    graph = Graph([node("user", asked), node("foo", packages=GIVERS)])
    assert edges(graph, "user") == ([("foo", "foo")] if met else [])


def test_of_or_the_first_that_a_component_gives_is_built() -> None:
    graph = Graph([node("user", "(gcc or b or a)", "(a and b)"), node("a"), node("b"), node("one", "(gcc or b or a)")])
    assert graph.needs()["user"] == ("a", "b")
    assert graph.needs()["one"] == ("b",)


def test_a_version_that_does_not_fit_is_an_edge_only_where_nobody_else_has_one() -> None:
    nodes = [node("user", "foo >= 9"), node("foo")]
    assert Graph(nodes).needs()["user"] == ()
    assert Graph(nodes, elsewhere=lambda _: False).needs()["user"] == ("foo",)


def test_who_needs_its_own_package_takes_it_from_elsewhere_or_needs_itself() -> None:
    assert Graph([node("gcc", "gcc")]).needs() == {"gcc": ()}
    assert Graph([node("gcc", "gcc")], elsewhere=lambda _: False).needs() == {"gcc": ("gcc",)}


def test_what_a_package_needs_in_turn_is_built_unless_it_comes_over_the_bridge() -> None:
    nodes = [
        node("user", "b-devel"),
        node("b", packages=(package("b-devel", requires=("c-devel", "/bin/sh")),)),
        node("c", packages=(package("c-devel", requires=("b-devel", "d")),)),
        node("d"),
        node("sh", packages=(package("sh", files=("/usr/bin/sh",)),)),
    ]
    graph = Graph(nodes, elsewhere=lambda text: text == "/bin/sh")
    assert graph.needs() == {"user": ("b", "c", "d"), "b": (), "c": (), "d": (), "sh": ()}
    assert [(edge.dependency, edge.through) for edge in graph.edges["user"] if edge.needs == "c"] == [("c-devel", "b-devel")]


def test_what_was_seen_in_the_last_build_counts() -> None:
    seen = Package(name="foo", gives=(Gift("foo", How.NAME, "=", "1"), Gift("pkgconfig(odd)", How.BUILT)))
    assert Graph([node("user", "pkgconfig(odd) >= 3"), node("foo", packages=(seen,))]).needs()["user"] == ("foo",)


def test_two_that_give_the_same_are_told_unless_one_has_the_name_or_is_preferred() -> None:
    web, httpd = package("web", provides=("server",)), package("httpd", provides=("server",))
    nodes = [node("user", "server", "web"), node("web", packages=(web,)), node("httpd", packages=(httpd,))]
    graph = Graph(nodes)
    ((asked, givers),) = graph.contested.items()
    assert (asked, {one.component for one in givers}) == (("user", "server"), {"web", "httpd"})
    graph = Graph(nodes, preferred=["httpd"])
    assert graph.contested == {}
    assert edges(graph, "user") == [("httpd", "httpd"), ("web", "web")]
    same = [node("one", packages=(package("same"),)), node("two", packages=(package("same"),)), node("user", "same")]
    assert Graph(same).contested.keys() == {("user", "same")}


def test_a_component_that_asks_for_more_has_more_edges() -> None:
    graph = Graph([node("user"), node("a"), node("b")])
    graph.ask_more("user", ["a", "b"])
    graph.ask_more("user", ["a"])
    assert graph.needs()["user"] == ("a", "b")
