"""Merging tables: a later value wins unless it is empty; arrays are replaced or joined, as the place wants."""

from __future__ import annotations

from collections.abc import Callable

from headwater.config.findings import Findings
from headwater.config.reader import Array, Table

# the same name in two files is an error
UNIQUE = frozenset({"component-groups", "images", "package-groups", "test-suites", "tests", "test-groups"})
# each file may add to their arrays
APPENDED = frozenset({"toolbox", "bridge", "build-root", "policy", "package-policy", "default-component-config"})
WHOLE = frozenset({"rpm-repos", "rpm-repo-set-templates", "rpm-repo-sets"})  # of `resources`: an entry is replaced whole


def absorb(project: Table, file: Table, findings: Findings) -> None:
    """Put one file over all that were read before it; `project` grows in place, the file stays as it is."""
    for key, value in file.items():
        old, spot = project.get(key), file.at(key)
        if not isinstance(value, Table):
            project.put(key, value, spot)
        elif not isinstance(old, Table):
            project.put(key, value.copy(), spot)  # a copy: what comes later goes into it
        elif key in UNIQUE:
            _add_unique(old, value, findings)
        elif key == "components":
            _add_by_name(old, value, merge_component)
        elif key == "distros":
            _add_by_name(old, value, _merge_distro)
        else:
            project.put(
                key, merge(old, value, append=key in APPENDED, whole=WHOLE if key == "resources" else frozenset()), spot
            )


def merge_component(low: Table, high: Table) -> Table:
    """Put one layer of a component over the lower ones: arrays append, except `overlay-files`; `packages` by entry."""
    merged = merge(low, high, append=True, whole=frozenset({"packages"}))
    if "overlay-files" in high:  # an empty array ends inheritance
        merged.put("overlay-files", high["overlay-files"], high.at("overlay-files"))
    return merged


def merge(low: Table, high: Table, *, append: bool, whole: frozenset[str] = frozenset()) -> Table:
    """Put one table over another, deep; entries of tables named in `whole` are replaced as they are."""
    merged = _over(low, high)
    for key, value in high.items():
        old = low.get(key)
        if isinstance(old, Table) and isinstance(value, Table):
            inner = _entries(old, value) if key in whole else merge(old, value, append=append)
            merged.put(key, inner, high.at(key))
        elif append and isinstance(old, Array) and isinstance(value, Array):
            merged.put(key, join(old, value), low.at(key))
        elif value or key not in low:  # "", 0, false and empty tables cannot clear a value (azldev's rule)
            merged.put(key, value, high.at(key))
    return merged


def join(low: Array, high: Array) -> Array:
    joined = Array(low.spot)
    joined.extend(low)
    joined.extend(high)
    joined.moved = [*low.spots(), *high.spots()]
    return joined


def _over(low: Table, high: Table) -> Table:
    """A copy of `low` that stands where `high` does, so that each of its keys must say where it is from."""
    merged = Table(high.spot)
    for key, value in low.items():
        merged.put(key, value, low.at(key))
    return merged


def _merge_distro(low: Table, high: Table) -> Table:
    return merge(low, high, append=False, whole=frozenset({"versions"}))


def _add_by_name(low: Table, high: Table, both: Callable[[Table, Table], Table]) -> None:
    for name, value in high.items():
        old = low.get(name)
        merged = both(old, value) if isinstance(old, Table) and isinstance(value, Table) else value
        low.put(name, merged, high.at(name))


def _add_unique(low: Table, high: Table, findings: Findings) -> None:
    for name in sorted(low.keys() & high.keys()):
        place = high.place(name)
        findings.add(place, f"`{place.key}` is defined twice", why=f"first at {low.place(name)}")
    for name, value in high.items():
        low.put(name, value, high.at(name))


def _entries(low: Table, high: Table) -> Table:
    merged = _over(low, high)
    for key, value in high.items():
        merged.put(key, value, high.at(key))
    return merged
