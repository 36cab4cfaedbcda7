"""A query as text comes back as it was; nonsense is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.data.filters import OPERATORS, AllOf, AnyOf, Condition, Filter, Not
from nexus_studio.core.data.querytext import query_from_text, query_to_text
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.names import RelationName

conditions: st.SearchStrategy[Filter] = st.builds(
    Condition, st.text(), st.sampled_from(sorted(OPERATORS)), st.lists(st.none() | st.text(), max_size=3).map(tuple)
)
filters = st.recursive(
    conditions,
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


@pytest.mark.parametrize("text", ["", "users", "[]", "{}", '{"schema": "s", "name": "n", "filter": 3, "sort": []}'])
def test_nonsense_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        query_from_text(text)
