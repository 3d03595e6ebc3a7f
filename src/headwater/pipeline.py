"""The story in order: what each stage takes and gives. Read `world` aloud."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from headwater import build, evidence, repo, sign
from headwater.bridge import bridge
from headwater.build.model import BuiltPackage
from headwater.compose import compose_images
from headwater.config.workshop import MACHINE, MACHINES
from headwater.derive import derive
from headwater.engine import open_engine
from headwater.errors import Failure
from headwater.evidence.model import World
from headwater.image.model import CheckResult, Image
from headwater.questions import question
from headwater.render import write_all
from headwater.render.model import RenderedPackage
from headwater.repo.model import Repository
from headwater.request import Request, Workshop, open_workshop, signer, verifier
from headwater.rpm import headers
from headwater.rpm.model import Rpm
from headwater.toolbox.debian import Deb, read_lock


def world(request: Request) -> World:
    """Everything the project describes, made, signed and checked; what was made before is looked up."""
    begun = time.monotonic()
    workshop = open_workshop(request)
    rendered = derive(request, tuple(request.project.components.values()))
    write_all(request.project, rendered, request.store)
    bridged = cross(request, workshop)
    built = make(request, workshop, rendered, bridged)
    repository = publish(request, workshop, bridged, built)
    ground = Ground(rendered=rendered, built=built, repository=repository)
    usual = sorted(name for name, rule in request.project.images.items() if not rule.on_request)
    images = compose_images(request, workshop, repository, usual)
    answers = question(request, workshop.toolbox, images, repository)
    made = gather(request, workshop, ground, images, answers)
    accompany(request, workshop, made)
    evidence.seal(made, workshop.key, workshop.toolbox)
    evidence.keep_world(made, time.monotonic() - begun)
    return made


def cross(request: Request, workshop: Workshop) -> tuple[Rpm, ...]:
    """What still comes from Debian, as signed packages."""
    rule = request.project.bridge
    packages = bridge(rule, request.project.root, workshop.toolbox, request.store, offline=request.offline)
    return sign.sign_packages(packages, workshop.key, workshop.toolbox, request.store)


@contextmanager
def open_line(
    request: Request, workshop: Workshop, rendered: Sequence[RenderedPackage], bridged: Sequence[Rpm]
) -> Iterator[build.Line]:
    """All that is needed to plan and build, with the engine running."""
    rules = {name: component.build for name, component in request.project.components.items()}
    root, toolbox, store = request.project.build_root, workshop.toolbox, request.store
    here = [rpm for rpm in bridged if rpm.arch in {MACHINES[MACHINE], "noarch"}]  # what others run builds nothing
    with open_engine(store, toolbox) as engine:
        yield build.Line(rendered, rules, root, here, engine=engine, toolbox=toolbox, store=store)


def make(
    request: Request,
    workshop: Workshop,
    rendered: Sequence[RenderedPackage],
    bridged: Sequence[Rpm],
    *,
    only: Sequence[str] = (),
    force: bool = False,
) -> tuple[BuiltPackage, ...]:
    """Each rendered package built in order of need; what a build gives is signed before the next may use it."""
    with open_line(request, workshop, rendered, bridged) as line:
        sign_these, verify_these = signer(request, workshop), verifier(request, workshop)
        return build.build_all(line, sign=sign_these, verify=verify_these, only=only, force=force, jobs=request.jobs)


def publish(request: Request, workshop: Workshop, bridged: Sequence[Rpm], built: Sequence[BuiltPackage]) -> Repository:
    """The signed repository, with every dependency met inside."""
    project = request.project
    packages = [*bridged, *(rpm for package in built for rpm in package.rpms)]
    folder = project.output / "repo"
    made = repo.publish(packages, workshop.key, workshop.toolbox, request.store, folder, components=project.components)
    problems = repo.check(made)
    if problems:
        raise Failure(problems)
    return made


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """All that images are made from, and what it was made from in turn."""

    rendered: tuple[RenderedPackage, ...]
    built: tuple[BuiltPackage, ...]
    repository: Repository


def lay_ground(request: Request, workshop: Workshop) -> Ground:
    """The story as far as the repository."""
    rendered = derive(request, tuple(request.project.components.values()))
    bridged = cross(request, workshop)
    built = make(request, workshop, rendered, bridged)
    return Ground(rendered=rendered, built=built, repository=publish(request, workshop, bridged, built))


def whole_repository(request: Request) -> Repository:
    """The repository alone."""
    return lay_ground(request, open_workshop(request)).repository


def make_images(request: Request, only: Sequence[str] | None = None) -> World:
    """The images named (None: all) and what goes with them: a world whose images were not asked anything."""
    workshop = open_workshop(request)
    ground = lay_ground(request, workshop)
    images = compose_images(request, workshop, ground.repository, only)
    made = gather(request, workshop, ground, images, {})
    accompany(request, workshop, made)
    return made


def gather(
    request: Request,
    workshop: Workshop,
    ground: Ground,
    images: dict[str, Image],
    answers: dict[str, tuple[CheckResult, ...]],
) -> World:
    """All of it as one value, for evidence."""
    project, packages = request.project, repo.for_this_machine(ground.repository)
    every = sorted({*packages, *repo.for_images(ground.repository)})
    found = headers(every, workshop.toolbox, request.store)
    return World(
        project=project,
        store=request.store,
        rendered={package.component: package for package in ground.rendered},
        built={package.component: package for package in ground.built},
        packages=packages,
        debs=_debs(project.root / project.bridge.lock),
        foreign={part.architecture: _debs(project.root / part.lock) for part in project.bridge.foreign},
        repository=ground.repository,
        images=images,
        headers={rpm.digest: header for rpm, header in zip(every, found, strict=True)},
        answers=answers,
        signer=workshop.key.fingerprint,
        toolbox=workshop.toolbox.moved,
    )


def _debs(lock_file: Path) -> dict[str, Deb]:
    lock = read_lock(lock_file)
    return {deb.name: deb for deb in lock.debs} if lock else {}


def accompany(request: Request, workshop: Workshop, made: World) -> None:
    """What goes with images wherever they go: bills of materials, and signatures where registries have a place for them."""
    evidence.write_sboms(made)
    for name, one in made.images.items():
        if one.kind == "oci":
            folder = request.project.output / "referrers" / name
            evidence.write_referrers(one, made, image_signer(request, workshop, f"{request.project.name}/{name}"), folder)


def image_signer(request: Request, workshop: Workshop, name: str) -> Callable[[str], tuple[bytes, bytes]]:
    """How the manifest of a container image gets its signature as the image of this name: what is signed, and the signature."""
    key = sign.open_image_key(request.project.keys, workshop.toolbox)

    def signed(digest: str) -> tuple[bytes, bytes]:
        text = sign.payload(digest, name)
        return text, sign.sign_payload(text, key, workshop.toolbox, request.store)

    return signed
