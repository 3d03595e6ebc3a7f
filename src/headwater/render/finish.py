"""What follows the overlays, for many packages at once: releases are made, and files that no spec names are left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

import msgspec

from headwater.config.model import Component, Project
from headwater.errors import Failure, Kind, Problem, fail
from headwater.render import filtering, release
from headwater.render.history import AZLDEV, INITIAL, OURS, Entry, ProjectHistory, dirty
from headwater.render.inputs import Inputs
from headwater.render.model import RenderedPackage
from headwater.render.render import with_digest
from headwater.render.synthetic import Base, Synthetic
from headwater.rpm import History, count, evaluate_each
from headwater.rpm.model import SpecFacts
from headwater.store import Store
from headwater.toolbox import Toolbox
from headwater.upstream import Clones, follow, read_lock

Outcome = RenderedPackage | Failure


class Finisher:
    """All that is needed to finish packages of one project; the toolbox is opened when something must be asked there."""

    def __init__(
        self,
        project: Project,
        store: Store,
        clones: Clones,
        toolbox: Callable[[], Toolbox],
        *,
        jobs: int,
        only: Sequence[str] = (),
    ) -> None:
        """With `only` these components alone have a history: that of all takes longer to read."""
        self.project, self.store, self.clones, self._toolbox, self.jobs = project, store, clones, toolbox, jobs
        self.inputs, self._only = Inputs(project), only

    @cached_property
    def history(self) -> ProjectHistory:
        return ProjectHistory(self.project, self._only)

    @cached_property
    def toolbox(self) -> Toolbox:
        return self._toolbox()

    def finish(self, packages: Sequence[RenderedPackage]) -> list[Outcome]:
        """Each package finished, or why it could not be, in order."""
        released = list(self._release(packages))
        return self._filter(released)

    def entries(self, component: Component) -> list[Entry]:
        """The project's own changes of a component, oldest first; what is not committed yet comes last."""
        found = self.history.of(component.name)
        if found and self.history.is_cut:
            raise fail(
                Kind.USAGE,
                f"the release of `{component.name}` cannot be counted in a shallow clone",
                where=component.where,
                why="the project's own changes count, and their history was cut when it was cloned",
                hint="git fetch --unshallow",
            )
        now = read_lock(self.project.root / self.project.project.lock_dir, component.name)
        last, author = self.history.locks.get(component.name), OURS if component.strict() else AZLDEV
        return [*found, *dirty(found, last, now, self.inputs.of(component), author)]

    def _release(self, packages: Sequence[RenderedPackage]) -> Iterator[Outcome]:
        """Numbers are raised first; then what has a history to be counted is counted, all at once."""
        ways = {package.component: self._way(package) for package in packages}
        raised = [self._raised(package, ways[package.component]) for package in packages]
        counted = [one for one in raised if isinstance(one, RenderedPackage) and _counts(ways[one.component])]
        answers = dict(zip((package.component for package in counted), self._count(counted), strict=True))
        for one in raised:
            yield one if isinstance(one, Failure) else answers.get(one.component, one)

    def _way(self, package: RenderedPackage) -> release.Way | Failure:
        try:
            return release.way_of(self._component(package), package.tree.text)
        except Failure as failure:
            return failure

    def _raised(self, package: RenderedPackage, way: release.Way | Failure) -> Outcome:
        if isinstance(way, Failure):
            return way
        try:
            return self.bumped(package) if way.bumps else package
        except Failure as failure:
            return failure

    def bumped(self, package: RenderedPackage) -> RenderedPackage:
        """The package with its release raised by the project's own changes. Raises Failure(CONFIG)."""
        component = self._component(package)
        text = release.bump(component, package.tree.text, len(self.entries(component)))
        return _with_spec(package, component, text.encode(errors="surrogateescape"), release.BUMPED)

    def _count(self, packages: Sequence[RenderedPackage]) -> list[Outcome]:
        if not packages:
            return []
        histories = [self._history_of(package) for package in packages]
        asked = [one for one in histories if isinstance(one, History)]
        answers = iter(count(asked, self.toolbox, self.store, jobs=self.jobs))
        return [
            one if isinstance(one, Failure) else self._counted(package, next(answers))
            for package, one in zip(packages, histories, strict=True)
        ]

    def _history_of(self, package: RenderedPackage) -> History | Failure:
        try:
            made = Synthetic(package.tree.files, self.commits(package), self.base(package))
        except Failure as failure:
            return failure
        return History(component=package.component, spec=package.tree.spec, head=made.head, pack=made.pack)

    def _counted(self, package: RenderedPackage, answer: object) -> Outcome:
        component, error = self._component(package), getattr(answer, "error", "")
        if error:
            what = f"the release of `{component.name}` could not be counted"
            hint = f'components.{component.name}.release.calculation = "manual"'
            return Failure([Problem(kind=Kind.SPEC, what=what, where=release.said_at(component), why=error, hint=hint)])
        return _with_spec(package, component, getattr(answer, "spec", b""), release.COUNTED)

    def commits(self, package: RenderedPackage) -> list[Entry]:
        """The project's commits in a package's history: its changes, and in azldev's way something for them to lie on."""
        component = self._component(package)
        found = self.entries(component)
        bare = package.upstream.pin.kind != "dist-git" and not component.strict()
        return [INITIAL, *found] if found and bare else found

    def base(self, package: RenderedPackage) -> Base | None:
        """Upstream's own history, where there is one."""
        pin = package.upstream.pin
        if pin.kind != "dist-git":
            return None
        upstream = follow(self._component(package), self.project.distros, self.project.project.default_distro)
        lock = self.history.locks.get(package.component)
        first = lock.import_commit if lock else pin.digest
        place = self.clones.open(pin.url).whole(upstream.branch)
        return Base(place=place, first=first, last=pin.digest)

    def _filter(self, packages: Sequence[Outcome]) -> list[Outcome]:
        names: dict[str, frozenset[str] | None] = {}
        unsure = []
        for package in packages:
            if isinstance(package, RenderedPackage) and self._is_filtered(package):
                names[package.component] = filtering.names_of(package)
                unsure += [package] if names[package.component] is None else []
        names |= self._asked(unsure)
        return [_kept(package, names) for package in packages]

    def _asked(self, packages: Sequence[RenderedPackage]) -> dict[str, frozenset[str] | None]:
        """What rpm says of those of which the text does not tell; where rpm cannot say, everything is kept."""
        if not packages:
            return {}
        questions = [filtering.question(one.tree) for one in packages]
        answers = evaluate_each(questions, self.toolbox, self.store, jobs=self.jobs)
        return {
            one.component: filtering.names_in(answer) if isinstance(answer, SpecFacts) else None
            for one, answer in zip(packages, answers, strict=True)
        }

    def _is_filtered(self, package: RenderedPackage) -> bool:
        return package.upstream.pin.kind in filtering.FILTERED and not self._component(package).render.skip_file_filter

    def _component(self, package: RenderedPackage) -> Component:
        return self.project.components[package.component]


def _counts(way: release.Way | Failure) -> bool:
    return isinstance(way, release.Way) and way.counts


def _kept(package: Outcome, names: Mapping[str, frozenset[str] | None]) -> Outcome:
    if isinstance(package, Failure) or package.component not in names:
        return package
    return with_digest(filtering.keep(package, names[package.component]))


def _with_spec(package: RenderedPackage, component: Component, content: bytes, description: str) -> RenderedPackage:
    """The package with another text of its spec, and the change that says why."""
    tree = package.tree
    before = tree.files[tree.spec]
    if content == before.content:
        return package
    files = {**tree.files, tree.spec: msgspec.structs.replace(before, content=content)}
    made = release.change(component, tree.spec, before.content, content, description)
    new = msgspec.structs.replace(package, tree=msgspec.structs.replace(tree, files=files), changes=(*package.changes, made))
    return with_digest(new)
