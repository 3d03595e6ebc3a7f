"""Runs the tests that an image's table names: pytest's and tmt's. Of LISA's only the description is kept.

They run on this machine, as their authors wrote them: pytest's get the image as a file, `{image-path}`; tmt's are sent into it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from headwater.config.images import Capabilities, ImageRule
from headwater.config.model import Project
from headwater.config.suites import Test, TestRef, TestSuite
from headwater.errors import Failure
from headwater.image import pytests, tmt
from headwater.image.model import Image
from headwater.progress import step
from headwater.report import CheckResult
from headwater.store import Store
from headwater.toolbox.model import Toolbox

PREFERRED = ("raw", "oci", "wsl")  # the artefact that a test is given, where there are several
LISA = "LISA's tests are described here, and run by LISA"


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """Where tests run: `root` is the project's folder, `work` keeps virtual environments, `logs` what the programs say.

    `repository` is what guests are served.
    """

    root: Path
    repository: Path
    toolbox: Toolbox
    work: Path
    logs: Path
    store: Store
    offline: bool


def named_tests(rule: ImageRule, project: Project) -> tuple[Test | TestSuite, ...]:
    """The tests of an image, each once: its suites, then its tests with groups taken apart, in the order of the table."""
    suites = [project.test_suites[one.name] for one in rule.tests.test_suites]
    tests = [project.tests[name] for name in dict.fromkeys(_named(rule.tests.tests, project))]
    return (*suites, *tests)


def _named(refs: Sequence[TestRef], project: Project) -> Iterator[str]:
    for one in refs:
        yield from _named(project.test_groups[one.group].tests, project) if one.group else (one.name,)


def run_tests(image: Image, rule: ImageRule, project: Project, around: Surroundings) -> tuple[CheckResult, ...]:
    """Every test, one after the other; one that cannot be run is a result that failed and keeps no other from running."""
    found: list[CheckResult] = []
    for test in named_tests(rule, project):
        with step("test", test.name, reason=test.description or test.type) as work:
            if why := _skipped(test, rule.capabilities):
                work.note(f"not run: {why}")
                found.append(_untold(test, passed=True, skipped=why))
                continue
            try:
                told = _run(test, image, rule, around)
                found += [msgspec.structs.replace(one, reason=test.description or one.reason) for one in told]
            except Failure as failure:
                said = "\n".join(f"{one.what}\n{one.why}\nhint: {one.hint}" for one in failure.problems)
                found.append(_untold(test, passed=False, output=said))
    return tuple(found)


def _run(test: Test | TestSuite, image: Image, rule: ImageRule, around: Surroundings) -> tuple[CheckResult, ...]:
    path, log = path_of(image), around.logs / f"{image.name}-{re.sub(r'[^A-Za-z0-9_.-]', '_', test.name)}.log"
    if isinstance(test, Test) and test.tmt:
        console = log.with_suffix(".console")
        guest = tmt.provision(image, path, around.toolbox, around.store, serve=around.repository, log=console)
        return tmt.run_plan(test.name, test.tmt, guest, log=log, store=around.store, offline=around.offline)
    assert test.pytest, "config.check lets no other test pass"
    words = {"image-path": str(path), "image-name": image.name, "capabilities": ",".join(able(rule.capabilities))}
    return pytests.run_suite(test.name, test.pytest, words, root=around.root, work=around.work, log=log, offline=around.offline)


def path_of(image: Image) -> Path:
    """The file (or OCI layout) that stands for the image."""
    formats = {one.format: one.path for one in image.artefacts}
    return next((formats[name] for name in PREFERRED if name in formats), image.artefacts[0].path)


def able(rule: Capabilities) -> tuple[str, ...]:
    """The capabilities that an image says it has, by their keys."""
    return tuple(name.replace("_", "-") for name in rule.__struct_fields__ if getattr(rule, name) is True)


def _skipped(test: Test | TestSuite, rule: Capabilities) -> str:
    """Why a test is not for this image, or not for us."""
    if test.type == "lisa":
        return LISA
    lacking = set(getattr(test, "required_capabilities", ())) - set(able(rule))
    return f"the image does not say that it has {', '.join(sorted(lacking))}" if lacking else ""


def _untold(test: Test | TestSuite, *, passed: bool, skipped: str = "", output: str = "") -> CheckResult:
    return CheckResult(
        name=test.name,
        family="use",
        reason=test.description or f"test `{test.name}` of the image",
        expected="that it can be run",
        passed=passed,
        skipped=skipped,
        command="",
        code=0 if passed else -1,
        output=output,
        seconds=0,
    )
