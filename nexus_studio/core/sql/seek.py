"""The rows that follow a place in an order, as clauses an index can start from.

Three forms, from the quickest (measured: 0.8 ms, 2 ms and 226 ms in the middle of two million rows):

- one direction and nothing nullable: a row comparison, `(a, b) > (x, y)`;
- a nullable first column: two segments, values and NULLs, each with its own clause, to be read one after the other;
- anything else: OR over the prefixes, with a bound on the first column so that at least that one is sought.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, false, or_, true, tuple_

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.sql.ordering import OrderItem

Clause = ColumnElement[bool]


def segments_after(items: Sequence[OrderItem], place: Sequence[Cell]) -> tuple[Clause, ...]:
    """Return the clauses of the rows after `place`, one or two, in the order in which they are to be read."""
    lead, cell = items[0], place[0]
    if not lead.nullable:
        return (_after(items, place),)
    null = lead.value.is_(None)
    if cell is None:
        rest = and_(null, _after(items[1:], place[1:]))
        return (rest, lead.value.is_not(None)) if lead.nulls_lead else (rest,)
    # Whoever compares with a value leaves NULLs out by itself.
    values = _after((_never_null(lead), *items[1:]), place)
    return (values,) if lead.nulls_lead else (values, null)


def _never_null(item: OrderItem) -> OrderItem:
    return OrderItem(item.column, item.value, item.type, item.descending, item.nulls_lead, nullable=False)


def _after(items: Sequence[OrderItem], place: Sequence[Cell]) -> Clause:
    if not items:
        return false()
    if all(not item.nullable and item.descending == items[0].descending for item in items):
        return _compare_rows(items, place)
    branches: list[Clause] = []
    equal: list[Clause] = []
    for item, cell in zip(items, place, strict=True):
        branches.append(and_(*equal, _strictly_after(item, cell)))
        equal.append(item.value.is_(None) if cell is None else item.value == item.bound(cell))
    found = or_(*branches)
    lead, cell = items[0], place[0]
    if lead.nullable or cell is None:
        return found
    bound = lead.value <= lead.bound(cell) if lead.descending else lead.value >= lead.bound(cell)
    return and_(bound, found)


def _compare_rows(items: Sequence[OrderItem], place: Sequence[Cell]) -> Clause:
    if len(items) == 1:
        return _strictly_after(items[0], place[0])
    row = tuple_(*(item.value for item in items))
    other = tuple_(*(item.bound(cell) for item, cell in zip(items, place, strict=True)))
    return row < other if items[0].descending else row > other


def _strictly_after(item: OrderItem, cell: Cell) -> Clause:
    if cell is None:
        return item.value.is_not(None) if item.nulls_lead else false()
    bound = item.bound(cell)
    follows = item.value < bound if item.descending else item.value > bound
    if item.nullable and not item.nulls_lead:
        return or_(follows, item.value.is_(None))
    return and_(true(), follows)
