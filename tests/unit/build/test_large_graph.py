"""A thousand components with cycles, most of them declared: each is broken where it may be, or told once; order keeps edges."""

import random

import pytest

from headwater.build.course import Course, lay_course
from headwater.build.givers import Package, gifts
from headwater.build.graph import Graph, Node
from headwater.build.picture import dot, reachable, rows
from headwater.build.plan import Facts, plan
from headwater.build.turn import component_of
from headwater.errors import Failure
from headwater.origin import Origin

COMPONENTS, CYCLES, UNDECLARED = 1000, 30, 3


def node(number: int, requires: list[str]) -> Node:
    """A component with a library, its headers, a pkg-config file and a program."""
    name = f"c{number:04}"
    files = [f"/usr/lib64/pkgconfig/{name}.pc", f"/usr/bin/{name}"]
    packages = [Package(name=f"{name}-libs", gives=gifts(f"{name}-libs", "1-1", (), ())), *_others(name, files)]
    return Node(name=name, requires=tuple(requires), packages=tuple(packages))


def _others(name: str, files: list[str]) -> list[Package]:
    devel = Package(name=f"{name}-devel", gives=gifts(f"{name}-devel", "1-1", (), files[:1]), requires=(f"{name}-libs = 1-1",))
    return [devel, Package(name=name, gives=gifts(name, "1-1", [f"virtual({name}) = 1"], files[1:]))]


@pytest.fixture(scope="module")
def made() -> tuple[Course, dict[str, list[str]], dict[str, str]]:
    """The course; for each component whom it asks for; for each cycle's last component the one by which the cycle closes."""
    dice = random.Random(6)  # noqa: S311 a graph, no secret
    ways = ["{}-devel", "pkgconfig({})", "/usr/bin/{}", "virtual({}) >= 1", "({}-devel or nothing)", "({} and {}-libs)"]
    asks = {number: dice.sample(range(number), min(number, dice.randint(0, 8))) for number in range(COMPONENTS)}
    closing = {}
    for number in range(CYCLES):  # a chain upwards from `low`, and back
        low, size = 100 + number * 30, dice.randint(2, 6)
        for one in range(low + 1, low + size):
            asks[one].append(one - 1)
        closing[low] = low + size - 1
    order = [*range(COMPONENTS)]
    dice.shuffle(order)

    def texts(number: int, others: list[int]) -> list[str]:
        return [ways[(number + other) % len(ways)].replace("{}", f"c{other:04}") for other in others]

    nodes = [node(one, texts(one, asks[one] + ([closing[one]] if one in closing else []))) for one in order]
    less = {f"c{one:04}": node(one, texts(one, asks[one])) for one in list(closing)[UNDECLARED:]}
    course = lay_course(Graph(nodes), less, lambda edge: Origin(file=f"{edge.by}.spec", line=1))
    wanted = {f"c{one:04}": [f"c{other:04}" for other in others] for one, others in asks.items()}
    return course, wanted, {f"c{low:04}": f"c{high:04}" for low, high in closing.items()}


def test_every_cycle_is_broken_where_it_is_declared_or_told_once(made) -> None:
    course, _, closing = made
    assert len(course.circles) == CYCLES
    lows = [min(circle.members) for circle in course.circles]
    assert sorted(lows) == sorted(closing)
    broken = {circle.first: circle for circle in course.circles if not circle.left}
    assert sorted(broken) == [(low,) for low in sorted(closing)[UNDECLARED:]]
    assert [circle.first for circle in course.circles if circle.left] == [()] * UNDECLARED
    with pytest.raises(Failure) as raised:
        course.order()
    assert len(raised.value.problems) == UNDECLARED
    for problem in raised.value.problems:
        assert problem.where is not None
        assert all(text.endswith(".spec:1") for text in problem.why.splitlines() if text.startswith("`"))


def test_the_order_keeps_every_edge(made) -> None:
    course, wanted, closing = made
    stuck = {name for builds, _ in course.stuck for name in builds}
    outside = [name for name in course.needs if not stuck & set(course.below(name)) and name not in stuck]
    assert len(outside) > COMPONENTS / 4
    builds = course.order(outside)
    ranks = {build: number for number, build in enumerate(builds)}
    for build in builds:
        assert all(ranks[need] < ranks[build] for need in course.needs[build])
        needed = {component_of(need) for need in course.needs[build]}
        assert set(wanted[component_of(build)]) <= needed
    assert all(f"{low}:bootstrap" in ranks for low in sorted(closing)[UNDECLARED:] if low in ranks)
    steps = plan([Facts(component=build, needs=course.needs[build]) for build in builds])
    assert [step.component for step in steps] == list(builds)


def test_all_of_it_can_be_drawn(made) -> None:
    course, _, _ = made
    names = reachable(course, ())
    assert sorted(names) == sorted(course.needs)
    text = dot(course, names)
    assert text.count("subgraph cluster_") == CYCLES
    assert {build for build, _, _ in rows(course, names)} == set(names)
