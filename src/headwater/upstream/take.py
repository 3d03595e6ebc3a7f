"""Component -> SourceTree: the spec from where the component says, and every source file in the store."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import assert_never

from headwater.config.model import Component, SourceFile, SpecType
from headwater.errors import Failure, Kind, Problem, fail
from headwater.store import Store
from headwater.upstream.archive import read_member
from headwater.upstream.local import read_local
from headwater.upstream.lookaside import fetch_source
from headwater.upstream.model import Archive, LooseFile, Pin, SourceTree


def take(component: Component, store: Store, *, root: Path, offline: bool = False) -> SourceTree:
    """The spec, the loose files beside it and the archives of a component, all pinned by digest.

    `root` is the project's folder, from which relative paths count. All source files that fail are told together.
    """
    match component.spec.type:
        case SpecType.LOCAL | SpecType.UNSET:
            return _from_project(component, _fetch_all(component, store, offline=offline), root)
        case SpecType.ARCHIVE:
            source = _spec_archive(component)
            return _from_archive(component, source, _fetch_all(component, store, offline=offline), store)
        case SpecType.UPSTREAM:
            raise fail(
                Kind.CONFIG,
                f"`{component.name}` comes from a dist-git",
                where=component.spec.where or component.where,
                why="spec.type `upstream` is read but not carried out yet",
                hint="use `local` or `archive` as spec.type",
            )
        case _:
            assert_never(component.spec.type)


def _fetch_all(component: Component, store: Store, *, offline: bool) -> dict[str, Archive]:
    archives: dict[str, Archive] = {}
    problems: list[Problem] = []
    for source in component.source_files:
        try:
            archives[source.filename] = fetch_source(source, store, offline=offline)
        except Failure as failure:
            problems += failure.problems
    if problems:
        raise Failure(problems)
    return archives


def _from_project(component: Component, archives: dict[str, Archive], root: Path) -> SourceTree:
    path = root / component.spec.path
    files = read_local(path, where=component.spec.where or component.where)
    spec = files[path.name].content
    pin = Pin(kind="local", name=path.name, digest=hashlib.sha512(spec).hexdigest())
    return SourceTree(component=component.name, spec=path.name, files=files, archives=archives, pin=pin)


def _spec_archive(component: Component) -> SourceFile:
    """The source file that holds the spec: the named one, else the first."""
    for source in component.source_files:
        if component.spec.archive in {"", source.filename}:
            return source
    raise fail(
        Kind.CONFIG,
        f"`{component.name}` names no archive that holds its spec",
        where=component.spec.where or component.where,
        why=f"spec.archive is `{component.spec.archive}`; source-files has "
        + (", ".join(f"`{source.filename}`" for source in component.source_files) or "nothing"),
        hint="add the archive to source-files, or correct spec.archive",
    )


def _from_archive(component: Component, source: SourceFile, archives: dict[str, Archive], store: Store) -> SourceTree:
    archive = archives[source.filename]
    where = component.spec.where or component.where
    member, content = read_member(source.filename, archive, component.spec.member, store, where=where)
    spec = f"{component.name}.spec"
    pin = Pin(kind="archive", name=source.filename, digest=archive.sha512, member=member)
    return SourceTree(component=component.name, spec=spec, files={spec: LooseFile(content=content)}, archives=archives, pin=pin)
