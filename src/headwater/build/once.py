"""A build that is asked for once, with options of its own: what differs from the project, and for which components."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import msgspec

from headwater.config.model import BuildRule, CheckRule, Component, Project


class Once(msgspec.Struct, frozen=True, kw_only=True):
    """What one command wants otherwise. `local` is a folder of packages; `unsigned` says that they need no signature."""

    names: tuple[str, ...] = ()
    with_: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    defines: dict[str, str] = {}
    no_check: bool = False
    local: Path | None = None
    unsigned: bool = False

    @property
    def changes_specs(self) -> bool:
        return bool(self.with_ or self.without or self.defines or self.no_check)

    def apart(self, project: Project) -> Collection[str]:
        """Components whose results are not the usual ones: with a folder of packages those of all may be others."""
        return project.components if self.local else self.names if self.changes_specs else ()


def for_these(once: Once, names: tuple[str, ...]) -> Once:
    """For the components named."""
    return msgspec.structs.replace(once, names=names)


def apply_once(once: Once, project: Project) -> Project:
    """The project as the command wants it: the rules of the components named, changed as those of their `build` table."""
    if not once.changes_specs:
        return project
    changed = {name: _changed(project.components[name], once) for name in once.names}
    return msgspec.structs.replace(project, components={**project.components, **changed})


def _changed(component: Component, once: Once) -> Component:
    rule = component.build
    check = CheckRule(skip=True, skip_reason="hw build --no-check") if once.no_check else rule.check
    changed: BuildRule = msgspec.structs.replace(
        rule,
        with_=(*(name for name in rule.with_ if name not in once.without), *once.with_),
        without=(*(name for name in rule.without if name not in once.with_), *once.without),
        defines={**rule.defines, **once.defines},
        undefines=tuple(name for name in rule.undefines if name not in once.defines),
        check=check,
    )
    return msgspec.structs.replace(component, build=changed)
