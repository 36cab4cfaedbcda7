"""The rows that follow a place in an order, as clauses an index can start from.

An order is cut into segments that are read one after the other, each one range of an index over the order's columns:

- what has one direction and no NULLs in between is one row comparison, `(a, b) > (x, y)`;
- where directions differ, first the rows equal in the first column, `a = x AND b < y`, then those behind, `a > x`;
- NULLs of a column are a segment of their own, before or behind its values.

Measured in the middle of two million rows: 0.8 ms and 2 ms; one OR over all of them takes 226 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from sqlalchemy import ColumnElement, and_, false, or_, true, tuple_

from nexus_studio.core.data.cells import Cell, Place
from nexus_studio.core.sql.ordering import OrderItem

Clause = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Slot:
    """One cell of a place as a parameter of a statement: `name` is the parameter's, `cell` what it is by default.

    Two places whose NULLs stand in the same cells make the same clauses: only the parameters differ.
    """

    name: str
    cell: Cell


def slots(name: str, place: Place) -> tuple[Slot, ...]:
    """Return a place as slots; `slot_values` gives the parameters' values of another place of that form."""
    return tuple(Slot(f"{name}_{index}", cell) for index, cell in enumerate(place))


def slot_values(name: str, place: Place) -> dict[str, Cell]:
    """Return the values of the parameters that `slots` names."""
    return {f"{name}_{index}": cell for index, cell in enumerate(place) if cell is not None}


def segments_after(items: Sequence[OrderItem], place: Sequence[Slot], *, inclusive: bool = False) -> tuple[Clause, ...]:
    """Return the clauses of the rows after `place`, in the order in which they are to be read.

    They have no row in common, and none mixes NULLs and values of the first column: `within_segment` is their order.
    `inclusive`: the rows at the place too. A place shorter than the order names a group of rows, and after it means
    after the whole group; the empty one is the beginning. No clause at all: there is no such row.
    """
    if place:
        return _after(items, place, inclusive=inclusive)
    lead = items[0]
    if not lead.nullable or lead.nulls_lead == lead.descending:
        return (true(),)
    # No index has them in this order unless it was made for it, but each part has one.
    null, values = lead.value.is_(None), lead.value.is_not(None)
    return (null, values) if lead.nulls_lead else (values, null)


def _after(items: Sequence[OrderItem], place: Sequence[Slot], *, inclusive: bool) -> tuple[Clause, ...]:
    if not place:
        return (true(),) if inclusive else ()
    lead, slot = items[0], place[0]
    run = _comparable(items, place)
    if run and run == len(place):
        found = [_compare_rows(items[:run], place, inclusive=inclusive)]
    else:
        same = max(run, 1)
        equal = [_at(item, one) for item, one in zip(items[:same], place[:same], strict=True)]
        found = [and_(*equal, rest) for rest in _after(items[same:], place[same:], inclusive=inclusive)]
        found += [_compare_rows(items[:run], place[:run], inclusive=False)] if run else _behind_null(lead)
    if lead.nullable and slot.cell is not None and not lead.nulls_lead:
        found.append(lead.value.is_(None))
    return tuple(found)


def segments_before(
    items: Sequence[OrderItem], place: Sequence[Slot], *, inclusive: bool = False
) -> tuple[Clause, ...]:
    """Return the clauses of the rows before `place`, those nearest to it first."""
    return segments_after([item.reversed() for item in items], place, inclusive=inclusive)


def within_segment(items: Sequence[OrderItem]) -> tuple[OrderItem, ...]:
    """Return the order of one segment's rows: where the first column's NULLs stand says nothing there."""
    return (replace(items[0], nullable=False), *items[1:])


def any_of(segments: Sequence[Clause]) -> Clause:
    """Join segments to one clause, for where no index serves them anyway."""
    return or_(false(), *segments)


def _comparable(items: Sequence[OrderItem], place: Sequence[Slot]) -> int:
    """Count the leading steps that one row comparison covers.

    A row with a NULL in it compares as unknown and is left out: right for the first column, whose NULLs are a segment
    of their own, and for others only where NULLs stand before the values, thus before the place.
    """
    way = items[0].descending
    pairs = takewhile(
        lambda pair: (
            pair[1].cell is not None
            and pair[0].descending == way
            and (pair[0] is items[0] or not pair[0].nullable or pair[0].nulls_lead)
        ),
        zip(items, place, strict=False),
    )
    return sum(1 for _ in pairs)


def _compare_rows(items: Sequence[OrderItem], place: Sequence[Slot], *, inclusive: bool) -> Clause:
    if len(items) == 1:
        row, other = items[0].value, items[0].bound(place[0].cell, place[0].name)
    else:
        row = tuple_(*(item.value for item in items))
        other = tuple_(*(item.bound(slot.cell, slot.name) for item, slot in zip(items, place, strict=True)))
    if items[0].descending:
        return and_(true(), row <= other if inclusive else row < other)
    return and_(true(), row >= other if inclusive else row > other)


def _at(item: OrderItem, slot: Slot) -> Clause:
    return item.value.is_(None) if slot.cell is None else and_(true(), item.value == item.bound(slot.cell, slot.name))


def _behind_null(item: OrderItem) -> list[Clause]:
    return [item.value.is_not(None)] if item.nulls_lead else []
