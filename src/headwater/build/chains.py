"""A cycle as people read it: a short chain of who needs whom, each with the line that says so, and what may be done."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from headwater.build.cycles import shortest
from headwater.build.graph import Edge, Place, needs_of
from headwater.errors import Kind, Problem

SHOWN = 12  # edges of a chain that a message shows


def chain_of(group: Collection[str], edges: Mapping[str, Sequence[Edge]]) -> tuple[Edge, ...]:
    """The edges of a short cycle in a group of names that need each other, one for each step."""
    way = shortest({name: needs_of(edges[name]) for name in group}, group)
    steps = [[edge for edge in edges[by] if edge.needs == needs] for by, needs in pairwise(way)]
    return tuple(min(some, key=lambda edge: (bool(edge.through), edge)) for some in steps)


def lines_of(chain: Sequence[Edge], place: Place) -> list[str]:
    """Who needs whom, by which package, and the line that says so."""
    lines = [told(edge, place) for edge in chain[:SHOWN]]
    return [*lines, f"and {len(chain) - SHOWN} more"] if len(chain) > SHOWN else lines


def told(edge: Edge, place: Place) -> str:
    """An edge in one line."""
    where = place(edge)
    return f"`{edge.by}` needs `{edge.needs}` for {asked_for(edge)}" + (f": {where}" if where else "")


def asked_for(edge: Edge) -> str:
    """What an edge asks for; the package that gives it where that has another name; the package in the root that asks."""
    gives = f" (`{edge.package}`)" if edge.dependency.split()[0] != edge.package else ""
    return f"`{edge.dependency}`{gives}" + (f", as `{edge.through}` requires it" if edge.through else "")


def unbroken(chain: Sequence[Edge], group: Collection[str], variants: Collection[str], place: Place) -> Problem:
    """A cycle that no bootstrap variant breaks."""
    name = chain[0].by
    lines = lines_of(chain, place)
    if tried := sorted({edge.by for edge in chain} & set(variants)):
        lines.append(f"the bootstrap variants of {', '.join(tried)} need it, too")
    if others := len(group) - len(chain):
        lines.append(f"{others} more in cycles with these")
    return Problem(
        kind=Kind.BUILD,
        what=f"`{name}` needs itself to be built, and no bootstrap variant breaks the cycle",
        where=place(chain[0]),
        why="\n".join(lines),
        hint=f"give one of them a bootstrap variant: `%bcond bootstrap 0` in its spec, or components.{name}.build.bootstrap",
    )


def entangled(build: str, component: str, builds: Sequence[str]) -> Problem:
    """What a bootstrap variant asks for beyond the usual build needs its cycle in turn."""
    return Problem(
        kind=Kind.BUILD,
        what=f"`{build}` needs itself to be built",
        why=", ".join(builds[:SHOWN]),
        hint=f"let the bootstrap variant of `{component}` ask for less",
    )
