"""The project's own commits that moved a component: read from the history of its lock, all locks in one walk."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

import msgspec

from headwater.config.model import Project
from headwater.digest import digest_of
from headwater.errors import Failure
from headwater.render.revisions import NOTHING, Revisions, Touched
from headwater.upstream import Lock, parse_lock

DIRTY = "Local changes (uncommitted)"  # azldev's word for what the settings say and no lock does yet
OURS, AZLDEV = ("Headwater", "headwater@local"), ("azldev", "azldev@local")  # who made what no commit did; by overlay mode


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a component: who made it, and from which commit of upstream's it was made then. `moment` is Unix time.

    `commit` is the project's, empty for what no commit of it made.
    """

    commit: str
    author: str
    email: str
    moment: int
    message: str
    upstream: str


# What azldev puts under the changes of a component without upstream's history; with %autorelease it counts, too.
INITIAL = Entry(commit="", author="azldev", email="", moment=0, message="Initial sources", upstream="")


class ProjectHistory:
    """What the git history of a project says of its components; nothing where the project is in no repository.

    With `names` only of these, which for a few of thousands is sooner known.
    """

    def __init__(self, project: Project, names: Sequence[str] = ()) -> None:
        self._entries: dict[str, list[Entry]] = {}
        self.locks: dict[str, Lock] = {}  # as the last commit has them
        self.is_cut = False  # the clone is shallow: what is counted is too little
        try:
            git = Revisions(project.root)
            folder = git.relative(project.project.lock_dir)
        except Failure:
            return
        self.is_cut = git.is_shallow()
        self._read(git, folder, Path(project.project.lock_dir), [f"{name}.lock" for name in names])

    def of(self, component: str) -> list[Entry]:
        """Its changes, oldest first; the import counts as the first. Empty where the last commit has no lock of it."""
        return self.all_of(component) if component in self.locks else []

    def all_of(self, component: str) -> list[Entry]:
        """As `of`, also where the last commit has no lock of it any more."""
        return self._entries.get(component, [])

    @property
    def marks(self) -> dict[str, str]:
        """One word for the history of each component: another word, another history."""
        return {name: f"{len(entries)} {entries[-1].commit}" for name in self.locks if (entries := self.of(name))}

    def _read(self, git: Revisions, folder: str, place: Path, files: Sequence[str]) -> None:
        touched = list(git.touched(folder, files=files))
        content = git.blobs([one.blob for one in touched])
        marks: dict[str, str] = {}
        for one in touched:
            name = PurePosixPath(one.path).name
            component = name.removesuffix(".lock")
            if one.blob == NOTHING or not name.endswith(".lock"):
                self.locks.pop(component, None)
                continue
            lock = _parsed(content[one.blob], place, name)
            self.locks[component] = lock
            if marks.get(component) != (mark := _mark(lock)):
                marks[component] = mark
                self._entries.setdefault(component, []).append(_entry(one, lock))


def _parsed(content: bytes, place: Path, name: str) -> Lock:
    """A lock as it once was; one that cannot be read any more said something else than the others."""
    try:
        return parse_lock(content, place, name)
    except Failure:
        return Lock(input_fingerprint=digest_of(content.decode(errors="replace")))


def _mark(lock: Lock) -> str:
    """What makes two locks one state of the component: azldev's number where there is one, else all that we know."""
    return lock.input_fingerprint or digest_of([lock.upstream_commit, lock.manual_bump, lock.inputs])


def _entry(one: Touched, lock: Lock) -> Entry:
    return Entry(
        commit=one.commit,
        author=one.author,
        email=one.email,
        moment=one.moment,
        message=one.subject,
        upstream=lock.upstream_commit,
    )


def dirty(
    entries: list[Entry], lock: Lock | None, now: Lock | None, inputs: Mapping[str, str], author: tuple[str, str] = OURS
) -> Iterator[Entry]:
    """One more change where the settings, or the lock as it lies there `now`, say something else than the last committed lock.

    Of settings azldev's locks do not tell.

    Its time is that of the last change, so that the same settings give the same bytes.
    """
    moved = lock and now and (lock.upstream_commit, lock.manual_bump) != (now.upstream_commit, now.manual_bump)
    if lock and (moved or (lock.inputs and lock.inputs != dict(inputs))):
        moment = entries[-1].moment if entries else int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
        yield Entry(
            commit="dirty",
            author=author[0],
            email=author[1],
            moment=moment,
            message=DIRTY,
            upstream=(now or lock).upstream_commit,
        )
