"""Versions compared as rpm does, and whether a provide of some version is what a requirement of some version wants."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import zip_longest

_SEGMENT = re.compile(r"[0-9]+|[A-Za-z]+|~|\^")
_EVR = re.compile(r"(?:(?P<epoch>[0-9]+):)?(?P<version>[^-]*)(?:-(?P<release>.*))?", re.DOTALL)
_END = ""  # behind the last segment: above `~`, below all others


@lru_cache(maxsize=1 << 16)
def compare_versions(one: str, other: str) -> int:
    """-1, 0 or 1: a version or a release older than another, equal, or newer (rpmvercmp of librpmio).

    Segments of digits are numbers, and newer than letters; what stands between segments is nothing; `~` sorts below the end,
    `^` above it and below all else.
    """
    if one == other:
        return 0
    for left, right in zip_longest(_SEGMENT.findall(one), _SEGMENT.findall(other), fillvalue=_END):
        if left != right and (found := _compare(left, right)):
            return found
    return 0


def _compare(left: str, right: str) -> int:
    ranks = _rank(left), _rank(right)
    if ranks[0] != ranks[1]:
        return -1 if ranks[0] < ranks[1] else 1
    if left.isdigit():
        left, right = left.lstrip("0"), right.lstrip("0")
        if len(left) != len(right):
            return -1 if len(left) < len(right) else 1
    return (left > right) - (left < right)


def _rank(segment: str) -> int:
    if segment == "~":
        return 0
    if segment == _END:
        return 1
    return 2 if segment == "^" else 4 if segment.isdigit() else 3


def compare_evrs(one: str, other: str) -> int:
    """`[EPOCH:]VERSION[-RELEASE]` compared; a release counts only where both have one."""
    left, right = _EVR.fullmatch(one), _EVR.fullmatch(other)
    assert left, "any text is one"
    assert right, "any text is one"
    found = compare_versions(left["epoch"] or "0", right["epoch"] or "0")
    found = found or compare_versions(left["version"], right["version"])
    if found or left["release"] is None or right["release"] is None:
        return found
    return compare_versions(left["release"], right["release"])


def overlap(relation: str, evr: str, other_relation: str, other_evr: str) -> bool:
    """May a version be in both ranges? One without a relation (`<`, `<=`, `=`, `>=`, `>`) is every version."""
    if not (relation and evr and other_relation and other_evr):
        return True
    found = compare_evrs(evr, other_evr)
    if found < 0:
        return ">" in relation or "<" in other_relation
    if found > 0:
        return "<" in relation or ">" in other_relation
    return any(sign in relation and sign in other_relation for sign in "<=>")
