"""Boxes are as large as their numbers, lie in the frame, beside one another, and are not slivers."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.image.treemap import Box, squarify

NUMBERS = st.lists(st.integers(0, 10**9), max_size=40)
FRAMES = st.builds(Box, st.floats(-100, 100), st.floats(-100, 100), st.floats(1, 2000), st.floats(1, 2000))


@given(NUMBERS, FRAMES)
def test_areas_are_proportional_and_fill_the_frame(numbers: list[int], frame: Box) -> None:
    boxes = squarify(numbers, frame)
    assert len(boxes) == len(numbers)
    total = sum(numbers)
    for number, box in zip(numbers, boxes, strict=True):
        wanted = frame.area * number / total if total else 0.0
        assert box.area == pytest.approx(wanted, rel=1e-6, abs=1e-6 * frame.area)


@given(NUMBERS, FRAMES)
def test_boxes_lie_inside_the_frame(numbers: list[int], frame: Box) -> None:
    slack = 1e-6 * max(frame.width, frame.height)
    for box in squarify(numbers, frame):
        assert box.width >= 0
        assert box.height >= 0
        assert frame.x - slack <= box.x
        assert box.x + box.width <= frame.x + frame.width + slack
        assert frame.y - slack <= box.y
        assert box.y + box.height <= frame.y + frame.height + slack


@given(NUMBERS, FRAMES)
def test_no_two_boxes_overlap(numbers: list[int], frame: Box) -> None:
    boxes = squarify(numbers, frame)
    slack = 1e-6 * max(frame.width, frame.height)
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            wide = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
            high = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
            assert wide <= slack or high <= slack


def test_equal_numbers_make_squares() -> None:
    for box in squarify([1] * 16, Box(0, 0, 400, 400)):
        assert box.width == pytest.approx(box.height)


def test_the_example_of_the_paper() -> None:
    boxes = squarify([6, 6, 4, 3, 2, 2, 1], Box(0, 0, 6, 4))
    assert [(round(box.width, 2), round(box.height, 2)) for box in boxes[:4]] == [(3, 2), (3, 2), (1.71, 2.33), (1.29, 2.33)]
    assert all(max(box.width / box.height, box.height / box.width) < 3.1 for box in boxes)


def test_boxes_come_in_the_order_of_their_numbers() -> None:
    boxes = squarify([8, 4, 2, 1], Box(0, 0, 10, 10))
    assert all(one.area > other.area for one, other in pairwise(boxes))


def test_nothing_has_no_area() -> None:
    assert squarify([], Box(0, 0, 10, 10)) == ()
    assert [box.area for box in squarify([0, 0], Box(0, 0, 10, 10))] == [0, 0]
    assert [box.area for box in squarify([1, 2], Box(0, 0, 0, 10))] == [0, 0]


def test_inset_never_turns_inside_out() -> None:
    assert Box(0, 0, 10, 10).inset(1, top=2) == Box(1, 3, 8, 6)
    assert Box(0, 0, 3, 3).inset(2).area == 0
