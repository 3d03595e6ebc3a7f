"""What is odd in a build root, from headers and the merged tree alone: owners that nobody defines, links that lead nowhere.

Nothing of it stops a build: in a build root all files belong to one user, and nobody may follow the link.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec

from headwater.engine import Digest, File, Forest
from headwater.rpm import Header
from headwater.rpm.model import Rpm

LINKS = 40  # that are followed on one way, as Linux does
ELSEWHERE = ("dev", "proc", "run", "sys", "tmp", "build")  # what is there only in a running system, or while it builds


class Finding(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One oddity: `what` is `owner`, `link`, `providers` or `prefer`; `of` the package it is in, or that was taken."""

    what: str
    of: str
    name: str
    why: str


def owners(headers: Mapping[Rpm, Header], passwd: str, group: str) -> Iterator[Finding]:
    """Users and groups that files belong to and that neither the root nor a package's sysusers.d defines, once a package.

    rpm lists those of sysusers.d as Provides `user(NAME)` and `group(NAME)`.
    """
    given = {dep.name for header in headers.values() for dep in header.provides}
    known = {"user": _names(passwd), "group": _names(group)}
    for rpm, header in sorted(headers.items()):
        wanted = {("user", file.user) for file in header.files} | {("group", file.group) for file in header.files}
        for kind, name in sorted(wanted):
            if name not in known[kind] and f"{kind}({name})" not in given:
                why = f"neither /etc/{'passwd' if kind == 'user' else 'group'} nor a file in sysusers.d defines it"
                yield Finding(what="owner", of=rpm.name, name=f"{kind} {name}", why=why)


def _names(database: str) -> set[str]:
    return {line.partition(":")[0] for line in database.splitlines() if line.strip()}


def links(forest: Forest, root: Digest, trees: Iterable[tuple[str, Digest]]) -> Iterator[Finding]:
    """Links of packages that lead nowhere in the root; what a running system makes (/run, /proc ...) counts as there."""
    for name, tree in trees:
        for path, entry in forest.walk(tree):
            if isinstance(entry, str) and (end := _end(forest, root, path)):
                yield Finding(what="link", of=name, name=path, why=f"it leads to {end}, where nothing is")


def _end(forest: Forest, root: Digest, path: str) -> str:
    """Where the way ends in nothing; empty where something is, or may be."""
    names, here, left = path.split("/"), list[str](), LINKS
    while names:
        name, *names = names
        entry = forest.lookup(root, "/".join([*here, name]))
        if isinstance(entry, str):
            if not left:
                return f"itself: {path}"
            left -= 1
            way = posixpath.normpath(posixpath.join("/", *here, entry))
            names, here = [*way.strip("/").split("/"), *names] if way != "/" else names, []
            if names and names[0] in ELSEWHERE:
                return ""
        elif entry is None or (names and isinstance(entry, File)):
            return "/" + "/".join([*here, name])
        else:
            here.append(name)
    return ""


def unknown(preferred: Iterable[str], packages: Iterable[Rpm]) -> Iterator[Finding]:
    """Names in `[[build-root.prefer]]` that no package has."""
    names = {rpm.name for rpm in packages}
    for name in sorted(set(preferred) - names):
        yield Finding(what="prefer", of="", name=name, why="no package has this name")


def providers(contested: Mapping[str, tuple[Rpm, ...]], preferred: Collection[str]) -> Iterator[Finding]:
    """BuildRequires that several packages meet: which was taken, and why."""
    for asked, (taken, *others) in contested.items():
        if taken.name in preferred:
            why = "[[build-root.prefer]] names it"
        elif taken.origin != others[0].origin:
            why = f"{taken.origin} goes before {others[0].origin}"
        elif taken.name == asked.split()[0]:
            why = "it has that very name"
        else:
            why = "it gives the highest version, or is the first by name"
        rest = ", ".join(f"`{other.name}`" for other in others)
        yield Finding(what="providers", of=taken.name, name=asked, why=f"{why}; {rest} could be taken too")
