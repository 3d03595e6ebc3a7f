"""What tests, groups of tests and those who refer to them must and must not say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from headwater.config import suites as s
from headwater.config import values
from headwater.config.components import ComponentTests
from headwater.config.findings import Findings, did_you_mean
from headwater.config.images import ImageRule
from headwater.config.model import Project

SUITES = ("pytest", "lisa")
TESTS = ("pytest", "lisa", "tmt")
BARE = frozenset({"lisa"})  # types of which the sub-table may be missing: then the suite is metadata only
INSTALLS = ("pyproject", "requirements", "none")
KINDS = ("functional", "performance")
CAPABILITIES = ("machine-bootable", "container", "systemd", "runtime-package-management")


def suite(rule: s.TestSuite | s.Test, findings: Findings) -> None:
    """The table of its own type, and of no other."""
    known = TESTS if isinstance(rule, s.Test) else SUITES
    if rule.type not in known:
        findings.blame(rule, "type", f"`{rule.type}` is no type of a test", hint=did_you_mean(rule.type, known))
        return
    for kind in known:
        there = getattr(rule, kind) is not None
        if there and kind != rule.type:
            findings.blame(rule, kind, f"`{kind}` has no meaning for a test of type `{rule.type}`", hint="remove it")
        elif not there and kind == rule.type and kind not in BARE:
            findings.blame(rule, "", f"`{kind}` is missing in test `{rule.name}`", why=f"its type is `{kind}`")


def test(rule: s.Test, findings: Findings) -> None:
    if rule.kind and rule.kind not in KINDS:
        findings.blame(rule, "kind", f"`{rule.kind}` is no kind of test", hint=did_you_mean(rule.kind, KINDS))
    for name in rule.required_capabilities:
        if name not in CAPABILITIES:
            hint = did_you_mean(name, CAPABILITIES)
            findings.blame(rule, "required-capabilities", f"`{name}` is no capability of an image", hint=hint)


def pytest(rule: s.Pytest, findings: Findings) -> None:
    if rule.install and rule.install not in INSTALLS:
        findings.blame(rule, "install", f"`{rule.install}` is no way to install", hint=did_you_mean(rule.install, INSTALLS))
    elif rule.install not in {"", "none"} and not rule.working_dir:
        findings.blame(rule, "install", f"`{rule.install}` needs `working-dir`", why="what is installed lies there")


def lisa(rule: s.Lisa, findings: Findings) -> None:
    if not rule.test_cases:
        findings.blame(rule, "test-cases", "`test-cases` is empty")


def git(rule: s.GitSource, findings: Findings) -> None:
    if not re.fullmatch(r"[0-9a-f]{40}", rule.ref):
        findings.blame(rule, "ref", f"`{rule.ref}` is no commit", why="expected 40 lower-case hexadecimal digits")
    if not rule.git_url or rule.git_url.startswith("-"):
        findings.blame(rule, "git-url", f"`{rule.git_url}` is no address of a repository")


def package_test(rule: s.PackageTest, findings: Findings) -> None:
    findings.expect(rule, "name", values.bad_line(rule.name), "a test has no name")
    findings.expect(rule, "command", values.bad_line(rule.command.replace("\n", " ")), f"`{rule.name}` runs nothing")
    if rule.match:
        findings.expect(rule, "match", values.bad_regex(rule.match), f"`match` of `{rule.name}` is no RE2 pattern")
    if rule.timeout <= 0:
        findings.blame(rule, "timeout", f"`timeout` is {rule.timeout}", why="a test needs more than no time")
    for name in rule.packages:
        findings.expect(rule, "packages", values.bad_word(name), f"`{name}` is no package's name")


def commands(rule: ComponentTests, findings: Findings) -> None:
    """Results are told by the names of tests, so each has its own."""
    seen: dict[str, s.PackageTest] = {}
    for one in rule.commands:
        if (first := seen.setdefault(one.name, one)) is not one:
            findings.blame(one, "name", f"test `{one.name}` is there twice", why=f"first at {first.where}")


def reference(rule: s.TestRef, findings: Findings) -> None:
    if bool(rule.name) == bool(rule.group):
        findings.blame(rule, "group" if rule.name else "", "expected either `name` or `group`")


def references(project: Project, findings: Findings) -> None:
    """Every test and group that something refers to is there; no group holds itself."""
    for group in project.test_groups.values():
        _known(group.tests, project, findings)
    for image in project.images.values():
        _known(image.tests.tests, project, findings)
        _suites(image, project, findings)
    for tests in {component.tests for component in project.components.values() if component.tests}:
        _known(tests.tests, project, findings)
    for name in project.test_groups:
        if name in _inside(name, project, set()):
            findings.blame(project.test_groups[name], "tests", f"group `{name}` holds itself")


def _suites(image: ImageRule, project: Project, findings: Findings) -> None:
    for each in image.tests.test_suites:
        if each.name not in project.test_suites:
            hint = did_you_mean(each.name, project.test_suites)
            findings.blame(each, "name", f"no test suite is called `{each.name}`", hint=hint)


def _known(refs: Iterable[s.TestRef], project: Project, findings: Findings) -> None:
    for each in refs:
        if each.name and each.name not in project.tests:
            findings.blame(each, "name", f"no test is called `{each.name}`", hint=did_you_mean(each.name, project.tests))
        if each.group and each.group not in project.test_groups:
            hint = did_you_mean(each.group, project.test_groups)
            findings.blame(each, "group", f"no group of tests is called `{each.group}`", hint=hint)


def _inside(name: str, project: Project, seen: set[str]) -> set[str]:
    for each in project.test_groups[name].tests:
        if each.group in project.test_groups and each.group not in seen:
            seen.add(each.group)
            _inside(each.group, project, seen)
    return seen


CHECKS: list[tuple[tuple[type, ...], Callable[[Any, Findings], None]]] = [
    ((s.TestSuite, s.Test), suite),
    ((s.Test,), test),
    ((s.Pytest,), pytest),
    ((s.Lisa,), lisa),
    ((s.GitSource,), git),
    ((s.TestRef,), reference),
    ((s.PackageTest,), package_test),
    ((ComponentTests,), commands),
]
