"""WholeRow: the current row with the cells that the grid, which reads only columns in sight, does not have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from nexus_studio.core.data.cells import UNREAD, Row
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.services.rowsource import RowSource
from nexus_studio.ui.grid.shown import ShownRow, staged_row
from nexus_studio.ui.kit.tasks import Latest, TaskRunner

SETTLE_MS: Final = 60
"""Milliseconds a row stays current before the rest of it is read: who walks through rows reads none of them."""


class WholeRow(QObject):
    """Completes one row at a time, by its key. UI thread only; `of` never waits."""

    arrived = Signal()  # `of` answers with more than before

    def __init__(self, runner: TaskRunner, source: Callable[[], RowSource], parent: QObject) -> None:
        super().__init__(parent)
        self._source = source
        self._latest = Latest(runner, self)
        self._asked: tuple[Row, Relation] | None = None
        self._whole: Row | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._read)

    def of(self, shown: ShownRow, relation: Relation, changes: ChangeSet) -> ShownRow:
        """Return a row with all its cells if they are here; else as it is, and `arrived` comes once they are.

        A row that can't be read, or is gone, stays as it is: the grid itself will say so.
        """
        row = shown.row
        if row is None or not is_partial(shown):
            self._leave()
            return shown
        if self._asked is None or not _is_same(self._asked[0], row) or self._asked[1] is not relation:
            self._leave()
            self._asked = (row, relation)
            self._timer.start()
        if self._whole is None:
            return shown
        return staged_row(changes, tuple(relation.column(name) for name in changes.columns), self._whole)

    def _leave(self) -> None:
        self._timer.stop()
        self._latest.cancel()
        self._asked = self._whole = None

    def _read(self) -> None:
        if self._asked is None:
            return
        (row, relation), source = self._asked, self._source()
        self._latest.start(lambda ctx: source.row_by_key(relation, row.key, ctx), self._take, lambda _error: None)

    def _take(self, row: Row | None) -> None:
        if row is not None and self._asked is not None:
            self._whole = row
            self.arrived.emit()


def is_partial(shown: ShownRow) -> bool:
    """Tell whether some cells of a row were not read."""
    return UNREAD in shown.sizes.values()


def _is_same(one: Row, other: Row) -> bool:
    """Tell whether two readings are of the same version of the same row."""
    return one is other or (one.version is not None and (one.key, one.version) == (other.key, other.version))
