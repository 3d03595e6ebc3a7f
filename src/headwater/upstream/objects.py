"""Commits and trees of a git repository on this machine, read in place by libgit2: nothing in it is run."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from headwater.upstream import loose
from headwater.upstream.hosts import Refused
from headwater.upstream.model import Commit, LooseFile

if TYPE_CHECKING:
    import pygit2

MOST = 64 << 20  # bytes of one file: others' specs (texlive) and patches are larger than one would let one's own become
ALONE, WITH_FILES = "tree:0", f"blob:limit={MOST + 1}"  # filters of git's: nothing more, and all but what is too large
MOST_FILES = 20_000  # beside one spec
MOST_BYTES = 512 << 20  # of all files beside one spec
DEEPEST = 32  # folders in folders
FOLDER, LINK, EXECUTABLE, SUBMODULE = 0o040000, 0o120000, 0o100755, 0o160000  # modes in git's trees


class Missing(Refused):
    """An object that the repository does not hold; `leave_out` is git's filter for what would come along with it."""

    def __init__(self, id_: str, leave_out: str) -> None:
        super().__init__(f"the repository does not hold `{id_}`")
        self.id, self.leave_out = id_, leave_out


@cache
def library() -> Any:
    """Pygit2, loaded only when a project takes something out of git."""
    import pygit2  # noqa: PLC0415 as said

    pygit2.settings.owner_validation = False  # git's fear are hooks and helpers of others; libgit2 runs none
    return pygit2


@contextmanager
def reading(place: Path) -> Iterator[pygit2.Repository]:
    """The repository (bare, or a work tree's `.git`). What libgit2 finds wrong in it becomes Refused, or Missing."""
    git = library()
    try:
        yield git.Repository(str(place), git.enums.RepositoryOpenFlag.NO_SEARCH)
    except KeyError as error:
        raise Missing(str(error.args[0]) if error.args else "", ALONE) from None
    except (git.GitError, ValueError, UnicodeDecodeError) as error:
        raise Refused(f"`{place}` can not be read as a repository: {error}") from None


def is_repository(place: Path) -> bool:
    return (place / ".git").exists() or ((place / "HEAD").is_file() and (place / "objects").is_dir())


def head_of(repository: pygit2.Repository, branch: str) -> str:
    """The commit of a branch, else of a tag. Raises Refused."""
    for name in (f"refs/heads/{branch}", f"refs/tags/{branch}"):
        reference = repository.references.get(name)
        if reference is not None:
            return str(_peeled(repository, str(reference.resolve().target)).id)
    raise Refused(f"it has no branch or tag `{branch}`")


def commit_of(repository: pygit2.Repository, name: str) -> pygit2.Commit:
    """A commit by its id or by the first digits of it. Raises Missing, or Refused where it is something else."""
    found = loose.get(repository, name)
    if found is None:
        raise Missing(name, ALONE)
    if not isinstance(found, library().Commit):
        raise Refused(f"`{name}` is no commit")
    return cast("pygit2.Commit", found)


def _peeled(repository: pygit2.Repository, name: str) -> pygit2.Commit:
    """The commit that a branch or tag stands for, behind any number of tags."""
    while isinstance(found := loose.get(repository, name), library().Tag):
        name = str(found.target)
    return commit_of(repository, name)


def first_parents(repository: pygit2.Repository, start: str) -> Iterator[pygit2.Commit]:
    """A commit, its first parent, and so on."""
    commit = commit_of(repository, start)
    yield commit
    while commit.parent_ids:
        commit = commit_of(repository, str(commit.parent_ids[0]))
        yield commit


def last_before(repository: pygit2.Repository, start: str, moment: float) -> str:
    """The newest first-parent commit not younger than `moment` (Unix seconds, by the committer's clock), as git's --before."""
    for commit in first_parents(repository, start):
        if commit.commit_time <= moment:
            return str(commit.id)
    raise Refused("no commit is that old")


def described(commit: pygit2.Commit) -> Commit:
    """A commit's own words, in the encoding that it says; bytes that are none of it survive as surrogates."""
    encoding = commit.message_encoding or "utf-8"
    return Commit(
        id=str(commit.id),
        author=_text(commit.author.raw_name, encoding),
        email=_text(commit.author.raw_email, encoding),
        authored=commit.author.time,
        committed=commit.commit_time,
        message=_text(commit.raw_message, encoding),
    )


def log(repository: pygit2.Repository, start: str, until: str) -> tuple[Commit, ...]:
    """First parents from `start` back to `until`, which comes last; to the first of all where `until` is empty."""
    found = []
    for commit in first_parents(repository, start):
        found.append(described(commit))
        if until and found[-1].id.startswith(until):
            return tuple(found)
    if until:
        raise Refused(f"`{until}` is no first parent of `{start}`")
    return tuple(found)


