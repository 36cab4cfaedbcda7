"""RowQuery and PageRequest -> SELECT: pages, counts, single rows. Nothing is executed here.

Labels are neutral (c0, s0 ...) and the order names table-bound columns: a label equal to a column's name would make
PostgreSQL sort by the text.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    TableClause,
    and_,
    bindparam,
    cast,
    false,
    func,
    literal_column,
    select,
    union_all,
)

from nexus_studio.core.data.cells import Cell, PageRequest, Place, RowKey
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.expressions import (
    PLACE,
    TID,
    as_text,
    equals,
    is_still,
    named,
    table_of,
    typed_bind,
    whole_text,
)
from nexus_studio.core.sql.layout import RowLayout, outputs
from nexus_studio.core.sql.ordering import TID_TYPE, Ordering, OrderItem, is_indexed, ordering_of
from nexus_studio.core.sql.seek import any_of, segments_after, segments_before, slot_values, slots, within_segment
from nexus_studio.core.sql.where import where

Clause = ColumnElement[bool]
Values = dict[str, Cell | int]

_SEGMENT: Final = "g"


@dataclass(frozen=True, slots=True)
class PageStatement:
    """A page's SELECT, how to read its records, and its order. Records of a backward request come last row first.

    One record more than asked for is read, so that the end is known. `is_bounded`: it looks only at the next blocks of
    the table; when fewer records than that come, it has to be asked again without the bound. `is_clamped`: it looks
    only at rows up to the request's `until`, with the same consequence when too few come.
    The statement stands for all requests of one `shape`: only `page_values` differ, and it has those of the first.
    """

    statement: Select[*tuple[Any, ...]]
    layout: RowLayout
    ordering: Ordering
    is_bounded: bool = False
    is_clamped: bool = False


Shape = tuple[object, ...]


def page_shape(request: PageRequest) -> Shape:
    """Return what of a request makes its statement: requests of one shape (and query) differ in values only."""
    after = request.after.place if request.after is not None else None
    nulls = tuple(
        None if place is None else tuple(cell is None for cell in place)
        for place in (after, request.near, request.until)
    )
    return (nulls, request.backward, request.skip > 0, request.start > 0, request.columns)


def page_values(request: PageRequest) -> Values:
    """Return the values of a page statement's parameters for this request."""
    values: Values = {"count": request.count + 1, "skip": request.skip, "start": request.start}
    values["depth"] = request.skip + request.count + 1
    for name, place in (("from", _origin(request)), ("until", request.until)):
        values |= slot_values(name, place or ())
    values["block"] = _block_after(request)
    return values


def page_statement(
    relation: Relation, query: RowQuery, request: PageRequest, *, nearby: bool = False, clamped: bool = False
) -> PageStatement:
    """Build the SELECT of one page.

    `nearby` bounds a forward read in physical order to as many blocks as rows are wanted: PostgreSQL knows no order of
    its own in ctid and would sort all the rest of the table for each page (a TID range scan reads just these blocks).
    `clamped` leaves the rows behind `request.until` out, where no index serves the order: they need not be sorted.

    Raises:
        InvalidFilter: when filter or sort do not fit the relation.
    """
    table = table_of(relation)
    ordering = ordering_of(relation, named(table), query)
    items = ordering.items
    clauses = where(relation, table, query)
    backward = request.backward and ordering.is_total
    walked = _walked(items, backward=backward)
    served = is_indexed(relation, items)
    segments = _segments(walked, request, is_total=ordering.is_total)
    if not served:
        segments = (any_of(segments),) if segments and _origin(request) else ()
    clamped = clamped and request.until is not None and not served and ordering.is_total
    if clamped and request.until is not None:
        clauses = (*clauses, any_of(segments_before(walked, slots("until", request.until), inclusive=True)))
    bounded = nearby and not backward and [item.column for item in items] == [PLACE] and not items[0].descending
    if bounded:
        clauses = (*clauses, table.c[PLACE] < cast(bindparam("block", _block_after(request), type_=TID), TID))
    read = None if request.columns is None else {*request.columns, *relation.key, *(item.column for item in items)}
    raw = _Raw(relation, table, read)
    inner = within_segment(walked) if served and segments else walked
    if len(segments) > 1:
        rows = raw.joined([(*clauses, segment) for segment in segments], walked, _number("depth", request))
    else:
        rows = raw.ordered((*clauses, *segments), inner)
    rows = rows.limit(_number("count", request))
    skip = "skip" if ordering.is_total or request.near is not None else "start"
    if request.skip if skip == "skip" else request.start:
        rows = rows.offset(_number(skip, request))
    # Cells are made of the page's rows only: as outputs of the inner SELECT they would be made of every row that is
    # sorted or skipped.
    page = rows.subquery("p")
    within = raw.within(page)
    cells, layout = outputs(relation, within, read)
    order = _walked(ordering_of(relation, within, query).items, backward=backward)
    first = [page.c[_SEGMENT].asc()] if len(segments) > 1 else []
    statement = select(*cells).select_from(page).order_by(*first, *(item.clause() for item in order))
    return PageStatement(statement, layout, ordering, bounded, clamped)


def _origin(request: PageRequest) -> Place | None:
    if request.near is not None:
        return request.near
    return request.after.place if request.after is not None else None


