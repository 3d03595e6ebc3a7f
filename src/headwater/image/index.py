"""Pieces of packages become one root: the same path twice is a conflict, unwanted paths go, files of ours come."""

from __future__ import annotations

import posixpath
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from headwater.config.images import Removal
from headwater.config.workshop import MadeFile
from headwater.errors import Failure, Kind, Problem, fail
from headwater.image.model import Entry, Piece
from headwater.store import Blob, Store

Index = dict[str, Entry]  # by path

USR_MERGED = ("bin", "lib", "lib64", "sbin")
PLAIN_DIRECTORY = (stat.S_IFDIR | 0o755, "root", "root")
SKELETON = {"/": 0o755, "/dev": 0o755, "/proc": 0o555, "/run": 0o755, "/sys": 0o555, "/tmp": 0o1777, "/var/tmp": 0o1777}  # noqa: S108 of the image


def merge(pieces: Iterable[Piece]) -> Index:
    """All entries of all packages by path. Two packages may share a directory, or a file that is the same in both."""
    index: Index = {}
    problems: list[Problem] = []
    for piece in pieces:
        for entry in piece.entries:
            other = index.get(entry.path)
            if other is None:
                index[entry.path] = entry
            elif chosen := _joint(other, entry):
                index[entry.path] = chosen
            else:
                problems.append(_conflict(other, entry))
    problems += [_blocked(index[path], parent) for path in index if (parent := _no_directory(path, index))]
    if problems:
        raise Failure(problems)
    return index


def _joint(one: Entry, two: Entry) -> Entry | None:
    """What a path of two packages becomes, if they agree; a directory's unusual owner or mode wins over the usual one."""
    if one.is_directory and two.is_directory:
        first, second = (one.mode, one.user, one.group), (two.mode, two.user, two.group)
        if second in {first, PLAIN_DIRECTORY}:
            return one
        return two if first == PLAIN_DIRECTORY else None
    same = all(
        getattr(one, field) == getattr(two, field) for field in ("mode", "user", "group", "digest", "size", "target", "caps")
    )
    return one if same else None


def _conflict(one: Entry, two: Entry) -> Problem:
    return Problem(
        kind=Kind.IMAGE,
        what=f"`{one.package}` and `{two.package}` both bring `{one.path}`",
        why=f"{_words(one)} in the one, {_words(two)} in the other",
        hint="exclude one of the packages, or remove the path from one by a fix-up or overlay",
    )


def _words(entry: Entry) -> str:
    if entry.is_link:
        return f"link to {entry.target}"
    kind = "directory" if entry.is_directory else f"file of {entry.size} bytes"
    return f"{kind}, mode {entry.mode & 0o7777:o}, {entry.user}:{entry.group}"


def _no_directory(path: str, index: Mapping[str, Entry]) -> str:
    """The parent of a path, where a package made it something else than a directory."""
    parent = posixpath.dirname(path)
    entry = index.get(parent)
    return parent if entry and not entry.is_directory else ""


def _blocked(entry: Entry, parent: str) -> Problem:
    return Problem(
        kind=Kind.IMAGE,
        what=f"`{entry.package}` puts `{entry.path}` below a path that is no directory",
        why=f"another package makes `{parent}` a file or link",
        hint="move the file by a fix-up or overlay",
    )


def pattern_of(glob: str) -> re.Pattern[str]:
    """A glob of absolute paths: `*` and `?` stay inside a name, `**` does not; a match takes all below it along."""
    words = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = (words.get(part, re.escape(part)) for part in re.split(r"(\*\*|\*|\?)", glob))
    return re.compile("".join(parts) + r"(?:/.*)?", re.DOTALL)


def remove(index: Index, removals: Sequence[Removal]) -> Index:
    """The index without what the removals name; each glob must find something."""
    doomed: set[str] = set()
    problems: list[Problem] = []
    for removal in removals:
        for glob in removal.paths:
            pattern = pattern_of(glob)
            found = {path for path in index if pattern.fullmatch(path)}
            if not found:
                problems.append(
                    Problem(
                        kind=Kind.IMAGE,
                        what=f"`{glob}` is to be removed, and no package brings it",
                        where=removal.where,
                        why="a removal that finds nothing is out of date",
                        hint="take the line out, or correct the glob",
                    )
                )
            doomed |= found
    if problems:
        raise Failure(problems)
    return {path: entry for path, entry in index.items() if path not in doomed}


def add_made(index: Index, files: Sequence[MadeFile], epoch: int, store: Store) -> None:
    """Put in the files, directories and links that the image's own table declares; they win over packages' files."""
    for made in files:
        path = posixpath.normpath(made.path)
        if path != made.path or not path.startswith("/") or path.startswith("//"):
            raise fail(
                Kind.IMAGE,
                f"`{made.path}` is no path for a file",
                where=made.where,
                why="expected an absolute one without `..`",
            )
        index[path] = _made(made, path, epoch, store)


def _made(made: MadeFile, path: str, epoch: int, store: Store) -> Entry:
    if made.link is not None:
        return Entry(path=path, mode=stat.S_IFLNK | 0o777, target=made.link, mtime=epoch, package="made:file")
    if made.directory:
        mode = int(made.mode or "755", 8)
        return Entry(path=path, mode=stat.S_IFDIR | mode, mtime=epoch, package="made:file")
    content = made.content.encode() if made.content is not None else Path(made.source or "").read_bytes()
    return file_of(path, content, epoch, store, mode=int(made.mode or "644", 8), by="made:file")


def file_of(path: str, content: bytes, epoch: int, store: Store, *, mode: int = 0o644, by: str) -> Entry:
    """An entry for a file of ours, its content put into the store."""
    return entry_of(path, store.add_bytes(content), epoch, mode=mode, by=by)


def entry_of(path: str, blob: Blob, epoch: int, *, mode: int = 0o644, by: str) -> Entry:
    """An entry for a file of ours whose content the store has."""
    return Entry(
        path=path,
        mode=stat.S_IFREG | mode,
        mtime=epoch,
        size=blob.size,
        digest=blob.digest,
        pack=blob.digest,
        package=by,
    )


def complete(index: Index, epoch: int) -> Index:
    """The index with every parent directory and the places that each running system needs."""
    wanted = dict(SKELETON)
    for path in (*SKELETON, *index):
        parent = posixpath.dirname(path)
        while parent not in wanted and parent not in index:
            wanted[parent] = 0o755
            parent = posixpath.dirname(parent)
    for path, mode in wanted.items():
        if path not in index:
            index[path] = Entry(path=path, mode=stat.S_IFDIR | mode, mtime=epoch, package="made:skeleton")
    for name in USR_MERGED:  # where programs look for their loader, also in images without the package that has the links
        if f"/{name}" not in index and f"/usr/{name}" in index:
            index[f"/{name}"] = Entry(
                path=f"/{name}", mode=stat.S_IFLNK | 0o777, target=f"usr/{name}", mtime=epoch, package="made:skeleton"
            )
    return dict(sorted(index.items()))


def numbered_links(index: Index) -> Index:
    """Hard-link groups whose other names are gone become plain files."""
    groups: dict[tuple[str, int], int] = {}
    for entry in index.values():
        if entry.links:
            groups[entry.package, entry.links] = groups.get((entry.package, entry.links), 0) + 1
    alone = {group for group, count in groups.items() if count == 1}
    return {
        path: msgspec.structs.replace(entry, links=0) if (entry.package, entry.links) in alone else entry
        for path, entry in index.items()
    }
