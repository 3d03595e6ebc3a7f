"""Directory trees as values: made, merged, looked up, compared by digest arithmetic alone; no file is touched.

A Forest holds directories by their digest, each once. So a merge looks only at places where different directories meet, and
two build roots of hundreds of packages share nearly everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from headwater.engine import wire
from headwater.engine.model import Digest, Directory, File, digest_of_bytes
from headwater.errors import Kind, fail

Entry = File | str | None  # a file, a link's target, a directory
DEEPEST = 200  # levels of directories; more is an attack on our recursion


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A path whose entry differs between two trees; None means it is absent there (an empty directory is `/`)."""

    path: str
    before: File | str | None
    after: File | str | None


class Forest:
    """All directories that this process knows."""

    def __init__(self) -> None:
        self._encoded: dict[Digest, bytes] = {}
        self._known: dict[Digest, Directory] = {}
        self._merged: dict[frozenset[Digest], Digest] = {}
        self.empty = self.add(Directory())

    def add(self, directory: Directory) -> Digest:
        """Take a directory in; those below it must be known already."""
        data = wire.encode(directory)
        digest = digest_of_bytes(data)
        if digest not in self._known:
            self._known[digest], self._encoded[digest] = directory, data
        return digest

    def __getitem__(self, digest: Digest) -> Directory:
        return self._known[digest]

    def __contains__(self, digest: Digest) -> bool:
        return digest in self._known

    def encoded(self, digest: Digest) -> bytes:
        """The Directory message whose digest it is."""
        return self._encoded[digest]

    def plant(self, entries: Iterable[tuple[str, Entry]]) -> Digest:
        """A tree from paths (absolute or not) and what is there; directories in between come by themselves.

        Raises a Failure for a path with `..` or NUL or text that is not UTF-8, and for one place with two entries.
        """
        top: _Growing = {}
        for path, entry in entries:
            _put(top, split(path), entry, path)
        return self._freeze(top)

    def merge(self, trees: Sequence[tuple[str, Digest]], what: str = "tree") -> Digest:
        """All trees in one; each comes with a name for messages. The order does not matter.

        The same path with different content is a Failure that names the path and whose they are.
        """
        clashes: list[str] = []
        merged = self._merge(tuple(digest for _, digest in trees), "", clashes)
        if clashes:
            raise fail(
                Kind.BUILD,
                f"`{clashes[0]}` is not the same in all parts of the {what}",
                why="\n".join(f"{path}: in {', '.join(self._owners(trees, path))}" for path in clashes[:10]),
                hint="leave one of them out, or remove the path from one",
            )
        return merged

    def lay(self, below: Digest, above: Digest) -> Digest:
        """One tree over another: where both have a path, the upper one's entry stays."""
        if below == above:
            return below
        low, high = self[below], self[above]
        names = high.files.keys() | high.links.keys() | high.directories.keys()
        both = low.directories.keys() & high.directories.keys()
        return self.add(
            Directory(
                {name: file for name, file in low.files.items() if name not in names} | high.files,
                {name: sub for name, sub in low.directories.items() if name not in names}
                | high.directories
                | {name: self.lay(low.directories[name], high.directories[name]) for name in both},
                {name: target for name, target in low.links.items() if name not in names} | high.links,
            )
        )

    def lookup(self, root: Digest, path: str) -> File | str | Digest | None:
        """What is at a path: a file, a link's target, a directory's digest, or None. Links are not followed."""
        here = root
        parts = split(path)
        for place, name in enumerate(parts):
            directory = self[here]
            if name in directory.directories:
                here = directory.directories[name]
                continue
            return directory.files.get(name, directory.links.get(name)) if place == len(parts) - 1 else None
        return here

    def walk(self, root: Digest, at: str = "") -> Iterator[tuple[str, Entry]]:
        """Every entry with its path (no leading slash), sorted within a directory; a directory comes before what it holds."""
        directory = self[root]
        for name in sorted({*directory.files, *directory.links, *directory.directories}):
            path = f"{at}/{name}" if at else name
            if name in directory.directories:
                yield path, None
                yield from self.walk(directory.directories[name], path)
            else:
                yield path, directory.files.get(name, directory.links.get(name))

    def compare(self, before: Digest, after: Digest, at: str = "") -> Iterator[Difference]:
        """Every path that differs; equal directories are not entered."""
        if before == after:
            return
        old, new = self[before], self[after]
        for name in sorted({*old.files, *old.links, *old.directories, *new.files, *new.links, *new.directories}):
            path = f"{at}/{name}" if at else name
            left, right = old.files.get(name, old.links.get(name)), new.files.get(name, new.links.get(name))
            if left != right:
                yield Difference(path=path, before=left, after=right)
            yield from self.compare(old.directories.get(name, self.empty), new.directories.get(name, self.empty), path)

    def reach(self, root: Digest) -> tuple[set[Digest], set[Digest]]:
        """Digests of all directories (with the root) and of all files of a tree."""
        directories, files, waiting = {root}, set[Digest](), [root]
        while waiting:
            directory = self[waiting.pop()]
            files.update(file.digest for file in directory.files.values())
            fresh = set(directory.directories.values()) - directories
            directories |= fresh
            waiting += fresh
        return directories, files

    def _merge(self, digests: tuple[Digest, ...], at: str, clashes: list[str]) -> Digest:
        unique = frozenset(digests) - {self.empty}
        if len(unique) <= 1:
            return next(iter(unique), self.empty)
        if unique in self._merged:
            return self._merged[unique]
        files: dict[str, File] = {}
        links: dict[str, str] = {}
        subs: dict[str, list[Digest]] = {}
        found = len(clashes)
        for directory in map(self.__getitem__, unique):
            clashes += [f"{at}/{name}" for name, file in directory.files.items() if files.setdefault(name, file) != file]
            clashes += [f"{at}/{name}" for name, link in directory.links.items() if links.setdefault(name, link) != link]
            for name, digest in directory.directories.items():
                subs.setdefault(name, []).append(digest)
        clashes += [f"{at}/{name}" for name in files.keys() & links.keys() | (files.keys() | links.keys()) & subs.keys()]
        merged = {name: self._merge(tuple(below), f"{at}/{name}", clashes) for name, below in subs.items()}
        clashes[found:] = sorted(set(clashes[found:]))
        result = self.add(Directory(files, merged, links))
        if len(clashes) == found:
            self._merged[unique] = result
        return result

    def _owners(self, trees: Sequence[tuple[str, Digest]], path: str) -> list[str]:
        return [name for name, digest in trees if self.lookup(digest, path) is not None]

    def _freeze(self, growing: _Growing) -> Digest:
        files: dict[str, File] = {}
        links: dict[str, str] = {}
        subs: dict[str, Digest] = {}
        for name, entry in growing.items():
            match entry:
                case File():
                    files[name] = entry
                case str():
                    links[name] = entry
                case _:
                    subs[name] = self._freeze(entry)
        return self.add(Directory(files, subs, links))


_Growing = dict[str, "File | str | _Growing"]


def split(path: str) -> list[str]:
    """The names of a path that came from outside, checked."""
    names = [name for name in path.split("/") if name not in {"", "."}]
    try:
        path.encode()
    except UnicodeEncodeError:
        raise fail(Kind.BUILD, f"`{path!r}` is no path for a tree", why="it is not UTF-8") from None
    if ".." in names or "\0" in path or len(names) > DEEPEST:
        raise fail(Kind.BUILD, f"`{path!r}` is no path for a tree", why="it holds `..` or NUL, or is too deep")
    return names


def _put(top: _Growing, names: list[str], entry: Entry, path: str) -> None:
    here = top
    for name in names[:-1] if entry is not None else names:
        below = here.setdefault(name, {})
        if not isinstance(below, dict):
            raise fail(Kind.BUILD, f"`{path}` lies below something that is no directory")
        here = below
    if entry is None:
        return
    if not names or here.setdefault(names[-1], entry) != entry:
        raise fail(Kind.BUILD, f"`{path}` is there twice, with different content")
