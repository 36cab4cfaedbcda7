"""SearchField: the quick search over all text columns, and what is said while it runs and when its time is up."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from nexus_studio.services.rowsource import SEARCH_TIMEOUT_MS
from nexus_studio.ui.kit.icons import icon

SEARCH_DELAY_MS: Final = 350
SEARCH_SECONDS: Final = SEARCH_TIMEOUT_MS // 1000
"""How long the server may look for a quick search."""

_WIDTH: Final = 200


class SearchField(QLineEdit):
    """A line that tells what to search for, a moment after the last key. Enter searches at once, Escape clears.

    `sent` is what was asked for last; what stands in the field beyond that is a draft.
    """

    search_asked = Signal(str)
    left = Signal()  # Escape in the empty field: back to the rows

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filter_search")
        self.setClearButtonEnabled(True)
        self.addAction(icon("search", "text-muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.setFixedWidth(_WIDTH)
        self.sent = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SEARCH_DELAY_MS)
        self._timer.timeout.connect(self.search)
        self.textChanged.connect(lambda _text: self._timer.start())
        self.returnPressed.connect(self.search)
        self._retranslate()

    def search(self) -> None:
        """Search for what is typed, now."""
        self._timer.stop()
        text = self.text().strip()
        if text != self.sent:
            self.sent = text
            self.search_asked.emit(text)

    def show_search(self, text: str) -> None:
        """Show a search that came from elsewhere; nothing is told. What was sent already leaves the draft alone."""
        if text != self.sent:
            self.sent = text
            self._write(text)

    def forget(self) -> None:
        """Be empty, without telling."""
        self.sent = ""
        self._write("")

    def go_back_to(self, sent: str) -> None:
        """Remember that the rows are of another search: what is typed can be asked for anew."""
        self._timer.stop()
        self.sent = sent

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Clear with Escape; leave with Escape when there is nothing to clear."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.text():
            self.clear()
            self.search()
        else:
            self.left.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _write(self, text: str) -> None:
        self._timer.stop()
        blocker = QSignalBlocker(self)
        self.setText(text)
        blocker.unblock()

    def _retranslate(self) -> None:
        self.setPlaceholderText(self.tr("Search text columns"))
        self.setAccessibleName(self.tr("Search text columns"))
        words = self.tr("Looks into all text columns, for {seconds} seconds at most. Escape clears.")
        self.setToolTip(words.format(seconds=SEARCH_SECONDS))
        self.setAccessibleDescription(self.toolTip())