def _segments(items: Sequence[OrderItem], request: PageRequest, *, is_total: bool) -> tuple[Clause, ...]:
    """Return the segments to read; a place behind which nothing stands makes one that is never true."""
    if not is_total and request.near is None:
        return ()
    inclusive = request.near is not None and not request.backward
    return segments_after(items, slots("from", _origin(request) or ()), inclusive=inclusive) or (false(),)


def _number(name: str, request: PageRequest) -> BindParameter[int]:
    return bindparam(name, page_values(request)[name], type_=Integer)


def count_statement(relation: Relation, query: RowQuery) -> Select[int]:
    """Build the exact count of a query's rows."""
    table = table_of(relation)
    return select(func.count()).select_from(table).where(*where(relation, table, query))


def matching_statement(relation: Relation, query: RowQuery) -> Select[*tuple[Any, ...]]:
    """Build a SELECT of a query's rows without any cell: what EXPLAIN is asked about."""
    table = table_of(relation)
    return select(literal_column("1")).select_from(table).where(*where(relation, table, query))


def key_clause(relation: Relation, table: TableClause, key: RowKey) -> Clause:
    """Return the clause that finds one row by its key or its ctid."""
    if key.by_place:
        return table.c[PLACE] == typed_bind(key.cells[0], TID_TYPE) if key.cells else false()
    pairs = zip(relation.key, key.cells, strict=True)
    return and_(*(equals(table.c[name], cell, relation.column(name).type) for name, cell in pairs))


def row_statement(relation: Relation, key: RowKey) -> tuple[Select[*tuple[Any, ...]], RowLayout]:
    """Build the SELECT of one row, as a page would hold it."""
    table = table_of(relation)
    cells, layout = outputs(relation, named(table))
    return select(*cells).select_from(table).where(key_clause(relation, table, key)), layout


def cells_statement(
    relation: Relation, key: RowKey, columns: Sequence[str], *, reveals: bool = False
) -> Select[*tuple[Any, ...]]:
    """Build the SELECT of whole cells of one row, in the order of `columns`; `reveals`: those that are hidden too."""
    table = table_of(relation)
    texts = [as_text(table.c[name]) if reveals else whole_text(relation, table, name) for name in columns]
    cells = [text.label(f"c{index}") for index, text in enumerate(texts)]
    return select(*cells).select_from(table).where(key_clause(relation, table, key))


def places_statement(relation: Relation, base: Mapping[str, Cell]) -> Select[*tuple[Any, ...]]:
    """Build the SELECT of the places of rows that hold exactly these cells, at most two."""
    table = table_of(relation)
    same = [is_still(table.c[name], cell, relation.column(name).type) for name, cell in base.items()]
    return select(as_text(table.c[PLACE])).select_from(table).where(*same).limit(2)


def _block_after(request: PageRequest) -> str:
    """Return the ctid as many blocks behind the request's place as rows are wanted. It is written `(block,row)`."""
    origin = _origin(request)
    block = (origin[0] or "")[1:].partition(",")[0] if origin else ""
    start = int(block) if block.isdecimal() else 0
    return f"({min(start + request.skip + request.count + 1, 2**32 - 2)},0)"


def _walked(items: Sequence[OrderItem], *, backward: bool) -> tuple[OrderItem, ...]:
    return tuple(item.reversed() for item in items) if backward else tuple(items)


class _Raw:
    """A page's rows as they are, before cells are made of them; columns under neutral labels."""

    def __init__(self, relation: Relation, table: TableClause, read: Collection[str] | None) -> None:
        self._table = table
        hidden = {column.name for column in relation.columns if not column.is_shown}
        if read is not None:
            hidden |= {column.name for column in relation.columns} - {*read}
        self._columns = [column for column in table.c if column.name not in hidden]

    def within(self, rows: FromClause) -> dict[str, ColumnElement[Any]]:
        """Return the columns by their real names, as columns of a subquery of such rows."""
        return {column.name: rows.c[f"r{index}"] for index, column in enumerate(self._columns)}

    def ordered(self, clauses: Sequence[Clause], items: Sequence[OrderItem]) -> Select[*tuple[Any, ...]]:
        """Read rows in order."""
        labels = [column.label(f"r{index}") for index, column in enumerate(self._columns)]
        found = labels or [literal_column("1").label("n")]
        order = [item.clause() for item in items]
        return select(*found).select_from(self._table).where(*clauses).order_by(*order)

    def joined(
        self, segments: Sequence[Sequence[Clause]], items: Sequence[OrderItem], depth: BindParameter[int]
    ) -> Select[*tuple[Any, ...]]:
        """Read segments one after the other. The order is stated again outside: UNION ALL promises none."""
        values = [item.value.label(f"o{index}") for index, item in enumerate(items)]
        parts = [
            self.ordered(clauses, within_segment(items))
            .add_columns(literal_column(str(number)).label(_SEGMENT), *values)
            .limit(depth)
            for number, clauses in enumerate(segments)
        ]
        both = union_all(*parts).subquery("u")
        outer = [replace(item, value=both.c[f"o{index}"]) for index, item in enumerate(items)]
        columns = [both.c[f"r{index}"] for index in range(len(self._columns))]
        order = [item.clause() for item in outer]
        return select(*columns, both.c[_SEGMENT]).order_by(both.c[_SEGMENT], *order)
