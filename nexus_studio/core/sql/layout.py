"""What a SELECT of rows puts out, and how its records become rows: cells, sizes, version and place."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, cast, literal_column
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.sql.elements import Label

from nexus_studio.core.data.cells import MASKED, PREVIEW, UNREAD, Cell, Place, Row, RowKey, rows_by_key
from nexus_studio.core.schema.catalog import Column, Relation
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.core.sql.expressions import (
    PLACE,
    VERSION,
    as_text,
    bounded_cell,
    dots,
    has_place,
    has_version,
    is_bulky,
    octets,
)
from nexus_studio.core.sql.ordering import Ordering, key_columns

Record = Sequence[Any]

_MOST_OUTPUTS: Final = 1500
"""Cells and sizes of a page. Where PostgreSQL sorts it may carry both along, and 1664 is its limit; sizes give way."""

_NEVER_LONG: Final = frozenset({TypeKind.BOOLEAN, TypeKind.DATE, TypeKind.TIME, TypeKind.TIMESTAMP, TypeKind.UUID})
"""Kinds whose text is shorter than `PREVIEW` for sure; numeric's isn't."""

_SHORT_NUMBERS: Final = frozenset({"int2", "int4", "int8", "float4", "float8", "oid", "money"})


@dataclass(frozen=True, slots=True)
class RowLayout:
    """Where a statement's record holds what.

    `at` says for each of `columns` where its cell stands in the record, -1 where it was not read. `key` are indexes of
    columns. `long` are those that may be longer than a cell shows, `bulky` those that come empty when they are too big
    to be converted; `sized` those whose octets the array (as text) at `sizes_at` gives. A position of -1: the record
    has no such part.
    """

    columns: tuple[str, ...]
    at: tuple[int, ...]
    key: tuple[int, ...]
    long: tuple[int, ...]
    bulky: tuple[int, ...]
    sized: tuple[int, ...]
    sizes_at: int = -1
    version_at: int = -1
    place_at: int = -1
    unread: Mapping[int, int] = field(default_factory=dict)
    """What `Row.sizes` says of the cells that are not read; one for all rows."""
    masked: Mapping[int, int] = field(default_factory=dict)
    """And of those that are hidden."""

    def rows(self, records: Sequence[Record]) -> list[Row]:
        """Build the rows of a page."""
        is_plain = not (self.unread or self.long or self.bulky) and len(self.key) == 1
        if is_plain:
            return rows_by_key(records, len(self.columns), self.at[self.key[0]], self.version_at, self.masked)
        return [self.row(record) for record in records]

    def row(self, record: Record) -> Row:
        """Build the row: cells longer than `PREVIEW` are cut and their size is noted; key cells are whole."""
        if self.unread:
            cells: tuple[Cell, ...] = tuple(["" if position < 0 else record[position] for position in self.at])
        else:
            cells = tuple(record[: len(self.columns)])
        version = record[self.version_at] if self.version_at >= 0 else None
        if not self.long and not self.bulky:
            return Row(self.key_of(record), cells, version, self._fixed)
        cut = [index for index in self.long if (cell := cells[index]) is not None and len(cell) > PREVIEW]
        empty = [index for index in self.bulky if cells[index] == ""]
        if not cut and not empty:
            return Row(self.key_of(record), cells, version, self._fixed)
        known = self._known_sizes(record)
        sizes = {**self._fixed, **{index: known.get(index, 0) for index in cut}}
        sizes |= {index: known[index] for index in empty if index in known}
        shown = {index: (cells[index] or "")[:PREVIEW] for index in cut}
        cells = tuple([shown.get(index, cell) for index, cell in enumerate(cells)])
        return Row(self.key_of(record), cells, version, sizes)

    @property
    def _fixed(self) -> Mapping[int, int]:
        """What is the same for all rows: what is not read, and what is hidden."""
        return {**self.unread, **self.masked} if self.unread and self.masked else self.unread or self.masked

    def key_of(self, record: Record) -> RowKey:
        """Return the row's key: its key columns, else its ctid, else nothing."""
        if len(self.key) == 1:
            return RowKey((record[self.at[self.key[0]]],))
        if self.key:
            return RowKey(tuple([record[self.at[index]] for index in self.key]))
        return RowKey((record[self.place_at],) if self.place_at >= 0 else (), by_place=True)

    def place(self, row: Row, ordering: Ordering) -> Place:
        """Return the row's place in a total order; cells that were cut are cut in it too (see `cut_places`)."""
        return tuple(
            row.key.cells[0]
            if item.column == PLACE and row.key.by_place
            else row.cells[self.columns.index(item.column)]
            for item in ordering.items
        )

    def order(self, ordering: Ordering) -> tuple[int, ...]:
        """Return the indexes of the cells that make up a place, -1 for the ctid; () where the order is not total."""
        if not ordering.is_total:
            return ()
        return tuple(-1 if item.column == PLACE else self.columns.index(item.column) for item in ordering.items)

    def cut_places(self, row: Row, ordering: Ordering) -> tuple[str, ...]:
        """Name the columns of the order whose cell in this row is not whole."""
        return tuple(
            item.column
            for item in ordering.items
            if item.column in self.columns and row.is_cut(self.columns.index(item.column))
        )

    def _known_sizes(self, record: Record) -> dict[int, int]:
        if self.sizes_at < 0:
            return {}
        found = record[self.sizes_at][1:-1].split(",")
        return {index: int(size) for index, size in zip(self.sized, found, strict=True) if size != "NULL"}


