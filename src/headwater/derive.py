"""Components -> rendered packages: each taken from its upstream, overlaid, released; a whole tree, or what moved of it."""

from __future__ import annotations

import fnmatch
import time
from collections.abc import Iterator, Mapping, Sequence

from headwater import upstream
from headwater.config.model import Component
from headwater.errors import Failure
from headwater.progress import step
from headwater.render import (
    PAUSE,
    Finisher,
    Memory,
    Task,
    is_reviewed,
    is_written,
    place_of,
    provenance,
    render,
    write,
)
from headwater.render.model import RenderedPackage
from headwater.request import Request, key_of, toolbox_of
from headwater.upstream import Clones, Lock, Surroundings, names_in, take, with_ours, write_lock
from headwater.upstream.model import SourceTree

SHARE = 200  # components that are rendered before their folders are written: their files are in memory meanwhile
KEY_FILE = "*-signing-key.asc"  # a source of this name is the project's public key: made on first use, never checked in


def derive(request: Request, components: Sequence[Component], *, archives: bool = True) -> tuple[RenderedPackage, ...]:
    """Each component's sources, fetched and overlaid, with its release; the problems of all of them are told together.

    Without `archives` only what the specs need to be rendered is fetched.
    """
    found = derive_each(request, components, archives=archives)
    problems = [problem for one in found if isinstance(one, Failure) for problem in one.problems]
    if problems:
        raise Failure(problems)
    return tuple(one for one in found if isinstance(one, RenderedPackage))


def derive_each(request: Request, components: Sequence[Component], *, archives: bool = True) -> list[RenderedPackage | Failure]:
    """As `derive`; a component that cannot be rendered is a Failure in its place, and the others go on."""
    around = surroundings(request)
    assert around.clones, "made there"
    made: list[RenderedPackage | Failure] = []
    with step("derive", f"{len(components)} components") as work:
        for number, component in enumerate(components, start=1):
            work.note(component.name, current=number, total=len(components))
            try:
                made.append(_overlaid(request, component, around, archives=archives))
            except Failure as failure:
                made.append(failure)
    whole = [one for one in made if isinstance(one, RenderedPackage)]
    finisher = Finisher(request.project, request.store, around.clones, lambda: toolbox_of(request), jobs=request.jobs)
    finished = iter(finisher.finish(whole))
    return [one if isinstance(one, Failure) else next(finished) for one in made]


def render_tree(
    request: Request, memory: Memory, names: Sequence[str], *, force: bool = False, check: bool = False
) -> Iterator[tuple[Task, RenderedPackage | Failure, bool]]:
    """Render what moved since it was rendered last, and write it (not with `check`), a share at a time.

    Gives each task with its package (or why there is none), and whether its folder differs from what it was.
    """
    project = request.project
    tasks = memory.plan(names, force=force)
    try:
        for first in range(0, len(tasks), SHARE):
            share = tasks[first : first + SHARE]
            found = derive_each(request, [project.components[task.component] for task in share], archives=False)
            done = [_put(request, one, check=check) for one in found]
            yield from ((task, one, moved) for task, one, (moved, _) in zip(share, found, done, strict=True))
            _remember(request, memory, found, [written for _, written in done])
    finally:
        if tasks and not check:
            memory.save()


def open_memory(request: Request) -> Memory:
    """What was rendered here before."""
    project = request.project
    locks, _ = upstream.read_locks(project.root / project.project.lock_dir)
    return Memory(project, request.store, locks)


def _put(request: Request, one: RenderedPackage | Failure, *, check: bool) -> tuple[bool, int]:
    """Whether a package's folder differs (or differed), and when it was right; 0 where it is not."""
    if isinstance(one, Failure):
        return False, 0
    place, reviewed = place_of(request.project, one), is_reviewed(request.project, one)
    differs = not is_written(one, place, checked_in=reviewed)
    if check:
        return differs, 0
    if differs:
        write(one, place, checked_in=reviewed)
    return differs, time.time_ns()


def _remember(request: Request, memory: Memory, found: Sequence[RenderedPackage | Failure], written: Sequence[int]) -> None:
    time.sleep(PAUSE)
    for one, moment in zip(found, written, strict=True):
        if isinstance(one, RenderedPackage) and moment:
            component = request.project.components[one.component]
            memory.remember(component, one.digest, place_of(request.project, one), moment)


def _overlaid(request: Request, component: Component, around: Surroundings, *, archives: bool) -> RenderedPackage:
    return overlaid(request, component, take_sources(request, component, around, archives=archives))


def overlaid(request: Request, component: Component, tree: SourceTree) -> RenderedPackage:
    """A component's sources with its overlays applied; its release is that of the spec."""
    extra, macros = _extra(request, tree), provenance(component, tree, request.project)
    return render(component, tree, request.store, extra_files=extra, macros=macros)


def take_sources(
    request: Request,
    component: Component,
    around: Surroundings | None = None,
    *,
    archives: bool = True,
    as_listed: bool = False,
) -> SourceTree:
    """What upstream has of a component. Without `archives` one is fetched only where a strict overlay works inside it.

    With `as_listed` the list of archives is upstream's own.
    """
    project = request.project
    lock = upstream.read_lock(project.root / project.project.lock_dir, component.name)
    tree = take(
        component,
        request.store,
        root=project.root,
        offline=request.offline,
        around=around or surroundings(request),
        lock=lock,
        archives=archives or (component.strict() and any(getattr(one, "archive", "") for one in component.overlays)),
        as_listed=as_listed,
    )
    _pin_again(request, component.name, lock, tree.repins)
    return tree


def _pin_again(request: Request, name: str, lock: Lock | None, repins: Mapping[str, str]) -> None:
    """What upstream lists by MD5 alone is trusted once: from then on the lock has its SHA-512."""
    if lock and any(line not in lock.repins for line in repins):
        pinned = with_ours(lock, inputs=lock.inputs, repins={**lock.repins, **repins})
        with step("pin", name, reason="upstream lists archives by MD5; the lock now has their SHA-512"):
            write_lock(request.project.root / request.project.project.lock_dir, name, pinned)


def surroundings(request: Request) -> Surroundings:
    """Where components that come from other distributions are looked up, each server asked once."""
    return Surroundings(
        distros=request.project.distros,
        default=request.project.project.default_distro,
        clones=Clones(request.store, offline=request.offline),
        toolbox=lambda: toolbox_of(request),
    )


def _extra(request: Request, tree: SourceTree) -> dict[str, bytes]:
    """Files that this machine makes for a spec that names them."""
    names = fnmatch.filter(names_in(tree.text), KEY_FILE)
    return dict.fromkeys(names, key_of(request).public) if names else {}
