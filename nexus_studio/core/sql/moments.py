"""Operators on dates and moments that count from now, in the session's time zone. Source: manual, section 9.9.

"Now" is the transaction's beginning. The column is left as it is, so that an index on it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, cast, func, literal_column

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.core.sql.expressions import ServerType, text_bind
from nexus_studio.core.sql.operands import Clause, Operand, Render

INTERVAL: Final = ServerType("pg_catalog.interval")
_DATE: Final = ServerType("pg_catalog.date")
_LOCAL: Final = ServerType("pg_catalog.timestamp")


def _now(left: Operand) -> ColumnElement[Any]:
    """Return this moment as the column's type has it; without a zone it is the clock's time in the session's."""
    now = func.pg_catalog.now()
    if left.type.kind is TypeKind.DATE:
        return cast(now, _DATE)
    return now if left.type.has_time_zone else cast(now, _LOCAL)


def _interval(text: Cell) -> ColumnElement[Any]:
    return cast(text_bind(text), INTERVAL)


def _within_last(left: Operand, values: tuple[Cell, ...]) -> Clause:
    now = _now(left)
    return and_(left.value >= now.op("-")(_interval(values[0])), left.value <= now)


def _within_next(left: Operand, values: tuple[Cell, ...]) -> Clause:
    now = _now(left)
    return and_(left.value >= now, left.value <= now.op("+")(_interval(values[0])))


def _period(unit: str, turns: int = 0) -> Render:
    """Say that a moment lies in this day, week, month or year, or so many of them before or after."""

    def render(left: Operand, _: tuple[Cell, ...]) -> Clause:
        # Units are written into the statement, for they are no one's input: a parameter's type would be unknown.
        start = func.pg_catalog.date_trunc(literal_column(f"'{unit}'"), _now(left))
        ends: list[ColumnElement[Any]] = [start.op("+")(_interval(f"{turn} {unit}")) for turn in (turns, turns + 1)]
        first, behind = [cast(end, _DATE) for end in ends] if left.type.kind is TypeKind.DATE else ends
        return and_(left.value >= first, left.value < behind)

    return render


RENDER: Final[Mapping[str, Render]] = {
    "within_last": _within_last,
    "within_next": _within_next,
    "today": _period("day"),
    "yesterday": _period("day", -1),
    "this_week": _period("week"),
    "this_month": _period("month"),
    "last_month": _period("month", -1),
    "this_year": _period("year"),
}
"""The operators that count from now, by key."""
