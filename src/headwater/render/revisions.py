"""The project's own git repository at any revision, read without touching the working tree."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from headwater import command
from headwater.errors import Failure, Kind, fail

# Nothing of the user's or the repository's settings decides what is read, and no program of theirs runs.
SETTINGS = (
    "-c",
    "core.quotePath=false",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "diff.external=",
    "-c",
    "core.hooksPath=/dev/null",
)
NOTHING = "0" * 40


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A file that differs between two revisions: `path` from the top of the repository, git's digests of both contents."""

    path: str
    old: str
    new: str


class Touched(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a commit changed: the commit, who made it and when (Unix time), and git's digest of the new content."""

    path: str
    blob: str
    commit: str
    author: str
    email: str
    moment: int
    subject: str


class Revisions:
    """The repository that a folder lies in. Paths are from its top."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        said = self._git("rev-parse", "--show-toplevel", what=f"`{folder}` is in no git repository", hint="git init")
        self.top = self.folder = Path(os.fsdecode(said.rstrip(b"\n")))  # git takes paths from where it stands

    def shared(self) -> Path:
        """The folder of git's own files: `objects` and more, the same for all working trees."""
        said = os.fsdecode(self._git("rev-parse", "--git-common-dir").rstrip(b"\n"))
        return self.folder.resolve() / said

    def is_shallow(self) -> bool:
        """Whether the history was cut when the repository was cloned."""
        return self._git("rev-parse", "--is-shallow-repository").strip() == b"true"

    def commit(self, revision: str) -> str:
        """The id of the commit that a revision means. Raises Failure(USAGE)."""
        what = f"`{revision}` is no revision of this repository"
        said = self._git(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", what=what, hint="git log"
        )
        return said.decode().strip()

    def relative(self, path: Path | str) -> str:
        """A path of this machine as one of the repository. Raises Failure(CONFIG) for one outside."""
        found = os.path.relpath(Path(path).resolve(), self.top.resolve())
        if found.startswith(".."):
            raise fail(
                Kind.CONFIG, f"`{path}` lies outside of the repository", why=f"that begins at {self.top}", hint="hw config dump"
            )
        return found

    def moved(self, old: str, new: str, paths: Sequence[str]) -> list[Moved]:
        """Files below these paths that differ between two commits, by path."""
        said = self._git("diff-tree", "-r", "-z", "--no-renames", "--no-abbrev", old, new, "--", *paths)
        words = said.split(b"\0")
        return [self._moved(words[index], words[index + 1]) for index in range(0, len(words) - 1, 2)]

    def names(self, commit: str, path: str) -> set[str]:
        """Names of the files in one folder of a commit; none where there is no such folder."""
        said = self._git("ls-tree", "-z", "--name-only", commit, "--", f"{path}/")
        return {os.fsdecode(name).rpartition("/")[2] for name in said.split(b"\0") if name}

    def touched(self, path: str, revision: str = "HEAD", *, files: Sequence[str] = ()) -> Iterator[Touched]:
        """Every change of a file below a folder in the history of a revision, oldest first; none where there is no history.

        With `files` only of these of the folder.
        """
        form = "--format=%x01%H%x00%an%x00%ae%x00%at%x00%s%x00"
        places = [f"{path}/{name}" for name in files] or [f"{path}/"]
        words = ("log", "--reverse", "--raw", "-z", "--no-renames", "--no-abbrev", "--root", form, revision, "--", *places)
        try:
            said = self._git(*words)
        except Failure:
            return
        for commit in said.split(b"\x01")[1:]:
            yield from _touched(commit)

    def moments(self, paths: Sequence[str]) -> dict[str, list[int]]:
        """When files were committed to (Unix time, of the committers), newest first; a merge counts that made one anew."""
        if not paths:
            return {}
        literal = [f":(literal){path}" for path in paths]
        said = self._git("log", "-c", "--name-only", "-z", "--no-renames", "--root", "--format=%x01%ct%x00", "--", *literal)
        found: dict[str, list[int]] = {}
        for commit in said.split(b"\x01")[1:]:
            moment, *names = [word.lstrip("\n") for word in os.fsdecode(commit).split("\0")]
            for name in filter(None, names):
                found.setdefault(name, []).append(int(moment))
        return found

    def blobs(self, ids: Sequence[str]) -> dict[str, bytes]:
        """Contents by git's digest; that of a file that is not there (zeros) is left out."""
        wanted = sorted({id_ for id_ in ids if id_ != NOTHING})
        if not wanted:
            return {}
        said = self._git("cat-file", "--batch", "--buffer", stdin="\n".join(wanted).encode() + b"\n")
        return dict(_read_batch(said, wanted))

    def _moved(self, record: bytes, path: bytes) -> Moved:
        _, _, old, new, _ = record.decode().split(" ")
        return Moved(path=os.fsdecode(path), old=old, new=new)

    def _git(self, *words: str, stdin: bytes = b"", what: str = "", hint: str = "") -> bytes:
        env = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C.UTF-8"}
        return command.run(
            ["git", "-C", str(self.folder), *SETTINGS, *words], env=env, stdin=stdin, kind=Kind.USAGE, what=what, hint=hint
        ).stdout


def _touched(commit: bytes) -> Iterator[Touched]:
    """The files of one commit: five words of its own, then pairs of a record and a path."""
    words = [os.fsdecode(word) for word in commit.split(b"\0")]
    id_, author, email, moment, subject = words[:5]
    files = [word.lstrip("\n") for word in words[5:] if word.strip()]
    for record, path in zip(files[::2], files[1::2], strict=False):
        if record.startswith(":"):
            blob = record.split(" ")[3]
            yield Touched(path=path, blob=blob, commit=id_, author=author, email=email, moment=int(moment), subject=subject)


def _read_batch(said: bytes, ids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    position = 0
    for id_ in ids:
        end = said.index(b"\n", position)
        size = int(said[position:end].rsplit(b" ", 1)[1])
        yield id_, said[end + 1 : end + 1 + size]
        position = end + size + 2
