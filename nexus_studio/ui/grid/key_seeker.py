"""KeySeeker: finds the row with a key in the order shown, wherever it stands, and brings it into sight."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from nexus_studio.core.data.cells import Place, RowKey
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.rowsource import RowSource
from nexus_studio.ui.grid.row_loader import RowLoader
from nexus_studio.ui.kit.tasks import Latest, TaskRunner


class KeySeeker(QObject):
    """Looks for one row at a time. UI thread only; whatever waits, waits in a query."""

    found = Signal(int)  # the row's ordinal is known (or it is here): go there
    missing = Signal(object)  # RowKey: no such row, or the filter leaves it out
    failed = Signal(object)  # StudioError

    def __init__(self, runner: TaskRunner, loader: RowLoader, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._loader = loader
        self._latest = Latest(runner, self)
        loader.landed.connect(self.found)

    def seek(self, source: RowSource, relation: Relation, query: RowQuery, key: RowKey) -> None:
        """Look for a row. One that is here is found at once, another after a query or two."""
        here = self._loader.find(key)
        if here is not None:
            self.found.emit(here)
            return
        known, is_sure = self._loader.positions()

        def work(ctx: TaskContext) -> tuple[Place, int] | None:
            place = source.place_of(relation, query, key, ctx)
            return None if place is None else (place, source.locate(relation, query, place, known, ctx))

        def take(answer: tuple[Place, int] | None) -> None:
            if answer is None:
                self.missing.emit(key)
            elif is_sure:
                self.found.emit(answer[1])
            else:
                self._loader.land(*answer)

        self._latest.start(work, take, self.failed.emit)
