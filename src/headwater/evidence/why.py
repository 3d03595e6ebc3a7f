"""Why is this here: from a thing that was made back to the line, the archive or the .deb where it began."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from headwater.errors import Failure, Kind, fail
from headwater.evidence import product, source
from headwater.evidence.manifest import files_line
from headwater.evidence.model import Chain, Link, World
from headwater.image import read_root
from headwater.image.model import Entry, Image
from headwater.origin import Origin
from headwater.render.model import RenderedPackage
from headwater.rpm.model import Rpm
from headwater.suggest import nearest

_LINE = re.compile(r"(?P<spec>[^:]+\.spec):(?P<line>[1-9][0-9]{0,6})")
_FILE = re.compile(r"(?P<image>[^:/]+):(?P<path>/.*)")
NO_LINE = "which line of the spec put the file into the package: no %files entry fits it (a list made during the build may)"
NO_RENDERED = "the rendered spec of `{}`: this run did not render it"


def why(thing: str, world: World) -> Chain:
    """The chain of a component, a package (name or NEVRA), an image, `IMAGE:/PATH`, `/PATH` (in any image) or `SPEC:LINE`.

    Raises Failure(USAGE) with the nearest known name where there is no such thing.
    """
    if match := _LINE.fullmatch(thing):
        return _chain(thing, _spec_line(match["spec"], int(match["line"]), world))
    if match := _FILE.fullmatch(thing):
        return _chain(thing, _file(_image(match["image"], world), match["path"], world))
    if thing.startswith("/"):
        return _chain(thing, _file(_image_with(thing, world), thing, world))
    if thing in world.project.components:
        return _chain(thing, _component(thing, world))
    if thing in world.images:
        return _chain(thing, product.image_links(world.images[thing], world))
    found = [rpm for rpm in _packages(world) if thing in {rpm.name, rpm.nevra, rpm.filename}]
    if found:
        binary = [rpm for rpm in found if rpm.arch != "src"] or found
        return _chain(thing, _package(binary[0], world))
    raise _nothing(thing, world)


def _chain(thing: str, links: Iterator[Link | str]) -> Chain:
    found = list(links)
    unknown = tuple(link for link in found if isinstance(link, str))
    return Chain(thing=thing, links=tuple(link for link in found if isinstance(link, Link)), unknown=unknown)


def _component(name: str, world: World) -> Iterator[Link | str]:
    component = world.project.components[name]
    packages = sorted(rpm.nevra for rpm in _packages(world) if rpm.component == name and rpm.origin == "built")
    facts = dict.fromkeys(packages, "")
    yield Link(kind="component", what=name, reason=component.description, where=component.where, facts=facts)
    yield from source.build(world, name)
    rendered = world.rendered.get(name)
    if not rendered:
        yield NO_RENDERED.format(name)
        return
    yield Link(kind="rendered", what=rendered.tree.spec, digest=rendered.digest)
    yield from source.deviations(rendered)
    yield from source.upstream(component, rendered)


def _package(rpm: Rpm, world: World, path: str = "") -> Iterator[Link | str]:
    yield from product.package(rpm, world)
    if rpm.origin == "bridge":
        yield from product.bridged(rpm, world, path)
        return
    yield from source.build(world, rpm.component)
    rendered = world.rendered.get(rpm.component)
    if not rendered:
        yield NO_RENDERED.format(rpm.component)
        return
    yield from _line_of(rendered, rpm, path) if path else _spec(rendered)
    yield from source.upstream(world.project.components.get(rpm.component), rendered)


def _spec(rendered: RenderedPackage) -> Iterator[Link]:
    yield Link(kind="rendered", what=rendered.tree.spec, digest=rendered.digest)
    yield from source.deviations(rendered)


def _line_of(rendered: RenderedPackage, rpm: Rpm, path: str) -> Iterator[Link | str]:
    found = files_line(rendered.tree.text, rpm.name, path)
    if found:
        yield from source.spec_line(rendered, found.line)
    else:
        yield from _spec(rendered)
        yield NO_LINE


def _file(image: Image, path: str, world: World) -> Iterator[Link | str]:
    entries = _entries(image, world)
    entry = entries.get(_real(path, entries))
    if not entry:
        close = nearest(path, entries)
        hint = f"did you mean `{image.name}:{close}`?" if close else f"hw why {image.name}"
        raise fail(Kind.USAGE, f"`{image.name}` holds no `{path}`", why=f"it has {len(entries)} paths", hint=hint)
    yield product.file(entry, image)
    rpm = next((rpm for rpm in image.packages if rpm.name == entry.package), None)
    if entry.package.startswith(product.MADE) or not rpm:
        yield from product.made(entry, image, world)
        return
    yield product.in_image(image, rpm.name, world)
    yield from _package(rpm, world, entry.path)


def _spec_line(spec: str, line: int, world: World) -> Iterator[Link | str]:
    by_spec = {rendered.tree.spec: rendered for rendered in world.rendered.values()}
    rendered = by_spec.get(spec.rpartition("/")[2])
    if not rendered:
        close = nearest(spec, by_spec)
        why_not = f"rendered: {', '.join(sorted(by_spec)) or 'none'}"
        raise fail(
            Kind.USAGE, f"no spec is called `{spec}`", why=why_not, hint=f"did you mean `{close}:{line}`?" if close else ""
        )
    count = len(rendered.tree.text.splitlines())
    if line > count:
        where = Origin(file=rendered.tree.spec)
        raise fail(
            Kind.USAGE, f"`{spec}` has no line {line}", where=where, why=f"it has {count}", hint=f"hw why {spec}:{count}"
        )
    yield from source.spec_line(rendered, line)
    yield from source.upstream(world.project.components.get(rendered.component), rendered)


def _entries(image: Image, world: World) -> dict[str, Entry]:
    if not image.index:
        return {}
    root = read_root(image.index, world.store)
    return {entry.path: entry for entry in root.entries}


def _real(path: str, entries: dict[str, Entry]) -> str:
    """The path with links in its directories followed, as /bin/sh is /usr/bin/sh where /bin is a link."""
    done = ""
    for part in [part for part in path.split("/") if part]:
        parent = entries.get(done) if done else None
        if parent and parent.is_link:
            target = parent.target if parent.target.startswith("/") else f"{done.rpartition('/')[0]}/{parent.target}"
            done = posixpath.normpath(target).rstrip("/")
        done = f"{done}/{part}"
    return done or "/"


def _image(name: str, world: World) -> Image:
    if name in world.images:
        return world.images[name]
    close = nearest(name, world.images)
    known = ", ".join(sorted(world.images)) or "none"
    raise fail(
        Kind.USAGE, f"no image is called `{name}`", why=f"made: {known}", hint=f"did you mean `{close}`?" if close else ""
    )


def _image_with(path: str, world: World) -> Image:
    for image in world.images.values():
        entries = _entries(image, world)
        if _real(path, entries) in entries:
            return image
    raise fail(
        Kind.USAGE, f"no image holds `{path}`", why=f"looked in {', '.join(world.images) or 'none'}", hint="hw image list"
    )


def _packages(world: World) -> Iterable[Rpm]:
    return world.packages or [rpm for built in world.built.values() for rpm in built.rpms]


def _nothing(thing: str, world: World) -> Failure:
    names = {*world.project.components, *world.images, *(rpm.name for rpm in _packages(world))}
    close = nearest(thing, names)
    return fail(
        Kind.USAGE,
        f"nothing is called `{thing}`",
        why="expected a component, a package, an image, IMAGE:/PATH, /PATH or SPEC:LINE",
        hint=f"did you mean `{close}`?" if close else "hw list",
    )
