"""The story in order: what each stage takes and gives. Read `world` aloud."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from headwater import build, evidence, image, repo, sign
from headwater.bridge import bridge, maintainer_scripts
from headwater.build.model import BuiltPackage
from headwater.config.images import ImageKind, ImageRule
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
from headwater.request import Request, key_of, kiwi_of, toolbox_of, trust_of
from headwater.rpm import headers
from headwater.rpm.model import Rpm
from headwater.sign.model import Key, Trust
from headwater.toolbox import Toolbox
from headwater.toolbox.debian import Deb, read_lock


class Workshop(msgspec.Struct, frozen=True, kw_only=True):
    """What every stage works with."""

    toolbox: Toolbox
    key: Key
    trust: Trust


def world(request: Request) -> World:
    """Everything the project describes, made, signed and checked; what was made before is looked up."""
    begun = time.monotonic()
    workshop = open_workshop(request)
    rendered = derive(request, tuple(request.project.components.values()))
    write_all(request.project, rendered, request.store)
    bridged = cross(request, workshop)
    built = make(request, workshop, rendered, bridged)
    repository = publish(request, workshop, bridged, built)
    usual = sorted(name for name, rule in request.project.images.items() if not rule.on_request)
    images = compose(request, workshop, repository, usual)
    answers = question(request, workshop.toolbox, images, repository)
    made = gather(request, workshop, rendered, built, repository, images, answers)
    accompany(request, workshop, made)
    evidence.seal(made, workshop.key, workshop.toolbox)
    evidence.keep_world(made, time.monotonic() - begun)
    return made


def open_workshop(request: Request) -> Workshop:
    """The toolbox, and the project's keys, made on first use."""
    return Workshop(toolbox=toolbox_of(request), key=key_of(request), trust=trust_of(request))


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


def signer(request: Request, workshop: Workshop) -> Callable[[Sequence[Rpm]], tuple[Rpm, ...]]:
    """How packages of this project get their signature."""
    return lambda rpms: sign.sign_packages(rpms, workshop.key, workshop.toolbox, request.store)


def verifier(request: Request, workshop: Workshop) -> Callable[[Sequence[Rpm]], None]:
    """How packages are asked for their signature before they enter a build root or an image."""
    return lambda rpms: sign.check_packages(rpms, workshop.key, workshop.toolbox, request.store)


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
    images = compose(request, workshop, ground.repository, only)
    made = gather(request, workshop, ground.rendered, ground.built, ground.repository, images, {})
    accompany(request, workshop, made)
    return made


def compose(
    request: Request, workshop: Workshop, repository: Repository, only: Sequence[str] | None = None
) -> dict[str, Image]:
    """The images named (None: all), those first that others are made from (an initrd before its disk).

    Errors: Failure(IMAGE) with everything in which the project's image lock is out of date, before the first one is made.
    """
    made: dict[str, Image] = {}
    rules, lock, packages = image.in_order(request.project.images, only), lock_of(request), repo.for_images(repository)
    problems = image.lock_problems(rules, packages, lock)
    if problems:
        raise Failure(problems)
    for rule in rules:
        if rule.kind is ImageKind.UNSET:
            made[rule.name] = compose_elsewhere(request, repository, rule)
            continue
        made[rule.name] = image.build_image(
            rule,
            project=request.project,
            packages=packages,
            verify=verifier(request, workshop),
            toolbox=workshop.toolbox,
            store=request.store,
            output=request.project.output / "images",
            images=made,
            lock=lock,
            scripts=scripts_of(request, workshop),
            trust=workshop.trust,
        )
    return made


def compose_elsewhere(request: Request, repository: Repository, rule: ImageRule) -> Image:
    """An image that kiwi describes, by kiwi."""
    project = request.project
    release = project.distro.versions.get(project.version)
    return image.build_kiwi(
        rule,
        repository=repository,
        kiwi=kiwi_of(request),
        store=request.store,
        output=project.output / "images",
        log=project.output / "logs" / f"{rule.name}.kiwi",
        config=release.kiwi_config_override if release else "",
    )


