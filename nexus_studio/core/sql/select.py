"""RowQuery and PageRequest -> SELECT: pages, counts, single rows. Nothing is executed here.

Labels are neutral (c0, s0 ...) and the order names table-bound columns: a label equal to a column's name would make
PostgreSQL sort by the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    TableClause,
    and_,
    cast,
    false,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.sql.elements import Label

from nexus_studio.core.data.cells import PREVIEW, Cell, PageRequest, Row, RowKey
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.expressions import (
    PLACE,
    VERSION,
    as_text,
    equals,
    has_place,
    has_version,
    is_still,
    named,
    octets,
    table_of,
    text_cell,
    typed_bind,
)
from nexus_studio.core.sql.ordering import TID_TYPE, Ordering, OrderItem, key_columns, ordering_of
from nexus_studio.core.sql.seek import segments_after
from nexus_studio.core.sql.where import where

Clause = ColumnElement[bool]
Record = Sequence[Any]

_SEGMENT: Final = "g"

_MOST_OUTPUTS: Final = 1500
"""Cells and sizes of a page. Where PostgreSQL sorts it may carry both along, and 1664 is its limit; sizes give way."""


@dataclass(frozen=True, slots=True)
class RowLayout:
    """Where a statement's record holds what: `columns` come first, in that order.

    `sized` are the indexes of the cells whose octets the array at `sizes_at` gives. -1: the record has no such part.
    """

    columns: tuple[str, ...]
    key: tuple[int, ...]
    sized: tuple[int, ...]
    sizes_at: int
    version_at: int
    place_at: int

    def row(self, record: Record) -> Row:
        """Build the row: cells longer than `PREVIEW` are cut and their size is noted; key cells are whole."""
        cells: list[Cell] = list(record[: len(self.columns)])
        sizes: dict[int, int] = {}
        for index, cell in enumerate(cells):
            if cell is not None and len(cell) > PREVIEW and index not in self.key:
                cells[index] = cell[:PREVIEW]
                sizes[index] = 0
        if sizes and self.sizes_at >= 0:
            known = dict(zip(self.sized, record[self.sizes_at], strict=True))
            sizes = {index: known.get(index) or 0 for index in sizes}
        version = record[self.version_at] if self.version_at >= 0 else None
        return Row(self.key_of(record), tuple(cells), version, sizes)

    def key_of(self, record: Record) -> RowKey:
        """Return the row's key: its key columns, else its ctid, else nothing."""
        if self.key:
            return RowKey(tuple(record[index] for index in self.key))
        return RowKey((record[self.place_at],) if self.place_at >= 0 else (), by_place=True)

    def place(self, row: Row, ordering: Ordering) -> tuple[Cell, ...]:
        """Return the row's place in a total order; cells that were cut are cut in it too (see `cut_places`)."""
        return tuple(
            row.key.cells[0]
            if item.column == PLACE and row.key.by_place
            else row.cells[self.columns.index(item.column)]
            for item in ordering.items
        )

    def cut_places(self, row: Row, ordering: Ordering) -> tuple[str, ...]:
        """Name the columns of the order whose cell in this row is not whole."""
        return tuple(
            item.column
            for item in ordering.items
            if item.column in self.columns and row.is_cut(self.columns.index(item.column))
        )


@dataclass(frozen=True, slots=True)
class PageStatement:
    """A page's SELECT, how to read its records, and its order. Records of a backward request come last row first.

    One record more than asked for is read, so that the end is known. `is_bounded`: it looks only at the next blocks of
    the table; when fewer records than that come, it has to be asked again without the bound.
    """

    statement: Select[*tuple[Any, ...]]
    layout: RowLayout
    ordering: Ordering
    is_bounded: bool = False


def page_statement(relation: Relation, query: RowQuery, request: PageRequest, *, nearby: bool = False) -> PageStatement:
    """Build the SELECT of one page.

    `nearby` bounds a forward read in physical order to as many blocks as rows are wanted: PostgreSQL knows no order of
    its own in ctid and would sort all the rest of the table for each page (a TID range scan reads just these blocks).

    Raises:
        InvalidFilter: when filter or sort do not fit the relation.
    """
    table = table_of(relation)
    ordering = ordering_of(relation, named(table), query)
    clauses = where(relation, table, query)
    items = ordering.items
    limit, skip = request.count + 1, request.skip
    segments: tuple[Clause, ...] = ()
    if not ordering.is_total:
        skip = request.start
    else:
        items = _walked(items, backward=request.backward)
        segments = segments_after(items, request.after.place) if request.after else ()
    bounded = nearby and not request.backward and [item.column for item in items] == [PLACE]
    if bounded:
        clauses = (*clauses, table.c[PLACE] < typed_bind(_block_after(request, skip + limit), TID_TYPE))
    raw = _Raw(relation, table)
    if len(segments) > 1:
        rows = raw.joined([(*clauses, segment) for segment in segments], items, skip + limit)
    else:
        rows = raw.ordered((*clauses, *segments), items)
    rows = rows.limit(limit).offset(skip) if skip else rows.limit(limit)
    # Cells are made of the page's rows only: as outputs of the inner SELECT they would be made of every row that is
    # sorted or skipped.
    page = rows.subquery("p")
    outputs, layout = _outputs(relation, raw.within(page))
    order = ordering_of(relation, raw.within(page), query).items
    clause = [item.clause() for item in _walked(order, backward=request.backward and ordering.is_total)]
    first = [page.c[_SEGMENT].asc()] if len(segments) > 1 else []
    return PageStatement(select(*outputs).select_from(page).order_by(*first, *clause), layout, ordering, bounded)


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
    outputs, layout = _outputs(relation, named(table))
    return select(*outputs).select_from(table).where(key_clause(relation, table, key)), layout


