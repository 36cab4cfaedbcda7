"""A query's order, made total: sort columns, then what tells equal rows apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, UnaryExpression, bindparam, cast

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.errors import InvalidFilter
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.schema.types import PgType, TypeKind
from nexus_studio.core.sql.expressions import PLACE, TEXT, ServerType, as_text, has_place
from nexus_studio.core.sql.where import is_ordered

TID_TYPE = PgType(27, "tid", "pg_catalog.tid", "tid", TypeKind.OTHER)
"""The type of a row's place."""


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One step of the order: the column's name (ctid for the place), how it is compared, and where NULLs stand."""

    column: str
    value: ColumnElement[Any]
    type: PgType
    descending: bool
    nulls_lead: bool
    nullable: bool

    def bound(self, cell: Cell, name: str) -> ColumnElement[Any]:
        """Return a cell of that column, as a parameter of that name, as something `value` is compared with."""
        type_ = ServerType(self.type.compared_sql) if is_ordered(self.type) else TEXT
        return cast(bindparam(name, cell, type_=type_), type_)

    def reversed(self) -> OrderItem:
        """Return the step walked the other way."""
        return replace(self, descending=not self.descending, nulls_lead=not self.nulls_lead)

    def clause(self) -> UnaryExpression[Any]:
        """Return the step for ORDER BY. NULLS FIRST is written only where it says something: an index must fit."""
        ordered = self.value.desc() if self.descending else self.value.asc()
        if not self.nullable or self.nulls_lead == self.descending:
            return ordered
        return ordered.nulls_first() if self.nulls_lead else ordered.nulls_last()

    @property
    def text(self) -> ColumnElement[str | None]:
        """The cell of that column in a place: its whole text."""
        return as_text(self.value)


@dataclass(frozen=True, slots=True)
class Ordering:
    """The whole order. `is_total` says that no two rows are equal in it, so that pages can be found by place.

    Without it (views) pages are found by counting; then the items only make that count repeatable.
    """

    items: tuple[OrderItem, ...]
    is_total: bool


def key_columns(relation: Relation) -> tuple[str, ...]:
    """Return the columns that identify a row and may be read; () when there are none."""
    readable = all(relation.has_column(name) and relation.column(name).may_select for name in relation.key)
    return relation.key if readable else ()


def ordering_of(relation: Relation, source: Mapping[str, ColumnElement[Any]], query: RowQuery) -> Ordering:
    """Work out the order of a query's rows. `source` has the relation's columns by name, ctid among them.

    Raises:
        InvalidFilter: code "filter.sort", when a sort column does not exist or may not be read.
    """
    items: list[OrderItem] = []
    for sort in query.sort:
        if not relation.has_column(sort.column) or not relation.column(sort.column).may_select:
            raise InvalidFilter("filter.sort", column=sort.column, operator="")
        if all(item.column != sort.column for item in items):
            items.append(_item(relation, source, sort))
    descending = items[-1].descending if items else False
    named = {item.column for item in items}
    if key := key_columns(relation):
        items += [_item(relation, source, Sort(name, descending)) for name in key if name not in named]
        return Ordering(tuple(items), is_total=True)
    if has_place(relation):
        items.append(OrderItem(PLACE, source[PLACE], TID_TYPE, descending, nulls_lead=descending, nullable=False))
        return Ordering(tuple(items), is_total=True)
    # Without any order a server that reads in parallel hands out rows twice and others never.
    rest = [c.name for c in relation.columns if c.may_select and c.name not in named]
    items += [_item(relation, source, Sort(name, descending)) for name in rest]
    return Ordering(tuple(items), is_total=False)


def is_indexed(relation: Relation, items: Sequence[OrderItem]) -> bool:
    """Tell whether some index begins with the order's first column, so that places in it can be sought."""
    return any(
        index.valid and not index.partial and index.method == "btree" and index.columns[:1] == (items[0].column,)
        for index in relation.indexes
        if items
    )


def _item(relation: Relation, source: Mapping[str, ColumnElement[Any]], sort: Sort) -> OrderItem:
    column = relation.column(sort.column)
    value = source[sort.column]
    return OrderItem(
        column=sort.column,
        value=value if is_ordered(column.type) else as_text(value),
        type=column.type,
        descending=sort.descending,
        nulls_lead=sort.nulls_lead,
        nullable=column.nullable and sort.column not in relation.key,
    )
