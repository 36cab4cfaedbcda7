"""Base, mine and theirs: what a save found when a row was no longer what it had been."""

from __future__ import annotations

from dataclasses import dataclass

from nexus_studio.core.data.cells import Cell, StagedCell


@dataclass(frozen=True, slots=True)
class CellConflict:
    """One column that somebody else changed too."""

    column: str
    base: Cell
    mine: StagedCell
    theirs: Cell


@dataclass(frozen=True, slots=True)
class Conflict:
    """One row whose save was refused. `vanished` rows are gone from the server; then `cells` is empty."""

    draft: int
    vanished: bool = False
    cells: tuple[CellConflict, ...] = ()
