"""The builds of a graph in an order that there is: components in a cycle whose bootstrap variant is built first. Pure.

A build is called as its component; the bootstrap variant of `pluggy` is `pluggy:bootstrap`, and `pluggy:2` is pluggy built
again on the output of its cycle, its second generation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise

import msgspec

from headwater.build.cycles import circles, order, shortest
from headwater.build.graph import Edge, Graph, Needs, Node, Place, closure, needs_of
from headwater.errors import Failure, Kind, Problem

FIRST = "bootstrap"
SHOWN = 12  # edges of a chain that a message shows


class Circle(msgspec.Struct, frozen=True, kw_only=True):
    """Components that need each other; `first` are those whose bootstrap variants break it, `chain` is a shortest cycle."""

    members: tuple[str, ...]
    first: tuple[str, ...]
    chain: tuple[Edge, ...]


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """What each build needs, and the cycles that there were. `edges` are those of each build.

    Where no variant breaks a cycle it is still there, and `stuck` has a Problem for the builds in it.
    """

    needs: Needs
    circles: tuple[Circle, ...]
    edges: dict[str, tuple[Edge, ...]]
    stuck: tuple[tuple[frozenset[str], Problem], ...] = ()

    @property
    def broken(self) -> dict[str, Circle]:
        """The cycle of each component that is in one."""
        return {name: circle for circle in self.circles for name in circle.members}

    def order(self, only: Sequence[str] = ()) -> tuple[str, ...]:
        """Builds, each after what it needs: all, or `only` those and what they need.

        Errors: Failure(BUILD) that shows each cycle among them which no variant breaks, edge by edge, each at its place.
        """
        wanted = closure(only, self.needs) if only else self.needs.keys()
        if problems := [problem for builds, problem in self.stuck if builds & wanted]:
            raise Failure(problems)
        return order({name: self.needs[name] for name in wanted})

    def below(self, build: str) -> frozenset[str]:
        """All builds whose packages another may see: what it needs, directly or not, and of each component the newest."""
        return newest(closure(self.needs[build], self.needs))


def component_of(build: str) -> str:
    return build.partition(":")[0]


def is_first(build: str) -> bool:
    """Is it a bootstrap variant? Its packages are for other builds, and never leave the factory."""
    return build.endswith(f":{FIRST}")


def generation(build: str) -> int:
    """0 for a bootstrap variant, 1 for the usual build, 2 and more for those on the cycle's own output."""
    said = build.partition(":")[2]
    return 0 if said == FIRST else int(said or 1)


def newest(builds: Iterable[str]) -> frozenset[str]:
    """Of each component its highest generation."""
    found: dict[str, str] = {}
    for build in builds:
        name = component_of(build)
        if name not in found or generation(found[name]) < generation(build):
            found[name] = build
    return frozenset(found.values())


def chart(graph: Graph, variants: Mapping[str, Node], place: Place = lambda _: None) -> Course:
    """The course of a graph whose components may have bootstrap variants, each a node with other needs."""
    plain, stuck, found = graph.needs(), list[tuple[frozenset[str], Problem]](), list[Circle]()
    firsts: dict[str, tuple[Edge, ...]] = {}
    for members in circles(plain):
        less = {name: graph.edges_of(variants[name]) for name in members if name in variants}
        inner = {name: set(plain[name]) & set(members) for name in members}
        first, left = _break(inner, {name: set(needs_of(edges)) & set(members) for name, edges in less.items()})
        if left:
            stuck.append((frozenset(members), _unbroken(_chain(graph, left), variants, place)))
        firsts |= {name: less[name] for name in first if not left}
        chain = _chain(graph, members)
        found.append(Circle(members=members, first=() if left else tuple(sorted(first)), chain=chain))
    course = _lay(plain, graph.edges, firsts, tuple(found))
    known = {name for builds, _ in stuck for name in builds}
    stuck += [(frozenset(builds), _entangled(builds)) for builds in circles(course.needs) if not known & set(builds)]
    return msgspec.structs.replace(course, stuck=tuple(stuck))


