"""The way of one run through the graph: its course as far as it is known, for specs that are run may ask for more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from threading import RLock

import msgspec

from headwater.build.course import Circle, Course, add_turn, lay_course, within
from headwater.build.cycles import circles
from headwater.build.graph import Edge, Graph, Node, closure, contest, needs_of
from headwater.build.job import Workshop
from headwater.build.turn import FIRST, component_of
from headwater.build.variant import again, variant_of
from headwater.config.model import BuildRule
from headwater.errors import Failure, Kind, fail
from headwater.origin import Origin
from headwater.render.model import RenderedPackage


class Route:
    """Builds and what each needs. `packages` are what is built, by build: components, and variants of those in cycles."""

    def __init__(self, packages: Sequence[RenderedPackage], rules: Mapping[str, BuildRule], workshop: Workshop) -> None:
        self.packages = {one.component: one for one in packages}
        self.graph: Graph = workshop.graph()
        self._rules, self._specs = rules, workshop.specs
        self._alone = RLock()  # specs are run in several threads, and each may change the course
        self._variants: dict[str, Node] = {}
        self.course = self._chart()

    def rule(self, build: str) -> BuildRule:
        return self._rules.get(component_of(build), BuildRule())

    def order(self, only: Sequence[str] = ()) -> tuple[str, ...]:
        """Builds, each after what it needs: all, or `only` those and what they need.

        Errors: Failure(USAGE) for a name that is none; Failure(BUILD) with the cycles that nothing breaks, and with all that is
        asked for and several components give.
        """
        for name in only:
            if name not in self.course.needs:
                raise self._unknown(name)
        names = self.course.order(only)
        self._insist_on_one_giver(names)
        return names

    def place(self, edge: Edge) -> Origin | None:
        """The line that makes an edge: of a BuildRequires, or of the Requires of a package in the root."""
        if edge.through:
            return self._specs.required_at(self.graph.maker(edge.through), edge.dependency)
        return self._specs.place(edge.by, edge.dependency)

    def ask_more(self, build: str, asked: Sequence[str]) -> None:
        """What a spec asked for when it was run; in a later turn it asks for what it asked for before."""
        component, _, label = build.partition(":")
        if not label.isdigit():
            with self._alone:
                self._learn(build, component, label, asked)

    def _learn(self, build: str, component: str, label: str, asked: Sequence[str]) -> None:
        if label == FIRST:
            edges = self._ask_more(component, asked)
        else:
            self.graph.ask_more(component, asked)
            edges = self.graph.edges[component]
        if edges == self.course.edges[build]:
            return
        self.course.edges[build] = edges
        broken = self.course.broken
        needed = within(component, needs_of(edges), broken)
        if component in broken or component in map(component_of, closure(needed, self.course.needs)):
            self.course = self._chart()
            self.course.order([build])  # raises where that made a cycle which nothing breaks
        else:
            self.course.needs[build] = needed

    def _ask_more(self, component: str, asked: Sequence[str]) -> tuple[Edge, ...]:
        node = self._variants[component]
        more = (*node.requires, *(text for text in asked if text not in node.requires))
        self._variants[component] = msgspec.structs.replace(node, requires=more)
        return self.graph.edges_of(self._variants[component])

    def _chart(self) -> Course:
        """The course of the graph as it is known now. What variants ask for is read when a cycle needs to be broken."""
        members = {name for circle in circles(self.graph.needs()) for name in circle}
        found = [variant_of(self.packages[name], self.rule(name)) for name in sorted(members - self._variants.keys())]
        variants = {one.component: one for one in found if one}
        self._specs.read(list(variants.values()))
        self.packages |= variants
        self._variants |= {component_of(name): self._specs.node(name) for name in variants}
        turns = {name: rule.bootstrap.generations for name, rule in self._rules.items() if rule.bootstrap}
        course = lay_course(self.graph, self._variants, self.place, turns)
        self._add(build for build in course.needs if build not in self.packages)
        return course

    def go_round(self, circle: Circle, before: str, label: str) -> tuple[str, ...]:
        """All members of a cycle once more, on what they gave in the turn `before`; what these builds are called."""
        builds = add_turn(self.course, circle, before, label)
        self._add(builds)
        return builds

    def _add(self, builds: Iterable[str]) -> None:
        """Builds of components as they are, under other names."""
        more = [again(self.packages[name], label) for name, _, label in (build.partition(":") for build in builds)]
        self._specs.read(more)
        self.packages |= {one.component: one for one in more}

    def _unknown(self, name: str) -> Failure:
        component = component_of(name)
        if name != component and component in self.packages:
            why = f"`{component}` is in no cycle that a bootstrap variant of it breaks"
            return fail(Kind.USAGE, f"there is no build `{name}`", why=why, hint=f"hw build {component} --graph")
        return fail(Kind.USAGE, f"no component is called `{name}`", hint="hw list")

    def _insist_on_one_giver(self, names: Sequence[str]) -> None:
        known, problems = set(map(component_of, names)), []
        for (by, text), givers in sorted(self.graph.contested.items()):
            if by in known:
                edge = Edge(by, givers[0].component, text, givers[0].package, givers[0].how)
                problems.append(contest(edge, givers, self.place(edge)))
        if problems:
            raise Failure(problems)