def tree_at(repository: pygit2.Repository, commit: str, path: str) -> pygit2.Tree:
    """The folder of a commit; `path` is empty for the whole. Raises Missing, or Refused where it is no folder."""
    names = [name for name in path.split("/") if name]
    found = _tree(repository, commit_of(repository, commit).tree_id, last=not names)
    for number, name in enumerate(names, start=1):
        if name not in found or found[name].filemode != FOLDER:
            raise Refused(f"commit `{commit[:12]}` has no folder `{path}`")
        found = _tree(repository, found[name].id, last=number == len(names))
    return found


def folders_lacked(repository: pygit2.Repository, commit: str, path: str) -> list[str]:
    """Ids of the folders right below a folder that are not held."""
    return [
        str(entry.id) for entry in tree_at(repository, commit, path) if entry.filemode == FOLDER and entry.id not in repository
    ]


def _tree(repository: pygit2.Repository, id_: Any, *, last: bool) -> pygit2.Tree:
    found = loose.get(repository, str(id_))
    if found is None:
        raise Missing(str(id_), WITH_FILES if last else ALONE)
    if not isinstance(found, library().Tree):
        raise Refused(f"`{id_}` is no folder")
    return cast("pygit2.Tree", found)


def files_of(repository: pygit2.Repository, tree: pygit2.Tree) -> dict[str, LooseFile]:
    """Every file below a folder by its path. A link to a file in it becomes a copy; a submodule is nothing.

    Raises Refused for what is too large, too much, or leads out; Missing for a folder that is not held.
    """
    entries: dict[str, tuple[Any, int]] = {}
    for path, entry in _entries(repository, tree, "", 0):
        entries[path] = entry
        if len(entries) > MOST_FILES:
            raise Refused(f"it holds more than {MOST_FILES:,} files")
    files: dict[str, LooseFile] = {}
    rest = MOST_BYTES
    for path in entries:
        files[path] = _file(repository, path, entries)
        rest -= len(files[path].content)
        if rest < 0:
            raise Refused(f"its files have more than {MOST_BYTES:,} bytes")
    return files


def _file(repository: pygit2.Repository, path: str, entries: Mapping[str, tuple[Any, int]]) -> LooseFile:
    id_, mode = entries[path] if entries[path][1] != LINK else _goal(repository, path, entries)
    return LooseFile(content=_content(repository, path, id_), mode=0o755 if mode == EXECUTABLE else 0o644)


def _entries(repository: pygit2.Repository, tree: pygit2.Tree, above: str, depth: int) -> Iterator[tuple[str, tuple[Any, int]]]:
    if depth > DEEPEST:
        raise Refused(f"`{above}` lies more than {DEEPEST} folders deep")
    for entry in tree:
        path = above + _checked_name(_text(entry.raw_name or b""), above)
        if entry.filemode == FOLDER:
            yield from _entries(repository, _tree(repository, entry.id, last=True), f"{path}/", depth + 1)
        elif entry.filemode != SUBMODULE:
            yield path, (entry.id, int(entry.filemode))


def _goal(repository: pygit2.Repository, path: str, entries: Mapping[str, tuple[Any, int]]) -> tuple[Any, int]:
    """The file that a link leads to, over one other link at most."""
    goal = path
    for _ in range(2):
        text = _text(_content(repository, path, entries[goal][0]))
        goal = posixpath.normpath(posixpath.join(posixpath.dirname(goal), text))
        if text.startswith("/") or goal not in entries:
            raise Refused(f"`{path}` is a link to `{text}`, which is no file beside it")
        if entries[goal][1] != LINK:
            return entries[goal]
    raise Refused(f"`{path}` is a link to a link to a link")


def _content(repository: pygit2.Repository, path: str, id_: Any) -> bytes:
    try:
        _, size = repository.odb.read_header(id_)  # before the content is in memory
    except KeyError:
        raise Refused(f"`{path}` did not come along: it has more than {MOST:,} bytes, or the server does not give it") from None
    if size > MOST:
        raise Refused(f"`{path}` has {size:,} bytes; a file beside a spec has at most {MOST:,}")
    found = loose.get(repository, str(id_))
    if not isinstance(found, library().Blob):
        raise Refused(f"`{path}` is no file")
    return cast("bytes", found.data)


def _checked_name(name: str, above: str) -> str:
    if name in {"", ".", ".."} or name.lower() == ".git" or "/" in name or any(char < " " or char == "\x7f" for char in name):
        raise Refused(f"`{above}{name}` is no name for a file")
    check_text(name)
    return name


def check_text(name: str) -> None:
    """Raises Refused for a name of bytes that are no UTF-8: neither JSON nor TOML could hold it."""
    if not name.isascii() and any("\ud800" <= char <= "\udfff" for char in name):
        raise Refused(f"`{ascii(name)[1:-1]}` is no UTF-8")


def _text(raw: bytes, encoding: str = "utf-8") -> str:
    try:
        return raw.decode(encoding, errors="surrogateescape")
    except LookupError:  # an encoding that nobody knows
        return raw.decode(errors="surrogateescape")
