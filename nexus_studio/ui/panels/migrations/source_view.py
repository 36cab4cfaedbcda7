"""SourceView: a CodeView whose lines do not wrap, with one marked where it matters; and a page around it."""

from __future__ import annotations

from PySide6.QtGui import QTextBlockFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QTextEdit, QVBoxLayout, QWidget

from nexus_studio.ui.kit.theme import Theme
from nexus_studio.ui.panels.migrations.flows.codeview import CodeView

_LEAST = 40  # pixels; what stands above may need the room


class SourceView(CodeView):
    """Read-only; the keyboard moves and selects in it."""

    def __init__(self, theme: Theme, language: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, language, name, "", parent)
        self._theme = theme
        self._marked: int | None = None
        self.setMinimumHeight(_LEAST)
        self.setWordWrapMode(QTextOption.WrapMode.NoWrap)
        theme.changed.connect(self._mark)

    def show_text(self, text: str, line: int | None = None) -> None:
        """Show a text from its beginning, or with one of its lines (from 1) marked and in sight."""
        is_other = text != self.toPlainText() or line != self._marked
        self._marked = line
        super().show_text(text)
        if not is_other:
            return  # it stays where it was scrolled to
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
        selection.cursor = QTextCursor(self.document().findBlockByNumber(self._marked - 1))
        self.setExtraSelections([selection])


def framed(view: SourceView, top: int = 0) -> QWidget:
    """Return a page with a view in it, away from the edges; `top` in pixels."""
    page = QWidget(view.parentWidget())
    column = QVBoxLayout(page)
    column.setContentsMargins(12, top, 12, 12)
    column.addWidget(view)
    return page
