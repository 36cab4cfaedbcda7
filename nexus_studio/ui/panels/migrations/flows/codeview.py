"""CodeView: SQL, Python or a program's own words in a fixed-pitch font, to be read, copied, or edited."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QResizeEvent, QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QWidget

from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.theme import Theme, monospace_font
from nexus_studio.ui.panels.migrations.highlighting import Highlighter

_FRAME = 6  # pixels of the border and around the text, together


class CodeView(QPlainTextEdit):
    """Shows code of a language, "sql" or "python", or plain words (""); read-only unless told otherwise.

    With `most_lines` it is as high as its text, up to that many lines; then it scrolls. Tab leaves it while read-only.
    """

    def __init__(
        self,
        theme: Theme,
        language: str,
        name: str,
        words: str,
        parent: QWidget | None = None,
        *,
        most_lines: int = 0,
    ) -> None:
        super().__init__(parent)
        self._most_lines = most_lines
        self.setObjectName(name)
        self.setAccessibleName(words)
        self.setFont(monospace_font())
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setTabStopDistance(self.fontMetrics().horizontalAdvance(" ") * 4)
        self.set_editable(False)
        if most_lines:
            self.document().documentLayout().documentSizeChanged.connect(lambda _size: self._fit())
        self._theme_of_code = theme
        self._colours: Highlighter | None = None
        self.set_language(language)

    def set_language(self, language: str) -> None:
        """Colour the text as another language from now on; "": not at all."""
        if self._colours is not None:
            self._colours.set_language(language)
        elif language:
            self._colours = Highlighter(self.document(), self._theme_of_code, language)

    def set_editable(self, editable: bool) -> None:
        """Let the text be changed, or only be read."""
        self.setReadOnly(not editable)
        self.setTabChangesFocus(not editable)

    def show_text(self, text: str) -> None:
        """Show a text from its beginning; the same text stays where it was scrolled to."""
        if text != self.toPlainText():
            self.setPlainText(text)
            self.verticalScrollBar().setValue(0)  # without height, Qt scrolls past its cursor
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap anew, and be as high as the text is then."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._most_lines:
            needed = max(1, ceil(self.document().size().height()))
            fits = needed <= self._most_lines
            policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if fits else Qt.ScrollBarPolicy.ScrollBarAsNeeded
            self.setVerticalScrollBarPolicy(policy)
            lines = min(needed, self._most_lines)
            height = lines * self.fontMetrics().lineSpacing() + round(2 * self.document().documentMargin()) + _FRAME
            if height != self.height():
                self.setFixedHeight(height)


def copy_button(name: str, words: str, text: Callable[[], str], parent: QWidget) -> QPushButton:
    """Make a button that copies what `text` returns."""
    button = QPushButton(icon("copy"), words, parent)
    button.setObjectName(name)
    button.setAccessibleName(words)
    button.setProperty("flat", True)
    button.clicked.connect(lambda: QGuiApplication.clipboard().setText(text()))
    return button
