"""Filters and quick search -> WHERE: what each operator of `core.data.filters` is in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import (
    Boolean,
    TableClause,
    and_,
    bindparam,
    cast,
    false,
    func,
    literal_column,
    or_,
    true,
)
from sqlalchemy.dialects.postgresql import array

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.filters import AllOf, AnyOf, Condition, Filter, Not, Raw, check_filter, raws_of
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.core.sql import moments, nested
from nexus_studio.core.sql.expressions import ServerType, as_text, equals, searchable, text_bind, typed_bind
from nexus_studio.core.sql.operands import Clause, Operand, Render, is_ordered, untrue
from nexus_studio.core.sql.rawexpr import check_expression, enclosed

__all__ = ["RENDER", "is_ordered", "where"]

INET: Final = ServerType("pg_catalog.inet")


def _is(left: Operand, values: tuple[Cell, ...]) -> Clause:
    return equals(left.value, values[0], left.type)


def _is_not(left: Operand, values: tuple[Cell, ...]) -> Clause:
    return untrue(_is(left, values)) if values[0] is not None else left.value.is_not(None)


def _in(left: Operand, values: tuple[Cell, ...]) -> Clause:
    """Compare with a list; NULL in it finds NULL."""
    known = [value for value in values if value is not None]
    if left.type.has_equality:
        found: Clause = left.value.in_([typed_bind(value, left.type) for value in known])
    else:
        found = as_text(left.value).in_([text_bind(value) for value in known])
    return or_(found, left.value.is_(None)) if None in values else found


def _between(left: Operand, values: tuple[Cell, ...]) -> Clause:
    """Compare with two bounds, both included; an end that is None is open."""
    low, high = values
    parts = [left.ordered >= left.bound(low)] if low is not None else []
    return and_(true(), *parts, *([left.ordered <= left.bound(high)] if high is not None else []))


def _array_contains(left: Operand, values: tuple[Cell, ...]) -> Clause:
    element = left.type.element
    if element is None or values[0] is None:
        return func.pg_catalog.array_position(left.value, None).is_not(None)
    if not element.has_equality:
        return searchable(left.value).icontains(values[0], autoescape=True)
    return left.compared("@>", array([typed_bind(values[0], element)]))


def _range_contains(left: Operand, values: tuple[Cell, ...]) -> Clause:
    """Contain a value of the range's subtype, or a whole range when one was typed."""
    typed = (values[0] or "").strip()
    inner = left.type if left.type.element is None or typed[:1] in {"[", "(", "{"} or typed == "empty" else None
    return left.compared("@>", typed_bind(values[0], inner or left.type.element or left.type))


def _is_empty(left: Operand, _: tuple[Cell, ...]) -> Clause:
    if left.type.kind is TypeKind.ARRAY:
        return func.pg_catalog.cardinality(left.value) == 0
    if left.type.kind is TypeKind.RANGE:
        return func.pg_catalog.isempty(left.value).is_(true())
    return as_text(left.value) == text_bind("")


def _full_text(left: Operand, values: tuple[Cell, ...]) -> Clause:
    """Look for words in the session's language (`default_text_search_config`); text is parsed row by row."""
    words = func.to_tsvector(as_text(left.value)) if left.type.kind is TypeKind.TEXT else left.value
    return words.op("@@", is_comparison=True)(func.websearch_to_tsquery(text_bind(values[0])))


def _contains(left: Operand, values: tuple[Cell, ...]) -> Clause:
    return searchable(left.value).icontains(values[0] or "", autoescape=True)


RENDER: Final[Mapping[str, Render]] = {
    "is": _is,
    "is_not": _is_not,
    "contains": _contains,
    "not_contains": lambda left, values: untrue(_contains(left, values)),
    "starts_with": lambda left, values: searchable(left.value).istartswith(values[0] or "", autoescape=True),
    "ends_with": lambda left, values: searchable(left.value).iendswith(values[0] or "", autoescape=True),
    "matches": lambda left, values: searchable(left.value).op("~", is_comparison=True)(text_bind(values[0])),
    "matches_any_case": lambda left, values: searchable(left.value).op("~*", is_comparison=True)(text_bind(values[0])),
    "in": _in,
    "not_in": lambda left, values: untrue(_in(left, values)),
    "lt": lambda left, values: left.ordered < left.bound(values[0]),
    "lte": lambda left, values: left.ordered <= left.bound(values[0]),
    "gt": lambda left, values: left.ordered > left.bound(values[0]),
    "gte": lambda left, values: left.ordered >= left.bound(values[0]),
    "between": _between,
    "is_null": lambda left, _: left.value.is_(None),
    "is_not_null": lambda left, _: left.value.is_not(None),
    "is_empty": _is_empty,
    "array_contains": _array_contains,
    "range_contains": _range_contains,
    "range_overlaps": lambda left, values: left.compared("&&", typed_bind(values[0], left.type)),
    "range_within": lambda left, values: left.compared("<@", typed_bind(values[0], left.type)),
    "range_before": lambda left, values: left.compared("<<", typed_bind(values[0], left.type)),
    "range_after": lambda left, values: left.compared(">>", typed_bind(values[0], left.type)),
    "network_within": lambda left, values: left.compared("<<=", cast(text_bind(values[0]), INET)),
    "network_contains": lambda left, values: left.compared(">>=", cast(text_bind(values[0]), INET)),
    "full_text": _full_text,
    **nested.RENDER,
    **moments.RENDER,
}
"""What every operator is in SQL, by its key."""


def where(relation: Relation, table: TableClause, query: RowQuery) -> tuple[Clause, ...]:
    """Return the query's filter and search as clauses to be joined by AND; none when it asks for every row.

    Raises:
        InvalidFilter: when the filter does not fit the relation.
    """
    check_filter(query.filter, relation)
    for raw in raws_of(query.filter):
        check_expression(raw.text)
    clauses = [] if query.filter == AllOf() else [_clause(relation, table, query.filter)]
    if query.search:
        clauses.append(_search(relation, table, query))
    return tuple(clauses)


def _clause(relation: Relation, table: TableClause, condition: Filter) -> Clause:
    match condition:
        case Condition(name, operator, values):
            return RENDER[operator](Operand(table.c[name], relation.column(name).type), values)
        case AllOf(parts):
            return and_(true(), *(_clause(relation, table, part) for part in parts))
        case AnyOf(parts):
            return or_(false(), *(_clause(relation, table, part) for part in parts))
        case Not(part):
            return untrue(_clause(relation, table, part))
        case Raw(text):
            return _raw(text)


def _raw(text: str) -> Clause:
    """Put a checked expression between parentheses of its own.

    The parameter beside it says nothing, but makes the driver use the extended protocol, in which the server refuses
    more than one statement (manual, section 54.2.3): should the check ever be fooled, nothing else is run.
    """
    always = cast(bindparam(None, True, type_=Boolean), Boolean)
    return and_(literal_column(enclosed(text), Boolean), always)


def _search(relation: Relation, table: TableClause, query: RowQuery) -> Clause:
    """Look for the text in any text column that may be searched; a relation without one has no such row."""
    texts = [column.name for column in relation.columns if column.type.kind is TypeKind.TEXT and column.may_select]
    seen = [name for name in texts if name not in query.unsearched]
    return or_(false(), *(searchable(table.c[name]).icontains(query.search, autoescape=True) for name in seen))
