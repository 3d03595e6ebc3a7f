"""A component's sources for those who look at them or build by hand: as a folder, as a difference, as rpm reads them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from headwater.config.model import Component
from headwater.derive import overlaid, surroundings, take_sources
from headwater.errors import Failure, Problem
from headwater.progress import step
from headwater.render import (
    FileDiff,
    Finisher,
    Prepared,
    Preparing,
    compare_trees,
    prepare_package,
    raw_question,
    reaches_archives,
    untouched,
)
from headwater.request import Request, toolbox_of
from headwater.rpm import evaluate
from headwater.rpm.model import SpecFacts, SpecQuestion
from headwater.upstream import pin_sources


def prepare(request: Request, component: Component, how: Preparing) -> tuple[Prepared, tuple[Problem, ...]]:
    """A component's sources as they are built, or as they are before overlays; and what a user should know of them."""
    around = surroundings(request)
    assert around.clones, "made there"
    only = (component.name,)
    finisher = Finisher(request.project, request.store, around.clones, lambda: toolbox_of(request), jobs=1, only=only)
    with step("prepare", component.name), ThreadPoolExecutor(1) as beside:
        if how.history:
            beside.submit(lambda: finisher.history)  # git reads the project's history while this goes on
        component, told = _pinned(request, component, how)
        tree = take_sources(request, component, around, archives=how.archives, as_listed=not how.overlays)
        if not how.overlays:
            return untouched(tree, how), told
        prepared, more = prepare_package(overlaid(request, component, tree), component, finisher, how)
        return prepared, (*told, *more)


def _pinned(request: Request, component: Component, how: Preparing) -> tuple[Component, tuple[Problem, ...]]:
    """The component with a digest for each of its files, where files without one are wanted."""
    if not (how.unpinned and how.archives):
        return component, ()
    ref = component.spec.upstream_distro or request.project.project.default_distro
    distro = request.project.distros.get(ref.name) if ref else None
    return pin_sources(component, distro, request.store, offline=request.offline)


def difference(request: Request, component: Component) -> list[FileDiff]:
    """What the overlays of a component do to the files of its sources. Archives are fetched where overlays may reach them."""
    around = surroundings(request)
    tree = take_sources(request, component, around, archives=False, as_listed=True)
    if reaches_archives(component, tree):
        tree = take_sources(request, component, around, as_listed=True)
    return compare_trees(tree, overlaid(request, component, tree).tree, request.store)


def query(request: Request, components: Sequence[Component]) -> tuple[SpecFacts, ...]:
    """What rpm reads in the specs as upstream has them. Raises one Failure with the problems of all of them."""
    around = surroundings(request)
    questions: list[SpecQuestion] = []
    problems: list[Problem] = []
    for component in components:
        try:
            tree = take_sources(request, component, around, archives=False, as_listed=True)
            questions.append(raw_question(tree, component, request.project.build_root))
        except Failure as failure:
            problems += failure.problems
    if problems:
        raise Failure(problems)
    return evaluate(questions, toolbox_of(request), request.store, jobs=request.jobs)
