"""What components must and must not say of their builds: limits, macros, bootstrap variants, what is left out and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from headwater.config import components as c
from headwater.config import model as m
from headwater.config import values
from headwater.config.findings import Findings

MOST_TURNS = 5


def check(rule: m.CheckRule, findings: Findings) -> None:
    if rule.skip and not rule.skip_reason.strip():
        findings.blame(rule, "skip", "`%check` is skipped without a reason", hint='skip_reason = "..."')


def build(rule: m.BuildRule, findings: Findings) -> None:
    for key, limit in (
        ("timeout", rule.timeout),
        ("memory", rule.memory),
        ("disk", rule.disk),
        ("processes", rule.processes),
        ("log", rule.log),
    ):
        if limit <= 0:
            findings.blame(rule, key, f"`{key}` is {limit}", why="a build needs more than nothing")
    if rule.stage not in {1, 2}:
        why = "1: also from what comes over the bridge; 2: from our own packages alone"
        findings.blame(rule, "stage", f"there is no stage {rule.stage}", why=why)
    if rule.reproducible is m.Reproducible.NEVER and not rule.reproducible_reason.strip():
        hint = 'reproducible-reason = "..."'
        findings.blame(rule, "reproducible", "it may differ each time it is built, without a reason", hint=hint)
    _macros(rule, findings, undefines=rule.undefines)


def bootstrap(rule: m.BootstrapRule, findings: Findings) -> None:
    _macros(rule, findings)
    if not 1 <= rule.generations <= MOST_TURNS:
        why = f"1, or up to {MOST_TURNS} where the first turn leaves traces of the variants"
        findings.blame(rule, "generations", f"a cycle can not be gone round {rule.generations} times", why=why)
    for name, value in rule.defines.items():
        findings.expect(rule, "defines", values.bad_line(value), f"the value of `{name}` is not one line")


def _macros(rule: m.BuildRule | m.BootstrapRule, findings: Findings, *, undefines: Iterable[str] = ()) -> None:
    for key, names in (("with", rule.with_), ("without", rule.without), ("defines", rule.defines), ("undefines", undefines)):
        for name in names:
            findings.expect(rule, key, values.bad_macro(name), f"`{name}` is no name for a macro")
    for name in sorted(set(rule.with_) & set(rule.without)):
        findings.blame(rule, "without", f"`{name}` is both in `with` and in `without`")


def failure(rule: c.FailureRule, findings: Findings) -> None:
    if rule.expected and not rule.expected_reason.strip():
        findings.blame(rule, "expected", "a build is expected to fail without a reason", hint='expected-reason = "..."')


CHECKS: list[tuple[tuple[type, ...], Callable[[Any, Findings], None]]] = [
    ((m.CheckRule,), check),
    ((m.BuildRule,), build),
    ((m.BootstrapRule,), bootstrap),
    ((c.FailureRule,), failure),
]
