"""What a user asked for, and what every stage may need for it: the toolbox, and the project's keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import rtoml

from headwater import sign
from headwater.config.model import Project
from headwater.config.workshop import NamedPackages
from headwater.rpm.model import Rpm
from headwater.sign.model import Key, Trust
from headwater.store import Store
from headwater.toolbox import Toolbox, open_toolbox

if TYPE_CHECKING:
    from headwater.engine import Server, Sharing

KIWI = Path(__file__).with_name("toolbox") / "kiwi.toml"  # and its lock beside it


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a user asked for: a project, where results are kept, and how to go about it.

    `engine` is where builds run, if not on this machine; `cache` has results of others.
    """

    project: Project
    store: Store
    offline: bool = False
    jobs: int = 2
    engine: Server | None = None
    cache: Server | None = None


class Workshop(msgspec.Struct, frozen=True, kw_only=True):
    """What every stage works with."""

    toolbox: Toolbox
    key: Key
    trust: Trust


def open_workshop(request: Request) -> Workshop:
    """The toolbox, and the project's keys, made on first use: those of Secure Boot if an image wants them."""
    toolbox, project, secure = toolbox_of(request), request.project, None
    key = key_of(request, toolbox)
    if any(rule.disk.secure_boot for rule in project.images.values()):
        secure = sign.open_secure_boot(project.keys, project.distro.description, toolbox)
    return Workshop(toolbox=toolbox, key=key, trust=Trust(keyring=key.keyring, secure_boot=secure))


def toolbox_of(request: Request) -> Toolbox:
    """The toolbox, built when its lock is new."""
    rule = request.project.toolbox
    return open_toolbox(rule.suite, names_of(rule.packages), request.project.root / rule.lock, request.store)


def kiwi_of(request: Request) -> Toolbox:
    """The root that the real kiwi runs in; it comes with Headwater, and is built when an image first asks for it."""
    said = rtoml.loads(KIWI.read_text())
    names = [name for group in said["packages"] for name in group["names"]]
    return open_toolbox(said["suite"], names, KIWI.with_suffix(".lock"), request.store)


def key_of(request: Request, toolbox: Toolbox | None = None) -> Key:
    """The project's key, made on first use."""
    project = request.project
    return sign.open_key(project.keys, f"{project.distro.description} packages", toolbox or toolbox_of(request))


def signer(request: Request, workshop: Workshop) -> Callable[[Sequence[Rpm]], tuple[Rpm, ...]]:
    """How packages of this project get their signature."""
    return lambda rpms: sign.sign_packages(rpms, workshop.key, workshop.toolbox, request.store)


def verifier(request: Request, workshop: Workshop) -> Callable[[Sequence[Rpm]], None]:
    """How packages are asked for their signature before they enter a build root or an image."""
    return lambda rpms: sign.check_packages(rpms, workshop.key, workshop.toolbox, request.store)


def sharing(request: Request, workshop: Workshop) -> Sharing | None:
    """How results of others count: all that their server has, or, where the project says so, those that are signed."""
    from headwater.engine import Sharing  # noqa: PLC0415 only for who builds

    if not request.cache:
        return None
    believed = [sign.read_certificate(Path(path)) for path in request.project.project.results_signed_by]
    if not believed:
        return Sharing(server=request.cache)
    ours = workshop.key.fingerprint in {certificate.fingerprint.lower() for certificate in believed}
    return Sharing(
        server=request.cache,
        believe=lambda data, signature: sign.is_signed(data, signature, believed),
        vouch=(lambda data: sign.sign_bytes(data, workshop.key, workshop.toolbox, request.store)) if ours else None,
    )


def names_of(groups: Sequence[NamedPackages]) -> tuple[str, ...]:
    """The package names of several lists, each once, in order."""
    return tuple(dict.fromkeys(name for group in groups for name in group.names))
