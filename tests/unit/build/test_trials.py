"""What a test of packages needs."""

from types import SimpleNamespace

from headwater.build.givers import Package, gifts
from headwater.build.graph import Graph, Node
from headwater.build.trials import needed_for
from headwater.config.suites import PackageTest


def a_test(**more: object) -> PackageTest:
    return PackageTest(**{"name": "t", "command": "true", "reason": "For a test", **more})


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