def readable(relation: Relation) -> tuple[Column, ...]:
    """Return the columns that may be read, and those that are shown as dots: a page's columns."""
    return tuple(column for column in relation.columns if column.is_shown)


def outputs(
    relation: Relation, source: Mapping[str, ColumnElement[Any]], read: Collection[str] | None = None
) -> tuple[list[Label[Any]], RowLayout]:
    """Choose what to select: readable columns as cells (key columns whole), sizes, version and place.

    `read` names the columns whose cells are wanted, the key's among them; None is all.
    """
    columns = readable(relation)
    names = tuple(column.name for column in columns)
    key = key_columns(relation)
    found: list[Label[Any]] = []
    sizes: list[ColumnElement[int]] = []
    at: list[int] = []
    sized: list[int] = []
    for index, column in enumerate(columns):
        if read is not None and column.name not in read:
            at.append(-1)
            continue
        at.append(len(found))
        value = source[column.name]
        if column.masked:
            found.append(dots(value).label(f"c{index}"))
            continue
        cell = as_text(value) if column.name in key else bounded_cell(value, column.type)
        found.append(cell.label(f"c{index}"))
        size = None if column.name in key else octets(value, column.type)
        if size is not None:
            sizes.append(size)
            sized.append(index)
    parts = {"sizes_at": -1, "version_at": -1, "place_at": -1}
    if sizes and len(found) + len(sizes) <= _MOST_OUTPUTS:
        parts["sizes_at"] = len(found)
        found.append(as_text(cast(array(sizes), ARRAY(BigInteger))).label("z"))
    if has_version(relation):
        parts["version_at"] = len(found)
        found.append(as_text(source[VERSION]).label("v"))
    if not key and has_place(relation):
        parts["place_at"] = len(found)
        found.append(as_text(source[PLACE]).label("p"))
    if not found:
        found.append(literal_column("1").label("n"))  # a view without columns has rows all the same
    cut = [
        index for index, column in enumerate(columns) if at[index] >= 0 and column.name not in key and not column.masked
    ]
    return found, RowLayout(
        names,
        tuple(at),
        tuple(names.index(name) for name in key),
        tuple(index for index in cut if _may_be_long(columns[index])),
        tuple(index for index in cut if is_bulky(columns[index].type)),
        tuple(sized),
        unread={index: UNREAD for index, position in enumerate(at) if position < 0},
        masked={index: MASKED for index, column in enumerate(columns) if column.masked and at[index] >= 0},
        **parts,
    )


def _may_be_long(column: Column) -> bool:
    return column.type.kind not in _NEVER_LONG and column.type.name not in _SHORT_NUMBERS
