"""Which packages each image holds, as a file that people review: each package once, then the names in each image.

A package that others made is `name version arch`; one that the project builds is `name built`, for its version follows from the
revision that the lock is part of. Then, below `[IMAGE]`, one name a line. Everything is sorted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from headwater.errors import Failure, Kind, Problem, fail
from headwater.origin import Origin
from headwater.rpm.model import Rpm
from headwater.whole import write_whole

HEAD = "# Written by `hw image update`. What the solver chose: each package once, then the names that each image holds.\n"
BUILT = "built"
HINT = "hw image update"
MOST = 1 << 24  # bytes of a lock
_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.+-]*"
_PACKAGE = re.compile(rf"(?P<name>{_NAME}) (?:built|(?P<version>[0-9A-Za-z:._+~^-]+) (?P<arch>[a-z0-9_]+))")
_HEADING = re.compile(rf"\[({_NAME})\]")


class Pin(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A package as locked. `version` is `[EPOCH:]VERSION-RELEASE`; without one it is what the project itself builds."""

    name: str
    version: str = ""
    arch: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.version} {self.arch}" if self.version else f"{self.name} {BUILT}"

    def fits(self, rpm: Rpm) -> bool:
        if rpm.origin == BUILT or not self.version:
            return (self.name, "") == (rpm.name, self.version) and rpm.origin == BUILT
        return (self.name, self.version, self.arch) == (rpm.name, rpm.evr, rpm.arch)


class ImageLock(msgspec.Struct, frozen=True, kw_only=True):
    """Pins by name (two versions of one are possible), names by image, and the lines of both: names as they are, `[IMAGE]`."""

    file: str = ""
    pins: dict[str, tuple[Pin, ...]] = {}
    images: dict[str, tuple[str, ...]] = {}
    lines: dict[str, int] = {}

    def place(self, thing: str) -> Origin:
        """Where the lock says a thing: a name, or an image in brackets."""
        return Origin(file=self.file, line=self.lines.get(thing, 0))

    def of(self, image: str) -> dict[str, tuple[Pin, ...]]:
        """What an image holds: pins by name."""
        return {name: self.pins[name] for name in self.images.get(image, ())}


def pin_of(rpm: Rpm) -> Pin:
    return Pin(name=rpm.name) if rpm.origin == BUILT else Pin(name=rpm.name, version=rpm.evr, arch=rpm.arch)


def with_images(old: ImageLock | None, chosen: Mapping[str, Iterable[Rpm]], known: Iterable[str]) -> ImageLock:
    """The lock with new lists for some images; those that the project does not know any more (`known` does) are dropped."""
    new = {image: {pin_of(rpm) for rpm in rpms} for image, rpms in chosen.items()}
    kept = {image for image in known if old and image in old.images and image not in new}
    images = {image: {pin.name for pin in pins} for image, pins in new.items()}
    moved = {pin.name for pins in new.values() for pin in pins}
    pins = {pin for found in new.values() for pin in found}
    for image in sorted(kept):
        assert old, "only a lock that was there has images to keep"
        images[image] = set(old.images[image])
        pins |= {pin for name, found in old.of(image).items() if name not in moved for pin in found}
    by_name: dict[str, list[Pin]] = {}
    for pin in sorted(pins):
        by_name.setdefault(pin.name, []).append(pin)
    return ImageLock(
        pins={name: tuple(found) for name, found in by_name.items()},
        images={image: tuple(sorted(images[image])) for image in sorted(images)},
    )


def format_lock(lock: ImageLock) -> str:
    """The file's text, the same for the same lock."""
    lines = [str(pin) for name in sorted(lock.pins) for pin in lock.pins[name]]
    for image, names in sorted(lock.images.items()):
        lines += ["", f"[{image}]", *sorted(names)]
    return HEAD + "\n".join(lines) + "\n"


def write_lock(path: Path, lock: ImageLock) -> None:
    """Write the file whole."""
    write_whole(path, format_lock(lock).encode())


def read_lock(path: Path, root: Path | None = None) -> ImageLock | None:
    """The lock, or None where there is no such file; every line that does not fit is a Problem (CONFIG).

    Places are told relative to `root`, as those of the project's TOML are.
    """
    name = str(path.relative_to(root)) if root and path.is_relative_to(root) else str(path)
    try:
        if path.stat().st_size > MOST:
            raise fail(Kind.CONFIG, f"`{path.name}` is too large for a lock", where=Origin(file=name), hint=HINT)
        return parse_lock(path.read_text(encoding="utf-8", errors="replace"), name)
    except FileNotFoundError:
        return None


def parse_lock(text: str, file: str) -> ImageLock:
    pins: dict[str, list[Pin]] = {}
    images: dict[str, list[str]] = {}
    lines: dict[str, int] = {}
    problems: list[Problem] = []
    here: list[str] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        if (heading := _HEADING.fullmatch(line)) and heading[1] not in images:
            here = images[heading[1]] = []
            lines[line] = number
        elif here is not None and line in pins and line not in here:
            here.append(line)
        elif here is None and (found := _PACKAGE.fullmatch(line)):
            pins.setdefault(found["name"], []).append(msgspec.convert(found.groupdict(""), Pin))
            lines.setdefault(found["name"], number)
        else:
            problems.append(_misfit(line, Origin(file=file, line=number), inside=here is not None))
    if problems:
        raise Failure(problems)
    return ImageLock(
        file=file,
        pins={name: tuple(found) for name, found in pins.items()},
        images={image: tuple(names) for image, names in images.items()},
        lines=lines,
    )


def _misfit(line: str, where: Origin, *, inside: bool) -> Problem:
    expected = "the name of a package above, once" if inside else "`name version arch`, `name built` or `[IMAGE]`"
    why = f"expected {expected}, found {line[:100]!r}"
    return Problem(kind=Kind.CONFIG, what="a line of the lock can not be read", where=where, why=why, hint=HINT)


class LockMove(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A package that is locked otherwise; `change` is `added`, `removed` or `updated`, versions are empty for none."""

    package: str
    change: str
    before: str
    after: str
    images: tuple[str, ...]


def compare(old: ImageLock | None, new: ImageLock) -> tuple[LockMove, ...]:
    """What moved, in order of name, with the images that it moved in."""
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for image, name, before, after in _differences(old or ImageLock(), new):
        change = "updated" if before and after else "added" if after else "removed"
        found.setdefault((name, change, before, after), []).append(image)
    return tuple(
        LockMove(package=name, change=change, before=before, after=after, images=tuple(images))
        for (name, change, before, after), images in sorted(found.items())
    )


def _differences(old: ImageLock, new: ImageLock) -> Iterator[tuple[str, str, str, str]]:
    for image in sorted(old.images.keys() | new.images.keys()):
        before, after = old.of(image), new.of(image)
        for name in sorted(before.keys() | after.keys()):
            was, becomes = (_versions(side.get(name, ())) for side in (before, after))
            if was != becomes:
                yield image, name, was, becomes


def _versions(pins: Iterable[Pin]) -> str:
    return ", ".join(pin.version or BUILT for pin in pins)