def _break(inner: dict[str, set[str]], variants: Mapping[str, set[str]]) -> tuple[set[str], tuple[str, ...]]:
    """The members whose variants break all cycles among them, and those of a cycle that none breaks. `inner` is changed.

    Of each cycle the variant that needs least of it is taken, then the one that most need, then the first by name.
    """
    first: set[str] = set()
    waiting = list(circles(inner))
    while waiting:
        group = set(waiting.pop())
        able = [name for name in group - first if name in variants and (variants[name] & group) < (inner[name] & group)]
        if not able:
            return first, tuple(sorted(group))
        asked = {name: sum(name in inner[other] for other in group) for name in able}
        best = min(able, key=lambda name: (len(variants[name] & group), -asked[name], name))
        first.add(best)
        inner[best] = variants[best]  # whoever needs it needs its variant, which asks for less
        waiting += circles({name: inner[name] & group for name in group})
    return first, ()


def _lay(
    plain: Needs, edges: Mapping[str, tuple[Edge, ...]], firsts: Mapping[str, tuple[Edge, ...]], found: tuple[Circle, ...]
) -> Course:
    """Who is in a cycle needs the bootstrap variants of its others, who is outside the builds that come last."""
    course = Course(needs={}, circles=found, edges=dict(edges))
    broken = course.broken
    for name, needed in plain.items():
        course.needs[name] = within(name, needed, broken)
    for circle in found:
        for name in circle.first:
            build = f"{name}:{FIRST}"
            course.edges[build] = firsts[name]
            course.needs[build] = within(name, needs_of(firsts[name]), broken)
    return course


def within(name: str, needed: Iterable[str], broken: Mapping[str, Circle]) -> tuple[str, ...]:
    """The builds that a component needs, where it needs these components."""
    found: set[str] = set()
    for one in needed:
        circle = broken.get(one)
        if circle is None:
            found.add(one)
        elif name not in circle.members:
            found |= {one, *circle.first}
        else:
            found.add(f"{one}:{FIRST}" if one in circle.first else one)
    return tuple(sorted(found))


def _chain(graph: Graph, group: Collection[str]) -> tuple[Edge, ...]:
    """The edges of a shortest cycle, one for each step."""
    way = shortest({name: set(needs_of(graph.edges[name])) for name in group}, group)
    found = []
    for by, needs in pairwise(way):
        edges = [edge for edge in graph.edges[by] if edge.needs == needs]
        found.append(min(edges, key=lambda edge: (bool(edge.through), edge)))
    return tuple(found)


def _unbroken(chain: Sequence[Edge], variants: Collection[str], place: Place) -> Problem:
    name = chain[0].by
    tried = sorted(edge.by for edge in chain if edge.by in variants)
    said = f"\nthe bootstrap variants of {', '.join(tried)} need it, too" if tried else ""
    return Problem(
        kind=Kind.BUILD,
        what=f"`{name}` needs itself to be built, and no bootstrap variant breaks the cycle",
        where=place(chain[0]),
        why="\n".join(lines_of(chain, place)) + said,
        hint=f"give one of them a bootstrap variant: `%bcond bootstrap 0` in its spec, or components.{name}.build.bootstrap",
    )


def _entangled(builds: Sequence[str]) -> Problem:
    """What a bootstrap variant asks for beyond the usual build needs its cycle in turn."""
    first = next((one for one in builds if is_first(one)), builds[0])
    return Problem(
        kind=Kind.BUILD,
        what=f"`{first}` needs itself to be built",
        why=", ".join(builds[:SHOWN]),
        hint=f"let the bootstrap variant of `{component_of(first)}` ask for less",
    )


def lines_of(chain: Sequence[Edge], place: Place) -> list[str]:
    """A chain as people read it: who needs whom, by which package, and the line that says so."""
    lines = [told(edge, place) for edge in chain[:SHOWN]]
    return [*lines, f"and {len(chain) - SHOWN} more"] if len(chain) > SHOWN else lines


def told(edge: Edge, place: Place) -> str:
    """An edge in one line."""
    where = place(edge)
    asked = f"`{edge.dependency}`" + (f" (`{edge.package}`)" if edge.dependency.split()[0] != edge.package else "")
    by = f", as `{edge.through}` needs it" if edge.through else ""
    return f"`{edge.by}` needs `{edge.needs}` for {asked}{by}" + (f": {where}" if where else "")
