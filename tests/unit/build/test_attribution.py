"""What makes builds differ is found with few more builds, whatever it is."""

from collections.abc import Callable
from itertools import count

import pytest

from headwater.build.attribution import CHANCE, SIDE_BY_SIDE, STILL, attribute
from headwater.build.variation import ALL, Aspect, Variation

FIRST = {"x.rpm": "0"}


def world(*follows: Aspect) -> Callable[[Variation], dict[str, str]]:
    return lambda variation: {"x.rpm": "".join(sorted(one.value for one in follows if one in variation)) or "0"}


@pytest.mark.parametrize("aspect", sorted(ALL, key=lambda one: one.value))
def test_each_aspect_is_found_alone(aspect: Aspect) -> None:
    assert attribute(world(aspect), FIRST) == (aspect.value,)


def test_several_are_found_together() -> None:
    assert set(attribute(world(Aspect.TIME, Aspect.UMASK, Aspect.ORDER), FIRST)) == {"time", "umask", "order of directories"}


def test_a_build_that_breaks_when_varied_is_another_one() -> None:
    assert attribute(lambda variation: None if Aspect.USER in variation else FIRST, FIRST) == ("user",)


def test_a_clock_that_is_read_to_the_second_is_time() -> None:
    """It differs each time with nothing varied, and no more when the clock stands."""
    ticks = count(1)
    assert attribute(lambda variation: FIRST if Aspect.STILL in variation else {"x.rpm": str(next(ticks))}, FIRST) == ("time",)


def test_what_ends_by_chance_on_two_processors_is_side_by_side() -> None:
    ticks = count(1)
    serial = STILL | {Aspect.PROCESSORS}
    assert attribute(lambda variation: FIRST if variation >= serial else {"x.rpm": str(next(ticks))}, FIRST) == (SIDE_BY_SIDE,)


def test_the_rest_is_chance() -> None:
    ticks = count(1)
    assert attribute(lambda _: {"x.rpm": str(next(ticks))}, FIRST) == (CHANCE,)


def test_few_builds_are_enough() -> None:
    built = []

    def build(variation: Variation) -> dict[str, str]:
        built.append(variation)
        return world(Aspect.HOST)(variation)

    attribute(build, FIRST)
    assert len(built) < len(ALL) + 2
