"""Filters that lead from one row to others."""

from __future__ import annotations

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.filters import AllOf, Condition, Filter


def equal_to(columns: tuple[str, ...], cells: tuple[Cell, ...]) -> Filter:
    """Make the filter for the rows whose columns hold these cells."""
    return AllOf(tuple(Condition.of(column, "is", cell) for column, cell in zip(columns, cells, strict=True)))
