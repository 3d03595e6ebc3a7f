"""Debian's versions and relations in rpm's words.

A bridged release ends in `^bridge`: above the bare release, below everything that Debian could append to it (`+b1`, `.1`).
Debian compares a missing revision as 0 where rpm ignores the release, so every translated bound has a release.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from headwater.bridge.model import Evr, Relation

SUFFIX = "^bridge"
_VERSION = re.compile(r"(?:(?P<epoch>[0-9]{1,9}):)?(?P<rest>[0-9A-Za-z][A-Za-z0-9.+~-]*)(?<!-)")
_RELATION = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9+._-]*)(?::[a-z0-9-]+)?\s*(?:\(\s*(?P<operator><<|<=|=|>=|>>|<|>)\s*(?P<version>[^\s()]+)\s*\))?"
    r"\s*(?:\[[^\]]*\])?\s*(?:<[^>]*>\s*)*"
)
_OLD = {"<": "<=", ">": ">="}  # what these two mean in Debian, from before the doubled signs
_OLDER = frozenset({"<<", "<="})


def to_evr(version: str) -> Evr:
    """A Debian version as a package's epoch, version and release; ValueError where it is none."""
    epoch, upstream, revision = _split(version)
    return Evr(epoch=epoch, version=upstream, release=revision + SUFFIX)


def parse_relations(text: str) -> tuple[tuple[Relation, ...], ...]:
    """A field like Depends: all of the outer, one of each inner; ValueError where it cannot be read."""
    groups = (group.split("|") for group in text.replace("\n", " ").split(",") if group.strip())
    return tuple(tuple(_parse_relation(word.strip()) for word in group) for group in groups)


def without(group: Iterable[Relation], names: frozenset[str]) -> tuple[Relation, ...]:
    """The alternatives that are left when some names are not there."""
    return tuple(relation for relation in group if relation.name not in names)


def to_requirement(group: Iterable[Relation]) -> str:
    """One of several, as rpm's rich dependency; a single one plainly."""
    words = list(dict.fromkeys(_to_bound(relation) for relation in group))
    return words[0] if len(words) == 1 else f"({' or '.join(words)})"


def to_provide(relation: Relation) -> str:
    return f"{relation.name} = {to_evr(relation.version)}" if relation.version else relation.name


def to_conflict(group: tuple[Relation, ...]) -> str:
    """The conflict in rpm's words, or nothing for one that only speaks of older versions: no bridge set holds two."""
    return "" if group[0].operator in _OLDER else _to_bound(group[0])


def _to_bound(relation: Relation) -> str:
    if not relation.operator:
        return relation.name
    epoch, upstream, revision = _split(relation.version)
    plain = f"{epoch}:{upstream}-{revision}" if epoch else f"{upstream}-{revision}"
    match relation.operator:
        case ">=":
            return f"{relation.name} >= {plain}"
        case "<<":
            return f"{relation.name} < {plain}"
        case ">>":
            return f"{relation.name} > {plain}{SUFFIX}"
        case _:
            return f"{relation.name} {relation.operator} {plain}{SUFFIX}"


def _split(version: str) -> tuple[int, str, str]:
    found = _VERSION.fullmatch(version)
    if not found:
        raise ValueError(f"{version!r} is no Debian version")
    upstream, hyphen, revision = found["rest"].rpartition("-")  # only the last one begins the revision
    if not hyphen:
        upstream, revision = revision, "0"
    return int(found["epoch"] or 0), upstream.replace("-", "."), revision  # rpm has no hyphen within


def _parse_relation(word: str) -> Relation:
    found = _RELATION.fullmatch(word)
    if not found:
        raise ValueError(f"{word!r} is no relation between packages")
    operator = found["operator"] or ""
    return Relation(name=found["name"], operator=_OLD.get(operator, operator), version=found["version"] or "")
