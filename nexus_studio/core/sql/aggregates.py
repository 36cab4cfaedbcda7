"""Selected cells -> one SELECT of counts, sums, minima and maxima by column. Nothing is executed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Select, TableClause, cast, func, literal_column, select

from nexus_studio.core.data.cells import Place
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.data.totals import is_ranged, is_summable
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.schema.types import PgType
from nexus_studio.core.sql.expressions import ServerType, as_text, named, table_of, text_bind
from nexus_studio.core.sql.ordering import ordering_of
from nexus_studio.core.sql.seek import any_of, segments_after, segments_before, slots
from nexus_studio.core.sql.where import where

MOST_COLUMNS: Final = 300
"""Columns of one statement: each has up to five outputs, and PostgreSQL's limit is 1664."""

_NUMERIC = ServerType("pg_catalog.numeric")
_STRANGE = ("NaN", "Infinity", "-Infinity")
_FLOATS = frozenset({"real", "double precision"})


@dataclass(frozen=True, slots=True)
class Span:
    """Rows of a query: by the places of the first and the last of them, both included, None for open ends.

    Where those places are not known, by ordinals: `skip` rows are left out, `count` rows taken (None: all others).
    """

    first: Place | None = None
    last: Place | None = None
    skip: int = 0
    count: int | None = None


def totals_statement(relation: Relation, query: RowQuery, columns: Sequence[str], span: Span) -> Select[Any]:
    """Build the SELECT: the number of rows, then for each column how many values it has, and what `outputs_of` says.

    Raises:
        InvalidFilter: when filter or sort do not fit the relation.
    """
    table = table_of(relation)
    rows = _rows(relation, table, query, columns, span)
    values: dict[str, ColumnElement[Any]]
    clauses: list[ColumnElement[bool]]
    if isinstance(rows, TableClause):
        values = {name: table.c[name] for name in columns}
        clauses = [*where(relation, table, query), *_between(relation, table, query, span)]
    else:
        clauses = []
        values = {name: rows.c[f"r{index}"] for index, name in enumerate(columns)}
    outputs: list[ColumnElement[Any]] = [func.count()]
    for name in columns:
        outputs += outputs_of(values[name], relation.column(name).type)
    return (
        select(*(output.label(f"a{index}") for index, output in enumerate(outputs))).select_from(rows).where(*clauses)
    )


def outputs_of(value: ColumnElement[Any], type_: PgType) -> list[ColumnElement[Any]]:
    """Return what is asked of a column: count; of numbers also how many, sum, lowest, highest; of dates first, last.

    Floats are added up as the decimal numbers they are shown as; a CAST would round them to fifteen digits.
    """
    count: list[ColumnElement[Any]] = [func.count(value)]
    if is_summable(type_):
        number = cast(as_text(value) if type_.compared_sql in _FLOATS else value, _NUMERIC)
        texts = [text_bind(one) for one in _STRANGE]
        calls = (func.count(value), func.sum(number), func.min(number), func.max(number))
        parts: list[ColumnElement[Any]] = list(calls)
        if type_.compared_sql in {*_FLOATS, "numeric"}:
            parts = [call.filter(as_text(value).not_in(texts)) for call in calls]
        return [*count, parts[0], *(as_text(part) for part in parts[1:])]
    if is_ranged(type_):
        return [*count, as_text(func.min(value)), as_text(func.max(value))]
    return count


def _rows(relation: Relation, table: TableClause, query: RowQuery, columns: Sequence[str], span: Span) -> FromClause:
    """Return the table itself, or the rows between two ordinals as a subquery."""
    if not span.skip and span.count is None:
        return table
    ordering = ordering_of(relation, named(table), query)
    outputs: list[ColumnElement[Any]] = [table.c[name].label(f"r{index}") for index, name in enumerate(columns)]
    outputs = outputs or [literal_column("1")]
    order = [item.clause() for item in ordering.items]
    rows = select(*outputs).select_from(table).where(*where(relation, table, query)).order_by(*order)
    return rows.offset(span.skip).limit(span.count).subquery("s")


def _between(relation: Relation, table: TableClause, query: RowQuery, span: Span) -> list[ColumnElement[bool]]:
    items = ordering_of(relation, named(table), query).items
    clauses = []
    if span.first is not None:
        clauses.append(any_of(segments_after(items, slots("first", span.first), inclusive=True)))
    if span.last is not None:
        clauses.append(any_of(segments_before(items, slots("last", span.last), inclusive=True)))
    return clauses
