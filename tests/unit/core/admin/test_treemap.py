"""The treemap: areas as the values, nothing overlaps, the whole is covered, the same each time."""

from __future__ import annotations

import math
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.admin.treemap import Box, squarified

VALUES = st.lists(st.integers(0, 10**12), min_size=1, max_size=40)
WHOLES = st.builds(Box, st.just(3.0), st.just(5.0), st.floats(50, 4000), st.floats(50, 4000))


@given(VALUES, WHOLES)
def test_areas_are_as_the_values(values: list[int], whole: Box) -> None:
    boxes = squarified([float(each) for each in values], whole)
    assert len(boxes) == len(values)
    total = sum(values)
    for box, value in zip(boxes, values, strict=True):
        wanted = whole.area * value / total if total else 0.0
        assert math.isclose(box.area, wanted, rel_tol=1e-6, abs_tol=whole.area * 1e-9)


@given(VALUES, WHOLES)
def test_boxes_lie_inside_and_do_not_overlap(values: list[int], whole: Box) -> None:
    boxes = [box for box in squarified([float(each) for each in values], whole) if box.area > 0]
    slack = 1e-6 * (whole.width + whole.height)
    for box in boxes:
        assert box.x >= whole.x - slack
        assert box.y >= whole.y - slack
        assert box.x + box.width <= whole.x + whole.width + slack
        assert box.y + box.height <= whole.y + whole.height + slack
    for one, other in combinations(boxes, 2):
        wide = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
        high = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
        assert wide <= slack or high <= slack


@given(VALUES, WHOLES)
def test_it_is_the_same_each_time(values: list[int], whole: Box) -> None:
    numbers = [float(each) for each in values]
    assert squarified(numbers, whole) == squarified(numbers, whole)


def test_the_example_of_the_paper() -> None:
    """Bruls, Huizing and van Wijk, section 3: 6 by 4, of 6, 6, 4, 3, 2, 2 and 1."""
    boxes = squarified([6, 6, 4, 3, 2, 2, 1], Box(0, 0, 6, 4))
    assert boxes[0] == Box(0, 0, 3, 2)
    assert boxes[1] == Box(0, 2, 3, 2)
    assert [round(max(box.width / box.height, box.height / box.width), 2) for box in boxes[:2]] == [1.5, 1.5]
    assert max(max(box.width / box.height, box.height / box.width) for box in boxes) < 3


def test_equal_ones_stand_in_the_order_they_are_given_in() -> None:
    boxes = squarified([1, 1, 1, 1], Box(0, 0, 2, 2))
    assert boxes == (Box(0, 0, 1, 1), Box(0, 1, 1, 1), Box(1, 0, 1, 1), Box(1, 1, 1, 1))


def test_nothing_to_divide() -> None:
    assert squarified([], Box(0, 0, 10, 10)) == ()
    assert squarified([0, 0], Box(1, 2, 10, 10)) == (Box(1, 2, 0, 0), Box(1, 2, 0, 0))
    assert squarified([5], Box(0, 0, 0, 10)) == (Box(0, 0, 0, 0),)
