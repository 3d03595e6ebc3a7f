"""The project's own commits that moved a component: read from the history of its lock, all locks in one walk."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import msgspec

from headwater.config.model import Project
from headwater.digest import digest_of
from headwater.errors import Failure
from headwater.render.revisions import NOTHING, Revisions, Touched
from headwater.upstream import Lock, parse_lock

DIRTY = "Local changes (uncommitted)"  # azldev's word for what the settings say and no lock does yet


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a component: who made it, and from which commit of upstream's it was made then. `moment` is Unix time."""

    commit: str
    author: str
    email: str
    moment: int
    message: str
    upstream: str


class ProjectHistory:
    """What the git history of a project says of its components; nothing where the project is in no repository."""

    def __init__(self, project: Project) -> None:
        self._entries: dict[str, list[Entry]] = {}
        self.locks: dict[str, Lock] = {}  # as the last commit has them
        try:
            git = Revisions(project.root)
            folder = git.relative(project.project.lock_dir)
        except Failure:
            return
        self._read(git, folder, Path(project.project.lock_dir))

    def of(self, component: str) -> list[Entry]:
        """Its changes, oldest first; the import counts as the first. Empty where the last commit has no lock of it."""
        return self._entries.get(component, []) if component in self.locks else []

    @property
    def marks(self) -> dict[str, str]:
        """One word for the history of each component: another word, another history."""
        return {name: f"{len(entries)} {entries[-1].commit}" for name in self.locks if (entries := self.of(name))}

    def _read(self, git: Revisions, folder: str, place: Path) -> None:
        touched = list(git.touched(folder))
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


def dirty(entries: list[Entry], lock: Lock | None, inputs: Mapping[str, str]) -> Iterator[Entry]:
    """One more change where the settings say something else than the last committed lock; azldev's locks do not tell.

    Its time is that of the last change, so that the same settings give the same bytes.
    """
    if lock and lock.inputs and lock.inputs != dict(inputs):
        moment = entries[-1].moment if entries else int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
        yield Entry(
            commit="", author="azldev", email="azldev@local", moment=moment, message=DIRTY, upstream=lock.upstream_commit
        )
