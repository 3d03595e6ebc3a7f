"""What policies must and must not say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from headwater.config import values
from headwater.config.catalogue import catalogue
from headwater.config.findings import Findings, did_you_mean
from headwater.config.policy import DEFAULTS, IN_FILES, Allowed, Level, PackagePolicy, Policy, Waiver, level_of

ORDER = (Level.ALLOW, Level.WARN, Level.ERROR)
MOST = 100  # of systemd-analyze's exposure


def policy(rule: Policy, findings: Findings) -> None:
    """A level below Headwater's own says why, and a threshold is one."""
    for demand, level in DEFAULTS.items():
        if ORDER.index(level_of(demand, rule)) < ORDER.index(level) and not rule.reason.strip():
            why = f"without a word of yours it is `{level.value}`"
            findings.blame(rule, demand.value, f"`{demand.value}` is lowered without a reason", why=why, hint='reason = "..."')
    if rule.exposure_threshold is not None and not 0 <= rule.exposure_threshold <= MOST:
        what = f"`exposure-threshold` is {rule.exposure_threshold}"
        findings.blame(rule, "exposure-threshold", what, why=f"expected 0 to {MOST}, as systemd-analyze(1) has it")


def allowed(rule: Allowed, findings: Findings) -> None:
    if not rule.names:
        findings.blame(rule, "names", "an exception names nothing", hint='names = ["..."]')
    for name in rule.names:
        bad = values.bad_absolute(name) if rule.demand in IN_FILES else values.bad_line(name)
        findings.expect(rule, "names", bad, f"`{name}` can not be found by `{rule.demand.value}`")


def package_policy(rule: PackagePolicy, findings: Findings) -> None:
    """Ids are those of checks, and a level below Headwater's own says why."""
    for name, level in rule.levels.items():
        if not _known(rule, "levels", name, findings):
            continue
        usual = catalogue()[name].level
        if level is not Level.UNSET and ORDER.index(level) < ORDER.index(usual) and not rule.reason.strip():
            why = f"without a word of yours it is `{usual.value}`"
            findings.blame(rule, "levels", f"`{name}` is lowered without a reason", why=why, hint='reason = "..."')


def waiver(rule: Waiver, findings: Findings) -> None:
    _known(rule, "check", rule.check, findings)
    findings.expect(rule, "expires", values.bad_day(rule.expires), f"`{rule.expires}` is no day")
    for key, globs in (("packages", rule.packages), ("names", rule.names)):
        for glob in globs:
            findings.expect(rule, key, values.bad_line(glob), f"`{glob}` can not be the name of anything")


def _known(rule: PackagePolicy | Waiver, key: str, name: str, findings: Findings) -> bool:
    if name in catalogue():
        return True
    findings.blame(rule, key, f"no check of packages is called `{name}`", hint=did_you_mean(name, catalogue()))
    return False


CHECKS: list[tuple[tuple[type, ...], Callable[[Any, Findings], None]]] = [
    ((Policy,), policy),
    ((Allowed,), allowed),
    ((PackagePolicy,), package_policy),
    ((Waiver,), waiver),
]
