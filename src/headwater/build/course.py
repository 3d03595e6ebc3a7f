"""The builds of a graph in an order that there is: components in a cycle whose bootstrap variant is built first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import msgspec

from headwater.build.breaking import break_cycles
from headwater.build.chains import chain_of, entangled, unbroken
from headwater.build.cycles import circles, order
from headwater.build.graph import Edge, Graph, Needs, Node, Place, closure, needs_of
from headwater.build.turn import FIRST, called, component_of, is_first, newest
from headwater.errors import Failure, Problem


class Circle(msgspec.Struct, frozen=True, kw_only=True):
    """Components that need each other. `first` are those whose bootstrap variants break it, `chain` is a short cycle in it.

    `left` are those that need each other even so. `generations` are the turns that its usual builds need.
    """

    members: tuple[str, ...]
    first: tuple[str, ...]
    chain: tuple[Edge, ...]
    left: tuple[str, ...] = ()
    generations: int = 1


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


def lay_course(
    graph: Graph, variants: Mapping[str, Node], place: Place = lambda _: None, generations: Mapping[str, int] = {}
) -> Course:
    """The course of a graph whose components may have bootstrap variants, each a node with other needs.

    `generations` says of components whether their cycle needs more turns than one.
    """
    plain, stuck, found = graph.needs(), list[tuple[frozenset[str], Problem]](), list[Circle]()
    edges, less = dict(graph.edges), dict[str, tuple[Edge, ...]]()
    for members in circles(plain):
        less |= {name: graph.edges_of(variants[name]) for name in members if name in variants}
        inner = {name: set(plain[name]).intersection(members) for name in members}
        first, left = break_cycles(inner, {name: needs_of(less[name]) for name in members if name in variants})
        now = edges | {name: less[name] for name in first}
        for group in left:
            chain = chain_of(group, now)
            stuck.append((_builds(group, first), unbroken(chain, group, variants.keys(), place)))
        rest = tuple(name for group in left for name in group)
        turns = max(generations.get(name, 1) for name in members)
        circle = Circle(members=members, first=first, chain=chain_of(members, edges), left=rest, generations=turns)
        found.append(circle)
    course = _lay(plain, edges, less, tuple(found))
    known = {build for builds, _ in stuck for build in builds}
    again = [builds for builds in circles(course.needs) if not known & set(builds)]
    return msgspec.structs.replace(course, stuck=(*stuck, *((frozenset(one), _entangled(one)) for one in again)))


def _builds(group: Iterable[str], first: Sequence[str]) -> frozenset[str]:
    """What is built of components that a cycle still holds: of those with a variant, the variant is in it."""
    return frozenset(f"{name}:{FIRST}" if name in first else name for name in group)


def _entangled(builds: Sequence[str]) -> Problem:
    build = next((one for one in builds if is_first(one)), builds[0])
    return entangled(build, component_of(build), builds)


def _lay(
    plain: Needs, edges: Mapping[str, tuple[Edge, ...]], less: Mapping[str, tuple[Edge, ...]], found: tuple[Circle, ...]
) -> Course:
    """Who is in a cycle needs the bootstrap variants of its others, who is outside the builds that come last."""
    course = Course(needs={}, circles=found, edges=dict(edges))
    broken = course.broken
    for name, needed in plain.items():
        course.needs[name] = within(name, needed, broken)
    for circle in found:
        for name in circle.first:
            build = f"{name}:{FIRST}"
            course.edges[build] = less[name]
            course.needs[build] = within(name, needs_of(less[name]), broken)
        if circle.generations > 1 and not circle.left:
            _go_round(course, circle)
    return course


def _go_round(course: Course, circle: Circle) -> None:
    """What would be the usual builds becomes the first turn of several; only the last one is usual."""
    later = {name: f"{name}:{FIRST}2" for name in circle.members}
    for build in (*circle.members, *(f"{name}:{FIRST}" for name in circle.first)):
        needed = course.needs.pop(build)
        course.needs[later.get(build, build)] = tuple(sorted(later.get(one, one) for one in needed))
    course.edges.update({later[name]: course.edges[name] for name in circle.members})
    labels = [f"{FIRST}{number}" for number in range(2, circle.generations + 1)]
    for before, label in pairwise([*labels, ""]):
        add_turn(course, circle, before, label)


def add_turn(course: Course, circle: Circle, before: str, label: str) -> tuple[str, ...]:
    """Build all members of a cycle on what they gave in the turn `before`; what these are called is given back."""
    last = {called(name, before) for name in circle.members}
    for name in circle.members:
        outside = {one for one in course.needs[called(name, before)] if component_of(one) not in circle.members}
        course.needs[called(name, label)] = tuple(sorted(outside | last))
        course.edges[called(name, label)] = course.edges[name]
    return tuple(called(name, label) for name in circle.members)


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
