"""RowFinder: brings a staged row into sight, wherever it stands, and opens the editor on one of its cells."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.ui.panels.data.filtering import equal_to
from nexus_studio.ui.panels.data.rows_page import RowsPage

_EVERY_MS: Final = 30
_TRIES: Final = 200


class RowFinder(QObject):
    """Goes to one row at a time. UI thread only."""

    def __init__(self, page: RowsPage) -> None:
        super().__init__(page)
        self._page = page
        self._key: RowKey | None = None
        self._column = ""
        self._left = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._look)
        self._is_watching = False  # the grid is made after this

    def go(self, change: RowChange, column: str = "") -> None:
        """Go to the row of a change, and open the editor on a column of it."""
        self._timer.stop()
        if change.key is None:
            self._page.grid.go_to_draft(change.draft)
            self._edit(column)
            return
        if not self._is_watching:
            self._page.grid.seeker.missing.connect(self._missing)
            self._is_watching = True
        self._key, self._column, self._left = change.key, column, _TRIES
        self._page.grid.go_to_key(change.key)
        self._timer.start()

    def _missing(self, key: RowKey) -> None:
        """Ask for the row alone where the filter leaves it out."""
        relation = self._page.relation
        if self._timer.isActive() and key == self._key and relation is not None and not key.by_place and relation.key:
            self._page.ask(RowQuery(self._page.name, equal_to(relation.key, key.cells)))
            self._page.query_changed.emit(self._page.query)
            self._page.grid.go_to_row(0)

    def _look(self) -> None:
        """Open the editor once the row is here."""
        self._left -= 1
        shown, key = self._page.grid.current_row(), self._key
        loader = self._page.grid.model.loader
        if shown is not None and shown.row is not None and shown.row.key == key:
            self._timer.stop()
            self._edit(self._column)
        elif self._left <= 0 or key is None:
            self._timer.stop()
        elif not loader.is_busy and loader.find(key) is not None:
            self._page.grid.go_to_key(key)

    def _edit(self, column: str) -> None:
        if column:
            self._page.edit_field(column)
        else:
            self._page.grid.setFocus()
