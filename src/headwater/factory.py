"""From rendered components to a signed repository: what comes over the bridge, what is built, and both published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

from headwater import build, repo, sign
from headwater.bridge import bridge
from headwater.build.model import BuiltPackage
from headwater.config.workshop import MACHINE, MACHINES
from headwater.derive import derive
from headwater.engine import open_engine
from headwater.errors import Failure
from headwater.render.model import RenderedPackage
from headwater.repo.model import Repository
from headwater.request import Request, Workshop, open_workshop, signer, verifier
from headwater.rpm.model import Rpm


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
    with open_engine(store, toolbox, jobs=request.jobs) as engine:
        yield build.Line(rendered, rules, root, here, engine=engine, toolbox=toolbox, store=store)


def make(
    request: Request,
    workshop: Workshop,
    rendered: Sequence[RenderedPackage],
    bridged: Sequence[Rpm],
    *,
    only: Sequence[str] = (),
    force: bool = False,
    keep_going: bool = True,
) -> tuple[BuiltPackage, ...]:
    """Each rendered package built in order of need; what a build gives is signed before the next may use it.

    Where one fails, all that do not need it are built all the same, unless `keep_going` is off.
    """
    with open_line(request, workshop, rendered, bridged) as line:
        sign_these, verify_these = signer(request, workshop), verifier(request, workshop)
        return build.build_all(
            line,
            sign=sign_these,
            verify=verify_these,
            only=only,
            force=force,
            jobs=request.jobs,
            keep_going=keep_going,
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
