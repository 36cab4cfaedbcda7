"""A query as text comes back as it was; nonsense is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.data.filters import OPERATORS, AllOf, AnyOf, Condition, Filter, Not, Raw
from nexus_studio.core.data.querytext import filter_from_text, filter_to_text, query_from_text, query_to_text
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.names import RelationName

conditions: st.SearchStrategy[Filter] = st.builds(
    Condition, st.text(), st.sampled_from(sorted(OPERATORS)), st.lists(st.none() | st.text(), max_size=3).map(tuple)
)
filters = st.recursive(
    conditions | st.builds(Raw, st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: AllOf(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=6,
)
sorts = st.lists(st.builds(Sort, st.text(), st.booleans(), st.none() | st.booleans()), max_size=3).map(tuple)


@given(st.builds(RowQuery, st.builds(RelationName, st.text(), st.text()), filters, st.just(""), sorts))
def test_a_query_comes_back_as_it_was(query: RowQuery) -> None:
    assert query_from_text(query_to_text(query)) == query


@given(st.builds(RowQuery, st.builds(RelationName, st.text(), st.text()), filters, st.text(), sorts))
def test_a_search_comes_back_when_asked_for(query: RowQuery) -> None:
    assert query_from_text(query_to_text(query, with_search=True)) == query
    assert query_from_text(query_to_text(query)) == query.searching("")


@given(filters)
def test_a_filter_alone_comes_back_as_it_was(condition: Filter) -> None:
    assert filter_from_text(filter_to_text(condition)) == condition


def test_what_was_written_before_is_read() -> None:
    text = '{"schema": "public", "name": "t", "filter": {"all": [{"column": "a", "operator": "in", '
    text += '"values": ["1", null]}]}, "sort": [["a", true, null]]}'
    assert query_from_text(text) == RowQuery(
        RelationName("public", "t"), AllOf((Condition.of("a", "in", "1", None),)), sort=(Sort("a", descending=True),)
    )


def test_a_filter_as_people_write_it() -> None:
    text = (
        '{"any": [{"column": "a", "operator": "between", "values": [1, 1.50]}, {"column": "b", "operator": "is_null"}]}'
    )
    assert filter_from_text(text) == AnyOf((Condition.of("a", "between", "1", "1.50"), Condition.of("b", "is_null")))
    assert filter_from_text('{"column": "ok", "operator": "is", "values": [true]}') == Condition.of("ok", "is", "true")
    assert filter_from_text('{"not": {"sql": "a > 1"}}') == Not(Raw("a > 1"))


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "[]", "{}", "3", "null", '"all"', '{"all": 3}', '{"all": "ab"}', '{"sql": 3.5e}', '{"sql": null}'),
        *('{"column": "a", "operator": "is", "values": "abc"}', '{"column": "a", "operator": "is", "values": [[]]}'),
        '{"not": ' * 100_000,
        '{"column": "a", "operator": "is", "values": [NaN]}',
    ],
)
def test_what_is_no_filter_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        filter_from_text(text)


@pytest.mark.parametrize("text", ["", "users", "[]", "{}", '{"schema": "s", "name": "n", "filter": 3, "sort": []}'])
def test_nonsense_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        query_from_text(text)
