"""From rendered components to a signed repository: what comes over the bridge, what is built, and both published."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from headwater import build, check, repo, sign
from headwater.bridge import bridge
from headwater.build.model import BuiltPackage
from headwater.check.model import Judged
from headwater.config.workshop import MACHINE, MACHINES
from headwater.derive import derive
from headwater.engine import open_engine
from headwater.errors import Failure
from headwater.render import place_of
from headwater.render.model import RenderedPackage
from headwater.repo.model import Repository
from headwater.request import Request, Workshop, open_workshop, sharing, signer, verifier
from headwater.rpm.lock import LockMove, PackageLock, readable
from headwater.rpm.model import Rpm


def cross(request: Request, workshop: Workshop) -> tuple[Rpm, ...]:
    """What still comes from Debian, as signed packages."""
    rule = request.project.bridge
    packages = bridge(rule, request.project.root, workshop.toolbox, request.store, offline=request.offline)
    return sign.sign_packages(packages, workshop.key, workshop.toolbox, request.store)


def lock_of(request: Request) -> PackageLock | None:
    """The project's lock of build roots; None where it has none, and roots are then chosen from all that there is."""
    return build.read_lock(Path(request.project.project.build_root_lock), request.project.root)


@contextmanager
def open_line(
    request: Request,
    workshop: Workshop,
    rendered: Sequence[RenderedPackage],
    bridged: Sequence[Rpm],
    *,
    locked: bool = True,
    once: build.Once = build.Once(),
) -> Iterator[build.Line]:
    """All that is needed to plan and build, with the engine running. Where not `locked`, roots are chosen anew."""
    rules = {name: component.build for name, component in request.project.components.items()}
    root, toolbox, store = request.project.build_root, workshop.toolbox, request.store
    here = [rpm for rpm in bridged if rpm.arch in {MACHINES[MACHINE], "noarch"}]  # what others run builds nothing
    size, shared = request.project.engine.size, sharing(request, workshop)
    with open_engine(store, toolbox, server=request.engine, sharing=shared, jobs=request.jobs, size=size) as engine:
        line = build.Line(
            rendered,
            rules,
            root,
            here,
            engine=engine,
            toolbox=toolbox,
            store=store,
            lock=lock_of(request) if locked else None,
            specs=_specs(request, rendered),
            verify=checker(request, workshop, once),
            once=once.apart(request.project),
            place=str(request.project.root),
        )
        if once.local:
            line.workshop.add(build.read_local(once.local, toolbox, store))
        yield line


def checker(request: Request, workshop: Workshop, once: build.Once) -> Callable[[Sequence[Rpm]], None]:
    """How packages are asked for their signature; those of a folder that the user trusts as it is are not."""
    check = verifier(request, workshop)
    return lambda rpms: check([rpm for rpm in rpms if not (once.unsigned and rpm.origin == build.LOCAL)])


def _specs(request: Request, rendered: Sequence[RenderedPackage]) -> dict[str, str]:
    """The rendered specs that lie in the project, by component, relative to it."""
    root = request.project.root
    places = {package.component: place_of(request.project, package) / package.tree.spec for package in rendered}
    return {name: str(path.relative_to(root)) for name, path in places.items() if path.is_relative_to(root) and path.is_file()}


def lock_roots(
    request: Request,
    workshop: Workshop,
    rendered: Sequence[RenderedPackage],
    bridged: Sequence[Rpm],
    *,
    only: Sequence[str] = (),
) -> tuple[PackageLock, tuple[LockMove, ...]]:
    """The lock of build roots with those of components (default: all) chosen anew, and what moved; nothing is written."""
    old = lock_of(request) if only else readable(lambda: lock_of(request))
    sign_these, verify_these = signer(request, workshop), verifier(request, workshop)
    with open_line(request, workshop, rendered, bridged, locked=False) as line:
        new = build.lock_roots(line, old, sign=sign_these, verify=verify_these, only=only, jobs=request.jobs)
    return new, build.compare(old, new)


def make(
    request: Request,
    workshop: Workshop,
    rendered: Sequence[RenderedPackage],
    bridged: Sequence[Rpm],
    *,
    only: Sequence[str] = (),
    force: bool = False,
    keep_going: bool = True,
    hold: bool = True,
    once: build.Once = build.Once(),
    twice: bool = False,
) -> tuple[BuiltPackage, ...]:
    """Each rendered package built in order of need; what a build gives is signed before the next may use it.

    Where one fails, all that do not need it are built all the same, unless `keep_going` is off. What was built is held to the
    checks of packages in the end, unless `hold` is off. Errors: Failure(CHECK) with all that must not be.
    """
    with open_line(request, workshop, rendered, bridged, once=once) as line:
        built = build.build_all(
            line,
            sign=signer(request, workshop),
            verify=checker(request, workshop, once),
            only=only,
            force=force,
            jobs=request.jobs,
            keep_going=keep_going,
            twice=twice,
        )
    if hold:
        _hold(request, workshop, bridged, built)
    return built


def judged(request: Request, workshop: Workshop, bridged: Sequence[Rpm], built: Sequence[BuiltPackage]) -> tuple[Judged, ...]:
    """What the checks found in built packages, and what becomes of it today."""
    names = [one.component for one in built]
    found = check.examine(_asked(request, workshop, bridged, built))
    return check.judge(found, request.project, names, datetime.now(UTC).date())


def _hold(request: Request, workshop: Workshop, bridged: Sequence[Rpm], built: Sequence[BuiltPackage]) -> None:
    problems = check.problems_of(judged(request, workshop, bridged, built), request.project)
    if problems:
        raise Failure(problems)


def _asked(request: Request, workshop: Workshop, bridged: Sequence[Rpm], built: Sequence[BuiltPackage]) -> check.Ground:
    there = {one.component for one in built}
    whole = all(name in there or one.build.failure.expected for name, one in request.project.components.items())
    return check.Ground(
        built=tuple(built),
        others=tuple(bridged) if whole else None,
        place=request.project.output / "repo",
        toolbox=workshop.toolbox,
        store=request.store,
        jobs=request.jobs,
    )


def publish(request: Request, workshop: Workshop, bridged: Sequence[Rpm], built: Sequence[BuiltPackage]) -> Repository:
    """The signed repository, with every dependency met inside."""
    project = request.project
    packages = [*bridged, *(rpm for package in built for rpm in package.rpms)]
    folder = project.output / "repo"
    made = repo.publish(packages, workshop.key, workshop.toolbox, request.store, folder, components=project.components)
    problems = repo.check(made)
    if problems:
        raise Failure(problems)
    check.remember(_asked(request, workshop, bridged, built))
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