def reproduce(request: Request, workshop: Workshop, made: Mapping[str, Image]) -> image.Reproduction:
    """Images that were made, built again elsewhere and compared."""
    rules = [request.project.images[name] for name in made]
    project, toolbox, trust = request.project, workshop.toolbox, workshop.trust
    return image.reproduce(made, rules, project=project, toolbox=toolbox, store=request.store, trust=trust)


def scripts_of(request: Request, workshop: Workshop) -> Callable[[Sequence[Rpm]], dict[str, dict[str, str]]]:
    """How images learn what packages would run when they are installed: their own scriptlets, or those of their .debs."""

    def read(packages: Sequence[Rpm]) -> dict[str, dict[str, str]]:
        rule, names = request.project.bridge, {rpm.name for rpm in packages if rpm.origin == "bridge"}
        files = (*(foreign.lock for foreign in rule.foreign), rule.lock)  # a name in several has the text of ours, the last
        locks = (read_lock(request.project.root / file) for file in files)
        debs = [deb for lock in locks if lock for deb in lock.debs if deb.name in names]
        built = [rpm for rpm in packages if rpm.origin != "bridge"]
        own = zip(built, headers(built, workshop.toolbox, request.store), strict=True)
        bridged = maintainer_scripts(debs, request.store, offline=request.offline)
        return bridged | {rpm.name: header.scripts for rpm, header in own}

    return read


def lock_of(request: Request) -> image.ImageLock | None:
    """The project's image lock; None where it has none, and images are then chosen from all that there is."""
    return image.read_lock(Path(request.project.project.image_lock), request.project.root)


def lock_images(
    request: Request, workshop: Workshop, repository: Repository, only: Sequence[str] | None = None
) -> tuple[image.ImageLock, tuple[image.LockMove, ...]]:
    """The image lock with the packages of the images named (None: all) chosen anew, and what moved; nothing is written."""
    images, packages = request.project.images, repo.for_images(repository)
    ours = [rule for rule in image.in_order(images, only) if rule.kind is not ImageKind.UNSET]
    chosen = {rule.name: [one.rpm for one in image.choose(rule, packages, workshop.toolbox, request.store)] for rule in ours}
    old = _readable_lock(request) if only is None else lock_of(request)
    new = image.with_images(old, chosen, images)
    return new, image.compare(old, new)


def _readable_lock(request: Request) -> image.ImageLock | None:
    """The lock, or None where it cannot be read (after a merge, say): who locks all images anew needs nothing of it."""
    try:
        return lock_of(request)
    except Failure:
        return None


def release(request: Request, workshop: Workshop, made: Image) -> image.Release:
    """An image put into its folder of updates, `out/updates/NAME`, which machines that run an older one look into."""
    rule = image.versioned(request.project.images[made.name], request.project)
    folder = request.project.output / "updates" / made.name
    return image.release_image(made, rule, folder, key=workshop.key, toolbox=workshop.toolbox, store=request.store)


def gather(  # noqa: PLR0917 each is what one stage gave
    request: Request,
    workshop: Workshop,
    rendered: Sequence[RenderedPackage],
    built: Sequence[BuiltPackage],
    repository: Repository,
    images: dict[str, Image],
    answers: dict[str, tuple[CheckResult, ...]],
) -> World:
    """All of it as one value, for evidence."""
    project, packages = request.project, repo.for_this_machine(repository)
    every = sorted({*packages, *repo.for_images(repository)})
    found = headers(every, workshop.toolbox, request.store)
    return World(
        project=project,
        store=request.store,
        rendered={package.component: package for package in rendered},
        built={package.component: package for package in built},
        packages=packages,
        debs=_debs(project.root / project.bridge.lock),
        foreign={part.architecture: _debs(project.root / part.lock) for part in project.bridge.foreign},
        repository=repository,
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
