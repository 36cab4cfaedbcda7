"""RawText: a few lines of SQL with names completed and a place marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtGui import QColor, QKeyEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QCompleter, QPlainTextEdit, QTextEdit, QWidget

from nexus_studio.ui.kit.theme import monospace_font

_WORDS: Final = (
    *("AND", "OR", "NOT", "IS NULL", "IS NOT NULL", "IN (", "BETWEEN", "LIKE", "ILIKE", "EXISTS (", "IS DISTINCT FROM"),
    *("TRUE", "FALSE", "NULL", "ANY (", "ALL (", "CASE WHEN", "SELECT", "FROM", "WHERE"),
    *("now()", "current_date", "current_timestamp", "interval '1 day'", "lower(", "upper(", "length(", "coalesce("),
)
"""What is offered besides columns: the words of PostgreSQL that conditions are made of most."""

_PLAIN: Final = re.compile(r"[a-z_][a-z0-9_$]*\Z")
_TYPED: Final = re.compile(r'"?[\w$]*\Z')
_RESERVED: Final = frozenset(
    re.findall(
        r"\w+",
        "all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create "
        "current_date current_role current_time current_timestamp current_user default deferrable desc distinct do "
        "else end except false fetch for foreign from grant group having in initially intersect into lateral leading "
        "limit localtime localtimestamp not null offset on only or order placing primary references returning select "
        "session_user some symmetric system_user table then to trailing true union unique user using variadic when "
        "where window with authorization binary collation concurrently cross current_schema freeze full ilike inner "
        "is isnull join left like natural notnull outer overlaps right similar tablesample verbose",
    )
)
"""Words that are no column's name without quotes (manual, appendix C "SQL Key Words": reserved)."""


class RawText(QPlainTextEdit):
    """A text editor in a fixed-pitch font. Ctrl+Space completes; Tab leaves; Escape and Ctrl+Enter are the parent's."""

    def __init__(self, columns: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFont(monospace_font())
        self.setTabChangesFocus(True)
        model = QStringListModel([*(written(name) for name in columns), *_WORDS], self)
        self._completer = QCompleter(model, self)
        self._completer.setWidget(self)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self._completer.activated[str].connect(self.insert_completion)  # type: ignore[index]  # the stubs know one form only
        popup = self._completer.popup()
        if popup is not None:
            popup.setObjectName("raw_completions")
            popup.setAccessibleName(self.tr("Names that fit"))

    def completions(self) -> list[str]:
        """Return what fits what stands before the cursor."""
        model = self._completer.completionModel()
        self._completer.setCompletionPrefix(self._typed())
        return [str(model.index(row, 0).data()) for row in range(model.rowCount())]

    def complete(self) -> None:
        """Offer what fits; take it at once when it is the only one."""
        found = self.completions()
        if len(found) == 1:
            self.insert_completion(found[0])
            return
        popup = self._completer.popup()
        if popup is None or not found:
            return
        popup.setCurrentIndex(self._completer.completionModel().index(0, 0))
        place = self.cursorRect()
        place.setWidth(popup.sizeHintForColumn(0) + popup.verticalScrollBar().sizeHint().width() + 8)
        self._completer.complete(place)

    def insert_completion(self, text: str) -> None:
        """Put a completion in the place of the word before the cursor."""
        cursor = self.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor, len(self._typed()))
        cursor.insertText(text)
        self.setTextCursor(cursor)

    def mark(self, at: int, color: QColor) -> tuple[int, int]:
        """Underline the word at a place, counted in characters from 0, go there; return its line and character from 1.

        PostgreSQL counts characters, Qt counts UTF-16 units: beyond the basic plane they differ.
        """
        text = self.toPlainText()
        at = max(0, min(at, len(text)))
        word = re.match(r"[\w$]+|.", text[at:], re.DOTALL)
        cursor = self.textCursor()
        cursor.setPosition(_units(text[:at]))
        self.setTextCursor(cursor)
        if word is not None:
            cursor.setPosition(_units(text[: at + word.end()]), QTextCursor.MoveMode.KeepAnchor)
        else:  # at the end: there is nothing to underline but what came before
            cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor)
        selection = QTextEdit.ExtraSelection()
        look = QTextCharFormat()
        look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        look.setUnderlineColor(color)
        ground = QColor(color)
        ground.setAlphaF(0.2)
        look.setBackground(ground)
        selection.cursor, selection.format = cursor, look
        self.setExtraSelections([selection])
        before = text[:at]
        return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1

    def unmark(self) -> None:
        """Take the mark away."""
        self.setExtraSelections([])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Complete; leave to the parent what is not text."""
        popup = self._completer.popup()
        is_offering = popup is not None and popup.isVisible()
        is_enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if is_offering and (is_enter or event.key() in {Qt.Key.Key_Tab, Qt.Key.Key_Escape}):
            event.ignore()  # the completer takes them
            return
        has_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if has_control and event.key() == Qt.Key.Key_Space:
            self.complete()
            return
        if event.key() == Qt.Key.Key_Escape or (has_control and is_enter):
            event.ignore()
            return
        super().keyPressEvent(event)
        if is_offering and popup is not None:
            if self._typed() and self.completions():
                self._completer.complete()
                popup.setCurrentIndex(self._completer.completionModel().index(0, 0))
            else:
                popup.hide()

    def _typed(self) -> str:
        cursor = self.textCursor()
        before = cursor.block().text()[: cursor.positionInBlock()]
        found = _TYPED.search(before)
        return found.group() if found is not None else ""


def written(column: str) -> str:
    """Write a column's name as it stands in SQL: in double quotes where PostgreSQL would read another name."""
    if _PLAIN.match(column) and column not in _RESERVED:
        return column
    doubled = column.replace('"', '""')
    return f'"{doubled}"'


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
