"""SourceTree -> RenderedPackage: all overlays of a component applied, and the result checked to be whole."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

import msgspec

from headwater.config.model import Component
from headwater.digest import digest_bytes, digest_of
from headwater.errors import Kind, fail
from headwater.overlay import apply
from headwater.render.asked import silence, switches
from headwater.render.model import RenderedPackage
from headwater.render.release import check_release
from headwater.store import Store
from headwater.upstream import names_in
from headwater.upstream.model import LooseFile, SourceTree


def render(
    component: Component, tree: SourceTree, store: Store, *, extra_files: Mapping[str, bytes] | None = None
) -> RenderedPackage:
    """Apply the component's overlays to what upstream gave; the same inputs give the same bytes.

    `extra_files` are put beside the spec by name: what this machine makes, such as the public key that `alki-repos` installs.
    """
    overlays = (*switches(component), *component.overlays, *silence(component))
    after, changes = apply(tree, overlays, store)
    extra = {name: LooseFile(content=content) for name, content in sorted((extra_files or {}).items())}
    after = msgspec.structs.replace(after, files={**after.files, **extra})
    check_release(component, after.text)
    _check_whole(component, after)
    return RenderedPackage(
        component=component.name, upstream=tree, tree=after, changes=changes, digest=digest_tree(after), extra=tuple(extra)
    )


def digest_tree(tree: SourceTree) -> str:
    """Identity of a tree: names, modes and contents; not the origins that happened to answer."""
    files = {name: [file.mode, digest_bytes(file.content)] for name, file in tree.files.items()}
    archives = {name: archive.sha512 for name, archive in tree.archives.items()}
    return digest_of({"component": tree.component, "spec": tree.spec, "files": files, "archives": archives})


def _check_whole(component: Component, tree: SourceTree) -> None:
    """Every source and patch that the spec names is there; where it uses macros, something that could be meant is."""
    there = {*tree.files, *tree.archives}
    missing = [name for name in names_in(tree.text) if not any(fnmatchcase(one, name) for one in there)]
    if missing:
        raise fail(
            Kind.SOURCE,
            f"`{component.name}` lacks " + ", ".join(f"`{name}`" for name in missing),
            where=component.where,
            why="its spec names them; there are " + ", ".join(f"`{name}`" for name in sorted(there)),
            hint="add them to source-files or beside the spec, or correct the tag by an overlay",
        )
