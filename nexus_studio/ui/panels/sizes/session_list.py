"""SessionList: the sessions of the server, one line each."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QItemSelectionModel, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QTreeView, QWidget

from nexus_studio.core.admin.activity import SessionRow
from nexus_studio.ui.panels.sizes.session_model import (
    APPLICATION,
    DATABASE,
    DURATION,
    PID,
    STATE,
    TRANSACTION,
    USER,
    WAIT,
    SessionModel,
    key_of,
)

_WIDTHS: Final = {PID: 92, USER: 100, DATABASE: 120, APPLICATION: 150, STATE: 130, WAIT: 150, DURATION: 96,
                  TRANSACTION: 96}  # fmt: skip


class SessionList(QTreeView):
    """The list; its current line is told."""

    chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sizes.sessions")
        self.sessions = SessionModel(self)
        self.setModel(self.sessions)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSortingEnabled(True)
        self.sortByColumn(TRANSACTION, Qt.SortOrder.DescendingOrder)
        header = self.header()
        for column, width in _WIDTHS.items():
            header.resizeSection(column, width)
        header.setStretchLastSection(True)
        self.selectionModel().currentRowChanged.connect(lambda *_: self.chosen.emit())
        self.retranslate()

    def current(self) -> SessionRow | None:
        """Return the session of the current line."""
        index = self.currentIndex()
        return self.sessions.session(index.row()) if index.isValid() else None

    def choose(self, session: SessionRow | None) -> bool:
        """Go to a session's line, and tell whether it has one."""
        row = self.sessions.row_of(key_of(session)) if session is not None else -1
        if row < 0:
            return False
        flags = QItemSelectionModel.SelectionFlag
        index = self.sessions.index(row, PID)
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self.scrollTo(index)
        return True

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.setAccessibleName(self.tr("Sessions"))
        self.sessions.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.sessions.columnCount() - 1)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
