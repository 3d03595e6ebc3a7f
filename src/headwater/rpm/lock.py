"""Which packages are held where, as a file that people review: each package once, then the names in each group.

A package that others made is `name version arch`, with the SHA-256 of what it holds where that is pinned, too; one that the
project builds is `name built`, for its version follows from the revision that the lock is part of. Then, below `[GROUP]`, one
name a line; `-name` is one that the group has not, though another that it begins with has. Everything is sorted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from headwater.errors import Failure, Kind, Problem, fail
from headwater.origin import Origin
from headwater.rpm.model import Rpm
from headwater.whole import write_whole

BUILT = "built"
MOST = 1 << 24  # bytes of a lock
_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.+-]*"
_PACKAGE = re.compile(
    rf"(?P<name>{_NAME}) (?:built|(?P<version>[0-9A-Za-z:._+~^-]+) (?P<arch>[a-z0-9_]+)(?: (?P<holds>[0-9a-f]{{64}}))?)"
)
_HEADING = re.compile(rf"\[({_NAME}(?::bootstrap[0-9]*)?)\]")  # roots of bootstrap variants have a list of their own


class Pin(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A package as locked. `version` is `[EPOCH:]VERSION-RELEASE`; without one it is what the project itself builds.

    `holds` is the digest of its content, empty where only the version is pinned.
    """

    name: str
    version: str = ""
    arch: str = ""
    holds: str = ""

    def __str__(self) -> str:
        words = (self.name, self.version, self.arch, self.holds) if self.version else (self.name, BUILT)
        return " ".join(word for word in words if word)

    def fits(self, rpm: Rpm) -> bool:
        """Is it this package, as far as name and version tell?"""
        if rpm.origin == BUILT or not self.version:
            return (self.name, "") == (rpm.name, self.version) and rpm.origin == BUILT
        return (self.name, self.version, self.arch) == (rpm.name, rpm.evr, rpm.arch)


class PackageLock(msgspec.Struct, frozen=True, kw_only=True):
    """Pins by name (two versions of one are possible), names by group, and the lines of both: names as they are, `[GROUP]`."""

    file: str = ""
    pins: dict[str, tuple[Pin, ...]] = {}
    groups: dict[str, tuple[str, ...]] = {}
    lines: dict[str, int] = {}

    def place(self, thing: str) -> Origin:
        """Where the lock says a thing: a name, or a group in brackets."""
        return Origin(file=self.file, line=self.lines.get(thing, 0))

    def of(self, group: str) -> dict[str, tuple[Pin, ...]]:
        """What a group holds: pins by name."""
        return {name: self.pins[name] for name in self.groups.get(group, ()) if not name.startswith("-")}


def pin_of(rpm: Rpm, holds: str = "") -> Pin:
    if rpm.origin == BUILT:
        return Pin(name=rpm.name)
    return Pin(name=rpm.name, version=rpm.evr, arch=rpm.arch, holds=holds)


def make_lock(pins: Iterable[Pin], groups: Mapping[str, Iterable[str]]) -> PackageLock:
    """A lock in its one order."""
    by_name: dict[str, list[Pin]] = {}
    for pin in sorted(set(pins)):
        by_name.setdefault(pin.name, []).append(pin)
    return PackageLock(
        pins={name: tuple(found) for name, found in by_name.items()},
        groups={group: tuple(sorted(groups[group])) for group in sorted(groups)},
    )


def format_lock(lock: PackageLock, head: str) -> str:
    """The file's text, the same for the same lock; `head` is its comment, with newlines."""
    lines = [str(pin) for name in sorted(lock.pins) for pin in lock.pins[name]]
    for group, names in sorted(lock.groups.items()):
        lines += ["", f"[{group}]", *sorted(names)]
    return head + "\n".join(lines) + "\n"


def write_lock(path: Path, lock: PackageLock, head: str) -> None:
    """Write the file whole."""
    write_whole(path, format_lock(lock, head).encode())


