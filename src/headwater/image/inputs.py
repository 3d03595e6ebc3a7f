"""What an image is made from: its packages, and the key that names all of it together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import zstandard

from headwater.config import named
from headwater.config.images import ImageKind, ImageRule
from headwater.config.model import Project
from headwater.config.workshop import MACHINE
from headwater.digest import digest_of, identity_of
from headwater.image.extension import beyond, solved_with
from headwater.image.rootfs import root_key
from headwater.image.solve import Chosen, choose
from headwater.rpm.lock import PackageLock
from headwater.rpm.model import Rpm
from headwater.sign.model import NOBODY, Trust
from headwater.store import Store
from headwater.toolbox.model import Toolbox

VERSION = 10  # of how images are made
LAYERS = 2  # of how container images are divided and compressed


def choose_own(  # noqa: PLR0917 each is a different thing that decides
    rule: ImageRule, below: Sequence[Rpm], packages: Sequence[Rpm], toolbox: Toolbox, store: Store, lock: PackageLock | None
) -> tuple[Chosen, ...]:
    """The packages that are in an image; `below` has those of the first image that it is made from."""
    return beyond(rule, choose(solved_with(rule, below), packages, toolbox, store, lock), below)


def choose_twins(rule: ImageRule, packages: Sequence[Rpm], toolbox: Toolbox, store: Store) -> dict[str, tuple[Rpm, ...]]:
    """The packages of an image for each architecture that is not this machine's."""
    foreign = sorted({each for each in rule.architectures if each != MACHINE})
    return {each: tuple(one.rpm for one in choose(rule, packages, toolbox, store, architecture=each)) for each in foreign}


def image_key(  # noqa: PLR0917 each is a different thing that an image is made from
    rule: ImageRule,
    project: Project,
    rpms: Sequence[Rpm],
    earlier: Sequence[str],
    toolbox: Toolbox,
    twins: Mapping[str, Sequence[Rpm]],
    trust: Trust = NOBODY,
) -> str:
    """Digest of everything that an image with a version is made from; `earlier` are the keys of the images it is made from."""
    table = {
        "root": root_key(rule, rpms, toolbox, trust=trust),
        "name": rule.name,
        "title": rule.description if rule.kind is ImageKind.OCI else "",
        "kind": rule.kind.value,
        "scriptlets": _declared(rule, project, rpms),
        "oci": identity_of(rule.oci),
        "disk": identity_of(rule.disk),
        "iso": identity_of(rule.iso),
        "extension": identity_of(rule.extension),
        "earlier": earlier,
        "twins": {each: root_key(rule, found, toolbox, each) for each, found in twins.items()},
        "about": about(rule, project),
        "zstd": zstandard.ZSTD_VERSION,
        "code": VERSION,
    }
    if rule.kind is ImageKind.OCI:
        table["layers"] = LAYERS
    if trust.secure_boot and rule.disk.secure_boot:
        table["secure-boot"] = trust.secure_boot.fingerprint
    return digest_of(table)


def about(rule: ImageRule, project: Project) -> dict[str, str]:
    """What all images of a distribution say of themselves, by OCI's names."""
    distro = project.distro if project.project.default_distro else None
    return {"version": rule.version, "vendor": distro.vendor, "url": distro.home_url} if distro else {}


def _declared(rule: ImageRule, project: Project, rpms: Sequence[Rpm]) -> list[str]:
    """Packages whose scriptlets somebody spoke for: who takes that back has the image looked at again."""
    patterns = (name for one in (*rule.scriptlets, *project.bridge.scriptlets) for name in one.names)
    return sorted(named(patterns, (rpm.name for rpm in rpms)))
