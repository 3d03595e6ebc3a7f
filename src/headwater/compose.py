"""From the repository to images: which packages they may hold, composed, made again elsewhere, brought out to machines."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from headwater import image
from headwater.config.images import ImageKind, ImageRule
from headwater.digest import digest_file, digest_of
from headwater.errors import Failure
from headwater.image.model import Image
from headwater.request import Request, Workshop, kiwi_of, verifier
from headwater.rpm import headers
from headwater.rpm.lock import LockMove, PackageLock, readable
from headwater.rpm.model import Rpm
from headwater.toolbox.debian import read_lock

if TYPE_CHECKING:
    from headwater.image.verbs import Release, Reproduction
    from headwater.repo.model import Repository

Elsewhere = Callable[[ImageRule], Image]


def compose_images(
    request: Request, workshop: Workshop, repository: Repository, only: Sequence[str] | None = None
) -> dict[str, Image]:
    """The images named (None: all), those first that others are made from (an initrd before its disk).

    Errors: Failure(IMAGE) with everything in which the project's image lock is out of date, before the first one is made.
    """
    from headwater import repo  # noqa: PLC0415 who has the packages needs no repository

    elsewhere = functools.partial(compose_elsewhere, request, repository)
    return compose_from(request, workshop, repo.for_images(repository), lock_of(request), only, elsewhere=elsewhere)


def compose_from(
    request: Request,
    workshop: Workshop,
    packages: Sequence[Rpm],
    lock: PackageLock | None,
    only: Sequence[str] | None = None,
    *,
    elsewhere: Elsewhere | None = None,
) -> dict[str, Image]:
    """As `compose_images`, from all packages that images may hold. `elsewhere` makes what other tools describe."""
    made: dict[str, Image] = {}
    rules = image.in_order(request.project.images, only)
    problems = image.lock_problems(rules, packages, lock)
    if problems:
        raise Failure(problems)
    scripts = scripts_of(request, workshop)
    for rule in rules:
        if rule.kind is ImageKind.UNSET:
            assert elsewhere, "who has packages alone composes all images"
            made[rule.name] = elsewhere(rule)
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
            scripts=scripts,
            trust=workshop.trust,
        )
    return made


def compose_elsewhere(request: Request, repository: Repository, rule: ImageRule) -> Image:
    """An image that kiwi describes, by kiwi."""
    from headwater.image.verbs import build_kiwi  # noqa: PLC0415 all verbs of images take longer to load than one to compose

    project = request.project
    release = project.distro.versions.get(project.version)
    return build_kiwi(
        rule,
        repository=repository,
        kiwi=kiwi_of(request),
        store=request.store,
        output=project.output / "images",
        log=project.output / "logs" / f"{rule.name}.kiwi",
        config=release.kiwi_config_override if release else "",
    )


def reproduce(request: Request, workshop: Workshop, made: Mapping[str, Image]) -> Reproduction:
    """Images that were made, built again elsewhere and compared."""
    from headwater.image import verbs  # noqa: PLC0415 as above

    rules = [request.project.images[name] for name in made]
    project, toolbox, trust = request.project, workshop.toolbox, workshop.trust
    return verbs.reproduce(made, rules, project=project, toolbox=toolbox, store=request.store, trust=trust)


def scripts_of(request: Request, workshop: Workshop) -> image.Scripts:
    """How images learn what packages would run when they are installed: their own scriptlets, or those of their .debs."""
    rule, root = request.project.bridge, request.project.root
    files = [root / file for file in (*(foreign.lock for foreign in rule.foreign), rule.lock)]
    digests = [digest_file(file) for file in files if file.is_file()]

    def read(packages: Sequence[Rpm]) -> dict[str, dict[str, str]]:
        from headwater.bridge import maintainer_scripts  # noqa: PLC0415 an image that is known asks for none

        names = {rpm.name for rpm in packages if rpm.origin == "bridge"}
        # a name in several locks has the text of ours, the last
        debs = [deb for lock in map(read_lock, files) if lock for deb in lock.debs if deb.name in names]
        built = [rpm for rpm in packages if rpm.origin != "bridge"]
        own = zip(built, headers(built, workshop.toolbox, request.store), strict=True)
        bridged = maintainer_scripts(debs, request.store, offline=request.offline)
        return bridged | {rpm.name: header.scripts for rpm, header in own}

    return image.Scripts(source=digest_of(digests), read=read)


def lock_of(request: Request) -> PackageLock | None:
    """The project's image lock; None where it has none, and images are then chosen from all that there is."""
    return image.read_lock(Path(request.project.project.image_lock), request.project.root)


def lock_images(
    request: Request, workshop: Workshop, repository: Repository, only: Sequence[str] | None = None
) -> tuple[PackageLock, tuple[LockMove, ...]]:
    """The image lock with the packages of the images named (None: all) chosen anew, and what moved; nothing is written."""
    from headwater.image import verbs  # noqa: PLC0415 as above
    from headwater.repo import for_images  # noqa: PLC0415 as above

    images, packages = request.project.images, for_images(repository)
    ours = [rule for rule in image.in_order(images, only) if rule.kind is not ImageKind.UNSET]
    chosen: dict[str, list[Rpm]] = {}
    for rule in ours:
        whole = verbs.solved_with(rule, chosen.get(rule.extension.of, ()))
        chosen[rule.name] = [one.rpm for one in verbs.choose(whole, packages, workshop.toolbox, request.store)]
    old = readable(lambda: lock_of(request)) if only is None else lock_of(request)
    new = verbs.with_images(old, chosen, images)
    return new, verbs.compare(old, new)


def release(request: Request, workshop: Workshop, made: Image) -> Release:
    """An image put into its folder of updates, `out/updates/NAME`, which machines that run an older one look into."""
    from headwater.image.verbs import release_image, versioned  # noqa: PLC0415 as above

    rule = versioned(request.project.images[made.name], request.project)
    folder = request.project.output / "updates" / made.name
    return release_image(made, rule, folder, key=workshop.key, toolbox=workshop.toolbox, store=request.store)
