"""Component -> SourceTree: the spec from where the component says, and every source file in the store."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import assert_never

import msgspec

from headwater.config.model import Component, Distro, DistroRef, SourceFile, SpecType
from headwater.errors import Kind, fail
from headwater.origin import Origin
from headwater.store import Store
from headwater.toolbox import Toolbox
from headwater.upstream import sourceslist
from headwater.upstream.archive import read_member
from headwater.upstream.distgit import read_dist_git
from headwater.upstream.follow import find_version, follow
from headwater.upstream.gather import Gathering, gather
from headwater.upstream.git import Clones
from headwater.upstream.local import read_local
from headwater.upstream.lock import Lock
from headwater.upstream.model import Archive, LooseFile, Pin, SourceTree
from headwater.upstream.resolve import locked
from headwater.upstream.sourceslist import Line
from headwater.upstream.spectree import read_spec_tree


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What a component's upstream is looked up in; `default` is the distribution of components that name none.

    Without `clones` each call asks servers for itself. `toolbox` is opened only where a script makes a source.
    """

    distros: Mapping[str, Distro] = {}
    default: DistroRef | None = None
    clones: Clones | None = None
    toolbox: Callable[[], Toolbox] | None = None


def take(
    component: Component,
    store: Store,
    *,
    root: Path,
    offline: bool = False,
    around: Surroundings | None = None,
    lock: Lock | None = None,
    archives: bool = True,
    as_listed: bool = False,
) -> SourceTree:
    """The spec, the loose files beside it and the archives of a component, all pinned by digest.

    `root` is the project's folder, from which relative paths count. Without `archives` only what the spec needs to be read is
    fetched, and the tree's `sources` tells the rest; with `as_listed` that is upstream's own, without what the project adds.
    All source files that fail are told together.
    """
    around = around or Surroundings()
    repins = lock.repins if lock else {}
    gathering = Gathering(
        store=store, offline=offline, toolbox=around.toolbox, repins=repins, fetches=archives, as_listed=as_listed
    )
    match component.spec.type:
        case SpecType.LOCAL | SpecType.UNSET:
            return _from_project(component, root, around, gathering)
        case SpecType.ARCHIVE:
            return _from_archive(component, _spec_archive(component), gathering)
        case SpecType.UPSTREAM:
            clones = around.clones or Clones(store, offline=offline)
            return _from_upstream(component, around, clones, lock, gathering)
        case _:
            assert_never(component.spec.type)


def _from_upstream(
    component: Component, around: Surroundings, clones: Clones, lock: Lock | None, gathering: Gathering
) -> SourceTree:
    upstream = follow(component, around.distros, around.default)
    read = read_dist_git if upstream.kind == "dist-git" else read_spec_tree
    tree, lines = read(upstream, locked(upstream, clones, lock), clones)
    distro, _ = find_version(component, component.spec.upstream_distro or around.default, around.distros)
    return gather(component, tree, lines, distro, gathering)


def _from_project(component: Component, root: Path, around: Surroundings, gathering: Gathering) -> SourceTree:
    """A spec of the project; a `sources` file beside it lists archives of the lookaside of its distribution."""
    path, where = root / component.spec.path, component.spec.where or component.where
    files = read_local(path, where=where)
    pin = Pin(kind="local", name=path.name, digest=hashlib.sha512(files[path.name].content).hexdigest())
    lines = _listed(path.parent / sourceslist.NAME)
    tree = SourceTree(component=component.name, spec=path.name, files=files, pin=pin, sources=sourceslist.write(lines))
    ref = component.spec.upstream_distro or around.default
    return gather(component, tree, lines, around.distros.get(ref.name) if ref else None, gathering)


def _listed(path: Path) -> tuple[Line, ...]:
    if not path.is_file() or path.is_symlink():
        return ()
    with path.open("rb") as file:
        return sourceslist.parse(file.read(sourceslist.MOST + 1), Origin(file=str(path)))


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


def _from_archive(component: Component, source: SourceFile, gathering: Gathering) -> SourceTree:
    """The archives come first: the spec is in one of them."""
    spec, where = f"{component.name}.spec", component.spec.where or component.where
    empty = SourceTree(component=component.name, spec=spec, files={}, pin=Pin(kind="archive", name=source.filename, digest=""))
    tree = gather(component, empty, (), None, msgspec.structs.replace(gathering, fetches=True))
    archive: Archive = tree.archives[source.filename]
    member, content = read_member(source.filename, archive, component.spec.member, gathering.store, where=where)
    pin = Pin(kind="archive", name=source.filename, digest=archive.sha512, member=member)
    return msgspec.structs.replace(tree, files={spec: LooseFile(content=content)}, pin=pin)
