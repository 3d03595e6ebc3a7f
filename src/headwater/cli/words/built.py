"""What is to be built, by names; and how its end is told: a row per component, and which went without their `%check`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from headwater import build as builds
from headwater.build.model import BuiltPackage
from headwater.cli.words.derive import pick
from headwater.config.model import Project
from headwater.errors import Kind, Problem

Row = tuple[Any, ...]


def builds_of(project: Project, names: Sequence[str]) -> tuple[str, ...]:
    """Components named as anywhere, and turns of them (`NAME:bootstrap`) by their full name."""
    found: dict[str, None] = {}
    for name in names:
        component, turn = builds.component_of(name), name != builds.component_of(name)
        found |= dict.fromkeys(
            [name] if turn and component in project.components else [one.name for one in pick(project, (component,))]
        )
    return tuple(found)


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


def kept_inside(names: Sequence[str]) -> tuple[Problem, ...]:
    """Of builds that were asked for those whose packages nobody gets."""
    return tuple(
        Problem(
            kind=Kind.BUILD,
            what=f"`{name}` was built for other builds alone",
            why="its packages never leave the factory",
            hint=f"hw build {name} --keep",
        )
        for name in names
        if name != builds.component_of(name)
    )
