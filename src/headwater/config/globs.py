"""Doublestar globs over a folder: `**`, `*`, `?`, `[a-z]`, `[!a-z]` and `{a,b}`; only files match, sorted.

Names of components and packages are meant by simpler ones (`named`).
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

MAGIC = re.compile(r"[*?\[]")  # without one of these a pattern must match (so a lone `{a,b}` must, too)
BRACES = re.compile(r"\{([^{}]*)\}")
MOST = 1000  # alternatives of one pattern


def is_glob(pattern: str) -> bool:
    """May this pattern match nothing without that being an error?"""
    return MAGIC.search(pattern) is not None


def named(patterns: Iterable[str], known: Iterable[str]) -> set[str]:
    """The known names that are meant by patterns, each a name itself or one with `*`, `?` and `[...]` (fnmatch(3))."""
    plain, magic = set[str](), set[str]()
    for pattern in patterns:
        (magic if is_glob(pattern) else plain).add(pattern)
    return {name for name in known if name in plain or any(fnmatch.fnmatchcase(name, glob) for glob in magic)}


def expand(pattern: str) -> list[Path]:
    """The files that an absolute pattern matches, sorted; links to folders are not followed below `**`."""
    found: set[Path] = set()
    for each in alternatives(pattern):
        if parts := Path(each).parts[1:]:
            found.update(_match(Path("/"), parts))
    return sorted(found)


def matches(path: Path, pattern: str) -> bool:
    """Whether an absolute pattern matches a path; nothing is looked up."""
    return any(_fits(path.parts[1:], Path(each).parts[1:]) for each in alternatives(pattern))


def alternatives(pattern: str) -> list[str]:
    """A pattern without braces for each way to choose; ValueError when they are too many."""
    whole, rest = [], [pattern]
    while rest:
        each = rest.pop()
        if match := BRACES.search(each):
            rest += [each[: match.start()] + word + each[match.end() :] for word in match[1].split(",")]
        else:
            whole.append(each)
        if len(whole) + len(rest) > MOST:
            raise ValueError(f"more than {MOST} alternatives")
    return sorted(set(whole))


def _fits(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return any(_fits(parts[skip:], pattern[1:]) for skip in range(len(parts) + 1))
    return bool(parts) and bool(_regex(pattern[0]).match(parts[0])) and _fits(parts[1:], pattern[1:])


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern.replace("[^", "[!")))


def _match(folder: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    head, *tail = parts
    if head == "**":
        yield from _match_below(folder, tuple(tail))
    elif not tail:
        yield from (path for path in _named(folder, head) if path.is_file())
    else:
        for path in _named(folder, head):
            if path.is_dir():
                yield from _match(path, tuple(tail))


def _match_below(folder: Path, tail: tuple[str, ...]) -> Iterator[Path]:
    while tail and tail[0] == "**":
        tail = tail[1:]
    for below, folders, _ in os.walk(folder):
        folders.sort()
        yield from _match(Path(below), tail or ("*",))


def _named(folder: Path, pattern: str) -> list[Path]:
    if not MAGIC.search(pattern):
        return [folder / pattern]
    try:
        return sorted(path for path in folder.iterdir() if _regex(pattern).match(path.name))
    except OSError:
        return []  # not a folder, or not ours to read: nothing matches in it
