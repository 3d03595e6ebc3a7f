"""Who needs whom: the order in which components are built, from what they need and what they will provide."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from headwater.errors import Kind, fail

_WORDS = frozenset({"and", "or", "if", "else", "unless", "with", "without"})
_COMPARE = re.compile(r"\s*(?:<=|>=|==|=|<|>)\s*[^\s()]+")
_NAME = re.compile(r"[^\s()]+(?:\([^()\s]*\))*")


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One component: its BuildRequires as rpm writes them, and the names that its packages will provide."""

    name: str
    requires: tuple[str, ...] = ()
    provides: frozenset[str] = frozenset()


def names_in(dependency: str) -> tuple[str, ...]:
    """The names in a dependency: `foo >= 1` has one, `(a or pkgconfig(b) < 3)` two."""
    bare = _COMPARE.sub(" ", dependency).strip()
    if not bare.startswith("("):
        return tuple(bare.split()[:1])
    return tuple(dict.fromkeys(word for word in _NAME.findall(bare) if word not in _WORDS))


def needs(nodes: Sequence[Node]) -> dict[str, tuple[str, ...]]:
    """For each component those that must be built before it; a component's own packages do not count."""
    maker = {provided: node.name for node in sorted(nodes, key=lambda node: node.name) for provided in node.provides}
    return {
        node.name: tuple(
            sorted(
                {maker[name] for dependency in node.requires for name in names_in(dependency) if name in maker} - {node.name}
            )
        )
        for node in nodes
    }


def order(needed: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """All components, each after what it needs, otherwise by name. A cycle is a Failure that shows the chain."""
    done: dict[str, None] = {}
    for name in sorted(needed):
        _visit(name, needed, done, [])
    return tuple(done)


def _visit(name: str, needed: Mapping[str, Sequence[str]], done: dict[str, None], chain: list[str]) -> None:
    if name in done:
        return
    if name in chain:
        circle = [*chain[chain.index(name) :], name]
        raise fail(
            Kind.BUILD,
            f"`{name}` needs itself to be built",
            why=" needs ".join(circle),
            hint=f"remove one of these BuildRequires by an overlay (hw overlay explain {name}), or take it over the bridge",
        )
    for below in sorted(needed[name]):
        _visit(below, needed, done, [*chain, name])
    done[name] = None


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
