"""Into which channel a binary package goes, and who it belongs to."""

from __future__ import annotations

from collections.abc import Mapping

from headwater.config.components import Component
from headwater.config.model import Project
from headwater.config.packages import PackageRule, PublishRule
from headwater.errors import Kind, fail

_NONE = Component()


class Channels:
    """Answers for one project. From low to high: the project's default, the component, the package's group, the package."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.group_of = {name: group for group, rule in project.package_groups.items() for name in rule.packages}
        self.owner = _owners(project)
        self._default = project.default_package_config.publish
        self._groups = {name: rule.default_package_config.publish for name, rule in project.package_groups.items()}

    def component_of(self, package: str) -> str:
        """The component that names a package, else the one of the package's name; empty where there is none."""
        return self.owner.get(package) or (package if package in self.project.components else "")

    def named(self) -> list[str]:
        """All packages that somebody said something about."""
        return sorted({*self.group_of, *self.owner})

    def of(self, package: str, component: str) -> str:
        """The channel of a package that a component makes; empty where nothing says one."""
        rule = self.project.components.get(component, _NONE)
        debug = package.endswith(("-debuginfo", "-debugsource"))
        said = [_channel(self._default, debug=debug), rule.publish.debuginfo_channel if debug else rule.publish.rpm_channel]
        if package in self.group_of:
            said.append(_channel(self._groups[self.group_of[package]], debug=debug))
        if package in rule.packages:
            said.append(_channel(rule.packages[package].publish, debug=debug))
        return next((channel for channel in reversed(said) if channel), "")

    def groups_of(self) -> Mapping[str, list[str]]:
        """The component groups that name each component, sorted."""
        found: dict[str, list[str]] = {}
        for group in sorted(self.project.component_groups):
            for name in self.project.component_groups[group].components:
                found.setdefault(name, []).append(group)
        return found


def _channel(publish: PublishRule, *, debug: bool) -> str:
    return publish.debuginfo_channel if debug else publish.rpm_channel or publish.channel


def _owners(project: Project) -> dict[str, str]:
    found: dict[str, str] = {}
    rules: dict[str, PackageRule] = {}
    for name, component in project.components.items():
        for package, rule in component.packages.items():
            if found.setdefault(package, name) != name:
                why = f"`{found[package]}` has it at {rules[package].where}"
                what = f"`{package}` is a package of `{name}` and of another component"
                raise fail(Kind.CONFIG, what, where=rule.where, why=why, hint="remove one of the two")
            rules[package] = rule
    return found