def read_lock(path: Path, root: Path | None = None, *, hint: str) -> PackageLock | None:
    """The lock, or None where there is no such file; every line that does not fit is a Problem (CONFIG).

    Places are told relative to `root`, as those of the project's TOML are. `hint` is what writes it anew.
    """
    name = str(path.relative_to(root)) if root and path.is_relative_to(root) else str(path)
    try:
        if path.stat().st_size > MOST:
            raise fail(Kind.CONFIG, f"`{path.name}` is too large for a lock", where=Origin(file=name), hint=hint)
        return parse_lock(path.read_text(encoding="utf-8", errors="replace"), name, hint)
    except FileNotFoundError:
        return None


def readable(read: Callable[[], PackageLock | None]) -> PackageLock | None:
    """A lock, or None where it cannot be read (after a merge, say): who locks everything anew needs nothing of it."""
    try:
        return read()
    except Failure:
        return None


def parse_lock(text: str, file: str, hint: str = "") -> PackageLock:
    pins: dict[str, list[Pin]] = {}
    groups: dict[str, dict[str, None]] = {}  # names in order, each once
    lines: dict[str, int] = {}
    problems: list[Problem] = []
    here: dict[str, None] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        if (heading := _HEADING.fullmatch(line)) and heading[1] not in groups:
            here = groups[heading[1]] = {}
            lines[line] = number
        elif here is not None and line.removeprefix("-") in pins and line not in here:
            here[line] = None
        elif here is None and (found := _PACKAGE.fullmatch(line)):
            pins.setdefault(found["name"], []).append(Pin(**found.groupdict("")))
            lines.setdefault(found["name"], number)
        else:
            problems.append(_misfit(line, Origin(file=file, line=number), hint, inside=here is not None))
    if problems:
        raise Failure(problems)
    return PackageLock(
        file=file,
        pins={name: tuple(found) for name, found in pins.items()},
        groups={group: tuple(names) for group, names in groups.items()},
        lines=lines,
    )


def _misfit(line: str, where: Origin, hint: str, *, inside: bool) -> Problem:
    expected = "the name of a package above, once" if inside else "`name version arch`, `name built` or a name in brackets"
    why = f"expected {expected}, found {line[:100]!r}"
    return Problem(kind=Kind.CONFIG, what="a line of the lock can not be read", where=where, why=why, hint=hint)


class LockMove(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A package that is locked otherwise; `change` is `added`, `removed` or `updated`, versions are empty for none."""

    package: str
    change: str
    before: str
    after: str
    groups: tuple[str, ...]


Held = Mapping[str, Mapping[str, Iterable[Pin]]]  # pins by name, by group


def compare(before: Held, after: Held) -> tuple[LockMove, ...]:
    """What moved, in order of name, with the groups that it moved in."""
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for group, name, was, becomes in _differences(before, after):
        change = "updated" if was and becomes else "added" if becomes else "removed"
        found.setdefault((name, change, was, becomes), []).append(group)
    return tuple(
        LockMove(package=name, change=change, before=was, after=becomes, groups=tuple(groups))
        for (name, change, was, becomes), groups in sorted(found.items())
    )


def _differences(before: Held, after: Held) -> Iterator[tuple[str, str, str, str]]:
    for group in sorted(before.keys() | after.keys()):
        old, new = before.get(group, {}), after.get(group, {})
        for name in sorted(old.keys() | new.keys()):
            left, right = tuple(old.get(name, ())), tuple(new.get(name, ()))
            if left != right:
                holds = _versions(left) == _versions(right)
                yield group, name, _versions(left, holds=holds), _versions(right, holds=holds)


def _versions(pins: Iterable[Pin], *, holds: bool = False) -> str:
    """As people read them; with the begin of the content's digest where nothing else tells two apart."""
    return ", ".join((pin.version or BUILT) + (f" {pin.holds[:12]}" if holds else "") for pin in pins)
