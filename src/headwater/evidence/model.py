"""What evidence is drawn from, and the chain of answers to `why`."""

from __future__ import annotations

import msgspec

from headwater.build.model import BuiltPackage
from headwater.config.model import Project
from headwater.image.model import Image
from headwater.origin import Origin
from headwater.render.model import RenderedPackage
from headwater.repo.model import Repository
from headwater.report import CheckResult
from headwater.rpm import Header
from headwater.rpm.model import Rpm
from headwater.store import Store
from headwater.toolbox.debian import Deb


class World(msgspec.Struct, frozen=True, kw_only=True):
    """All that a run of the pipeline made.

    `rendered` and `built` are by component, `images` by name, `headers` by `Rpm.digest`. `packages` are all packages as
    published (signed); `debs` says by package name which .deb a bridged package was made from. `answers` are the images' checks
    by image, `signer` the key's fingerprint, `toolbox` what the mirror made different from the toolbox's lock.
    """

    project: Project
    store: Store
    rendered: dict[str, RenderedPackage] = {}
    built: dict[str, BuiltPackage] = {}
    packages: tuple[Rpm, ...] = ()
    debs: dict[str, Deb] = {}
    repository: Repository | None = None
    images: dict[str, Image] = {}
    headers: dict[str, Header] = {}
    answers: dict[str, tuple[CheckResult, ...]] = {}
    signer: str = ""
    toolbox: tuple[str, ...] = ()


class Link(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step of an answer. `kind` is the stage's word (`file`, `package`, `build`, `spec`, `overlay`, `upstream`, ...).

    `what` names the thing, `reason` is what a person wrote, `where` the line that says so, `digest` the thing's identity;
    `facts` are further words and digests by name. `depth` is 0 for the steps of the chain itself, more for what hangs on one.
    """

    kind: str
    what: str
    reason: str = ""
    where: Origin | None = None
    digest: str = ""
    facts: dict[str, str] = {}
    depth: int = 0


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer, from the thing that was asked for to where it began; `unknown` says what could not be told."""

    thing: str
    links: tuple[Link, ...]
    unknown: tuple[str, ...] = ()
