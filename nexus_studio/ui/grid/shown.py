"""What the grid shows of one row: the stored cells under the staged ones, with the tints that tell which is which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nexus_studio.core.data.cells import Row, StagedCell


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One row as painted. Cells are in the order of the relation's columns.

    `row` is the row as read, None for a draft; `draft` is the change set's number of a new row, None for a stored one.
    `sizes` holds octets of cells that were cut, by column index. `tint` is a theme token for the whole row ("" none),
    `tints` tokens by column index. `reasons` says by column index why a cell was refused; key -1 is the whole row.
    """

    cells: tuple[StagedCell, ...]
    row: Row | None = None
    draft: int | None = None
    sizes: Mapping[int, int] = field(default_factory=dict)
    tint: str = ""
    tints: Mapping[int, str] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)

    @property
    def is_deleted(self) -> bool:
        """Whether the row is staged for deletion."""
        return self.tint == "deleted"
