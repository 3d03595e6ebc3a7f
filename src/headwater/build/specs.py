"""What the specs of one run say, as rpm reads them in the build root, and what their packages gave when last built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from headwater.build.asked import place_of, required_at, section_of
from headwater.build.given import given_by, keep_given, packages_of, read_given
from headwater.build.graph import Node
from headwater.build.turn import component_of
from headwater.config.workshop import BuildRootRule
from headwater.origin import Origin
from headwater.render.model import RenderedPackage
from headwater.rpm import Header, evaluate
from headwater.rpm.model import Rpm, SpecFacts, SpecQuestion
from headwater.store import Store
from headwater.toolbox import Toolbox


class Specs:
    """Facts by build. `files` are the rendered specs by component, as messages tell them; `place` is where the project lies."""

    def __init__(
        self,
        packages: Sequence[RenderedPackage],
        rule: BuildRootRule,
        toolbox: Toolbox,
        store: Store,
        *,
        files: Mapping[str, str] = {},
        place: str = "",
    ) -> None:
        self._rule, self._toolbox, self._store, self._files, self._place = rule, toolbox, store, files, place
        self._trees = {one.component: one.tree for one in packages}
        self.facts: dict[str, SpecFacts] = {}
        self.read(packages)

    def read(self, packages: Sequence[RenderedPackage]) -> None:
        """Ask rpm what specs say; a variant of a component may come later."""
        found = evaluate(_questions(packages, self._rule), self._toolbox, self._store)
        self.facts |= {one.component: facts for one, facts in zip(packages, found, strict=True)}

    def nodes(self) -> Iterator[Node]:
        """All components."""
        return map(self.node, self._trees)

    def node(self, build: str) -> Node:
        """A component, or a variant of it, as the graph has it."""
        facts, component = self.facts[build], component_of(build)
        given = read_given(component, self._store, self._place)
        return Node(name=component, requires=facts.build_requires, packages=packages_of(facts, given))

    def place(self, build: str, dependency: str) -> Origin | None:
        """Where a component asks for something in its root."""
        component = component_of(build)
        return place_of(dependency, self._trees[component], self._rule, self._files.get(component, ""))

    def required_at(self, component: str, dependency: str) -> Origin:
        """Where a component's packages ask for something at their own use."""
        return required_at(dependency, self._trees[component], self._files.get(component, ""))

    def section_of(self, build: str) -> Origin:
        """Where a spec asks for more when it is run."""
        component = component_of(build)
        return section_of(self._trees[component], self._files.get(component, ""))

    def learn(self, component: str, headers: Mapping[Rpm, Header]) -> None:
        """What a component's packages give, for the next time."""
        keep_given(component, given_by(headers), self._store, self._place)


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
