"""Versions in rpm's order, and ranges of them."""

import pytest

from headwater.rpm.version import compare_evrs, compare_versions, overlap

ORDERED = ["0", "1.0~rc1", "1.0~rc2", "1.0", "1.0^git1", "1.0a", "1.0.1", "1.2", "1.10", "2", "10", "010.1"]


def test_versions_are_in_order() -> None:
    for number, one in enumerate(ORDERED):
        assert [compare_versions(one, other) for other in ORDERED] == [
            (number > place) - (number < place) for place in range(len(ORDERED))
        ]


def test_what_stands_between_segments_is_nothing() -> None:
    assert compare_versions("1.0", "1_0") == compare_versions("1..0", "1.0.") == compare_versions("1.00", "1.0") == 0


def test_epochs_and_releases() -> None:
    assert compare_evrs("1:1", "2") == 1
    assert compare_evrs("0:1-1", "1-1") == 0
    assert compare_evrs("1-1", "1") == 0, "a release counts only where both have one"
    assert compare_evrs("1-1", "1-2") == -1
    assert compare_evrs(f"{'9' * 9999}:1", "2:1") == 1


@pytest.mark.parametrize(
    ("given", "asked", "met"),
    [
        (("=", "1.2-3"), (">=", "1.2"), True),
        (("=", "1.2-3"), (">", "1.2"), False),
        (("=", "1.2-3"), ("<", "1.3"), True),
        ((">=", "2"), ("<", "2"), False),
        ((">=", "2"), ("<=", "2"), True),
        (("<", "2"), ("<", "1"), True),
        (("", ""), (">=", "9"), True),
        (("=", "1"), ("", ""), True),
    ],
)
def test_ranges_overlap(given: tuple[str, str], asked: tuple[str, str], *, met: bool) -> None:
    assert overlap(*given, *asked) is met
