"""Locked Debian packages as a file that people review: one line per package, sorted.

`@suite`, `@want` and `@exclude` lines say what was asked for; each other line is `name version arch sha256 size path`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from headwater.errors import Failure, Kind, Problem, fail
from headwater.origin import Origin
from headwater.store import Store
from headwater.toolbox import apt
from headwater.toolbox.model import Deb, Lock
from headwater.whole import write_whole

HEAD = "# Written by `hw toolbox update`. What apt's resolver chose: name version arch sha256 size path\n"
_DEB = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9+.-]+) (?P<version>[0-9][A-Za-z0-9.+:~-]*) (?P<arch>[a-z0-9-]+)"
    r" (?P<sha256>[0-9a-f]{64}) (?P<size>[0-9]{1,10}) (?P<path>pool/[A-Za-z0-9.+:~_%/-]+\.deb)"
)


def make_lock(
    suite: str,
    names: Sequence[str],
    store: Store,
    *,
    exclude: Sequence[str] = (),
    essential: bool = True,
    architecture: str = apt.ARCHITECTURE,
) -> Lock:
    """Ask apt anew."""
    debs = apt.resolve(suite, names, store, exclude=exclude, essential=essential, architecture=architecture)
    return Lock(suite=suite, wanted=_sorted(names), exclude=_sorted(exclude), debs=debs)


def fits(lock: Lock, suite: str, names: Sequence[str], exclude: Sequence[str] = ()) -> bool:
    """Whether the lock was made for this very wish."""
    return (lock.suite, lock.wanted, lock.exclude) == (suite, _sorted(names), _sorted(exclude))


def format_lock(lock: Lock) -> str:
    """The file's text, the same for the same lock."""
    lines = [f"@suite {lock.suite}", *(f"@want {name}" for name in lock.wanted), *(f"@exclude {name}" for name in lock.exclude)]
    lines += [f"{deb.name} {deb.version} {deb.arch} {deb.sha256} {deb.size} {deb.path}" for deb in sorted(lock.debs)]
    return HEAD + "\n".join(lines) + "\n"


def write_lock(path: Path, lock: Lock) -> None:
    """Write the file whole."""
    write_whole(path, format_lock(lock).encode())


def read_lock(path: Path) -> Lock | None:
    """The lock, or None where there is no such file; every line that does not fit is a Problem."""
    try:
        return parse_lock(path.read_text(encoding="utf-8", errors="replace"), str(path))
    except FileNotFoundError:
        return None


def parse_lock(text: str, file: str) -> Lock:
    asked: dict[str, list[str]] = {"@suite": [], "@want": [], "@exclude": []}
    debs: list[Deb] = []
    problems: list[Problem] = []
    for number, line in enumerate(text.splitlines(), start=1):
        word, _, rest = line.partition(" ")
        if not line or line.startswith("#"):
            continue
        if word in asked and (apt.NAME.fullmatch(rest) or apt.SUITE.fullmatch(rest)):
            asked[word].append(rest)
        elif deb := _parse_deb(line):
            debs.append(deb)
        else:
            problems.append(_misfit(line, Origin(file=file, line=number)))
    if problems:
        raise Failure(problems)
    if len(asked["@suite"]) != 1:
        raise fail(Kind.CONFIG, "the lock names not exactly one `@suite`", where=Origin(file=file), hint="hw toolbox update")
    return Lock(
        suite=asked["@suite"][0], wanted=_sorted(asked["@want"]), exclude=_sorted(asked["@exclude"]), debs=tuple(sorted(debs))
    )


def compare(old: Lock | None, new: Lock) -> tuple[str, ...]:
    """What changed, as lines `name old -> new`, sorted by name; a package that is not there has the version `none`."""
    before = {deb.name: deb for deb in old.debs} if old else {}
    after = {deb.name: deb for deb in new.debs}
    return tuple(
        f"{name} {_version(before.get(name))} -> {_version(after.get(name))}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    )


def _parse_deb(line: str) -> Deb | None:
    found = _DEB.fullmatch(line)
    if not found or ".." in found["path"].split("/"):
        return None
    return msgspec.convert(found.groupdict(), Deb, strict=False)  # the size is text until here


def _misfit(line: str, where: Origin) -> Problem:
    return Problem(
        kind=Kind.CONFIG,
        what="a line of the lock can not be read",
        where=where,
        why=f"expected `name version arch sha256 size pool/...`, found {line[:100]!r}",
        hint="hw toolbox update",
    )


def _version(deb: Deb | None) -> str:
    return deb.version if deb else "none"


def _sorted(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))
