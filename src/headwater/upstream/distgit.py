"""Fedora's way: one git repository for each package, its spec and patches in it, its archives in a `sources` file."""

from __future__ import annotations

from collections.abc import Mapping

from headwater.errors import Failure, Kind, fail
from headwater.origin import Origin
from headwater.upstream import sourceslist
from headwater.upstream.git import Clones
from headwater.upstream.hosts import Refused
from headwater.upstream.model import LooseFile, Pin, Resolution, SourceTree, Upstream
from headwater.upstream.resolve import unreadable
from headwater.upstream.sourceslist import Line


def read_dist_git(upstream: Upstream, resolution: Resolution, clones: Clones) -> tuple[SourceTree, tuple[Line, ...]]:
    """The package's files at a commit, and the lines of its `sources`. Archives are not fetched. Raises Failure(SOURCE)."""
    repository = clones.open(upstream.url)
    try:
        folder = repository.read_tree(resolution.commit, upstream.branch)
    except Refused as refusal:
        raise unreadable(upstream, refusal) from None
    spec = find_spec(folder.files, (upstream.name, upstream.component), upstream)
    pin = Pin(kind=upstream.kind, name=upstream.name, digest=folder.commit, member=spec, url=upstream.url, tree=folder.tree)
    return as_tree(upstream, folder.files, spec, pin)


def find_spec(files: Mapping[str, LooseFile], names: tuple[str, ...], upstream: Upstream) -> str:
    """The name of the spec: after the first of `names` that there is, else the only one. Raises Failure(SOURCE)."""
    specs = sorted(name for name in files if name.endswith(".spec") and "/" not in name)
    for name in names:
        if f"{name}.spec" in specs:
            return f"{name}.spec"
    if len(specs) == 1:
        return specs[0]
    raise fail(
        Kind.SOURCE,
        f"`{upstream.component}` has no spec at its upstream",
        where=upstream.where,
        why=f"looked for `{names[0]}.spec` in {upstream.url} {upstream.path}; found {', '.join(specs) or 'none'}",
        hint=f"say what it is called there: components.{upstream.component}.spec.upstream-name",
    )


def as_tree(
    upstream: Upstream, files: Mapping[str, LooseFile], spec: str, pin: Pin, lines: tuple[Line, ...] | None = None
) -> tuple[SourceTree, tuple[Line, ...]]:
    """The tree under the component's own name, and the lines of `sources` (or those given).

    `sources` is no file of it, unless it is empty: then it lists nothing, and is kept as it is.
    """
    ours = f"{upstream.component}.spec"
    if ours != spec and ours in files:
        raise _two_specs(upstream, spec)
    kept = {
        ours if name == spec else name: file
        for name, file in sorted(files.items())
        if name != sourceslist.NAME or not file.content
    }
    if lines is None:
        listed = files.get(sourceslist.NAME)
        lines = sourceslist.parse(listed.content, _place(upstream, sourceslist.NAME)) if listed else ()
    tree = SourceTree(component=upstream.component, spec=ours, files=kept, pin=pin, sources=sourceslist.write(lines))
    return tree, lines


def _place(upstream: Upstream, name: str) -> Origin:
    return Origin(file="/".join(part for part in (upstream.url, upstream.path, name) if part))


def _two_specs(upstream: Upstream, spec: str) -> Failure:
    return fail(
        Kind.SOURCE,
        f"`{spec}` can not become `{upstream.component}.spec`",
        where=upstream.where,
        why=f"{upstream.url} has both",
        hint=f"components.{upstream.component}.spec.upstream-name",
    )
