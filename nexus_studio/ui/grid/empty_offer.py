"""EmptyOffer: a button for the first row, below the words of a table that has none."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QPushButton

from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.ui.grid.locks import Lock
from nexus_studio.ui.grid.row_board import RowBoard
from nexus_studio.ui.grid.stager import Stager
from nexus_studio.ui.kit.icons import icon

_BELOW: Final = 20  # pixels below the middle, where the words stand


class EmptyOffer(QPushButton):
    """Shown over a grid while its table is empty, nothing is filtered, and a row may be added. UI thread only."""

    def __init__(self, grid: RowBoard, stager: Stager) -> None:
        super().__init__(grid.view.viewport())
        self._grid, self._stager = grid, stager
        self.setObjectName("grid_first_row")
        self.setIcon(icon("plus"))
        self._retranslate()
        self.hide()
        grid.view.viewport().installEventFilter(self)
        for signal in (grid.status_changed, grid.loaded, grid.model.modelReset, grid.model.rowsInserted):
            signal.connect(self._look)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the middle."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _look(self, *_ignored: object) -> None:
        self.setVisible(self._is_due())
        self._place()

    def _is_due(self) -> bool:
        model, query = self._grid.model, self._grid.query
        if query is None or model.rowCount() or model.loader.is_busy or model.total is None or not model.columns:
            return False
        is_plain = query == RowQuery(query.relation, sort=query.sort)
        return is_plain and self._stager.insert_lock() is Lock.OPEN

    def _place(self) -> None:
        if self.isHidden():
            return
        self.adjustSize()
        middle = self._grid.view.viewport().rect().center()
        self.move(middle.x() - self.width() // 2, middle.y() + _BELOW)

    def _retranslate(self) -> None:
        self.setText(self.tr("New row"))
        self.setAccessibleName(self.text())
        self._place()
