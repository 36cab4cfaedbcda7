"""Editors of several lines: long text and JSON."""

from __future__ import annotations

import json
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QWidget

from nexus_studio.ui.grid.editors.cell_editor import CellEditor, EditPlace
from nexus_studio.ui.kit.theme import monospace_font

_SIZE: Final = QSize(460, 220)


class LongTextEditor(CellEditor):
    """Text of several lines: Enter begins a new one, Ctrl+Enter commits."""

    def __init__(self, place: EditPlace, parent: QWidget | None = None) -> None:
        super().__init__(place, parent)
        foot = QWidget(self)
        self._foot = QHBoxLayout(foot)
        self._foot.setContentsMargins(6, 2, 6, 4)
        self._note = QLabel(foot)
        self._note.setObjectName("editor_note")
        self._note.setProperty("muted", True)
        self._foot.addWidget(self._note, 1)
        apply = QPushButton(self.tr("Apply"), foot)
        apply.setObjectName("editor_apply")
        apply.setToolTip(self.tr("Ctrl+Enter"))
        apply.clicked.connect(self.commit)
        self._foot.addWidget(apply)
        self._column.addWidget(foot)
        self._note_size()

    def sizeHint(self) -> QSize:
        """Return room for several lines."""
        return _SIZE

    def start_with(self, text: str) -> None:
        """Begin with a typed character; the cursor stands behind it."""
        super().start_with(text)
        self._edit.moveCursor(QTextCursor.MoveOperation.End)

    def _build(self) -> QWidget:
        self._edit = QPlainTextEdit(self)
        self._edit.setObjectName("editor_lines")
        self._edit.setTabChangesFocus(False)
        self._is_showing = False
        self._edit.textChanged.connect(self._text_changed)
        return self._edit

    def _show(self, text: str) -> None:
        self._is_showing = True
        self._edit.setPlainText(text)
        self._is_showing = False
        self._note_size()

    def _typed(self) -> str:
        return self._edit.toPlainText()

    def _hint(self, text: str) -> None:
        self._edit.setPlaceholderText(text)

    def _text_changed(self) -> None:
        if not self._is_showing:
            self._edited()
            self._note_size()

    def _note_size(self) -> None:
        if hasattr(self, "_note"):
            self._note.setText(self.tr("%n character(s)", "", len(self._typed())))

    def _wants_enter(self, event: QKeyEvent) -> bool:
        return not event.modifiers() & Qt.KeyboardModifier.ControlModifier

    def _menu_actions(self) -> list[QAction]:
        empty = QAction(self.tr("Set empty text"), self)
        empty.triggered.connect(lambda: self.set_text(""))
        return [empty]


class JsonEditor(LongTextEditor):
    """JSON, told while typing whether it is whole; numbers and key order stay as typed unless it is formatted."""

    def __init__(self, place: EditPlace, parent: QWidget | None = None) -> None:
        super().__init__(place, parent)
        self._edit.setFont(monospace_font())
        button = QPushButton(self.tr("Format"), self)
        button.setObjectName("editor_format")
        button.clicked.connect(self.format)
        self._foot.insertWidget(1, button)

    def format(self) -> None:
        """Lay the text out over lines; what is no JSON stays as it is."""
        laid_out = format_json(self._typed())
        if laid_out is not None and laid_out != self._typed():
            self.set_text(laid_out)

    def _menu_actions(self) -> list[QAction]:
        return []

    def _note_size(self) -> None:
        if not hasattr(self, "_note"):
            return
        text = self._typed()
        try:
            json.loads(text)
        except RecursionError:
            self._note.setText("")
        except ValueError as error:
            where = error if isinstance(error, json.JSONDecodeError) else None
            line, column = (where.lineno, where.colno) if where else (1, 1)
            self._note.setText(
                self.tr("Not JSON yet: line {line}, column {column}").format(line=line, column=column) if text else ""
            )
        else:
            self._note.setText(self.tr("Valid JSON"))


def format_json(text: str) -> str | None:
    """Lay JSON out over lines, numbers exactly as they stand; None when it is no JSON.

    A jsonb number may have more digits than a float holds, so numbers pass through as their own text.
    """
    numbers: list[str] = []

    def keep(number: str) -> str:
        numbers.append(number)
        return f"\x00{len(numbers) - 1}\x00"

    try:
        value = json.loads(text, parse_int=keep, parse_float=keep)
        laid_out = json.dumps(value, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return None
    for place, number in enumerate(numbers):
        laid_out = laid_out.replace(f'"\\u0000{place}\\u0000"', number, 1)
    return laid_out
