"""A repository in which a package's history can be counted: upstream's commits, the project's own between and behind them.

Written for rpmautospec, as azldev does it (docs/explanation/releases): upstream's commits from the import to the one in use in
a line; each change of the project behind the upstream commit that it was made from, the newest on top; the last commit holds
the folder as the overlays made it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from headwater.render.history import OURS, Entry
from headwater.upstream.model import LooseFile

if TYPE_CHECKING:
    import pygit2

BRANCH = "refs/heads/main"
IMPORT = Entry(commit="", author=OURS[0], email=OURS[1], moment=0, message="Import", upstream="")


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """Where upstream's commits are: the folder of a repository, the first one that counts, and the one in use."""

    place: Path
    first: str
    last: str

    @property
    def objects(self) -> Path:
        bare = self.place / "objects"
        return bare if bare.is_dir() else self.place / ".git" / "objects"


class Synthetic:
    """The history in memory: `head` is the id of its last commit and stands for all of it.

    With `as_it_is` it is upstream's own up to the commit in use, and what the files say else is committed nowhere.
    """

    def __init__(
        self, files: Mapping[str, LooseFile], entries: Sequence[Entry], base: Base | None, *, as_it_is: bool = False
    ) -> None:
        from headwater.render.objects import open_objects  # noqa: PLC0415 it loads pygit2

        self.files = files
        self._repository = open_objects(base.objects if base else None)
        if as_it_is:
            assert base, "a history that is upstream's own has one"
            self._head = self._repository[base.last].id
        else:
            tree = _plant(self._repository, files)
            self._head = _replay(self._repository, tree, list(_sequence(self._repository, entries, base)))
        self.head = str(self._head)

    def pack(self, objects: Path) -> None:
        """All objects, upstream's too, as one pack in a folder of objects: no other is needed to read it."""
        import pygit2  # noqa: PLC0415 it takes longer to load than many a verb to answer

        builder = pygit2.PackBuilder(self._repository)
        for commit in self._repository.walk(self._head):
            builder.add_recur(commit.id)
        (objects / "pack").mkdir(parents=True, exist_ok=True)
        builder.write(str(objects / "pack"))

    def check_out(self, folder: Path) -> None:
        """Make `folder` a repository that holds it, with its files."""
        import pygit2  # noqa: PLC0415 as above

        repository = pygit2.init_repository(str(folder))
        self.pack(folder / ".git/objects")
        repository.references.create(BRANCH, self._head)
        repository.set_head(BRANCH)
        for path, file in self.files.items():
            _write(folder / path, file)
        repository.reset(self._head, pygit2.enums.ResetMode.MIXED)


def _sequence(repository: pygit2.Repository, entries: Sequence[Entry], base: Base | None) -> Iterator[Any]:
    """Upstream's commits and our entries in the order in which they count, oldest first."""
    waiting = list(entries)
    if base:
        for commit in _line(repository, base):
            yield commit
            mine = [entry for entry in waiting if entry.upstream == str(commit.id) and entry.upstream != base.last]
            yield from mine
            waiting = [entry for entry in waiting if entry not in mine]
        waiting = [entry for entry in waiting if entry.upstream in {"", base.last}]
    yield from waiting


def _line(repository: pygit2.Repository, base: Base) -> list[Any]:
    """First parents from the first to the last; all of them where the first is none of these (a rewritten history)."""
    found = []
    commit = repository[base.last]
    while True:
        found.append(commit)
        parents = commit.parents  # type: ignore[attr-defined]
        if str(commit.id) == base.first or not parents:
            return found[::-1]
        commit = parents[0]


def _replay(repository: pygit2.Repository, tree: Any, sequence: list[Any]) -> Any:
    """The commits one upon the other. Before the first of ours upstream's are taken as they are; the last holds `tree`."""
    head: Any = None
    held = tree
    *before, last = sequence or [IMPORT]
    for one in before:
        head, held = _next(repository, one, head, held)
    return _put(repository, last, head, tree)


def _next(repository: pygit2.Repository, one: Any, head: Any, held: Any) -> tuple[Any, Any]:
    """One commit more: its id, and the tree that it holds (one of ours holds what upstream's before it did)."""
    if isinstance(one, Entry):
        return _put(repository, one, head, held), held
    as_it_is = head is None or list(one.parent_ids) == [head]
    return (one.id if as_it_is else _put(repository, one, head, one.tree_id)), one.tree_id


def _put(repository: pygit2.Repository, one: Any, head: Any, tree: Any) -> Any:
    """A commit with another tree and another parent, for the rest as it was."""
    if isinstance(one, Entry):
        return _put_entry(repository, one, head, tree)
    parent = head or next(iter(one.parent_ids), None)
    return repository.create_commit(None, one.author, one.committer, one.message, tree, [parent] if parent else [])


def _put_entry(repository: pygit2.Repository, entry: Entry, head: Any, tree: Any) -> Any:
    """The commit of an entry, as git keeps it: libgit2 knows no author without an address, and azldev does."""
    import pygit2  # noqa: PLC0415 as above

    who = f"{_plain(entry.author) or 'nobody'} <{_plain(entry.email)}> {entry.moment} +0000"
    lines = [f"tree {tree}", *([f"parent {head}"] if head else []), f"author {who}", f"committer {who}", ""]
    message = f"{entry.message}\n\nProject commit: {entry.commit}" if entry.commit else entry.message
    text = "\n".join([*lines, message]).replace("\0", "")
    return repository.write(pygit2.enums.ObjectType.COMMIT, text.encode(errors="surrogateescape"))


def _plain(name: str) -> str:
    """A name without what ends it in a commit."""
    return name.translate(dict.fromkeys(map(ord, "<>\n\0"))).strip()


def _plant(repository: pygit2.Repository, files: Mapping[str, LooseFile]) -> Any:
    """A tree of these files."""
    import pygit2  # noqa: PLC0415 as above

    index = pygit2.Index()
    for path, file in files.items():
        mode = pygit2.enums.FileMode.BLOB_EXECUTABLE if file.mode & 0o100 else pygit2.enums.FileMode.BLOB
        index.add(pygit2.IndexEntry(path, repository.create_blob(file.content), mode))
    return index.write_tree(repository)


def _write(path: Path, file: LooseFile) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.content)
    path.chmod(file.mode)
