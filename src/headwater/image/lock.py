"""Which packages each image holds, as a reviewed file: a lock whose groups are the images."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from headwater.rpm import lock as locks
from headwater.rpm.lock import LockMove, PackageLock, pin_of
from headwater.rpm.model import Rpm

HEAD = "# Written by `hw image update`. What the solver chose: each package once, then the names that each image holds.\n"
HINT = "hw image update"


def with_images(old: PackageLock | None, chosen: Mapping[str, Iterable[Rpm]], known: Iterable[str]) -> PackageLock:
    """The lock with new lists for some images; those that the project does not know any more (`known` does) are dropped."""
    new = {image: {pin_of(rpm) for rpm in rpms} for image, rpms in chosen.items()}
    kept = {image for image in known if old and image in old.groups and image not in new}
    images = {image: {pin.name for pin in pins} for image, pins in new.items()}
    moved = {pin.name for pins in new.values() for pin in pins}
    pins = {pin for found in new.values() for pin in found}
    for image in sorted(kept):
        assert old, "only a lock that was there has images to keep"
        images[image] = set(old.groups[image])
        pins |= {pin for name, found in old.of(image).items() if name not in moved for pin in found}
    return locks.make_lock(pins, images)


def write_lock(path: Path, lock: PackageLock) -> None:
    """Write the file whole."""
    locks.write_lock(path, lock, HEAD)


def read_lock(path: Path, root: Path | None = None) -> PackageLock | None:
    """The lock, or None where there is no such file; every line that does not fit is a Problem (CONFIG)."""
    return locks.read_lock(path, root, hint=HINT)


def compare(old: PackageLock | None, new: PackageLock) -> tuple[LockMove, ...]:
    """What moved, in order of name, with the images that it moved in."""
    before = {image: old.of(image) for image in old.groups} if old else {}
    return locks.compare(before, {image: new.of(image) for image in new.groups})
