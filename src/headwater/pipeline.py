"""The story in order: what each stage takes and gives. Read `world` aloud."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from headwater import evidence, repo, sign, trials
from headwater.compose import compose_images
from headwater.config import Inputs, inputs_of, unmoved
from headwater.derive import derive
from headwater.evidence.model import World
from headwater.factory import Ground, cross, lay_ground, make, publish
from headwater.image.model import Image
from headwater.questions import question
from headwater.render import write_all
from headwater.report import CheckResult
from headwater.request import Request, Workshop, open_workshop
from headwater.rpm import headers
from headwater.toolbox.debian import Deb, read_lock


def world(request: Request, before: Inputs) -> World:
    """Everything the project describes, made, signed and checked; what was made before is looked up.

    `before` are the project's inputs as they were when it was read.
    """
    begun = time.monotonic()
    workshop = open_workshop(request)
    rendered = derive(request, tuple(request.project.components.values()))
    write_all(request.project, rendered, request.store)
    laid = inputs_of(request.project)
    bridged = cross(request, workshop)
    built = make(request, workshop, rendered, bridged)
    trials.hold(request, workshop, rendered, bridged)
    repository = publish(request, workshop, bridged, built)
    ground = Ground(rendered=rendered, built=built, repository=repository)
    usual = sorted(name for name, rule in request.project.images.items() if not rule.on_request)
    images = compose_images(request, workshop, repository, usual)
    answers = question(request, workshop.toolbox, images, repository)
    made = gather(request, workshop, ground, images, answers)
    accompany(request, workshop, made)
    evidence.seal(made, workshop.key, workshop.toolbox)
    evidence.keep_world(made, time.monotonic() - begun, unmoved(request.project, before, laid))
    return made


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
