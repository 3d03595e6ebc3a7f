"""Planning of a whole distribution: thousands of components with made-up BuildRequires, from facts to steps, on one core."""

import random
import time
from collections.abc import Callable, Iterator
from functools import partial
from math import log

from project import Pair
from tests.unit.packages import spec_facts, subpackage

from headwater.build.course import lay_course
from headwater.build.given import packages_of
from headwater.build.graph import Graph, Node
from headwater.build.plan import Facts, plan
from headwater.build.schedule import ranks
from headwater.rpm.model import SpecFacts

SIZES = (1000, 3000, 7500)
EDGES, CYCLES = 16 / 3, 200 / 7500  # of each component: with 7,500 that is 40,000 and 200
MOST = 5.0  # seconds of processor time, for the largest
WORD = "plan"
made = partial(subpackage, version="1.2")
WAYS = (
    "{}-devel",
    "{}-devel >= 1.0",
    "pkgconfig({})",
    "/usr/bin/{}",
    "lib{}.so.1()(64bit)",
    "({}-devel or nothing)",
    "virtual({})",
)


ELSEWHERE = ("gcc", "make")  # what no component gives


class Planning:
    """Needs nothing of a project: the facts of specs are as rpm would tell them."""

    def works(self) -> Iterator[tuple[str, float, Callable[[], Pair]]]:
        for size in SIZES:
            edges, cycles = round(size * EDGES), round(size * CYCLES)
            yield f"{WORD} of {size} components, {edges} edges, {cycles} cycles, 5 s of CPU", most(size), pair(size)


def most(size: int) -> float:
    """The share of the seconds that a smaller one may take: n log n."""
    return size * log(size) / (SIZES[-1] * log(SIZES[-1]))


def pair(size: int) -> Callable[[], Pair]:
    return lambda: (seconds(size), MOST)


def seconds(size: int) -> float:
    """The best of five, of processor time: what specs say and give, who needs whom, cycles, order, critical path, steps."""
    facts, less = distribution(size)
    took = []
    for _ in range(5):
        begun = time.process_time()
        graph = Graph(
            [Node(name=one, requires=said.build_requires, packages=packages_of(said, {})) for one, said in facts.items()],
            elsewhere=lambda text: text in ELSEWHERE,
        )
        variants = {
            one: Node(name=one, requires=said.build_requires, packages=packages_of(said, {})) for one, said in less.items()
        }
        course = lay_course(graph, variants)
        order = course.order()
        ranks(course.needs, {})
        plan([Facts(component=build, needs=course.needs[build]) for build in order])
        took.append(time.process_time() - begun)
        assert len(course.circles) == len(less) == round(size * CYCLES)
        assert len(order) == size + len(less)
        assert sum(map(len, graph.edges.values())) >= round(size * EDGES)
    return min(took)


def distribution(size: int) -> tuple[dict[str, SpecFacts], dict[str, SpecFacts]]:
    """Specs, and the bootstrap variants of some: whom each asks for lies before it, but for one in each cycle."""
    dice = random.Random(size)  # noqa: S311 a graph, no secret
    cycles, edges = round(size * CYCLES), round(size * EDGES)
    asks: list[set[int]] = [set() for _ in range(size)]
    back: dict[int, int] = {}
    step = size // cycles
    for number in range(cycles):
        low, high = number * step, number * step + dice.randint(1, min(12, step - 1))
        back[low] = high
        for one in range(low + 1, high + 1):
            asks[one].add(one - 1)
    missing = edges - cycles - sum(map(len, asks))
    while missing > 0:
        by = dice.randrange(1, size)
        need = dice.randrange(by)
        if need not in asks[by]:
            asks[by].add(need)
            missing -= 1
    order = list(range(size))
    dice.shuffle(order)
    said = {name_of(one): spec(one, {*asks[one], *([back[one]] if one in back else [])}) for one in order}
    return said, {name_of(one): spec(one, asks[one]) for one in back}


def name_of(number: int) -> str:
    return f"comp{number}"


def spec(number: int, asks: set[int]) -> SpecFacts:
    """As rpm would tell it: a library with its headers, a pkg-config file, a program."""
    name = name_of(number)
    requires = tuple(WAYS[(number + one) % len(WAYS)].replace("{}", name_of(one)) for one in sorted(asks))
    return spec_facts(
        name,
        version="1.2",
        build_requires=(*ELSEWHERE, *requires),
        packages=(
            made(name, files=(f"/usr/bin/{name}", f"%license LICENSE {number}"), provides=(f"virtual({name})",)),
            made(f"{name}-libs", files=(f"/usr/lib64/lib{name}.so.1", f"/usr/lib64/lib{name}.so.1.*")),
            made(
                f"{name}-devel",
                files=(f"/usr/include/{name}/", f"/usr/lib64/pkgconfig/{name}.pc"),
                requires=(f"{name}-libs(x86-64) = 1.2-1",),
            ),
        ),
    )
