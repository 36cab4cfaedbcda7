"""What a grid is given and what it tells: values only."""

from __future__ import annotations

from dataclasses import dataclass

from nexus_studio.core.data.cells import RowCount
from nexus_studio.core.schema.overlay import ModelOverlay
from nexus_studio.services.celljudging import CellJudge
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource


@dataclass(frozen=True, slots=True)
class GridParts:
    """The database's side of a grid: what rows, labels and targets of foreign keys are read with.

    `read_only` locks everything; `masked` columns are painted and copied as dots; `place` names database and relation
    for remembering the widths of columns (empty: they are not remembered). `judge` judges staged values before they are
    saved (None: nobody does) and knows the session's time zone.
    """

    source: RowSource
    catalog: CatalogReader
    overlay: ModelOverlay
    read_only: bool = False
    masked: frozenset[str] = frozenset()
    place: str = ""
    judge: CellJudge | None = None


@dataclass(frozen=True, slots=True)
class GridStatus:
    """What the status line says. `ordinal` is the current row's, from 0, None on a draft or nowhere."""

    ordinal: int | None
    count: RowCount | None
    selected: int
    is_loading: bool
    is_exact: bool = True
    """Whether `ordinal` is the row's true number; after a jump into a long table it is an estimate for a while."""
    is_counting: bool = False
    """Whether an exact count was asked for and is on its way."""
