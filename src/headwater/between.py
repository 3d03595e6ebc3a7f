"""A project at two revisions: which components moved, by which of their inputs, and what that makes of their files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import msgspec

from headwater.config import NAMES, Given, read_project
from headwater.config.model import Project
from headwater.derive import derive_each
from headwater.errors import Failure, Kind, fail
from headwater.render import UNCHANGED, Change, Inputs, Revisions, check_out, compare_locks, diff_trees, read_folder
from headwater.render.model import RenderedPackage
from headwater.request import Request
from headwater.upstream import Lock, parse_lock, read_locks, with_ours, write_lock


class State(msgspec.Struct, frozen=True, kw_only=True):
    """A project at one time, with its locks. Those of a revision (`is_past`) lie in no folder until they are wanted."""

    request: Request
    locks: dict[str, Lock]
    is_past: bool = False

    @property
    def project(self) -> Project:
        return self.request.project


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a component's rendered files, as a unified diff; or why that cannot be said."""

    change: Change
    text: str = ""
    failure: Failure | None = None


@contextmanager
def at(request: Request, revision: str, given: Given) -> Iterator[State]:
    """The project as it was at a revision of its repository; as it is now for an empty one.

    Raises Failure(USAGE) where there is no such revision, or no project in it.
    """
    now = request.project
    if not revision:
        yield State(request=request, locks=read_locks(now.root / now.project.lock_dir)[0])
        return
    git = Revisions(now.root)
    commit, here = git.commit(revision), git.relative(now.root)
    with request.store.scratch("revision") as folder:
        many = (now.project.rendered_specs_dir, now.project.lock_dir)
        check_out(git, commit, folder, without=[git.relative(now.root / one) for one in many])
        path = next((folder / here / name for name in NAMES if (folder / here / name).is_file()), None)
        if path is None:
            raise fail(Kind.USAGE, f"`{revision}` holds no project", why=f"there is no `{NAMES[0]}` in it", hint="git log")
        then = _with_keys(read_project(path, given, places=False).project, now)
        there = msgspec.structs.replace(request, project=then)
        yield State(request=there, locks=_locks_at(git, commit, now, then), is_past=True)


def _locks_at(git: Revisions, commit: str, now: Project, then: Project) -> dict[str, Lock]:
    """The locks of a revision, for those of its components that it has; one that cannot be read is not there."""
    place = then.root / then.project.lock_dir
    content = read_folder(git, commit, git.relative(now.root / os.path.relpath(place, then.root)))
    locks: dict[str, Lock] = {}
    for name in then.components:
        if data := content.get(f"{name}.lock"):
            with suppress(Failure):
                locks[name] = parse_lock(data, place, f"{name}.lock")
    return locks


def _with_keys(then: Project, now: Project) -> Project:
    """Keys are never committed: there is one set."""
    return msgspec.structs.replace(then, project=msgspec.structs.replace(then.project, key_dir=str(now.keys.resolve())))


def changed(old: State, new: State) -> list[Change]:
    """The components whose inputs, upstream or build counter differ, and those that are only in one, by name."""
    before, after = _whole(old), _whole(new)
    rows = []
    for name in sorted(before.keys() | after.keys()):
        kind, why = compare_locks(before.get(name), after.get(name))
        if kind != UNCHANGED:
            rows.append(Change(component=name, kind=kind, sources=False, why=why))
    return rows


def _whole(state: State) -> dict[str, Lock]:
    """Each component's lock as it would be written then: all that decides what its folder holds."""
    inputs = Inputs(state.project)
    return {
        name: with_ours(state.locks.get(name, Lock()), inputs=inputs.of(component), repins={})
        for name, component in state.project.components.items()
    }


def differences(old: State, new: State, changes: Sequence[Change]) -> Iterator[Difference]:
    """What each change makes of the rendered files, derived on both sides; upstream's archives are not fetched for it."""
    before = _derived(old, [one.component for one in changes])
    after = _derived(new, [one.component for one in changes])
    for change in changes:
        one, other = before.get(change.component), after.get(change.component)
        if isinstance(one, Failure) or isinstance(other, Failure):
            problems = [problem for side in (one, other) if isinstance(side, Failure) for problem in side.problems]
            yield Difference(change=change, failure=Failure(problems))
        else:
            text = diff_trees(change.component, one.tree if one else None, other.tree if other else None)
            yield Difference(change=change, text=text)


def _derived(state: State, names: Sequence[str]) -> dict[str, RenderedPackage | Failure]:
    project = state.project
    there = [project.components[name] for name in names if name in project.components]
    for component in there:
        if state.is_past and component.name in state.locks:
            write_lock(project.root / project.project.lock_dir, component.name, state.locks[component.name])
    made = derive_each(state.request, there, archives=False)
    return dict(zip((component.name for component in there), made, strict=True))
