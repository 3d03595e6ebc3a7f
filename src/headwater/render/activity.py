"""How much attention each component gets: commits to its TOML, what it says of its own, changes of its lock."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from headwater.config.model import Project
from headwater.config.verbs import Customization, Written
from headwater.errors import Failure
from headwater.render.history import Entry, ProjectHistory
from headwater.render.revisions import Revisions
from headwater.upstream import Lock, read_lock

FEW = 50  # components whose locks are looked up in the history by name; with more all are read in one walk


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """One component. `file` is its TOML from the top of the repository, `commits` are times (Unix) of commits to it."""

    component: str
    file: str = ""
    shared: bool = False
    commits: tuple[int, ...] = ()
    items: tuple[Customization, ...] = ()
    changes: tuple[Entry, ...] = ()
    lock: Lock | None = None
    warnings: tuple[str, ...] = ()


def activities(project: Project, components: Sequence[Written]) -> list[Activity]:
    """Those of which most is said first, then those that changed most. Raises Failure(USAGE) outside of a repository."""
    git = Revisions(project.root)
    files = {one.component: _inside(git, one.file) for one in components}
    moments = git.moments(sorted({file for file in files.values() if file}))
    history = ProjectHistory(project, [one.component for one in components] if len(components) <= FEW else ())
    found = [
        _activity(project, one, files[one.component], moments.get(files[one.component], []), history) for one in components
    ]
    return sorted(found, key=lambda one: (-len(one.items), -len(one.changes), one.component))


def _activity(project: Project, one: Written, file: str, moments: Sequence[int], history: ProjectHistory) -> Activity:
    warnings = [] if file or not one.file else [f"`{one.file}` is outside of the repository; its commits are not counted"]
    lock = None
    try:
        lock = read_lock(Path(project.project.lock_dir), one.component)
    except Failure as failure:
        warnings += [f"{problem.what}: {problem.why}" for problem in failure.problems]
    return Activity(
        component=one.component,
        file=file,
        shared=one.shared,
        commits=tuple(moments),
        items=one.items,
        changes=tuple(history.all_of(one.component)),
        lock=lock,
        warnings=tuple(warnings),
    )


def _inside(git: Revisions, file: Path | None) -> str:
    """A file as a path of the repository; empty for one outside."""
    try:
        return git.relative(file) if file else ""
    except Failure:
        return ""
