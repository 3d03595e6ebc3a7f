"""One component made ready to build: its root, its action, and every input by name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import msgspec

from headwater.build import buildroot, fingerprint, rpmbuild
from headwater.build.buildroot import Content, Made
from headwater.build.content import package_content
from headwater.build.graph import Node
from headwater.build.solve import Solver
from headwater.config.model import BuildRule
from headwater.config.workshop import BuildRootRule
from headwater.engine import Action, Digest, Forest
from headwater.render.model import RenderedPackage
from headwater.rpm import Header, evaluate, headers
from headwater.rpm.model import Rpm, SpecFacts, SpecQuestion
from headwater.store import Store
from headwater.toolbox import Toolbox


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A component's build, ready to run. `packages` fill its root; `made` are the generated files and the sources."""

    component: str
    packages: tuple[Rpm, ...]
    made: tuple[Made, ...]
    action: Action
    key: str
    inputs: dict[str, str]


class Workshop:
    """What all builds of one run share: the packages there are, their trees, the generated files."""

    def __init__(
        self,
        packages: Sequence[RenderedPackage],
        rule: BuildRootRule,
        bridged: Sequence[Rpm],
        *,
        forest: Forest,
        toolbox: Toolbox,
        store: Store,
    ) -> None:
        self._rule, self._forest, self._toolbox, self._store = rule, forest, toolbox, store
        self.facts = dict(
            zip((one.component for one in packages), evaluate(_questions(packages, rule), toolbox, store), strict=True)
        )
        self._generated = buildroot.generated(rule, forest)
        self._basis = tuple(name for group in rule.packages for name in group.names)
        asked = {need for facts in self.facts.values() for need in facts.build_requires if need.startswith("/")}
        self._headers: dict[Rpm, Header] = {}
        self._current: dict[str, Rpm] = {}
        self._trees: dict[str, Digest] = {}
        self._solver = Solver({}, paths=asked)
        self.add(bridged)

    def add(self, rpms: Sequence[Rpm]) -> None:
        """Packages that later builds may use; one that is known already, but with another signature, takes its place."""
        found = dict(zip(rpms, headers(rpms, self._toolbox, self._store), strict=True))
        self._headers |= found
        self._solver.add({rpm: header for rpm, header in found.items() if _content(rpm) not in self._current})
        self._current |= {_content(rpm): rpm for rpm in rpms}

    def nodes(self) -> tuple[Node, ...]:
        """The graph's nodes, as far as specs tell: generated provides such as sonames are known only after the build."""
        return tuple(_node(name, facts) for name, facts in self.facts.items())

    def job(self, package: RenderedPackage, rule: BuildRule, needed: Collection[str]) -> Job:
        """A component's build on bridged packages and those that the `needed` components gave."""
        name, forest = package.component, self._forest
        wanted = [*self._basis, *self.facts[name].build_requires]
        chosen = tuple(
            sorted(self._current[_content(rpm)] for rpm in self._solver.choose(wanted, for_what=name, built_by=needed))
        )
        archives = {file: self._store.path(archive.digest) for file, archive in package.tree.archives.items()}
        recipe = rpmbuild.recipe(package.tree.spec, package.tree.text, rule)
        made = (self._generated, buildroot.sources(package.tree, archives, recipe.script, forest))
        root = buildroot.compose([(rpm, self._tree(rpm)) for rpm in chosen], made, forest)
        action = rpmbuild.action(recipe, root)
        inputs = {
            **fingerprint.source_inputs(package.tree),
            **fingerprint.recipe_inputs(recipe.script, self._generated.names, recipe.environment),
            **fingerprint.root_inputs(chosen),
        }
        return Job(
            component=name,
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
        used = {rpm: self._headers[rpm] for rpm in job.packages}
        yield from package_content(used, wanted - here.keys(), self._toolbox, self._store)

    def _tree(self, rpm: Rpm) -> Digest:
        content = _content(rpm)
        if content not in self._trees:
            self._trees[content] = self._forest.plant(buildroot.package_entries(self._headers[rpm]))
        return self._trees[content]


def _content(rpm: Rpm) -> str:
    return rpm.payload or rpm.digest


def _questions(packages: Sequence[RenderedPackage], rule: BuildRootRule) -> list[SpecQuestion]:
    """The specs as rpm will see them in the build root: with its macros, with the files beside them."""
    macros = {path: Path(path).read_bytes() for path in rule.macro_files}
    return [
        SpecQuestion(
            file=one.tree.spec,
            text=one.tree.files[one.tree.spec].content,
            files={name: file.content for name, file in one.tree.files.items() if "/" not in name and name != one.tree.spec},
            macros=macros,
            defines=dict(rule.macros),
        )
        for one in packages
    ]


def _node(name: str, facts: SpecFacts) -> Node:
    provides = {one.name for one in facts.packages} | {text.split()[0] for one in facts.packages for text in one.provides}
    return Node(name=name, requires=facts.build_requires, provides=frozenset(provides))
