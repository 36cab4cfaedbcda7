"""Arrays, rows, ranges and hstore as text: read into parts and written back as PostgreSQL would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.data.arraytext import ArrayText, depth_of, format_array_text, parse_array_text
from nexus_studio.core.data.rowtext import (
    RangeText,
    format_hstore,
    format_multirange,
    format_range,
    format_row,
    parse_hstore,
    parse_multirange,
    parse_range,
    parse_row,
)

CELLS = st.none() | st.text(alphabet='aN"\\{}(),;[] \n\tul=>é😀', max_size=6) | st.just("NULL")
SOME = st.text(alphabet='aN"\\{}(),;[] \n=>é', max_size=6)


@given(st.lists(CELLS, max_size=4), st.sampled_from([",", ";"]))
def test_plain_arrays_go_both_ways(items: list[str | None], delimiter: str) -> None:
    array = ArrayText(list(items))
    assert parse_array_text(format_array_text(array, delimiter), delimiter) == array


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=3), st.integers(-3, 3))
def test_nested_arrays_keep_their_bounds(items: list[list[str | None]], first: int) -> None:
    array = ArrayText([list(item) for item in items], (first, 2))
    found = parse_array_text(format_array_text(array))
    assert found == array
    assert depth_of(array.items) == 2


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "{1,NULL,3}",
        "{{1,2},{3,4}}",
        "[0:1]={7,8}",
        "[-2:-1][0:1]={{1,2},{3,NULL}}",
        '{"",NULL,"NULL","a\\"b\\\\c","{x}"}',
        '{{{"a b"}}}',
    ],
)
def test_arrays_as_the_server_prints_them_come_back_the_same(text: str) -> None:
    array = parse_array_text(text)
    assert array is not None
    assert format_array_text(array) == text


def test_arrays_of_boxes_are_parted_by_semicolons() -> None:
    text = "{(1,1),(0,0);(3,3),(2,2)}"
    assert parse_array_text(text, ";") == ArrayText(["(1,1),(0,0)", "(3,3),(2,2)"])
    assert format_array_text(ArrayText(["(1,1),(0,0)", "(3,3),(2,2)"]), ";") == text


@pytest.mark.parametrize("text", ["", "{", "{a", "a", "{a,,b}", '{"a', "{a}}", "{a}b", "[0:1]", "{{1},2", "{a\\"])
def test_what_is_no_array_is_told(text: str) -> None:
    assert parse_array_text(text) is None


def test_bounds_follow_what_was_added() -> None:
    assert format_array_text(ArrayText(["7", "8", "9"], (0,))) == "[0:2]={7,8,9}"
    assert format_array_text(ArrayText([], (0,))) == "{}"


@given(st.lists(CELLS, min_size=2, max_size=5))
def test_rows_go_both_ways(fields: list[str | None]) -> None:
    assert parse_row(format_row(fields)) == fields


@pytest.mark.parametrize("text", ['(1,"a ""b"", c")', "(,)", '("",)', "()", "( x ,y)"])
def test_rows_as_text(text: str) -> None:
    fields = parse_row(text)
    assert fields is not None
    assert parse_row(format_row(fields)) == fields


@pytest.mark.parametrize("text", ["", "(", "1,2", "(1", "(1))", '("a)', "(1)2"])
def test_what_is_no_row_is_told(text: str) -> None:
    assert parse_row(text) is None


@given(CELLS, CELLS, st.booleans(), st.booleans())
def test_ranges_go_both_ways(lower: str | None, upper: str | None, has_lower: bool, has_upper: bool) -> None:
    range_ = RangeText(lower, upper, has_lower, has_upper)
    assert parse_range(format_range(range_)) == range_
    assert parse_multirange(format_multirange([range_, range_])) == [range_, range_]


@pytest.mark.parametrize("text", ["[1,5)", "(,)", '["2026-01-01 00:00:00+00",infinity)', '["",b]'])
def test_ranges_as_the_server_prints_them(text: str) -> None:
    found = parse_range(text)
    assert found is not None
    assert format_range(found) == text


@pytest.mark.parametrize("text", ["empty", "", "[1]", "[1,2", "1,2", "[1,2,3)", "{[1,2)}"])
def test_what_is_no_range_is_told(text: str) -> None:
    assert parse_range(text) is None


@pytest.mark.parametrize("text", ["{", "{[1,2)", "{[1,2),}", "[1,2)", "{1}"])
def test_what_is_no_multirange_is_told(text: str) -> None:
    assert parse_multirange(text) is None


@given(st.lists(st.tuples(SOME, CELLS), max_size=4))
def test_hstores_go_both_ways(pairs: list[tuple[str, str | None]]) -> None:
    assert parse_hstore(format_hstore(list(pairs))) == list(pairs)


def test_hstores_as_typed() -> None:
    assert parse_hstore('a=>1, "b c" => "x\\"y", d=>NULL, e=>"NULL"') == [
        ("a", "1"),
        ("b c", 'x"y'),
        ("d", None),
        ("e", "NULL"),
    ]
    assert [parse_hstore(text) for text in ("a", "a=>", "a=>1,", "=>1", '"a=>1')] == [None] * 5
