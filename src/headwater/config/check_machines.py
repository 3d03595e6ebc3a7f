"""Architectures: what is bridged and composed for machines that are not this one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from headwater.config import images as i
from headwater.config import workshop as w
from headwater.config.findings import Findings, did_you_mean


def foreign(rule: w.ForeignPackages, findings: Findings) -> None:
    if rule.architecture not in w.MACHINES or rule.architecture == w.MACHINE:
        known = [name for name in w.MACHINES if name != w.MACHINE]
        what = f"`{rule.architecture}` is no foreign architecture that is bridged"
        findings.blame(rule, "architecture", what, hint=did_you_mean(rule.architecture, known))
    if not rule.packages:
        findings.blame(rule, "packages", f"nothing is bridged for `{rule.architecture}`", hint="[[bridge.foreign.packages]]")


def image(rule: i.ImageRule, findings: Findings) -> None:
    if rule.kind is i.ImageKind.UNSET or rule.from_:
        return  # another tool's words, or what it begins with is unknown
    _known(rule, "architectures", rule.architectures, findings)
    if rule.architectures and w.MACHINE not in rule.architectures:
        why = f"twins follow the image for `{w.MACHINE}`, which is the one that can be asked"
        findings.blame(rule, "architectures", f"image `{rule.name}` leaves this machine out", why=why, hint=f'"{w.MACHINE}"')
    if len(rule.architectures) > 1 and rule.kind is not i.ImageKind.OCI:
        why = f"it is of kind `{rule.kind.value}`, and only container images are made for machines that can not be started here"
        findings.blame(rule, "architectures", f"image `{rule.name}` can have no twin", why=why, hint="remove it")
    for check in rule.checks:
        if check.architecture and check.architecture not in rule.architectures:
            what = f"`{check.name}` asks a twin that image `{rule.name}` does not have"
            findings.blame(check, "architecture", what, hint=did_you_mean(check.architecture, rule.architectures))


def finisher(rule: i.Finisher, findings: Findings) -> None:
    _known(rule, "architectures", rule.architectures, findings)


def check(rule: i.Check, findings: Findings) -> None:
    if rule.architecture and not rule.toolbox:
        why = "its programs do not run here"
        findings.blame(rule, "architecture", f"`{rule.name}` can be asked by the toolbox alone", why=why, hint="toolbox = true")


def _known(rule: i.ImageRule | i.Finisher, key: str, names: tuple[str, ...], findings: Findings) -> None:
    for name in names:
        if name not in w.MACHINES:
            findings.blame(rule, key, f"`{name}` is no architecture that is known here", hint=did_you_mean(name, w.MACHINES))


CHECKS: list[tuple[tuple[type, ...], Callable[[Any, Findings], None]]] = [
    ((w.ForeignPackages,), foreign),
    ((i.ImageRule,), image),
    ((i.Finisher,), finisher),
    ((i.Check,), check),
]
