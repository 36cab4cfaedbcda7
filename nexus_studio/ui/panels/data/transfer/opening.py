"""What the actions Export… and Import… of the data panel do: the dialogs, made for the tab in sight."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.errors import StudioError, UserError
from nexus_studio.ui.grid.blocks import END, Block, block_spans
from nexus_studio.ui.grid.copying import MOST_LINES
from nexus_studio.ui.grid.grid_view import RowGrid
from nexus_studio.ui.grid.row_gathering import in_order, lines_in, too_many
from nexus_studio.ui.panels.data.transfer.export_dialog import ExportDialog, Offer
from nexus_studio.ui.panels.data.transfer.import_dialog import ImportDialog

if TYPE_CHECKING:  # the page knows the panel's other parts
    from nexus_studio.ui.panels.data.panel import DataPanel


def open_export(panel: DataPanel) -> ExportDialog | None:
    """Ask how the rows of the tab in sight are to be exported."""
    page = panel.page
    if page is None or page.relation is None:
        return None
    blocks = _chosen(page.grid)
    offer = Offer(
        page.relation, page.query, _lines(page.grid, blocks), _columns(page.grid, blocks), is_dirty=page.is_dirty
    )
    dialog = ExportDialog(panel.context, page.workspace, offer, lambda *then: _keys(page.grid, blocks, *then), panel)
    dialog.failed.connect(panel.failed)
    dialog.show()
    return dialog


def open_import(panel: DataPanel) -> ImportDialog | None:
    """Ask which file is to be imported into the table of the tab in sight."""
    page = panel.page
    if page is None or page.relation is None:
        return None
    dialog = ImportDialog(panel.context, page.workspace, page.relation.name, panel)
    dialog.failed.connect(panel.failed)
    panel.state_changed.connect(dialog.tell)
    dialog.show()
    return dialog


def _chosen(grid: RowGrid) -> tuple[Block, ...]:
    return grid.chooser.blocks


def _lines(grid: RowGrid, blocks: tuple[Block, ...]) -> int:
    """Count the selected lines, as far as they are known; 0 where rows can't be told by a key, or are too many."""
    relation = grid.relation
    if relation is None or not (relation.key or relation.has_ctid):
        return 0
    spans = block_spans(blocks, END + 1)
    if not spans or too_many(grid.model, spans, MOST_LINES):
        return 0
    return sum(min(bottom, grid.model.lines - 1) - top + 1 for top, bottom in spans)


def _columns(grid: RowGrid, blocks: tuple[Block, ...]) -> tuple[str, ...]:
    """Return the selected columns in the order they are shown, hidden ones left out."""
    header = grid.view.column_header
    places = {column for block in blocks for column in range(block.left, block.right + 1)}
    shown = sorted((place for place in places if not header.isSectionHidden(place)), key=header.visualIndex)
    return tuple(grid.model.columns[place].name for place in shown if place < len(grid.model.columns))


def _keys(
    grid: RowGrid,
    blocks: tuple[Block, ...],
    then: Callable[[tuple[RowKey, ...]], None],
    failed: Callable[[StudioError], None],
) -> None:
    """Hand on the keys of the selected rows; those that are not here are read first. New rows have none yet."""
    if grid.parts is None or grid.relation is None or grid.query is None or grid.changes is None:
        return
    spans = block_spans(blocks, END + 1)
    if too_many(grid.model, spans, MOST_LINES):
        failed(UserError("rows.too_many", most=MOST_LINES))
        return
    asked = (grid.parts, grid.relation, grid.query, grid.changes)
    grid.gathering.take(
        asked,
        lines_in(grid.model, spans),
        MOST_LINES,
        lambda found: then(tuple(shown.row.key for shown in in_order(found) if shown.row is not None)),
        failed,
    )
