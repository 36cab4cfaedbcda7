"""What one paint pass needs: which cells are in sight, where, and what is selected of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtCore import QRect

from nexus_studio.core.data.cells import StagedCell
from nexus_studio.core.schema.types import PgType
from nexus_studio.ui.grid.shown import ShownRow


@dataclass(frozen=True, slots=True)
class ColumnFrame:
    """A visible column: its place in the relation, x and width in viewport pixels, and its type.

    `wrap` breaks its texts into as many lines as a row holds; `has_labels` tells that its cells may have labels.
    """

    index: int
    x: int
    width: int
    type: PgType
    masked: bool = False
    wrap: bool = False
    has_labels: bool = True


class RowFrame(NamedTuple):
    """A visible row: y in viewport pixels, the global number of its line, and the row, None while it loads.

    A tuple, as it is made for each row of each frame: a frozen data class takes thrice the time.
    """

    y: int
    line: int
    shown: ShownRow | None


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything one paint pass needs. `selected` are viewport rectangles; `current` that of the current cell."""

    area: QRect
    columns: Sequence[ColumnFrame]
    rows: Sequence[RowFrame]
    row_height: int
    selected: Sequence[QRect] = ()
    current: QRect | None = None
    has_focus: bool = False
    label: Callable[[int, StagedCell], str] | None = None
    """Label of the row a foreign key's cell points to, by column index and cell; empty when unknown."""

    @property
    def right(self) -> int:
        """Where the last column ends."""
        return self.columns[-1].x + self.columns[-1].width if self.columns else 0
