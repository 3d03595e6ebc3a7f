"""Rounds of %generate_buildrequires, and which specs have them."""

import pytest

from headwater.build.dynamic import ROUNDS, is_dynamic, settle
from headwater.errors import Failure, Kind


def test_rounds_end_when_nothing_new_is_asked_for() -> None:
    asked: list[tuple[str, ...]] = []

    def ask(known: tuple[str, ...]) -> list[str]:
        asked.append(known)
        return ["b", "a"] if "a" not in known else ["c"]

    assert settle("x", ask) == ("a", "b", "c")
    assert asked == [(), ("a", "b"), ("a", "b", "c")]
    assert settle("x", lambda _: ()) == ()


def test_what_was_asked_for_once_stays_so_two_answers_in_turn_settle() -> None:
    assert settle("x", lambda known: ["b"] if "a" in known else ["a"]) == ("a", "b")


def test_rounds_without_end_are_ended() -> None:
    with pytest.raises(Failure) as raised:
        settle("x", lambda known: [str(len(known))])
    assert raised.value.kind is Kind.BUILD
    assert len(raised.value.problems[0].why.splitlines()) == ROUNDS


@pytest.mark.parametrize(
    ("text", "dynamic"),
    [
        ("%generate_buildrequires\necho a\n", True),
        ("BuildSystem: pyproject\n", True),
        ("%build\n# %generate_buildrequires\n", False),
        ("Name: x\n", False),
    ],
)
def test_a_spec_with_the_section_or_a_build_system_is_run(text: str, *, dynamic: bool) -> None:
    assert is_dynamic(text) is dynamic
