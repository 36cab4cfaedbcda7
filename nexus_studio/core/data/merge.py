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
    """One row whose save was refused.

    `vanished` rows are gone from the server. `unidentified` ones have no key, and no row holds the cells that were read
    (or several others do): changed or deleted, nobody can tell. In both cases `cells` is empty; it is as well where
    somebody changed cells that were not read. `may_insert` says that
    the whole row is known, so that `ChangeSet.resolve(..., keep_mine=True)` can stage it as a new one; it is set on the
    conflicts a `ChangeSet` gives out.
    """

    draft: int
    vanished: bool = False
    cells: tuple[CellConflict, ...] = ()
    unidentified: bool = False
    may_insert: bool = False

    @property
    def is_lost(self) -> bool:
        """Whether there is no row to compare with."""
        return self.vanished or self.unidentified
