"""One-line editors: text, numbers, intervals, uuids, and PostgreSQL's text form of everything else."""

from __future__ import annotations

import uuid
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from nexus_studio.ui.grid.editors.cell_editor import CellEditor
from nexus_studio.ui.kit.icons import icon

_AROUND: Final = 84  # pixels of margins and buttons
_MOST_WIDTH: Final = 560


class LineEditor(CellEditor):
    """A line of text, exact: what is typed is what the server gets."""

    expand_asked = Signal()  # the person wants more room for this text

    is_expandable = True

    def _build(self) -> QWidget:
        self._edit = QLineEdit(self)
        self._edit.setMinimumWidth(60)
        self._edit.textEdited.connect(self._edited)
        if self.type.length is not None and self.is_expandable:
            self._edit.setToolTip(self.tr("At most %n character(s)", "", self.type.length))
        return self._edit

    def sizeHint(self) -> QSize:
        """Return room for the whole text, within bounds."""
        hint = super().sizeHint()
        wanted = self._edit.fontMetrics().horizontalAdvance(self._edit.text()) + _AROUND
        return hint.expandedTo(QSize(min(wanted, _MOST_WIDTH), 0))

    def _show(self, text: str) -> None:
        self._edit.setText(text)
        self._edit.selectAll()

    def start_with(self, text: str) -> None:
        """Begin with a typed character; the cursor stands behind it."""
        super().start_with(text)
        self._edit.deselect()
        self._edit.end(False)
        self._show_hint()

    def text(self) -> str:
        """Return what stands in the field."""
        return self._edit.text()

    def _typed(self) -> str:
        return self._edit.text()

    def _hint(self, text: str) -> None:
        self._edit.setPlaceholderText(text)

    def _handle_key(self, event: QKeyEvent) -> bool:
        is_enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if is_enter and event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self.is_expandable:
            self.expand_asked.emit()
            return True
        return super()._handle_key(event)

    def _menu_actions(self) -> list[QAction]:
        if not self.is_expandable:
            return []
        empty = QAction(self.tr("Set empty text"), self)
        empty.triggered.connect(lambda: self.set_text(""))
        more = QAction(icon("external"), self.tr("Edit as several lines\tShift+Enter"), self)
        more.triggered.connect(self.expand_asked)
        return [empty, more]


class NumberEditor(LineEditor):
    """A number as text: no rounding on the way, whatever its precision."""

    is_expandable = False

    def _build(self) -> QWidget:
        field = super()._build()
        self._edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._edit.setInputMethodHints(Qt.InputMethodHint.ImhFormattedNumbersOnly)
        if self.type.precision is not None:
            self._edit.setToolTip(
                self.tr("Up to {digits} digits, {scale} of them after the point").format(
                    digits=self.type.precision, scale=self.type.scale or 0
                )
            )
        return field

    def _checked(self, text: str) -> str:
        return super()._checked(text.strip())


class PlainEditor(LineEditor):
    """PostgreSQL's text form of a type that has no editor of its own; the server is the judge."""

    is_expandable = False


class IntervalEditor(PlainEditor):
    """An interval in PostgreSQL's words."""

    def _build(self) -> QWidget:
        field = super()._build()
        self._edit.setToolTip(self.tr("For example: 1 day 02:30:00, 3 mons, -15 minutes, P1DT2H"))
        return field


class UuidEditor(PlainEditor):
    """A uuid, with a fresh one at hand."""

    def _menu_actions(self) -> list[QAction]:
        made = QAction(icon("refresh"), self.tr("Generate"), self)
        made.setObjectName("editor_generate")
        made.triggered.connect(lambda: self.set_text(str(uuid.uuid4())))
        return [made]
