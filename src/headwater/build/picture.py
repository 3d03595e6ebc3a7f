"""The graph of builds drawn: in Graphviz's language (DOT), and by Graphviz as SVG. An arrow points to what is needed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from headwater.build.course import Course
from headwater.build.cycles import components
from headwater.build.graph import Edge, closure
from headwater.build.turn import component_of, is_first
from headwater.errors import Kind
from headwater.toolbox import Toolbox, sandbox

LABELLED = 60  # builds: in a larger picture what is asked for is shown where the pointer is
LONG = 40  # letters of a label
PATIENCE = 300  # seconds: thousands of builds are no picture any more
HEAD = """digraph builds {
  rankdir=RL; nodesep=0.25; ranksep=0.7; bgcolor="white";
  node [shape=box, style="rounded,filled", fillcolor="#f4f6f8", color="#8a98a8", fontname="Helvetica", fontsize=11];
  edge [color="#8a98a8", fontname="Helvetica", fontsize=8, fontcolor="#4a5868", arrowsize=0.7];
"""
FRESH, CYCLE = 'fillcolor="#fff1d6", color="#c98a1b"', 'style="rounded"; color="#b3475b"; fontcolor="#b3475b"'


def dot(course: Course, builds: Collection[str], fresh: Collection[str] = ()) -> str:
    """Builds and what each needs of the others; those to be done (`fresh`) in another colour, each cycle in a frame."""
    lines = [HEAD]
    for number, circle in enumerate(one for one in course.circles if set(one.members) & set(builds)):
        names = [name for name in sorted(builds) if component_of(name) in circle.members]
        lines += [f'  subgraph cluster_{number} {{ label="cycle"; {CYCLE}; fontname="Helvetica"; fontsize=9;']
        lines += [*(f"    {_node(name, fresh)}" for name in names), "  }"]
    framed = course.broken
    lines += [f"  {_node(name, fresh)}" for name in sorted(builds) if component_of(name) not in framed]
    lines += [f"  {arrow}" for name in sorted(builds) for arrow in _arrows(course, name, builds)]
    return "\n".join([*lines, "}", ""])


def _node(build: str, fresh: Collection[str]) -> str:
    words = [FRESH] if build in fresh else []
    if is_first(build):
        words += [f'label={_quoted(component_of(build))[:-1]}\\nbootstrap"', 'style="rounded,filled,dashed"']
    return f"{_quoted(build)} [{', '.join(words)}];"


def _arrows(course: Course, build: str, builds: Collection[str]) -> Iterator[str]:
    for need in course.needs[build]:
        if need in builds:
            asked = edges_to(course, build, need)
            label = "tooltip" if len(builds) > LABELLED else "label"
            words = [f"{label}={_quoted(_said(asked))}"] if asked else []
            words += ["style=dotted"] if all(edge.through for edge in asked) else []
            yield f"{_quoted(build)} -> {_quoted(need)} [{', '.join(words)}];"


def edges_to(course: Course, build: str, need: str) -> tuple[Edge, ...]:
    """Why a build needs another; nothing where it is there so that the newest of a cycle is seen."""
    return tuple(edge for edge in course.edges[build] if edge.needs == component_of(need))


def _said(edges: Sequence[Edge]) -> str:
    direct = [edge for edge in edges if not edge.through] or edges
    text = direct[0].dependency
    text = text if len(text) <= LONG else f"{text[: LONG - 1]}…"
    return text + (f" and {len(direct) - 1} more" if len(direct) > 1 else "")


def _quoted(text: str) -> str:
    """As a string of DOT; what a spec says may be anything."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def svg(text: str, toolbox: Toolbox) -> bytes:
    """What Graphviz draws."""
    what = "Graphviz could not draw the graph"
    return sandbox.run(toolbox, ["dot", "-Tsvg"], stdin=text.encode(), timeout=PATIENCE, kind=Kind.TOOL, what=what).stdout


def rows(course: Course, builds: Sequence[str]) -> Iterator[tuple[str, str, Edge | None]]:
    """Each build with each it needs and the edge that says why; once alone, where it needs none."""
    for build in builds:
        found = [(need, edge) for need in course.needs[build] for edge in edges_to(course, build, need) or (None,)]
        yield from ((build, need, edge) for need, edge in found or [("", None)])


def reachable(course: Course, only: Sequence[str]) -> tuple[str, ...]:
    """The builds of a picture, each after what it needs as far as that can be."""
    wanted = closure(only, course.needs) if only else course.needs.keys()
    return tuple(name for group in components(course.needs) for name in group if name in wanted)
