"""From the repository to images: which packages they may hold, composed, made again elsewhere, brought out to machines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from headwater import image, repo
from headwater.bridge import maintainer_scripts
from headwater.config.images import ImageKind, ImageRule
from headwater.errors import Failure
from headwater.image.model import Image
from headwater.repo.model import Repository
from headwater.request import Request, Workshop, kiwi_of, verifier
from headwater.rpm import headers
from headwater.rpm.lock import LockMove, PackageLock, readable
from headwater.rpm.model import Rpm
from headwater.toolbox.debian import read_lock


def compose_images(
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


def lock_of(request: Request) -> PackageLock | None:
    """The project's image lock; None where it has none, and images are then chosen from all that there is."""
    return image.read_lock(Path(request.project.project.image_lock), request.project.root)


def lock_images(
    request: Request, workshop: Workshop, repository: Repository, only: Sequence[str] | None = None
) -> tuple[PackageLock, tuple[LockMove, ...]]:
    """The image lock with the packages of the images named (None: all) chosen anew, and what moved; nothing is written."""
    images, packages = request.project.images, repo.for_images(repository)
    ours = [rule for rule in image.in_order(images, only) if rule.kind is not ImageKind.UNSET]
    chosen: dict[str, list[Rpm]] = {}
    for rule in ours:
        whole = image.solved_with(rule, chosen.get(rule.extension.of, ()))
        chosen[rule.name] = [one.rpm for one in image.choose(whole, packages, workshop.toolbox, request.store)]
    old = readable(lambda: lock_of(request)) if only is None else lock_of(request)
    new = image.with_images(old, chosen, images)
    return new, image.compare(old, new)


def release(request: Request, workshop: Workshop, made: Image) -> image.Release:
    """An image put into its folder of updates, `out/updates/NAME`, which machines that run an older one look into."""
    rule = image.versioned(request.project.images[made.name], request.project)
    folder = request.project.output / "updates" / made.name
    return image.release_image(made, rule, folder, key=workshop.key, toolbox=workshop.toolbox, store=request.store)
