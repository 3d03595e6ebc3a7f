"""What a test of packages needs, and when it has passed."""

from types import SimpleNamespace

import pytest

from headwater.build.givers import Package, gifts
from headwater.build.graph import Graph, Node
from headwater.build.trials import needed_for, told
from headwater.config.suites import PackageTest


def a_test(**more: object) -> PackageTest:
    return PackageTest(**{"name": "t", "command": "true", "reason": "For a test", **more})


@pytest.mark.parametrize(
    ("code", "output", "passed"),
    [(0, "one\nversion 2", True), (0, "version 3", False), (1, "version 2", False), (-1, "no engine", False)],
)
def test_code_and_output_must_both_be_as_expected(code: int, output: str, *, passed: bool) -> None:
    found = told(a_test(match="version 2"), code, output, 0.5)
    assert (found.passed, found.code, found.output, found.seconds) == (passed, code, output, 0.5)
    assert "version 2" in found.expected


def test_a_failure_may_be_what_is_expected() -> None:
    assert told(a_test(code=3), 3, "", 0).passed


def test_what_a_package_or_its_test_asks_for_is_built_first() -> None:
    def facts(*requires: str) -> SimpleNamespace:
        return SimpleNamespace(packages=[SimpleNamespace(requires=requires)])

    known = {"app": facts("libs(x86-64) = 1", "(data or nothing)"), "libs": facts("deep"), "deep": facts(), "data": facts()}
    known |= {"compiler": facts(), "other": facts()}
    nodes = [Node(name=name, packages=(Package(name=name, gives=gifts(name, "1-1", (), ())),)) for name in known]
    line = SimpleNamespace(
        workshop=SimpleNamespace(specs=SimpleNamespace(facts=known)), route=SimpleNamespace(graph=Graph(nodes))
    )
    found = needed_for(line, {"app": [a_test(packages=("app", "compiler", "bash"))]})
    assert found == ("app", "compiler", "data", "deep", "libs")
