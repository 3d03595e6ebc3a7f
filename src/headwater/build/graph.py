"""Who needs whom, and why: each edge names what is asked for and the package that gives it. Pure; specs come in any order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

import msgspec

from headwater.build.dependency import Dependency, Simple, parse, told
from headwater.build.givers import Giver, Givers, How, Package
from headwater.errors import Kind, Problem
from headwater.origin import Origin


class Node(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One component: its BuildRequires as rpm writes them, and the packages that it makes."""

    name: str
    requires: tuple[str, ...] = ()
    packages: tuple[Package, ...] = ()


class Edge(msgspec.Struct, frozen=True, gc=False, order=True):
    """A component (`by`) asks for `dependency`, which `package` of the component `needs` gives.

    Where it is not the component's spec that asks but a package in its root, that is `through`. `how` says how it is known.
    """

    by: str
    needs: str
    dependency: str
    package: str
    how: How
    through: str = ""


Place = Callable[[Edge], Origin | None]  # where it is asked for
Needs = dict[str, tuple[str, ...]]


def anything(_: str) -> bool:
    """The bridge of those who ask for none: it gives whatever a component asks for and no other component gives."""
    return True


class Graph:
    """Components and the edges between them. A component's own packages count only where nobody else has them (`elsewhere`).

    Where several components give the same, one of whose packages has that very name goes before one whose spec says Provides,
    this before what was seen in its last build or follows from its %files; then the packages that are `preferred`. Two that are
    left are a Problem in `contested`.
    """

    def __init__(
        self, nodes: Iterable[Node], *, elsewhere: Callable[[str], bool] = anything, preferred: Collection[str] = ()
    ) -> None:
        self.nodes = {node.name: node for node in nodes}
        self._elsewhere, self._preferred = elsewhere, frozenset(preferred)
        self._given: dict[str, bool] = {}  # elsewhere
        self._givers = Givers({name: node.packages for name, node in self.nodes.items()})
        self._requires = {(node.name, one.name): one.requires for node in self.nodes.values() for one in node.packages}
        self.contested: dict[tuple[str, str], tuple[Giver, ...]] = {}  # by component and what it asks for
        self.edges = {name: self.edges_of(node) for name, node in self.nodes.items()}

    def edges_of(self, node: Node) -> tuple[Edge, ...]:
        """All edges of a component, or of a variant of it: what its spec asks for, and what these packages need in turn."""
        found = {edge: None for text in node.requires for edge in self._asked(node.name, text, "")}
        waiting = [(edge.needs, edge.package) for edge in found]
        seen = set(waiting)
        while waiting:
            _, package = one = waiting.pop()
            for edge in (edge for text in self._requires[one] for edge in self._asked(node.name, text, package)):
                if (edge.needs, edge.package) not in seen:
                    seen.add((edge.needs, edge.package))
                    waiting.append((edge.needs, edge.package))
                    found[edge] = None
        return tuple(sorted(found))

    def maker(self, package: str) -> str:
        """The component of a package, the first by name where several make it; empty where none does."""
        return min((name for name, one in self._requires if one == package), default="")

    def needs(self) -> Needs:
        """For each component those that must be built before it; itself, where only it gives what it asks for."""
        return {name: needs_of(edges) for name, edges in self.edges.items()}

    def ask_more(self, name: str, texts: Sequence[str]) -> None:
        """A component asked for more when it was run."""
        node = self.nodes[name]
        more = tuple(text for text in texts if text not in node.requires)
        if more:
            self.nodes[name] = msgspec.structs.replace(node, requires=(*node.requires, *more))
            self.edges[name] = self.edges_of(self.nodes[name])

    def _asked(self, by: str, text: str, through: str) -> Iterator[Edge]:
        found = self._meet(by, parse(text), "" if through else text)
        if found and not (through and self._gives(text)):  # what a package in a root needs in turn may come over the bridge
            yield from (Edge(by, one.component, text, one.package, one.how, through) for one in found)

    def _meet(self, by: str, wanted: Dependency, text: str) -> list[Giver]:
        """All sides of `and`; of `or` the first that a component gives; what stands behind `if` is no need of its own."""
        if isinstance(wanted, Simple) or wanted.word in {"with", "without"}:
            return self._pick(by, wanted, text)
        if wanted.word == "or":
            return next((found for part in wanted.parts if (found := self._meet(by, part, text))), [])
        parts = wanted.parts if wanted.word == "and" else (wanted.parts[0], *([wanted.other] if wanted.other else []))
        return [one for part in parts for one in self._meet(by, part, text)]

    def _gives(self, text: str) -> bool:
        if text not in self._given:
            self._given[text] = self._elsewhere(text)
        return self._given[text]

    def _pick(self, by: str, wanted: Dependency, text: str) -> list[Giver]:
        every = self._givers.of(wanted)
        if not every:
            return []
        others = [one for one in every if one.component != by]
        found = [one for one in others if one.fits]
        if not found and not self._gives(told(wanted)):
            found = [one for one in every if one.fits] or others  # one whose version does not fit: the root says what there is
        best = [one for one in found if one.how == found[0].how]
        liked = [one for one in best if one.package in self._preferred]
        if len({one.component for one in best}) == 1 or liked:
            return (liked or best)[:1]
        if text and best and best[0].how < How.GUESS:
            self.contested[by, text] = tuple(best)
        return best


def needs_of(edges: Iterable[Edge]) -> tuple[str, ...]:
    """The components that edges lead to."""
    return tuple(sorted({edge.needs for edge in edges}))


def contest(edge: Edge, givers: Sequence[Giver], where: Origin | None) -> Problem:
    """Two components give what one asks for, and nothing says which is meant."""
    lines = [f"`{one.package}` of component `{one.component}`" for one in givers]
    return Problem(
        kind=Kind.BUILD,
        what=f"`{edge.by}` needs `{edge.dependency}`, which {len(lines)} packages give",
        where=where,
        why="\n".join(lines),
        hint=f'[[build-root.prefer]] names = ["{givers[0].package}"] with a reason, or name the package in the BuildRequires',
    )


def closure(names: Sequence[str], needed: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Components with all that they need, directly or not."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += needed[name]
    return frozenset(found)
