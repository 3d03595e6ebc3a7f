"""Bootstrap variants: the same component with a switch of its spec turned, so that it asks for less, to be built first."""

from __future__ import annotations

import re

import msgspec

from headwater.build.turn import FIRST, called
from headwater.config.model import BootstrapRule, BuildRule
from headwater.render.model import RenderedPackage

_CONDITION = re.compile(rf"(?m)^\s*%bcond(?:_with)?\s+{FIRST}\b")


def variant_of(package: RenderedPackage, rule: BuildRule) -> RenderedPackage | None:
    """The variant, called `NAME:bootstrap`; None for a component that declares none, in its spec or in its `build` table."""
    declared = rule.bootstrap
    if declared is None and not _CONDITION.search(package.tree.text):
        return None
    head = "".join(f"%define {name} {value}\n" for name, value in _macros(declared or BootstrapRule(reason="")).items())
    return again(package, FIRST, head)


def again(package: RenderedPackage, label: str, head: str = "") -> RenderedPackage:
    """A component in another turn; `head` stands before its spec's first line."""
    tree, file = package.tree, package.tree.files[package.tree.spec]
    changed = msgspec.structs.replace(file, content=head.encode() + file.content)
    files = {**tree.files, tree.spec: changed}
    return msgspec.structs.replace(
        package, component=called(package.component, label), tree=msgspec.structs.replace(tree, files=files)
    )


def _macros(rule: BootstrapRule) -> dict[str, str]:
    """As the `build` table's own switches; `bootstrap` alone where nothing else is said."""
    if not (rule.with_ or rule.without or rule.defines):
        return {f"_with_{FIRST}": "1"}
    found = {f"_with_{name}": "1" for name in rule.with_}
    found |= {f"_without_{name}": "1" for name in rule.without}
    return dict(sorted((found | rule.defines).items()))
