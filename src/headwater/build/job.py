"""One component made ready to build: its root, its action, and every input by name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from threading import RLock

import msgspec

from headwater.build import buildroot, fingerprint, rpmbuild
from headwater.build.buildroot import Content, Made
from headwater.build.content import package_content
from headwater.build.graph import Graph
from headwater.build.roots import Roots
from headwater.build.specs import Specs
from headwater.build.turn import age, component_of, is_first
from headwater.config.model import BuildRule
from headwater.config.workshop import BuildRootRule
from headwater.engine import Action, Digest, Forest
from headwater.errors import Kind, fail
from headwater.render.model import RenderedPackage
from headwater.rpm.lock import PackageLock
from headwater.rpm.model import Rpm
from headwater.store import Store
from headwater.toolbox import Toolbox

SHOWN = 20  # bridged packages that a message names


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A component's build, ready to run. `packages` fill its root; `made` are the generated files and the sources."""

    component: str
    packages: tuple[Rpm, ...]
    made: tuple[Made, ...]
    action: Action
    key: str
    inputs: dict[str, str]


class Workshop:
    """What all builds of one run share: the packages there are, the generated files, what specs say."""

    def __init__(
        self,
        packages: Sequence[RenderedPackage],
        rule: BuildRootRule,
        bridged: Sequence[Rpm],
        *,
        forest: Forest,
        toolbox: Toolbox,
        store: Store,
        lock: PackageLock | None = None,
        specs: Mapping[str, str] = {},
        place: str = "",
    ) -> None:
        self._forest, self._toolbox, self._store = forest, toolbox, store
        self.specs = Specs(packages, rule, toolbox, store, files=specs, place=place)
        self.generated = buildroot.generated(rule, forest)
        asked = {need for facts in self.specs.facts.values() for need in facts.build_requires if need.startswith("/")}
        self._alone = RLock()  # libsolv's pool is one for all threads
        self.roots = Roots(rule, forest=forest, toolbox=toolbox, store=store, paths=asked, lock=lock)
        self.roots.add(bridged)

    def add(self, rpms: Sequence[Rpm]) -> None:
        """Packages that later builds may use."""
        with self._alone:
            self.roots.add(rpms)

    def graph(self) -> Graph:
        """Who needs whom, as far as specs tell, and what was seen when components were built last."""
        return Graph(self.specs.nodes(), elsewhere=self.bridged, preferred=self.roots.preferred)

    def bridged(self, dependency: str) -> bool:
        """Does a package that is no component's give it?"""
        with self._alone:
            return self.roots.bridged(dependency)

    def chosen(
        self, package: RenderedPackage, needed: Collection[str], asked: Sequence[str] = (), *, whole: bool = True
    ) -> tuple[Rpm, ...]:
        """The packages of a component's root; `needed` are the components whose packages it may hold.

        `asked` is what it asked for when it was run. Where that is not all yet, the root is not the `whole` one that is locked.
        """
        name = package.component
        proves = age(name) > age(component_of(name))  # its root is like the usual one's, and not locked
        facts = self.specs.facts[name]
        requires = (*facts.build_requires, *asked)
        with self._alone:
            return self.roots.choose(
                component_of(name) if proves else name,
                requires,
                needed,
                lambda dependency: self.specs.place(name, dependency),
                unwanted=facts.build_conflicts,
                whole=whole and not proves,
            )

    def root_of_bridged(self, what: str, requires: Sequence[str]) -> tuple[Rpm, ...]:
        """A root for an action of ours, of packages that are no component's. Errors: Failure(BUILD) where there are none."""
        with self._alone:
            return self.roots.choose(what, requires, (), lambda _: None)

    def job(
        self,
        package: RenderedPackage,
        rule: BuildRule,
        needed: Collection[str],
        asked: Sequence[str] = (),
        stage: str = rpmbuild.ALL,
        *,
        usual: bool = True,
    ) -> Job:
        """A component's build on bridged packages and those that the `needed` components gave, up to a stage of rpmbuild's.

        Of one that is not as `usual` the root may be another than the locked one.
        """
        forest, chosen = self._forest, self.chosen(package, needed, asked, whole=usual and stage == rpmbuild.ALL)
        insist_on_stage(package.component, rule, chosen)
        archives = {file: self._store.path(archive.digest) for file, archive in package.tree.archives.items()}
        recipe = rpmbuild.recipe(package.tree.spec, package.tree.text, rule, stage)
        made = (self.generated, buildroot.sources(package.tree, archives, recipe.script, forest))
        root = buildroot.compose([(rpm, self.roots.tree(rpm)) for rpm in chosen], made, forest)
        action = rpmbuild.action(recipe, root)
        inputs = {
            **fingerprint.source_inputs(package.tree),
            **fingerprint.recipe_inputs(recipe.script, self.generated.names, recipe.environment),
            **fingerprint.root_inputs(chosen),
            **fingerprint.asked_inputs(asked),
            **fingerprint.bootstrap_inputs(rpm for rpm in chosen if is_first(rpm.component)),
        }
        return Job(
            component=package.component,
            packages=chosen,
            made=made,
            action=action,
            key=action.digest.hash,
            inputs=dict(sorted(inputs.items())),
        )

    def supply(self, job: Job, wanted: set[Digest]) -> Iterator[tuple[Digest, Content]]:
        """Content of files of a job's tree: from what was generated, from the sources, from packages."""
        here = {digest: content for made in job.made for digest, content in made.content.items() if digest in wanted}
        yield from here.items()
        used = {rpm: self.roots.headers[rpm] for rpm in job.packages}
        yield from package_content(used, wanted - here.keys(), self._toolbox, self._store)


def insist_on_stage(component: str, rule: BuildRule, chosen: Sequence[Rpm]) -> None:
    """Raise a Failure(BUILD) that names the bridged packages in a root of stage 2."""
    bridged = [rpm.name for rpm in chosen if rpm.origin == "bridge"]
    if rule.stage == 1 or not bridged:
        return
    some = ", ".join(bridged[:SHOWN]) + (f" and {len(bridged) - SHOWN} more" if len(bridged) > SHOWN else "")
    raise fail(
        Kind.BUILD,
        f"`{component}` must be built from our own packages alone, and its root would hold {len(bridged)} bridged ones",
        where=rule.where,
        why=some,
        hint="hw -v list --stage says who leans on what; or build.stage = 1",
    )
