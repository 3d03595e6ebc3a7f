"""Merging tables: a later value wins unless it is empty; arrays are replaced or joined, as the place wants."""

from __future__ import annotations

from typing import Any

from headwater.config.findings import Findings
from headwater.config.reader import Array, Table

UNIQUE = ("component-groups", "images")  # the same name in two files is an error
APPENDED = ("toolbox", "bridge", "build-root", "default-component-config")  # each file may add to their arrays


def merge_file(low: Table, high: Table, findings: Findings) -> Table:
    """Put one file over all before it."""
    merged = _copy(low)
    for key, value in high.items():
        old, place = low.get(key), high.places[key]
        if not isinstance(old, Table) or not isinstance(value, Table):
            merged.put(key, value, place)
        elif key in UNIQUE:
            merged.put(key, _unique(old, value, findings), place)
        elif key == "components":
            merged.put(key, _by_name(old, value, merge_component), place)
        elif key == "distros":
            merged.put(key, _by_name(old, value, _merge_distro), place)
        else:
            merged.put(key, merge(old, value, append=key in APPENDED), place)
    return merged


def merge_component(low: Table, high: Table) -> Table:
    """Put one layer of a component over the lower ones: arrays append, except `overlay-files`; `packages` by entry."""
    merged = merge(low, high, append=True, whole=frozenset({"packages"}))
    if "overlay-files" in high:  # an empty array ends inheritance
        merged.put("overlay-files", high["overlay-files"], high.places["overlay-files"])
    return merged


def merge(low: Table, high: Table, *, append: bool, whole: frozenset[str] = frozenset()) -> Table:
    """Put one table over another, deep; entries of tables named in `whole` are replaced as they are."""
    merged = _copy(low)
    merged.where = high.where
    for key, value in high.items():
        old = low.get(key)
        if isinstance(old, Table) and isinstance(value, Table):
            merged.put(key, _entries(old, value) if key in whole else merge(old, value, append=append), high.places[key])
        elif append and isinstance(old, Array) and isinstance(value, Array):
            merged.put(key, join(old, value), low.places[key])
        elif value or key not in low:  # "", 0, false and empty tables cannot clear a value (azldev's rule)
            merged.put(key, value, high.places[key])
    return merged


def join(low: Array, high: Array) -> Array:
    joined = Array()
    for array in (low, high):
        for value, place in zip(array, array.places, strict=True):
            joined.put(value, place)
    return joined


def _merge_distro(low: Table, high: Table) -> Table:
    return merge(low, high, append=False, whole=frozenset({"versions"}))


def _by_name(low: Table, high: Table, both: Any) -> Table:
    merged = _copy(low)
    for name, value in high.items():
        old = low.get(name)
        together = isinstance(old, Table) and isinstance(value, Table)
        merged.put(name, both(old, value) if together else value, high.places[name])
    return merged


def _unique(low: Table, high: Table, findings: Findings) -> Table:
    for name in sorted(low.keys() & high.keys()):
        findings.add(high.places[name], f"`{high.places[name].key}` is defined twice", why=f"first at {low.places[name]}")
    return _entries(low, high)


def _entries(low: Table, high: Table) -> Table:
    merged = _copy(low)
    for key, value in high.items():
        merged.put(key, value, high.places[key])
    return merged


def _copy(table: Table) -> Table:
    copy = Table(table.where)
    copy.update(table)
    copy.places = dict(table.places)
    return copy
