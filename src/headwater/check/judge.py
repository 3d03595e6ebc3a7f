"""Holds findings to the policies of component and project: exceptions in force first, then levels; all is told at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase

from headwater.check.model import Finding, Judged
from headwater.config.catalogue import catalogue
from headwater.config.model import Component, Project
from headwater.config.policy import Level, PackagePolicy, Waiver
from headwater.errors import Kind, Problem
from headwater.origin import Origin

IDLE = "idle-waiver"
NOTHING = PackagePolicy()
MOVING = {"soname-vanished", "abi-broken", "abi-changed"}  # found once only: then the new version is what was published before


def judge(findings: Iterable[Finding], project: Project, components: Iterable[str], today: date) -> tuple[Judged, ...]:
    """Each finding with its level, and what says that an exception of one of the `components` is idle; sorted.

    `today` is compared with the days on which exceptions end, and used for nothing else.
    """
    found = list(findings)
    for name in sorted(set(components)):
        if component := project.components.get(name):
            found += _idle(component, [one for one in found if one.component == name])
    return tuple(_judged(one, _policies(one, project.components, project.package_policy), today) for one in sorted(found))


def _policies(finding: Finding, components: Mapping[str, Component], project: PackagePolicy) -> tuple[PackagePolicy, ...]:
    component = components.get(finding.component)
    return (component.policy if component else NOTHING, project)


def _judged(finding: Finding, policies: Sequence[PackagePolicy], today: date) -> Judged:
    waivers = [each for policy in policies for each in policy.allow if allows(each, finding)]
    for each in waivers:
        if today < date.fromisoformat(each.expires):
            return Judged(finding=finding, level=Level.ALLOW, reason=each.reason, expires=each.expires)
    note = f"an exception ended on {waivers[0].expires}{_at(waivers[0].where)}: {waivers[0].reason}" if waivers else ""
    said = (policy.levels.get(finding.check, Level.UNSET) for policy in policies)
    level = next((each for each in said if each is not Level.UNSET), catalogue()[finding.check].level)
    reason = next((policy.reason for policy in policies if policy.levels.get(finding.check)), "")
    return Judged(finding=finding, level=level, reason=reason if level is Level.ALLOW else "", note=note)


def allows(rule: Waiver, finding: Finding) -> bool:
    """Is this finding what an exception is for, be it still in force or not?"""
    return (
        rule.check == finding.check
        and (not rule.packages or any(fnmatchcase(finding.package, glob) for glob in rule.packages))
        and (not rule.names or any(fnmatchcase(finding.name, glob) for glob in rule.names))
    )


def _idle(component: Component, findings: Sequence[Finding]) -> Iterator[Finding]:
    """Exceptions that allow nothing; those that a component inherits may be for others."""
    for each in component.policy.allow:
        own = each.where is not None and each.where.key.startswith(f"components.{component.name}.")
        if own and each.check not in MOVING and not any(allows(each, one) for one in findings):
            what = ", ".join(each.names or each.packages) or component.name
            detail = f"an exception from `{each.check}` allows nothing{_at(each.where)}"
            yield Finding(component=component.name, package=component.name, check=IDLE, name=what, detail=detail)


def _at(where: Origin | None) -> str:
    return f" ({where})" if where else ""


def problems_of(judged: Iterable[Judged], project: Project) -> tuple[Problem, ...]:
    """What must not be, as problems at the component's table."""
    return tuple(_problem(one, project) for one in judged if one.level is Level.ERROR)


def _problem(one: Judged, project: Project) -> Problem:
    found, component = one.finding, project.components.get(one.finding.component)
    why = f"{found.check}: {catalogue()[found.check].reason}"
    names = f'check = "{found.check}", names = ["{found.name}"]'
    return Problem(
        kind=Kind.CHECK,
        what=f"`{found.name}` of `{found.package}` {found.detail}",
        where=component.where if component else None,
        why=f"{why}\n{one.note}" if one.note else why,
        hint=f"mend it by an overlay, or [[components.{found.component}.policy.allow]] with {names}, its reason and its end",
    )
