"""Which build begins next: by the longest chain, never idle, never over the budget but for one alone."""

from hypothesis import given
from hypothesis import strategies as st

from headwater.build.schedule import EXPENSIVE, GUESS, Budget, Need, Waiting, choose, ranks

CHAIN = {"libc": (), "zlib": ("libc",), "curl": ("zlib", "libc"), "tree": ("libc",), "alone": ()}


def test_the_longest_chain_goes_first() -> None:
    found = ranks(CHAIN, {"libc": 100, "zlib": 10, "curl": 60, "tree": 5, "alone": 120})
    assert found == {"libc": 170, "zlib": 70, "curl": 60, "tree": 5, "alone": 120}
    assert choose(dict.fromkeys(("alone", "libc"), Need()), [], Budget(builds=1), found) == ("libc",)


def test_what_was_never_built_is_taken_for_the_middle_of_the_others() -> None:
    assert ranks({"a": (), "b": ("a",)}, {"x": 1, "y": 30, "z": 500}) == {"a": 60, "b": 30}
    assert ranks({"a": ()}, {}) == {"a": GUESS}


def test_who_is_said_to_be_expensive_goes_first_until_it_is_known() -> None:
    assert ranks({"a": (), "big": ()}, {"x": 30}, {"big"}) == {"a": 30, "big": 30 * EXPENSIVE}
    assert ranks({"a": (), "big": ()}, {"big": 20}, {"big"})["big"] == 20


def test_a_need_outside_of_this_run_delays_nobody() -> None:
    assert ranks({"b": ("a", "a")}, {"b": 3}) == {"b": 3}


def test_a_big_one_waits_and_a_small_one_goes_past_it() -> None:
    ready, rank = {"big": Need(memory=900), "small": Need(memory=100)}, {"big": 9.0, "small": 1.0}
    assert choose(ready, [Need(memory=500)], Budget(builds=4, memory=1000), rank) == ("small",)
    assert choose(ready, [], Budget(builds=4, memory=500), rank) == ("big",)


def test_a_full_disk_lets_one_at_a_time_begin() -> None:
    ready = {name: Need(disk=4096) for name in "abc"}
    assert choose(ready, [], Budget(builds=4, disk=0), {}) == ("a",)
    assert choose(ready, [], Budget(builds=4, disk=9000), {}) == ("a", "b")


NEEDS = st.builds(Need, memory=st.integers(0, 40), disk=st.integers(0, 40))
ROOM = st.none() | st.integers(0, 100)
BUDGETS = st.builds(Budget, builds=st.integers(1, 5), memory=ROOM, disk=ROOM)
READY = st.dictionaries(st.sampled_from("abcdefgh"), NEEDS)


def over(needs: list[Need], budget: Budget) -> bool:
    memory, disk = sum(one.memory for one in needs), sum(one.disk for one in needs)
    return (budget.memory is not None and memory > budget.memory) or (budget.disk is not None and disk > budget.disk)


@given(
    ready=READY,
    running=st.lists(NEEDS, max_size=5),
    budget=BUDGETS,
    rank=st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0, 99)),
)
def test_never_idle_and_never_over(ready: dict[str, Need], running: list[Need], budget: Budget, rank: dict[str, float]) -> None:
    begun = choose(ready, running, budget, rank)
    now = [*running, *(ready[name] for name in begun)]
    assert len(now) <= max(budget.builds, len(running))
    assert not begun or len(now) == 1 or not over(now, budget), "several together go over the budget"
    if len(now) < budget.builds:
        left = [need for name, need in ready.items() if name not in begun]
        assert all(now and over([*now, need], budget) for need in left), "something fits and is not begun"
    assert list(begun) == sorted(begun, key=lambda name: (-rank.get(name, 0.0), name))


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    names = [f"c{number}" for number in range(draw(st.integers(1, 9)))]
    return {name: tuple(draw(st.sets(st.sampled_from(names[:place])))) if place else () for place, name in enumerate(names)}


@given(graphs(), st.data())
def test_a_rank_is_ones_own_time_and_the_longest_of_those_that_wait(
    needs: dict[str, tuple[str, ...]], data: st.DataObject
) -> None:
    seconds = {name: data.draw(st.integers(0, 50)) for name in needs}
    found = ranks(needs, seconds)
    for name in needs:
        after = [found[one] for one, needed in needs.items() if name in needed]
        assert found[name] == seconds[name] + max(after, default=0)


@given(graphs())
def test_everybody_is_told_once_and_after_what_he_needs(needs: dict[str, tuple[str, ...]]) -> None:
    waiting, settled = Waiting({name: (*needed, "built before") for name, needed in needs.items()}), list[str]()
    while free := waiting.free():
        for name in free:
            assert set(needs[name]) <= set(settled)
        for name in free:
            waiting.settle(name)
            settled.append(name)
    assert sorted(settled) == sorted(needs)
    assert not waiting.left()
