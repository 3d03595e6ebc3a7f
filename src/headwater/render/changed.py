"""What moved between two revisions of a project, component by component, read from its locks and rendered `sources` files."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath

import msgspec

from headwater.config.model import Project
from headwater.errors import Failure, Kind, Problem
from headwater.render.revisions import NOTHING, Moved, Revisions
from headwater.upstream import Lock, parse_lock

ADDED, CHANGED, UNCHANGED, DELETED = "added", "changed", "unchanged", "deleted"
SOURCES = "sources"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One component: what became of it, whether its list of archives moved, and which inputs did."""

    component: str
    kind: str
    sources: bool
    why: tuple[str, ...] = ()


def changed(project: Project, old: str, new: str, *, unchanged: bool = False) -> list[Change]:
    """All components that differ between two revisions, by name; with `unchanged` also the others.

    Directories are those of the project as it is now. A component without lock counts as changed. Raises Failure(DRIFT) where
    `sources` moved and no input did: that is no work of the renderer.
    """
    git = Revisions(project.root)
    before, after = git.commit(old), git.commit(new)
    locks, specs = git.relative(project.project.lock_dir), git.relative(project.project.rendered_specs_dir)
    moved = git.moved(before, after, [f":(glob){locks}/*.lock", f":(glob){specs}/*/*/{SOURCES}"])
    pairs = _pairs(git, [one for one in moved if one.path.startswith(f"{locks}/")], project)
    sources = {PurePosixPath(one.path).parent.name for one in moved if one.path.startswith(f"{specs}/")}
    there = {name.removesuffix(".lock") for name in git.names(after, locks)}
    rows = list(_rows(project.components, pairs, sources, there))
    _refuse_drift(rows)
    return [row for row in rows if unchanged or row.kind != UNCHANGED or row.sources]


def _pairs(git: Revisions, moved: Collection[Moved], project: Project) -> dict[str, tuple[Lock | None, Lock | None]]:
    """The locks that differ, before and after."""
    content = git.blobs([id_ for one in moved for id_ in (one.old, one.new)])
    folder = Path(project.project.lock_dir)

    def read(id_: str, name: str) -> Lock | None:
        return None if id_ == NOTHING else parse_lock(content[id_], folder, name)

    names = [PurePosixPath(one.path).name for one in moved]
    return {
        name.removesuffix(".lock"): (read(one.old, name), read(one.new, name)) for one, name in zip(moved, names, strict=True)
    }


def _rows(
    components: Collection[str],
    pairs: Mapping[str, tuple[Lock | None, Lock | None]],
    sources: Collection[str],
    there: Collection[str],
) -> Iterator[Change]:
    for name in sorted({*components, *pairs}):
        kind, why = UNCHANGED, tuple[str, ...]()
        if name in pairs:
            kind, why = compare_locks(*pairs[name])
            kind = CHANGED if kind == DELETED and name in components else kind
        elif name not in there:
            kind, why = CHANGED, ("it has no lock",)
        yield Change(component=name, kind=kind, sources=name in sources, why=why)


def compare_locks(old: Lock | None, new: Lock | None) -> tuple[str, tuple[str, ...]]:
    """What became of a component, and what of its lock says so."""
    if not old or not new:
        return (ADDED if new else DELETED), ()
    why = tuple(_differences(old, new))
    return (CHANGED if why else UNCHANGED), why


def _differences(old: Lock, new: Lock) -> Iterator[str]:
    """What differs: the commit, a counter, our inputs by name, or azldev's number where there is no name."""
    if old.upstream_commit != new.upstream_commit:
        yield f"upstream {old.upstream_commit[:12] or 'nothing'} -> {new.upstream_commit[:12] or 'nothing'}"
    if old.manual_bump != new.manual_bump:
        yield f"manual-bump {old.manual_bump} -> {new.manual_bump}"
    before, after = old.inputs, new.inputs
    if before and after:
        for name in sorted(before.keys() | after.keys()):
            if before.get(name) != after.get(name):
                yield f"{name} {before.get(name, 'nothing')} -> {after.get(name, 'nothing')}"
    elif old.input_fingerprint != new.input_fingerprint and old.upstream_commit == new.upstream_commit:
        yield "azldev's fingerprint, which names no input"


def _refuse_drift(rows: Collection[Change]) -> None:
    problems = [
        Problem(
            kind=Kind.DRIFT,
            what=f"the `sources` of `{row.component}` moved, and none of its inputs did",
            why="the renderer does not do that; somebody edited the file by hand",
            hint=f"hw render {row.component}",
        )
        for row in rows
        if row.sources and row.kind == UNCHANGED
    ]
    if problems:
        raise Failure(problems)
