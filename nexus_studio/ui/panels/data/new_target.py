"""NewTarget: a row is made in the table that a foreign key points to; once it is saved its key goes into the cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject
from shiboken6 import isValid

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.images import RowImage
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import ForeignKey
from nexus_studio.ui.grid.shown import ShownRow
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.data.table_page import TablePage

_NOTICE = "new_target"


@dataclass(slots=True)
class _Wanted:
    """The cell that waits for a key: of `shown` on `page`; `draft` is the new row on `target`, 0 until it is made."""

    page: TablePage
    shown: ShownRow
    key: ForeignKey
    target: TablePage
    draft: int = 0
    waits: bool = False
    """Whether it is not known yet what the table is like."""


class NewTarget(QObject):
    """One cell at a time waits for a new row. UI thread only."""

    def __init__(
        self, parent: QObject, context: UiContext, open_table: Callable[[RelationName], TablePage | None]
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._open_table = open_table
        self._wanted: _Wanted | None = None

    def begin(self, page: TablePage, key: ForeignKey, shown: ShownRow) -> None:
        """Open the table that the key points to, with a new row."""
        self._forget()
        target = self._open_table(key.target)
        if target is None:
            return
        self._wanted = _Wanted(page, shown, key, target)
        if target.changes is None:
            self._wanted.waits = True
            target.state_changed.connect(self._opened)
        else:
            self._insert(self._wanted)

    def _opened(self) -> None:
        wanted = self._wanted
        if wanted is not None and wanted.target.changes is not None:
            wanted.waits = False
            wanted.target.state_changed.disconnect(self._opened)  # it comes again with the new row
            self._insert(wanted)

    def _insert(self, wanted: _Wanted) -> None:
        stager = wanted.target.grid.stager
        stager.drafted.connect(self._drafted)
        wanted.target.grid.insert_row()
        stager.drafted.disconnect(self._drafted)
        if not wanted.draft:
            self._forget()  # no row may be added there, which was said
            return
        wanted.target.inserted.connect(self._written)
        words = self.tr("Fill in the new row and save it: its key goes into {table} then.")
        self._context.notices.info(words.format(table=wanted.page.name.name), key=_NOTICE)

    def _drafted(self, draft: int) -> None:
        if self._wanted is not None:
            self._wanted.draft = draft

    def _written(self, frozen: Sequence[RowChange], images: Sequence[RowImage]) -> None:
        """Put the key of the new row, as the server gave it, into the cell that waits for it."""
        wanted = self._wanted
        change = next((each for each in frozen if wanted is not None and each.draft == wanted.draft), None)
        if wanted is None or change is None or change.kind is not ChangeKind.INSERT:
            return
        self._forget()
        image = _image_of(change, frozen, images)
        cells = {} if image is None else _key_cells(wanted.key, image)
        relation = wanted.page.relation if isValid(wanted.page) else None
        if relation is None or not cells:
            self._context.notices.info(self.tr("The new row is saved. Choose it in the cell."), key=_NOTICE)
            return
        wanted.page.grid.stager.set_cells([(wanted.shown, relation.column(name), cell) for name, cell in cells.items()])
        self._open_table(wanted.page.name)
        words = self.tr("The key of the new row stands in {table} now; it is not saved yet.")
        self._context.notices.success(words.format(table=wanted.page.name.name), key=_NOTICE)

    def _forget(self) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is None or not isValid(wanted.target):
            return
        if wanted.draft:
            wanted.target.inserted.disconnect(self._written)
        elif wanted.waits:
            wanted.target.state_changed.disconnect(self._opened)


def _image_of(change: RowChange, frozen: Sequence[RowChange], images: Sequence[RowImage]) -> RowImage | None:
    """Return what a new row is like in the database; None where several could be it."""
    mine = [image for image in images if image.relation == change.relation]
    if sum(each.kind is ChangeKind.INSERT for each in frozen) == 1 and len(mine) == 1:
        return mine[0]
    given = {name: cell for name, cell in change.values.items() if isinstance(cell, str)}
    like = [image for image in mine if all(image.after.get(name) == cell for name, cell in given.items())]
    return like[0] if len(like) == 1 else None


def _key_cells(key: ForeignKey, image: RowImage) -> dict[str, Cell]:
    """Return the cells that point to a row; {} where its key may not be read."""
    pairs = zip(key.columns, key.target_columns, strict=True)
    cells = {here: image.after.get(there) for here, there in pairs}
    return {} if None in cells.values() else cells
