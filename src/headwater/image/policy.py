"""Holds what was found to the policy of project and image: what is allowed has a reason, the rest is told, all at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

import msgspec

from headwater.config.images import ImageRule
from headwater.config.policy import IN_FILES, Allowed, Demand, Level, Policy, level_of
from headwater.errors import Failure, Kind, Problem
from headwater.image.findings import Finding
from headwater.image.index import pattern_of


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A finding and what becomes of it; `reason` says why it is allowed."""

    finding: Finding
    level: Level
    reason: str = ""


def judge(findings: Iterable[Finding], image: Policy, project: Policy) -> tuple[Judged, ...]:
    """Each finding with its level: exceptions first, then the image's word, the project's, Headwater's."""
    exceptions = (*image.allow, *project.allow)
    judged = []
    for one in findings:
        exception = next((each for each in exceptions if allows(each, one)), None)
        if exception:
            judged.append(Judged(finding=one, level=Level.ALLOW, reason=exception.reason))
        else:
            level = level_of(one.demand, image, project)
            judged.append(Judged(finding=one, level=level, reason=image.reason or project.reason))
    return tuple(judged)


def allows(rule: Allowed, finding: Finding) -> bool:
    """Is this finding what an exception is for? Globs of paths are those of `remove`; others match a whole name."""
    if rule.demand is not finding.demand:
        return False
    if finding.demand in IN_FILES:
        return any(pattern_of(name).fullmatch(finding.name) for name in rule.names)
    return any(fnmatchcase(finding.name, name) for name in rule.names)


def hold_files(rule: ImageRule, project: Policy, findings: Sequence[Finding]) -> tuple[Problem, ...]:
    """What a root's files are only warned of. Errors: Failure(IMAGE) with all that must not be, and with idle exceptions."""
    judged = judge(findings, rule.policy, project)
    wrong = [told(rule, project, one.finding) for one in judged if one.level is Level.ERROR]
    wrong += _idle(rule, findings)
    if wrong:
        raise Failure(wrong)
    return tuple(told(rule, project, one.finding) for one in judged if one.level is Level.WARN)


def told(rule: ImageRule, project: Policy, finding: Finding) -> Problem:
    """A finding as a problem, at the table that does not want it."""
    brought = f" of `{finding.package}`" if finding.package else ""
    demand = finding.demand.value
    names = f'demand = "{demand}", names = ["{finding.name}"]'
    return Problem(
        kind=Kind.IMAGE,
        what=f"`{finding.name}`{brought} in image `{rule.name}` {finding.detail}",
        where=rule.policy.where or project.where or rule.where,
        why=f"the policy `{demand}` does not want it, and no exception names it",
        hint=f"[[images.{rule.name}.policy.allow]] with {names} and its reason",
    )


def _idle(rule: ImageRule, findings: Sequence[Finding]) -> Iterator[Problem]:
    """Exceptions of the image's own table that nothing needs. Inherited ones may be for what this image left out."""
    for exception in rule.policy.allow:
        own = exception.where is not None and exception.where.key.startswith(f"images.{rule.name}.")
        if own and exception.demand in IN_FILES and not any(allows(exception, one) for one in findings):
            yield Problem(
                kind=Kind.IMAGE,
                what=f"an exception from `{exception.demand.value}` of image `{rule.name}` allows nothing",
                where=exception.where,
                why=f"none of {', '.join(exception.names)} is found: it is out of date",
                hint="take the table out, or correct its names",
            )


def in_words(demand: Demand) -> str:
    """What the demand asks for, as the reason of a check."""
    return {
        Demand.DANGLING_LINKS: "Links lead somewhere",
        Demand.WORLD_WRITABLE: "Nobody may write what is not his",
        Demand.SETUID: "Who becomes somebody else by starting a program is known",
        Demand.FILE_CAPABILITIES: "Programs with rights of their own are known",
        Demand.SECRETS: "Nothing in the image is a secret, or one machine's",
        Demand.PORTS: "What listens to others is known",
        Demand.EXPOSURE: "Services keep to themselves, as systemd-analyze counts it",
        Demand.DENIALS: "No access control of the kernel had to refuse anything",
    }[demand]
