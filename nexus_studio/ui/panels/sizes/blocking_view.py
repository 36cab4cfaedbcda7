"""BlockingView: who waits for whom, as a tree from those that nobody holds up."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from nexus_studio.core.admin.activity import ActivitySnapshot, Blocked
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.tips import plain_tip
from nexus_studio.ui.panels.sizes.counts import Counts
from nexus_studio.ui.panels.sizes.session_words import age_words, query_words, state_word

_WHO, _WAITING, _STATE, _SINCE, _QUERY = range(5)
_PID: Final = Qt.ItemDataRole.UserRole


class BlockingView(QTreeWidget):
    """Shows the blocking tree; a line chooses its session."""

    chosen = Signal(int)  # pid

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sizes.blocking")
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setColumnCount(_QUERY + 1)
        self._counts = Counts(self)
        self._snapshot: ActivitySnapshot | None = None
        header = self.header()
        header.setStretchLastSection(True)
        for column in (_WHO, _WAITING, _STATE, _SINCE):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.itemClicked.connect(self._tell)
        self.itemActivated.connect(self._tell)
        self.retranslate()

    def show_snapshot(self, snapshot: ActivitySnapshot) -> None:
        """Show who waits for whom; hidden where nobody does. Chosen lines stay so."""
        before = self.currentItem()
        chosen = before.data(_WHO, _PID) if before is not None else None
        self._snapshot = snapshot
        self.setVisible(bool(snapshot.tree))
        self.clear()
        items: list[QTreeWidgetItem] = []
        for each in snapshot.tree:
            item = self._line(each)
            items.append(item)
            if each.parent is None:
                self.addTopLevelItem(item)
            else:
                items[each.parent].addChild(item)
        self.expandAll()
        again = next((item for item in items if item.data(_WHO, _PID) == chosen), None) if chosen is not None else None
        if again is not None:
            self.setCurrentItem(again)

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.setAccessibleName(self.tr("Who waits for whom"))
        self.setHeaderLabels(
            [
                self.tr("Who waits for whom"),
                self.tr("Waiting"),
                self.tr("State"),
                self.tr("Transaction"),
                self.tr("Statement"),
            ]
        )
        if self._snapshot is not None:
            self.show_snapshot(self._snapshot)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _line(self, blocked: Blocked) -> QTreeWidgetItem:
        snapshot = self._snapshot
        item = QTreeWidgetItem()
        session = snapshot.session(blocked.key) if snapshot is not None and isinstance(blocked.key, int) else None
        sign = ("pending", "warning") if blocked.depth else ("lock", "danger")
        item.setIcon(_WHO, icon(*sign))
        item.setText(_WAITING, self._counts.waiting(blocked.waiting) if blocked.waiting else "")
        item.setData(_WHO, _PID, blocked.key)
        if session is None or snapshot is None:
            words = self.tr("prepared transaction {name}")
            item.setText(_WHO, words.format(name=blocked.key) if isinstance(blocked.key, str) else str(blocked.key))
            return item
        item.setText(_WHO, " ".join(filter(None, (str(session.pid), session.user, session.application))))
        item.setText(_STATE, state_word(session))
        item.setText(_SINCE, age_words(session.transaction_start, snapshot.taken_at))
        item.setText(_QUERY, query_words(session))
        item.setToolTip(_QUERY, plain_tip(session.query))
        return item

    def _tell(self, item: QTreeWidgetItem) -> None:
        key = item.data(_WHO, _PID)
        if isinstance(key, int):
            self.chosen.emit(key)