def cells_statement(relation: Relation, key: RowKey, columns: Sequence[str]) -> Select[*tuple[Any, ...]]:
    """Build the SELECT of whole cells of one row, in the order of `columns`."""
    table = table_of(relation)
    cells = [as_text(table.c[name]).label(f"c{index}") for index, name in enumerate(columns)]
    return select(*cells).select_from(table).where(key_clause(relation, table, key))


def places_statement(relation: Relation, base: Mapping[str, Cell]) -> Select[*tuple[Any, ...]]:
    """Build the SELECT of the places of rows that hold exactly these cells, at most two."""
    table = table_of(relation)
    same = [is_still(table.c[name], cell, relation.column(name).type) for name, cell in base.items()]
    return select(as_text(table.c[PLACE])).select_from(table).where(*same).limit(2)


def _outputs(relation: Relation, source: Mapping[str, ColumnElement[Any]]) -> tuple[list[Label[Any]], RowLayout]:
    """Choose what to select: every readable column as a cell (key columns whole), sizes, version and place."""
    columns = [column for column in relation.columns if column.may_select]
    names = tuple(column.name for column in columns)
    key = key_columns(relation)
    outputs: list[Label[Any]] = []
    sizes: list[ColumnElement[int]] = []
    sized: list[int] = []
    for index, column in enumerate(columns):
        value = source[column.name]
        cell = as_text(value) if column.name in key else text_cell(value, column.type)
        outputs.append(cell.label(f"c{index}"))
        size = None if column.name in key else octets(value, column.type)
        if size is not None:
            sizes.append(size)
            sized.append(index)
    sizes_at = version_at = place_at = -1
    if sizes and len(outputs) + len(sizes) <= _MOST_OUTPUTS:
        sizes_at = len(outputs)
        outputs.append(cast(array(sizes), ARRAY(BigInteger)).label("z"))
    if has_version(relation):
        version_at = len(outputs)
        outputs.append(as_text(source[VERSION]).label("v"))
    if not key and has_place(relation):
        place_at = len(outputs)
        outputs.append(as_text(source[PLACE]).label("p"))
    if not outputs:
        outputs.append(literal_column("1").label("n"))  # a view without columns has rows all the same
    at = tuple(names.index(name) for name in key)
    return outputs, RowLayout(names, at, tuple(sized), sizes_at, version_at, place_at)


def _block_after(request: PageRequest, blocks: int) -> str:
    """Return the ctid so many blocks behind the request's place, which is written `(block,row)`."""
    place = request.after.place[0] if request.after is not None else None
    start = int(place[1:].partition(",")[0]) if place else 0
    return f"({min(start + blocks, 2**32 - 2)},0)"


def _walked(items: Sequence[OrderItem], *, backward: bool) -> tuple[OrderItem, ...]:
    return tuple(item.reversed() for item in items) if backward else tuple(items)


class _Raw:
    """A page's rows as they are, before cells are made of them; columns under neutral labels."""

    def __init__(self, relation: Relation, table: TableClause) -> None:
        self._table = table
        hidden = {column.name for column in relation.columns if not column.may_select}
        self._columns = [column for column in table.c if column.name not in hidden]

    def within(self, rows: FromClause) -> dict[str, ColumnElement[Any]]:
        """Return the columns by their real names, as columns of a subquery of such rows."""
        return {column.name: rows.c[f"r{index}"] for index, column in enumerate(self._columns)}

    def ordered(self, clauses: Sequence[Clause], items: Sequence[OrderItem]) -> Select[*tuple[Any, ...]]:
        """Read rows in order."""
        labels = [column.label(f"r{index}") for index, column in enumerate(self._columns)]
        outputs = labels or [literal_column("1").label("n")]
        order = [item.clause() for item in items]
        return select(*outputs).select_from(self._table).where(*clauses).order_by(*order)

    def joined(
        self, segments: Sequence[Sequence[Clause]], items: Sequence[OrderItem], depth: int
    ) -> Select[*tuple[Any, ...]]:
        """Read segments one after the other. The order is stated again outside: UNION ALL promises none."""
        values = [item.value.label(f"o{index}") for index, item in enumerate(items)]
        parts = [
            self.ordered(clauses, items).add_columns(literal_column(str(number)).label(_SEGMENT), *values).limit(depth)
            for number, clauses in enumerate(segments)
        ]
        both = union_all(*parts).subquery("u")
        outer = [replace(item, value=both.c[f"o{index}"]) for index, item in enumerate(items)]
        columns = [both.c[f"r{index}"] for index in range(len(self._columns))]
        order = [item.clause() for item in outer]
        return select(*columns, both.c[_SEGMENT]).order_by(both.c[_SEGMENT], *order)
