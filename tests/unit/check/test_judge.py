"""Findings held to policies: levels, exceptions, and their end."""

from datetime import date
from pathlib import Path

import pytest

from headwater.check import judge, problems_of
from headwater.check.model import Finding
from headwater.config import Project, load
from headwater.config.policy import Level
from headwater.errors import Kind

PROJECT = """
[project]
default-distro = { name = "test", version = "1" }
[distros.test]
default-version = "1"
[distros.test.versions.1]
[package-policy]
levels = { "abi-changed" = "error" }
[[package-policy.allow]]
check = "setuid"
packages = ["shadow*"]
names = ["/usr/bin/passwd"]
expires = "2027-01-31"
reason = "Users change their own password"
[components.shadow]
spec = { type = "local", path = "shadow.spec" }
[components.shadow.policy]
levels = { "setgid" = "warn" }
reason = "Looked at by hand"
[[components.shadow.policy.allow]]
check = "build-path"
names = ["/usr/share/*"]
expires = "2027-01-31"
reason = "Only in a comment"
"""
TODAY, LATER = date(2026, 11, 25), date(2027, 1, 31)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "headwater.toml").write_text(PROJECT)
    (tmp_path / "shadow.spec").write_text("Name: shadow\n")
    return load(tmp_path)


def finding(check: str, name: str, package: str = "shadow", component: str = "shadow") -> Finding:
    return Finding(component=component, package=package, check=check, name=name, detail="is so")


def level(one: Finding, project: Project, today: date = TODAY) -> Level:
    return judge([one], project, (), today)[0].level


def test_the_component_speaks_first_then_the_project_then_headwater(project: Project) -> None:
    assert level(finding("setgid", "/usr/bin/chage"), project) is Level.WARN
    assert level(finding("setgid", "/usr/bin/x", component="other"), project) is Level.ERROR
    assert level(finding("abi-changed", "libx.so.1"), project) is Level.ERROR
    assert level(finding("licence-text-missing", "MIT"), project) is Level.WARN


def test_an_exception_is_for_its_check_packages_and_names_only(project: Project) -> None:
    assert level(finding("setuid", "/usr/bin/passwd", "shadow-utils"), project) is Level.ALLOW
    assert level(finding("setuid", "/usr/bin/passwd", "other"), project) is Level.ERROR
    assert level(finding("setuid", "/usr/bin/su"), project) is Level.ERROR
    assert level(finding("setgid", "/usr/bin/passwd"), project) is Level.WARN
    assert level(finding("build-path", "/usr/share/a/b"), project) is Level.ALLOW


def test_an_exception_that_came_to_its_end_counts_no_more_and_says_so(project: Project) -> None:
    found = finding("setuid", "/usr/bin/passwd")
    (one,) = judge([found], project, (), LATER)
    assert one.level is Level.ERROR
    assert "2027-01-31" in one.note
    (problem,) = problems_of([one], project)
    assert problem.kind is Kind.CHECK
    assert problem.where == project.components["shadow"].where
    assert one.note in problem.why


def test_an_exception_of_a_component_that_nothing_needs_is_told(project: Project) -> None:
    used = finding("build-path", "/usr/share/x")
    assert [one.level for one in judge([used], project, ["shadow"], TODAY)] == [Level.ALLOW]
    (idle,) = judge([], project, ["shadow"], TODAY)
    assert (idle.finding.check, idle.finding.component, idle.level) == ("idle-waiver", "shadow", Level.WARN)
    assert "headwater.toml:20" in idle.finding.detail
