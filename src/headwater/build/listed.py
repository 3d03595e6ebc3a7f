"""What follows from the lines of a %files: paths, and the names that rpm will give packages for them.

A spec does not say all: what a list (`-f`) adds, and what `*` stands for, is known only after the build. A name with a glob in
it is told as a pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_DIRECTIVE = re.compile(r"%(?P<word>\w+)(?:\([^)]*\))?\s*")
_APART = frozenset({"exclude", "ghost", "defattr"})  # lines of these give no file
_BRACES = re.compile(r"\{([^{}]*)\}")
_MOST = 100  # paths of one line with braces
_MERGED = re.compile(r"/(bin|sbin|lib|lib64)(?=/|$)")  # links into /usr; the same place has one name here
_LIBRARY = re.compile(r"/usr/lib64/(?P<name>lib[^/*?\[]+\.so)(?P<version>\.(?:[0-9A-Za-z_]+|\*))?(?:[.*][^/]*)?")
_PKGCONFIG = re.compile(r"/usr/(?:lib|lib64|share)/pkgconfig/(?P<name>[^/]+)\.pc")
_CMAKE = re.compile(
    r"/usr/(?:lib|lib64|share)/(?:cmake/(?P<folder>[^/]+)|(?:[^/]+/)?cmake/[^/]+/(?P<file>[^/]+?)(?:Config|-config)\.cmake)"
)
_PYTHON = re.compile(r"/usr/lib(?:64)?/python3[^/]*/(?:site|dist)-packages/(?P<name>[^/*?\[-]+)-[^/]*\.(?:dist|egg)-info")


def paths(lines: Iterable[str]) -> Iterator[str]:
    """The paths that lines of a %files name, merged into /usr; globs stay, braces do not."""
    for line in lines:
        words = {match["word"] for match in _DIRECTIVE.finditer(line)}
        if line.startswith("#") or words & _APART:
            continue
        for word in _DIRECTIVE.sub(" ", line).replace('"', " ").split():
            if word.startswith("/"):
                yield from (merged(path.rstrip("/")) for path in _spread(word))


def merged(path: str) -> str:
    """Where a path lies after the merge of / into /usr."""
    return _MERGED.sub(r"/usr/\1", path, count=1) if _MERGED.match(path) else path


def _spread(word: str) -> list[str]:
    """`/usr/bin/{a,b}` is two paths; nothing where they are too many."""
    found, waiting = list[str](), [word]
    while waiting and len(found) + len(waiting) <= _MOST:
        one = waiting.pop()
        if match := _BRACES.search(one):
            waiting += [one[: match.start()] + part + one[match.end() :] for part in match[1].split(",")]
        else:
            found.append(one)
    return [] if waiting else sorted(found)


def names(path: str) -> Iterator[str]:
    """What rpm's generators will say of a file at a path: `pkgconfig(x)`, `cmake(X)`, sonames, `python3dist(x)`."""
    if match := _PKGCONFIG.fullmatch(path):
        yield f"pkgconfig({match['name']})"
    elif match := _CMAKE.fullmatch(path):
        name = match["folder"] or match["file"]
        yield from dict.fromkeys((f"cmake({name})", f"cmake({name.lower()})"))
    elif match := _PYTHON.fullmatch(path):
        yield f"python3dist({re.sub(r'[-_.]+', '-', match['name']).lower()})"
    elif match := _LIBRARY.fullmatch(path):
        soname = match["name"] + (match["version"] or "")
        yield from (soname, f"{soname}()(64bit)")
