"""Built packages tested as components' tables say, and the answers left for other programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from headwater import build
from headwater.config.model import Component, Project
from headwater.config.suites import TestRef
from headwater.errors import Failure, Kind, Problem
from headwater.factory import open_line
from headwater.origin import Origin
from headwater.render.model import RenderedPackage
from headwater.report import CheckResult, Report, shorten, write_report
from headwater.request import Request, Workshop, signer, verifier
from headwater.rpm.model import Rpm

Answers = dict[str, tuple[CheckResult, ...]]
ELSEWHERE = "it is run against a whole system: hw image test"


def with_tests(project: Project, names: Sequence[str]) -> tuple[Component, ...]:
    """The components with tests: of all, or of those named."""
    chosen = [project.components[name] for name in names or sorted(project.components)]
    return tuple(one for one in chosen if one.tests and (one.tests.commands or one.tests.tests))


def run_tests(
    request: Request,
    workshop: Workshop,
    rendered: Sequence[RenderedPackage],
    bridged: Sequence[Rpm],
    components: Sequence[Component],
    *,
    folder: Path | None = None,
) -> Answers:
    """Build what the tests of these components need, and run them. NAME.xml and NAME.json are left in a folder.

    Without one it is `out/results/components`. A test that fails is an answer; a build that fails is a Failure.
    """
    tests = {one.name: one.tests.commands for one in components if one.tests}
    verify = verifier(request, workshop)
    with open_line(request, workshop, rendered, bridged) as line:
        needed = build.needed_for(line, tests)
        built = build.build_all(line, sign=signer(request, workshop), verify=verify, only=needed, jobs=request.jobs)
        found = build.Bench(line, request.project.build_root, verify).run_all(tests, request.jobs)
    digests = {one.component: one.key for one in built}
    answers = {one.name: (*found[one.name], *_elsewhere(one, request.project)) for one in components}
    for name, some in answers.items():
        write_report(_report(name, digests[name], some), folder or request.project.output / "results" / "components")
    return answers


def hold(request: Request, workshop: Workshop, rendered: Sequence[RenderedPackage], bridged: Sequence[Rpm]) -> None:
    """Every test of every component; one that fails is a Failure(DRIFT), told with all others."""
    components = with_tests(request.project, ())
    answers = run_tests(request, workshop, rendered, bridged, components) if components else {}
    if problems := problems_of(answers, request.project):
        raise Failure(problems)


def _elsewhere(component: Component, project: Project) -> Iterator[CheckResult]:
    """Tests of azldev's types, which are for whole systems, as not run."""
    for name in dict.fromkeys(_named(component.tests.tests if component.tests else (), project)):
        reason = project.tests[name].description or f"test `{name}`"
        yield CheckResult(
            name=name, family="use", reason=reason, skipped=ELSEWHERE, passed=True, command="", code=0, output="", seconds=0
        )


def _named(refs: Sequence[TestRef], project: Project) -> Iterator[str]:
    for one in refs:
        yield from _named(project.test_groups[one.group].tests, project) if one.group else (one.name,)


def _report(name: str, digest: str, found: tuple[CheckResult, ...]) -> Report:
    passed = all(one.passed for one in found)
    return Report(component=name, kind="packages", digest=digest, passed=passed, error="", hints=(), checks=shorten(found))


def problems_of(answers: Answers, project: Project) -> tuple[Problem, ...]:
    """The tests that failed, at their lines."""
    return tuple(
        Problem(
            kind=Kind.DRIFT,
            what=f"test `{one.name}` of `{name}` failed: {one.reason}",
            where=_where(project.components[name], one.name),
            why=f"{one.command.strip()}\nended with {one.code}, expected {one.expected}; it said\n{one.output}",
            hint=f"hw test {name}",
        )
        for name, found in answers.items()
        for one in found
        if not one.passed
    )


def _where(component: Component, test: str) -> Origin | None:
    commands = component.tests.commands if component.tests else ()
    return next((one.where for one in commands if one.name == test), component.where)
