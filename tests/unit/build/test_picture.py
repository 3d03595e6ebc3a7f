"""The graph drawn: what is asked for at each arrow, frames around cycles, and nothing that a spec says breaks the language."""

from headwater.build.course import lay_course
from headwater.build.givers import Package, gifts
from headwater.build.graph import Graph, Node
from headwater.build.picture import dot, reachable, rows


def node(name: str, *requires: str) -> Node:
    return Node(name=name, requires=requires, packages=(Package(name=name, gives=gifts(name, "1-1", (), ())),))


def test_arrows_frames_and_colours() -> None:
    nodes = [node(name, *needs) for name, needs in (("a", ["b"]), ("b", ["a"]), ("c", ["a >= 1"]), ("d", []))]
    course = lay_course(Graph(nodes), {"a": node("a")})
    text = dot(course, reachable(course, ["c"]), fresh={"c"})
    assert '"d"' not in text
    assert '"c" -> "a" [label="a >= 1"];' in text
    assert '"b" -> "a:bootstrap" [label="a"];' in text
    assert text.count("subgraph") == 1
    frame = text[text.index("subgraph") : text.index("  }")]
    assert all(f'"{name}"' in frame for name in ("a", "a:bootstrap", "b"))
    assert "fff1d6" in next(line for line in text.splitlines() if line.strip().startswith('"c" ['))
    assert [(build, need) for build, need, _ in rows(course, reachable(course, ["b"]))] == [
        ("a:bootstrap", ""),
        ("b", "a:bootstrap"),
    ]


def test_what_a_spec_says_is_text_and_nothing_else() -> None:
    course = lay_course(Graph([node("a", 'b"]; x -> y ["\\\x1b[31m\n'), node('b"];')]), {})
    text = dot(course, reachable(course, ()))
    assert "\x1b" not in text
    assert text.count("->") - text.count("x -> y") == 1
    assert '"b\\"];"' in text
