"""CodeView: text of a fixed width to be read and copied, coloured lightly, with a line marked where one matters."""

from __future__ import annotations

from PySide6.QtGui import QTextBlockFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget

from nexus_studio.ui.kit.theme import Theme, monospace_font
from nexus_studio.ui.panels.migrations.highlighting import Highlighter

_TAB = 4  # characters
_LEAST = 40  # pixels; what stands above may need the room


class CodeView(QPlainTextEdit):
    """Read-only; the keyboard moves and selects in it. `language` is "python", "sql" or "" (plain)."""

    def __init__(self, theme: Theme, name: str, language: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._theme = theme
        self._marked: int | None = None
        self.setReadOnly(True)
        self.setMinimumHeight(_LEAST)
        self.setFont(monospace_font())
        self.setTabStopDistance(_TAB * self.fontMetrics().horizontalAdvance(" "))
        self.setWordWrapMode(QTextOption.WrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self._highlighter = Highlighter(self.document(), theme, language) if language else None
        theme.changed.connect(self._mark)

    def show_text(self, text: str, line: int | None = None) -> None:
        """Show a text from its beginning, or with one of its lines (from 1) marked and in sight."""
        self._marked = line
        if text != self.toPlainText():
            self.setPlainText(text)
        cursor = self.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.Start)
        if line is not None:
            cursor.movePosition(QTextCursor.MoveOperation.Down, n=max(0, line - 1))
        self.setTextCursor(cursor)
        self._mark()
        if line is not None:
            self.centerCursor()

    @property
    def marked_line(self) -> int | None:
        """The line that is marked, from 1."""
        return self._marked

    def _mark(self) -> None:
        if self._marked is None:
            self.setExtraSelections([])
            return
        selection = QTextEdit.ExtraSelection()
        selection.format.setBackground(self._theme.color("deleted"))
        selection.format.setProperty(QTextBlockFormat.Property.FullWidthSelection, True)
        block = self.document().findBlockByNumber(self._marked - 1)
        selection.cursor = QTextCursor(block)
        self.setExtraSelections([selection])


def framed(view: CodeView, top: int = 0) -> QWidget:
    """Return a page with a view in it, away from the edges; `top` in pixels."""
    page = QWidget(view.parentWidget())
    column = QVBoxLayout(page)
    column.setContentsMargins(12, top, 12, 12)
    column.addWidget(view)
    return page
