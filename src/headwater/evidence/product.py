"""Links of a chain on the side of the product: a file, its image, the package that brought it, the .deb behind that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from headwater.config.images import ImageRule
from headwater.config.workshop import Fixup, NamedPackages
from headwater.evidence.model import Link, World
from headwater.image.model import Entry, Image
from headwater.image.verbs import given_files
from headwater.rpm.model import Rpm

MADE = "made:"  # how an image's entries name what no package brought


def file(entry: Entry, image: Image) -> Link:
    """One path of an image."""
    facts = {"mode": f"{entry.mode & 0o7777:04o}", "owner": f"{entry.user}:{entry.group}"}
    if entry.is_file:
        facts["size"] = str(entry.size)
    facts |= {name: value for name, value in (("target", entry.target), ("capabilities", entry.caps)) if value}
    digest = f"sha256:{entry.digest}" if entry.digest else ""
    return Link(kind="file", what=f"{image.name}:{entry.path}", digest=digest, facts=facts)


def made(entry: Entry, image: Image, world: World) -> Iterator[Link]:
    """The rule of an image that made an entry which no package brought."""
    rule = world.project.images.get(image.name)
    step = entry.package.removeprefix(MADE)
    yield Link(kind="made", what=f"by the image's own step `{step}`", where=rule.where if rule else None)
    for one in given_files(rule) if rule and step == "file" else ():
        if one.path == entry.path:
            yield Link(kind="rule", what=f"file {one.path}", reason=one.reason, where=one.where, depth=1)
    for finisher in rule.finishers if rule and step.startswith("finisher") else ():
        if step in {"finisher", f"finisher:{finisher.name}"}:
            yield Link(kind="rule", what=f"finisher {finisher.name}", reason=finisher.reason, where=finisher.where, depth=1)
    for user in rule.users if rule and step == "sysusers" else ():
        yield Link(kind="rule", what=f"user {user.name}", reason=user.reason, where=user.where, depth=1)


def in_image(image: Image, package: str, world: World) -> Link:
    """Why a package is in an image."""
    rule = world.project.images.get(image.name)
    asked = _asked(rule.packages if rule else (), package)
    reason = asked.reason if asked else image.reasons.get(package, "another package needs it")
    where = (asked.where if asked else None) or (rule.where if rule else None)
    return Link(kind="image", what=image.name, reason=reason, where=where, digest=image.key, facts=_artefacts(image))


def image_links(image: Image, world: World) -> Iterator[Link]:
    """An image as a whole."""
    rule: ImageRule | None = world.project.images.get(image.name)
    facts = {"kind": image.kind, "packages": str(len(image.packages)), "root": f"sha256:{image.index}", **_artefacts(image)}
    what = image.name
    yield Link(
        kind="image",
        what=what,
        reason=rule.description if rule else "",
        where=rule.where if rule else None,
        digest=image.key,
        facts=facts,
    )
    for named in rule.packages if rule else ():
        yield Link(kind="asked for", what=", ".join(named.names), reason=named.reason, where=named.where, depth=1)


def package(rpm: Rpm, world: World) -> Iterator[Link]:
    """A package: its file, who signed it, where it is published, what its header says."""
    facts = {"unsigned": f"sha256:{rpm.payload}"} if rpm.payload and rpm.payload != rpm.digest else {}
    repository = world.repository
    if repository:
        facts["signed by"] = repository.fingerprint
        channels = [name for name, channel in sorted(repository.channels.items()) if rpm in channel.packages]
        facts |= {"channel": ", ".join(channels)} if channels else {}
    header = world.headers.get(rpm.digest)
    facts |= {"licence": header.licence, "vendor": header.vendor} if header else {}
    reason = header.summary if header else ""
    yield Link(kind="package", what=rpm.nevra, reason=reason, digest=f"sha256:{rpm.digest}", facts=facts)


def bridged(rpm: Rpm, world: World, path: str = "") -> Iterator[Link]:
    """The .deb that a package was made from, why it was wanted, and the fix-ups that touch it (or this path of it)."""
    rule = world.project.bridge
    for fixup in rule.fixups:
        if fnmatchcase(rpm.name, fixup.package) and (not path or _touches(fixup, path)):
            yield Link(kind="fix-up", what=f"of {fixup.package}", reason=fixup.reason, where=fixup.where, depth=1)
    asked = _asked(rule.packages, rpm.name)
    reason = asked.reason if asked else "another package needs it"
    where = asked.where if asked else rule.where
    yield Link(kind="bridge", what=f"made from a package of source `{rpm.component}`", reason=reason, where=where)
    deb = world.debs.get(rpm.name)
    if deb:
        facts = {"version": deb.version, "size": str(deb.size)}
        yield Link(kind="deb", what=deb.path, digest=f"sha256:{deb.sha256}", facts=facts)


def _asked(lists: Sequence[NamedPackages], name: str) -> NamedPackages | None:
    return next((named for named in lists if name in named.names), None)


def _touches(fixup: Fixup, path: str) -> bool:
    named = {*fixup.links, *fixup.files, *fixup.modes, *fixup.owners, *fixup.directories}
    return path in named


def _artefacts(image: Image) -> dict[str, str]:
    return {artefact.format: artefact.digest for artefact in image.artefacts}
