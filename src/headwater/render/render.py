"""SourceTree -> RenderedPackage: all overlays of a component applied, and the result checked to be whole."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase

import msgspec

from headwater.config.model import Component
from headwater.digest import digest_bytes, digest_of
from headwater.errors import Kind, fail
from headwater.origin import Origin
from headwater.overlay import Change, apply, apply_compat, merge_macros
from headwater.render.asked import silence, switches
from headwater.render.model import RenderedPackage
from headwater.store import Store
from headwater.upstream import names_in
from headwater.upstream.model import LooseFile, SourceTree

# A name in upstream's list of archives, in either of its two forms.
_LISTED = re.compile(r"(?<=\()[^()\n]+(?=\) = )|(?<=^[0-9a-f]{32}  )\S+", re.MULTILINE)


def render(
    component: Component,
    tree: SourceTree,
    store: Store,
    *,
    extra_files: Mapping[str, bytes] | None = None,
    macros: Mapping[str, str] | None = None,
) -> RenderedPackage:
    """Apply the component's overlays to what upstream gave; the same inputs give the same bytes.

    `macros` are told to the spec beside those of the component's `build` table, which win over them. `extra_files` are put
    beside the spec by name: what this machine makes, such as the public key that `alki-repos` installs.
    Releases and files that no spec names are the business of `finish`.
    """
    component = _told(component, macros or {})
    after, changes = _strict(component, tree, store) if component.strict() else _compat(component, tree, store)
    extra = {name: LooseFile(content=content) for name, content in sorted((extra_files or {}).items())}
    after = msgspec.structs.replace(after, files={**after.files, **extra})
    if component.strict():
        _check_whole(component, after)
    return RenderedPackage(
        component=component.name, upstream=tree, tree=after, changes=changes, digest=digest_tree(after), extra=tuple(extra)
    )


def with_digest(package: RenderedPackage) -> RenderedPackage:
    """The package with the digest of its tree as it is now."""
    return msgspec.structs.replace(package, digest=digest_tree(package.tree))


def _told(component: Component, macros: Mapping[str, str]) -> Component:
    """The component with more macros in its `build` table."""
    if not macros:
        return component
    rule = msgspec.structs.replace(component.build, defines={**macros, **component.build.defines})
    return msgspec.structs.replace(component, build=rule)


def _strict(component: Component, tree: SourceTree, store: Store) -> tuple[SourceTree, tuple[Change, ...]]:
    return apply(tree, (*switches(component), *component.overlays, *silence(component)), store)


def _compat(component: Component, tree: SourceTree, store: Store) -> tuple[SourceTree, tuple[Change, ...]]:
    """As azldev: archives are seen where they were fetched."""
    rule = component.build
    macros = merge_macros(rule.with_, rule.without, rule.defines, rule.undefines)
    return apply_compat(
        tree,
        component.overlays,
        store,
        where=component.where or Origin(file="", key=component.name),
        macros=macros,
        skip_check_reason=rule.check.skip_reason if rule.check.skip else None,
        with_archives=bool(tree.archives),
    )


def digest_tree(tree: SourceTree) -> str:
    """Identity of a tree: names, modes and contents; not the origins that happened to answer."""
    files = {name: [file.mode, digest_bytes(file.content)] for name, file in tree.files.items()}
    listed: dict[str, object] = {"sources": tree.sources} if tree.sources else {}  # says it all, archives fetched or not
    archives = {} if listed else {name: archive.sha512 for name, archive in tree.archives.items()}
    return digest_of({"component": tree.component, "spec": tree.spec, "files": files, "archives": archives, **listed})


def _check_whole(component: Component, tree: SourceTree) -> None:
    """Every source and patch that the spec names is there; where it uses macros, something that could be meant is."""
    there = {*tree.files, *tree.archives, *_LISTED.findall(tree.sources)}
    missing = [name for name in names_in(tree.text) if not any(fnmatchcase(one, name) for one in there)]
    if missing:
        raise fail(
            Kind.SOURCE,
            f"`{component.name}` lacks " + ", ".join(f"`{name}`" for name in missing),
            where=component.where,
            why="its spec names them; there are " + ", ".join(f"`{name}`" for name in sorted(there)),
            hint="add them to source-files or beside the spec, or correct the tag by an overlay",
        )
