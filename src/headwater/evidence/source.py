"""Links of a chain on the side of the source: a line of a spec, the overlay that wrote it, the upstream it came from."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from headwater.config.model import Component
from headwater.evidence.model import Link, World
from headwater.origin import Origin
from headwater.overlay.change import Change, blame
from headwater.render.model import RenderedPackage

SHA512 = 128  # hexadecimal digits


def spec_line(rendered: RenderedPackage, line: int) -> Iterator[Link]:
    """A line of the rendered spec (counted from 1), and the overlay or the upstream line that it comes from."""
    lines = rendered.tree.text.splitlines()
    place = Origin(file=rendered.tree.spec, line=line)
    yield Link(kind="spec", what=lines[line - 1].strip() or "(an empty line)", where=place, digest=rendered.digest)
    change = _author(rendered, line)
    if change:
        yield overlay(change)
    else:
        before = _line_before(rendered, line)
        what = f"line {before} of upstream's own spec, unchanged" if before else "upstream's own spec, unchanged"
        yield Link(kind="unchanged", what=what)


def overlay(change: Change, *, depth: int = 0) -> Link:
    """The deviation that made a change: its reason and the line of TOML that asked for it."""
    archive = {"archive": change.archive} if change.archive else {}
    facts = {"file": change.file, **archive}
    return Link(kind="overlay", what=change.kind, reason=change.description, where=change.where, facts=facts, depth=depth)


def deviations(rendered: RenderedPackage) -> Iterator[Link]:
    """Every overlay of a component, once, in order."""
    seen = set()
    for change in rendered.changes:
        key = (change.where, change.kind, change.description)
        if key not in seen:
            seen.add(key)
            yield overlay(change, depth=1)


def upstream(component: Component | None, rendered: RenderedPackage) -> Iterator[Link]:
    """Where the spec and the archives come from, by digest."""
    pin = rendered.upstream.pin
    what = f"{pin.member} in {pin.name}" if pin.member else pin.name
    where = component.spec.where or component.where if component else None
    facts = {"kind": pin.kind, **({"url": pin.url} if pin.url else {}), **({"tree": pin.tree} if pin.tree else {})}
    algorithm = "sha512" if len(pin.digest) == SHA512 else "git"  # a commit's id
    yield Link(kind="upstream", what=f"spec: {what}", where=where, digest=_named(algorithm, pin.digest), facts=facts)
    said = {file.filename: file for file in component.source_files} if component else {}
    for name, archive in sorted(rendered.tree.archives.items()):
        place = said[name].where if name in said else where
        facts = {"sha256": archive.digest, "size": str(archive.size), **({"origin": archive.origin} if archive.origin else {})}
        yield Link(kind="archive", what=name, where=place, digest=_named("sha512", archive.sha512), facts=facts, depth=1)


def build(world: World, component: str) -> Iterator[Link]:
    """The build that made a component's packages, with every input by digest."""
    built = world.built.get(component)
    if built:
        said = {"action": built.action, "log": built.log}
        facts = {name: value for name, value in said.items() if value} | dict(sorted(built.inputs.items()))
        yield Link(kind="build", what=component, reason=built.reason, digest=built.key, facts=facts)


def _author(rendered: RenderedPackage, line: int) -> Change | None:
    name = rendered.upstream.spec
    changes = []
    for change in rendered.changes:
        if change.file == name and not change.archive:
            changes.append(change)
            name = change.renamed_to or name
    first = rendered.upstream.files[rendered.upstream.spec].content
    owners = blame(first, tuple(change for change in changes if change.after is not None))
    return owners[line - 1] if line <= len(owners) else None


def _line_before(rendered: RenderedPackage, line: int) -> int | None:
    before, after = rendered.upstream.text.splitlines(), rendered.tree.text.splitlines()
    for a, b, size in difflib.SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks():
        if b < line <= b + size:
            return a + line - b
    return None


def _named(algorithm: str, digest: str) -> str:
    return f"{algorithm}:{digest}" if digest and ":" not in digest else digest
