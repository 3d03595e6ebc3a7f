"""Rules between fields."""

from __future__ import annotations

from headwater.config.findings import Findings
from headwater.config.ground import Rule
from headwater.config.model import Project


def check_rule(rule: Rule, findings: Findings) -> None:
    del rule, findings


def check_project(project: Project, findings: Findings) -> None:
    del project, findings
