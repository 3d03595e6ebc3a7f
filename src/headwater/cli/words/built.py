"""What the end of a build is told as: a row per component, and which went without their `%check`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from headwater.build.model import BuiltPackage
from headwater.config.model import Project
from headwater.errors import Kind, Problem

Row = tuple[Any, ...]


def rows_of(built: Sequence[BuiltPackage], project: Project, chosen: Sequence[str]) -> list[Row]:
    """A row of component, packages, reason, seconds for each that was built or failed as it was expected to."""
    return [*_rows(built, project), *_failed_as_expected(built, project, chosen)]


def _rows(built: Sequence[BuiltPackage], project: Project) -> Iterator[Row]:
    for one in built:
        surprise = "; it was expected to fail" if project.components[one.component].build.failure.expected else ""
        yield one.component, [rpm.nevra for rpm in one.rpms], one.reason + surprise, round(one.seconds, 1)


def _failed_as_expected(built: Sequence[BuiltPackage], project: Project, chosen: Sequence[str]) -> Iterator[Row]:
    there = {one.component for one in built}
    for name in chosen or sorted(project.components):
        failure = project.components[name].build.failure
        if failure.expected and name not in there:
            yield name, [], f"failed, as expected: {failure.expected_reason}", ""


def skipped_checks(project: Project, names: Sequence[str]) -> tuple[Problem, ...]:
    """Components that were built without their `%check`, each with the project's reason."""
    checks = [(name, project.components[name].build.check) for name in names]
    return tuple(
        Problem(kind=Kind.BUILD, what=f"`{name}` was built without its `%check`", why=check.skip_reason)
        for name, check in checks
        if check.skip
    )
