"""Where rows stand in an order: statements that step through it, number its rows, and count up to a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    TableClause,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from nexus_studio.core.data.cells import Bookmark, Place, RowKey
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.expressions import TEXT, ServerType, named, table_of
from nexus_studio.core.sql.ordering import OrderItem, is_indexed, ordering_of
from nexus_studio.core.sql.seek import any_of, segments_after, segments_before, slots, within_segment
from nexus_studio.core.sql.select import key_clause
from nexus_studio.core.sql.where import is_ordered, where

Clause = ColumnElement[bool]
Statement = Select[*tuple[Any, ...]]

FROM: Final = "from"
"""The name of the slots of the place that rows are read after."""


def step_statements(
    relation: Relation, query: RowQuery, place: Place, step: int
) -> tuple[tuple[Statement, Statement], ...]:
    """Build how to step on from a place, for each segment behind it: the next mark, and the rows that are left.

    The first takes the place of the row behind `skip` others (a parameter); only the order's columns are read, so that
    an index alone may answer. The second counts all rows of the segment. `()` as place is the beginning.
    """
    table = table_of(relation)
    items = ordering_of(relation, named(table), query).items
    clauses = where(relation, table, query)
    found: list[tuple[Statement, Statement]] = []
    for segment in segments_after(items, slots(FROM, place)):
        rows = _ordered(table, (*clauses, segment), within_segment(items))
        row = rows.limit(literal_column("1")).offset(bindparam("skip", step - 1, type_=Integer)).subquery("r")
        count = select(func.count()).select_from(table).where(*clauses, segment)
        found.append((select(*_places(row, items)), count))
    return tuple(found)


def numbered_statement(relation: Relation, query: RowQuery, step: int) -> Statement:
    """Build the SELECT of every `step`-th row and the last one: (number from 1, place...). All rows are sorted."""
    table = table_of(relation)
    items = ordering_of(relation, named(table), query).items
    order = [item.clause() for item in items]
    number = func.row_number().over(order_by=order).label("n")
    is_last = func.lead(literal_column("1")).over(order_by=order).is_(None).label("z")
    values = [item.value.label(f"o{index}") for index, item in enumerate(items)]
    rows = select(number, is_last, *values).select_from(table).where(*where(relation, table, query)).subquery("r")
    wanted = or_(rows.c.n % bindparam("step", step, type_=Integer) == 0, rows.c.z)
    return select(rows.c.n, *_places(rows, items)).where(wanted).order_by(rows.c.n)


def between_statement(relation: Relation, query: RowQuery, after: Bookmark | None, place: Place) -> Select[int]:
    """Build the count of the rows behind a bookmark (None: all) and before a place.

    Each segment behind the one is met with each before the other: what they share is one range of an index.
    """
    table = table_of(relation)
    items = ordering_of(relation, named(table), query).items
    clauses = where(relation, table, query)
    behind = segments_after(items, slots("after", after.place)) if after is not None else (true(),)
    before = segments_before(items, slots(FROM, place))
    if not is_indexed(relation, items):
        behind, before = (any_of(behind),), (any_of(before),)
    counts = [
        select(func.count()).select_from(table).where(*clauses, one, other).scalar_subquery()
        for one in behind
        for other in before
    ]
    total: ColumnElement[int] = literal_column("0")
    for count in counts:
        total = total + count
    return select(total.label("n"))


def nearest_statement(relation: Relation, query: RowQuery, places: Sequence[Place], place: Place) -> Select[int]:
    """Build the count of those of some places, which are in order, that stand before `place`.

    They come as arrays, one a column, and are compared as the columns themselves are, also in their collation.
    """
    table = table_of(relation)
    items = ordering_of(relation, named(table), query).items
    arrays: list[BindParameter[Any]] = [
        bindparam(f"known_{index}", [one[index] for one in places], type_=ARRAY(TEXT)) for index in range(len(items))
    ]
    names = [f"k{index}" for index in range(len(items))]
    typed = [cast(one, ARRAY(TEXT)) for one in arrays]
    # Several arrays at once are a special form that takes no schema.
    known = func.unnest(*typed).table_valued(*names).render_derived(name="u")
    compared = [replace(item, value=like_column(item, known.c[name])) for item, name in zip(items, names, strict=True)]
    before = segments_before(compared, slots(FROM, place))
    return select(func.count()).select_from(known).where(any_of(before))


def place_statement(relation: Relation, query: RowQuery, key: RowKey) -> Statement:
    """Build the SELECT of one row's place in the order, if the query has the row at all."""
    table = table_of(relation)
    items = ordering_of(relation, named(table), query).items
    places = [item.text.label(f"p{index}") for index, item in enumerate(items)]
    return select(*places).select_from(table).where(key_clause(relation, table, key), *where(relation, table, query))


def like_column(item: OrderItem, text: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a text as a value that compares as the column does.

    The subquery has no row; it lends the comparison the column's collation, which no catalogue entry of ours has.
    """
    if not is_ordered(item.type):
        return cast(text, TEXT)
    type_ = ServerType(item.type.compared_sql)
    lent = select(item.value).limit(literal_column("0")).scalar_subquery()
    typed: ColumnElement[Any] = cast(text, type_)
    if item.type.compared_sql.removeprefix("pg_catalog.") == "regclass":
        # The cast from text looks for a relation named so; the type's own input, for literals, knows what 0 is written.
        typed = case((text == literal_column("'-'"), cast(literal_column("0"), type_)), else_=typed)
    return func.coalesce(typed, lent, type_=type_)


def _ordered(table: TableClause, clauses: Sequence[Clause], items: Sequence[OrderItem]) -> Statement:
    values = [item.value.label(f"o{index}") for index, item in enumerate(items)]
    return select(*values).select_from(table).where(and_(true(), *clauses)).order_by(*(i.clause() for i in items))


def _places(rows: Any, items: Sequence[OrderItem]) -> list[ColumnElement[Any]]:
    return [replace(item, value=rows.c[f"o{index}"]).text.label(f"p{index}") for index, item in enumerate(items)]
