"""An image's packages narrowed to those that its lock names, and everything in which the two do not agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from headwater.config.images import ImageKind, ImageRule
from headwater.errors import Kind, Problem
from headwater.image.lock import HINT
from headwater.origin import Origin
from headwater.rpm.lock import PackageLock, pin_of
from headwater.rpm.model import Rpm

FEW = 10  # packages that a message names before it counts them


def narrow(rule: ImageRule, packages: Iterable[Rpm], lock: PackageLock | None) -> tuple[Rpm, ...]:
    """The packages that the lock lets an image have; all of them for an image that it does not know."""
    if lock is None or rule.name not in lock.groups:
        return tuple(packages)
    pins = lock.of(rule.name)
    return tuple(rpm for rpm in packages if any(pin.fits(rpm) for pin in pins.get(rpm.name, ())))


def lock_problems(rules: Iterable[ImageRule], packages: Sequence[Rpm], lock: PackageLock | None) -> tuple[Problem, ...]:
    """Everything in which the lock does not fit what images ask for and what there is, as far as names and versions tell."""
    if lock is None:
        return ()
    there: dict[str, list[Rpm]] = {}
    for rpm in packages:
        there.setdefault(rpm.name, []).append(rpm)
    return tuple(
        problem
        for rule in rules
        if rule.name in lock.groups and rule.kind is not ImageKind.UNSET
        for problem in (*uncovered(rule, lock), *_gone(rule, lock, there))
    )


def uncovered(rule: ImageRule, lock: PackageLock) -> Iterator[Problem]:
    """Packages that the image's table names and its lock does not, and those that the table excludes and the lock holds."""
    if rule.name not in lock.groups:
        return
    held = set(lock.groups[rule.name])
    for group in rule.packages:
        for name in sorted(set(group.names) - held):
            what = f"image `{rule.name}` asks for `{name}`, which its lock does not hold"
            yield stale(rule, what, f"`{lock.file}` was written before", group.where or rule.where)
    for group in rule.exclude:
        for name in sorted(set(group.names) & held):
            what = f"image `{rule.name}` excludes `{name}`, which its lock holds"
            yield stale(rule, what, f"see {lock.place(name)}", group.where or rule.where)


def _gone(rule: ImageRule, lock: PackageLock, there: Mapping[str, Sequence[Rpm]]) -> Iterator[Problem]:
    """One Problem for all packages of an image that are not there as they are locked."""
    lines = [
        (lock.place(name), f"`{pins[0]}` is locked, and the repository has {_told(there.get(name, ()))}")
        for name, pins in lock.of(rule.name).items()
        if not any(pin.fits(rpm) for pin in pins for rpm in there.get(name, ()))
    ]
    if lines:
        why = few([line for _, line in lines])
        yield stale(rule, f"the lock of image `{rule.name}` is out of date", why, lines[0][0])


def superfluous(rule: ImageRule, chosen: Iterable[str], lock: PackageLock | None) -> Iterator[Problem]:
    """Names that the lock holds for an image and that nothing asks for any more; `chosen` are the names in it."""
    if lock and (rest := sorted(set(lock.groups.get(rule.name, ())) - set(chosen))):
        why = few([f"nothing in the image asks for `{name}` any more" for name in rest])
        yield stale(rule, f"the lock of image `{rule.name}` is out of date", why, lock.place(f"[{rule.name}]"))


def stale(rule: ImageRule, what: str, why: str, where: Origin | None) -> Problem:
    return Problem(kind=Kind.IMAGE, what=what, where=where, why=why, hint=f"{HINT} {rule.name}")


def few(lines: Sequence[str]) -> str:
    """The first of many lines, and how many more there are."""
    return "\n".join([*lines[:FEW], *([f"and {len(lines) - FEW} more"] if len(lines) > FEW else [])])


def _told(rpms: Sequence[Rpm]) -> str:
    """What is there of a name, as the lock would write it."""
    return ", ".join(f"`{pin_of(rpm)}`" for rpm in rpms) or "none of this name"
