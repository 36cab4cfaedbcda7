"""The left side of a filter's comparisons, and what all operators share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, true

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.schema.types import PgType
from nexus_studio.core.sql.expressions import as_text, text_bind, typed_bind

Clause = ColumnElement[bool]


def is_ordered(type_: PgType) -> bool:
    """Tell whether `<` and ORDER BY take the type; others are ordered by their text."""
    return type_.has_equality and type_.has_order


@dataclass(frozen=True, slots=True)
class Operand:
    """A column that is compared: its value in the statement, and its type."""

    value: ColumnElement[Any]
    type: PgType

    @property
    def ordered(self) -> ColumnElement[Any]:
        """What `<` compares: the value, or its text where the type has no order."""
        return self.value if is_ordered(self.type) else as_text(self.value)

    def bound(self, cell: Cell) -> ColumnElement[Any]:
        """Return a value to compare `ordered` with."""
        return typed_bind(cell, self.type) if is_ordered(self.type) else text_bind(cell)

    def compared(self, operator: str, right: ColumnElement[Any]) -> Clause:
        """Compare the value by an operator that SQLAlchemy has no method for."""
        return self.value.op(operator, is_comparison=True)(right)


Render = Callable[[Operand, tuple[Cell, ...]], Clause]
"""What an operator is in SQL: of its column and its values."""


def untrue(clause: Clause) -> Clause:
    """Negate so that unknown counts as not true: a NULL role is not COACH."""
    return clause.is_not(true())
