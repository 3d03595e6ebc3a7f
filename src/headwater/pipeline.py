"""The story in order: what each stage takes and gives. Read `world` aloud."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from headwater import evidence, repo, trials
from headwater.accompany import accompany
from headwater.compose import compose_images
from headwater.config import Inputs, inputs_of, stays_inside, unmoved
from headwater.derive import derive
from headwater.evidence.model import World
from headwater.factory import Ground, cross, make, publish
from headwater.footing import Footing
from headwater.image.model import Image
from headwater.questions import question
from headwater.render import write_all
from headwater.render.model import RenderedPackage
from headwater.report import CheckResult
from headwater.request import Request, Workshop, open_workshop
from headwater.rpm import headers
from headwater.sbom import Facts, Source
from headwater.toolbox.debian import Deb, read_lock
from headwater.upstream import read_lock as lock_of


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
    accompany(request, workshop, images, facts_of(request, ground))
    evidence.seal(made, workshop.key, workshop.toolbox)
    evidence.keep_world(made, time.monotonic() - begun, unmoved(request.project, before, laid))
    return made


def make_images(request: Request, workshop: Workshop, ground: Ground, only: Sequence[str] | None = None) -> dict[str, Image]:
    """The images named (None: all) and what goes with them; they were not asked anything."""
    images = compose_images(request, workshop, ground.repository, only)
    accompany(request, workshop, images, facts_of(request, ground))
    return images


def footing_of(request: Request, ground: Ground) -> Footing | None:
    """What other images can stand on as long as the project is the same; None where more than the project decides it."""
    if not (stays_inside(request.project) and all(_stays(request, package) for package in ground.rendered)):
        return None
    output, channels = request.project.output, ground.repository.channels.values()
    published = {str((one.path / "repodata/repomd.xml").relative_to(output)): one.repomd for one in channels}
    return Footing(packages=repo.for_images(ground.repository), facts=facts_of(request, ground), published=published)


def _stays(request: Request, package: RenderedPackage) -> bool:
    """Whether a component is the same each time that it is taken from its upstream."""
    lock = lock_of(request.project.root / request.project.project.lock_dir, package.component)
    return package.upstream.pin.kind in {"local", "archive"} or bool(lock and lock.upstream_commit)


def facts_of(request: Request, ground: Ground) -> Facts:
    """What bills of materials tell, but for what packages say of themselves."""
    project, bridge = request.project, request.project.bridge
    named = project.project.default_distro is not None
    return Facts(
        distro=project.name,
        version=project.version if named else "",
        vendor=project.distro.vendor if named else "",
        sources={package.component: _source(package) for package in ground.rendered},
        debs=_debs(project.root / bridge.lock),
        foreign={part.architecture: _debs(project.root / part.lock) for part in bridge.foreign},
    )


def _source(package: RenderedPackage) -> Source:
    archives = {name: archive.sha512 for name, archive in package.tree.archives.items()}
    return Source(archives=archives, deviations=len({change.where for change in package.changes}))


def gather(
    request: Request,
    workshop: Workshop,
    ground: Ground,
    images: Mapping[str, Image],
    answers: Mapping[str, tuple[CheckResult, ...]],
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
        repository=ground.repository,
        images=dict(images),
        headers={rpm.digest: header for rpm, header in zip(every, found, strict=True)},
        answers=dict(answers),
        signer=workshop.key.fingerprint,
        toolbox=workshop.toolbox.moved,
    )


def _debs(lock_file: Path) -> dict[str, Deb]:
    lock = read_lock(lock_file)
    return {deb.name: deb for deb in lock.debs} if lock else {}
