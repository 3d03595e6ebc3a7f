"""Which packages each build root holds, as a reviewed file: a lock whose groups are components, and one that all begin with.

`[build-root]` is what `[build-root]` alone asks for; below a component's name stands what its root has beyond that, and `-name`
what it has not. A bridged package is pinned with the digest of its tree: what it holds, not how it was signed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from headwater.errors import Kind, Problem
from headwater.origin import Origin
from headwater.rpm import lock as locks
from headwater.rpm.lock import BUILT, LockMove, PackageLock, Pin
from headwater.rpm.model import Rpm

HEAD = """# Written by `hw build --lock`. Each package once, bridged ones with what they hold; then what all roots
# have, and what each component's has beyond that.
"""
HINT = "hw build --lock"
ALL = "build-root"  # the group that every root begins with
FEW = 10  # packages that a message names before it counts them
Held = dict[str, tuple[Pin, ...]]


def held(lock: PackageLock, component: str) -> Held:
    """What a component's root holds: pins by name."""
    gone = {name.removeprefix("-") for name in lock.groups.get(component, ()) if name.startswith("-")}
    return {name: pins for name, pins in (lock.of(ALL) | lock.of(component)).items() if name not in gone}


def held_by_any(lock: PackageLock, components: Iterable[str]) -> set[str]:
    """Names that at least one of the components' roots holds; quick also for thousands of them."""
    every, found = frozenset(lock.groups.get(ALL, ())), set[str]()
    for component in components:
        group = lock.groups.get(component, ())
        lacking = {name.removeprefix("-") for name in group if name.startswith("-")}
        found |= every - lacking if lacking else every
        found.update(name for name in group if not name.startswith("-"))
    return found


def with_roots(
    old: PackageLock | None, basis: Iterable[Pin], chosen: Mapping[str, Iterable[Pin]], known: Collection[str]
) -> PackageLock:
    """The lock with new lists for some components; those that the project does not know any more (`known` does) are dropped."""
    new: dict[str, set[Pin]] = {component: set(pins) for component, pins in chosen.items()}
    basis = set(basis)
    moved = {pin.name for pins in (basis, *new.values()) for pin in pins}
    for component in sorted((old.groups.keys() & set(known)) - new.keys() if old else ()):
        assert old, "only a lock that was there has roots to keep"
        new[component] = {pin for name, pins in held(old, component).items() if name not in moved for pin in pins}
        again = {name for name in held(old, component) if name in moved}
        new[component] |= {pin for pins in (basis, *map(set, chosen.values())) for pin in pins if pin.name in again}
    every = {pin.name for pin in basis}
    groups = {component: _beyond({pin.name for pin in pins}, every) for component, pins in new.items()}
    return locks.make_lock({pin for pins in (basis, *new.values()) for pin in pins}, {ALL: every, **groups})


def _beyond(names: set[str], every: set[str]) -> set[str]:
    return (names - every) | {f"-{name}" for name in every - names}


def compare(old: PackageLock | None, new: PackageLock) -> tuple[LockMove, ...]:
    """What moved, in order of name, with the components in whose roots it moved."""
    return locks.compare(_all(old) if old else {}, _all(new))


def _all(lock: PackageLock) -> dict[str, Held]:
    return {group: lock.of(ALL) if group == ALL else held(lock, group) for group in lock.groups}


def write_lock(path: Path, lock: PackageLock) -> None:
    """Write the file whole."""
    locks.write_lock(path, lock, HEAD)


def read_lock(path: Path, root: Path | None = None) -> PackageLock | None:
    """The lock, or None where there is no such file; every line that does not fit is a Problem (CONFIG)."""
    return locks.read_lock(path, root, hint=HINT)


def moved_pins(lock: PackageLock, components: Iterable[str], there: Mapping[str, Pin]) -> Iterator[Problem]:
    """One Problem for all bridged packages in the roots of `components` that are not there as locked; `there` is by name."""
    wanted = {pin for name in held_by_any(lock, components) for pin in lock.pins[name] if pin.version}
    lines = [(lock.place(pin.name), _moved(pin, there.get(pin.name))) for pin in sorted(wanted) if there.get(pin.name) != pin]
    if lines:
        yield out_of_date("the build roots", [line for _, line in lines], lines[0][0])


def _moved(pin: Pin, now: Pin | None) -> str:
    if now is None:
        return f"`{pin.name} {pin.version}` is locked, and the bridge has none of this name"
    if (now.version, now.arch) == (pin.version, pin.arch):
        return f"`{pin.name} {pin.version}` is locked, and what the bridge makes of it now holds something else"
    return f"`{pin.name} {pin.version} {pin.arch}` is locked, and the bridge has `{now.version} {now.arch}`"


def root_problems(lock: PackageLock, component: str, pins: Held, chosen: Iterable[Rpm]) -> Iterator[Problem]:
    """In what a root differs, by names, from the one that is locked, which holds `pins`."""
    now = {rpm.name: rpm for rpm in chosen}
    lines = [f"`{name}` is in the root, and the lock does not have it there" for name in sorted(now.keys() - pins.keys())]
    lines += [f"nothing in the root asks for `{name}` any more" for name in sorted(pins.keys() - now.keys())]
    if lines:
        hint = f"{HINT} {component}"
        yield out_of_date(f"the build root of `{component}`", lines, lock.place(f"[{component}]"), hint)


def lets(pins: Held, rpm: Rpm) -> bool:
    """May a locked root hold a package? What it holds in the end is compared as a whole."""
    return any((not pin.version) == (rpm.origin == BUILT) for pin in pins.get(rpm.name, ()))


def out_of_date(what: str, lines: list[str], where: Origin, hint: str = HINT) -> Problem:
    why = [*lines[:FEW], *([f"and {len(lines) - FEW} more"] if len(lines) > FEW else [])]
    return Problem(kind=Kind.BUILD, what=f"the lock of {what} is out of date", where=where, why="\n".join(why), hint=hint)
