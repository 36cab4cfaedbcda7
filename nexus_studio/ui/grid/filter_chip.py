"""FilterChip: one part of a filter, in words, with what can be done to it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QWidget

from nexus_studio.core.data.filters import Filter, Raw
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.ui.grid.filter_parts import affirmed, part_words
from nexus_studio.ui.kit.icons import icon

_WIDTH: Final = 320
_GLYPH: Final = 12


class FilterChip(QWidget):
    """A chip and its remove button.

    Keys on the chip: Enter and F2 edit, Delete and Backspace remove, Left and Right, Home and End go to other chips,
    the menu key and Shift+F10 open its menu.
    """

    edit_asked = Signal()
    remove_asked = Signal()
    menu_asked = Signal(QPoint)  # where, on the screen
    step_asked = Signal(int)  # -1, 1: the chip beside; -2, 2: the first, the last

    def __init__(self, place: int, part: Filter, relation: Relation | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"filter_chip_{place}")
        self._words = part_words(part, relation)
        inner = affirmed(part)
        self._body = QPushButton(self)
        self._body.setObjectName(f"filter_chip_{place}_edit")
        self._body.setProperty("chip", True)
        self._body.setIconSize(QSize(_GLYPH, _GLYPH))
        if isinstance(inner, Raw):
            self._body.setIcon(icon("terminal", "text-muted"))
            self._body.setProperty("glyph", True)
        shown = self._body.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideMiddle, _WIDTH)
        self._body.setText(shown.replace("&", "&&"))
        self._tip = inner.text if isinstance(inner, Raw) else self._words
        self._body.setToolTip(self._tip)
        self._body.setAccessibleName(self.tr("Filter: {filter}").format(filter=self._words))
        self._body.clicked.connect(self.edit_asked)
        self._body.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._body.customContextMenuRequested.connect(lambda at: self.menu_asked.emit(self._body.mapToGlobal(at)))
        self._body.installEventFilter(self)
        away = QToolButton(self)
        away.setObjectName(f"filter_chip_{place}_remove")
        away.setIcon(icon("close", "text-muted"))
        away.setIconSize(QSize(_GLYPH, _GLYPH))
        away.setToolTip(self.tr("Remove"))
        away.setAccessibleName(self.tr("Remove filter: {filter}").format(filter=self._words))
        away.clicked.connect(self.remove_asked)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        line.addWidget(self._body)
        line.addWidget(away)

    def setFixedHeight(self, height: int) -> None:
        """Be as high as the line, the chip itself with it."""
        super().setFixedHeight(height)
        self._body.setFixedHeight(height)

    @property
    def is_marked(self) -> bool:
        """Whether it is shown as what is at fault."""
        return bool(self._body.property("tone") == "danger")

    def focus_body(self) -> None:
        """Give the chip the focus."""
        self._body.setFocus(Qt.FocusReason.OtherFocusReason)

    def mark(self, why: str) -> None:
        """Show that this part is at fault, and say why where the pointer or a screen reader asks."""
        self._body.setProperty("tone", "danger")
        self._body.setProperty("glyph", True)
        self._body.setIcon(icon("error", "danger"))
        self._body.setToolTip(f"{self._tip}\n{why}")
        self._body.setAccessibleDescription(why)
        self._body.style().unpolish(self._body)
        self._body.style().polish(self._body)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Do what the keys mean."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and self._handle(event):
            return True
        return super().eventFilter(watched, event)

    def _handle(self, event: QKeyEvent) -> bool:
        key = event.key()
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Home: -2, Qt.Key.Key_End: 2}
        if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2}:
            self.edit_asked.emit()
        elif key in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
            self.remove_asked.emit()
        elif key == Qt.Key.Key_Menu or (
            key == Qt.Key.Key_F10 and event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        ):
            self.menu_asked.emit(self._body.mapToGlobal(self._body.rect().bottomLeft()))
        elif key in steps:
            self.step_asked.emit(steps[Qt.Key(key)])
        else:
            return False
        return True
