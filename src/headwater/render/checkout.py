"""A project as it was at a commit, read or in a folder of its own: nothing of its repository or working tree is touched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from headwater.errors import Kind, fail
from headwater.render.revisions import Revisions


def check_out(git: Revisions, commit: str, folder: Path, *, without: Sequence[str] = ()) -> None:
    """Make `folder` a repository that stands at `commit` and borrows all objects; paths of `without` are not written."""
    import pygit2  # noqa: PLC0415 it takes longer to load than many a verb to answer

    borrowed, shallow = git.shared() / "objects", git.shared() / "shallow"
    pygit2.init_repository(str(folder))
    (folder / ".git/objects/info/alternates").write_text(f"{borrowed}\n")
    if shallow.is_file():
        (folder / ".git/shallow").write_bytes(shallow.read_bytes())
    repository: Any = pygit2.Repository(str(folder))
    repository.set_head(pygit2.Oid(hex=commit))
    tree = repository[commit].tree
    paths = list(_outside(tree, PurePosixPath(), [PurePosixPath(path) for path in without]))
    try:
        repository.checkout_tree(
            tree,
            directory=str(folder),
            strategy=pygit2.enums.CheckoutStrategy.FORCE | pygit2.enums.CheckoutStrategy.DISABLE_PATHSPEC_MATCH,
            paths=paths,
        )
    except (pygit2.GitError, KeyError) as error:
        raise fail(Kind.USAGE, f"`{commit[:12]}` cannot be read", why=str(error), hint="git fsck") from error


def read_folder(git: Revisions, commit: str, path: str) -> dict[str, bytes]:
    """Contents of the files that lie directly in a folder of a commit, by name; none where there is no such folder."""
    import pygit2  # noqa: PLC0415 as above

    repository: Any = pygit2.Repository(str(git.top))
    try:
        folder = repository[commit].tree[path]
    except KeyError:
        return {}
    return {entry.name: repository[entry.id].data for entry in folder if entry.type_str == "blob"}


def _outside(tree: Any, place: PurePosixPath, without: Sequence[PurePosixPath]) -> Iterator[str]:
    """The fewest entries that together are all of a tree but some paths."""
    for entry in tree:
        path = place / entry.name
        if path in without:
            continue
        if any(path in one.parents for one in without) and entry.type_str == "tree":
            yield from _outside(entry, path, without)
        else:
            yield str(path)
