"""UnfoldingEditor: a value as PostgreSQL's text, and below it, when asked for, its parts to edit one by one."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QToolButton, QWidget

from nexus_studio.ui.grid.editors.cell_editor import EditPlace
from nexus_studio.ui.grid.editors.line import PlainEditor
from nexus_studio.ui.kit.icons import icon

_LEAST_WIDTH: Final = 340


class UnfoldingEditor(PlainEditor):
    """The text is the value, and the parts write it: nothing that is not changed in the parts is written anew.

    Subclasses make the parts (`_make_parts`), fill them from the text (`_fill_parts`, False for what can't be read),
    and call `_write` with the text the parts make.
    """

    sign = "type-array"
    button_name = "editor_parts_button"

    def __init__(self, place: EditPlace, parent: QWidget | None = None) -> None:
        super().__init__(place, parent)
        self._parts: QWidget | None = None
        self._is_writing = False
        words = self._button_words()
        self._button = QToolButton(self)
        self._button.setObjectName(self.button_name)
        self._button.setIcon(icon(self.sign, "text-muted"))
        self._button.setAccessibleName(words)
        self._button.setToolTip(f"{words} (F4)")
        self._button.clicked.connect(self.unfold)
        self._line.insertWidget(1, self._button)

    def sizeHint(self) -> QSize:
        """Return room for the parts once they are unfolded."""
        hint = super().sizeHint()
        return hint if self._parts is None else QSize(max(hint.width(), _LEAST_WIDTH), hint.height())

    @property
    def parts(self) -> QWidget | None:
        """The unfolded parts."""
        return self._parts

    def unfold(self) -> None:
        """Show the parts; what can't be read as such stays text, and the reason is said."""
        if self._parts is not None:
            self._parts.setFocus()
            return
        made = self._make_parts(self._edit.text())
        if made is None:
            self._say(self.tr("This text can't be shown in parts. It can be edited as it is."))
            return
        self._say("")
        self._parts = made
        self._column.insertWidget(1, made)
        made.show()
        self.size_wanted.emit()
        made.setFocus()

    # For subclasses

    def _button_words(self) -> str:
        return self.tr("Edit the parts")

    def _make_parts(self, text: str) -> QWidget | None:
        raise NotImplementedError

    def _fill_parts(self, text: str) -> bool:
        """Show another text in the parts that are unfolded."""
        raise NotImplementedError

    def _write(self, text: str) -> None:
        """Take the text the parts make."""
        self._is_writing = True
        self.set_text(text)
        self._is_writing = False

    # Inside

    def _show(self, text: str) -> None:
        super()._show(text)
        self._follow(text)

    def _edited(self) -> None:
        super()._edited()
        self._follow(self._edit.text())

    def _follow(self, text: str) -> None:
        parts = getattr(self, "_parts", None)
        if parts is not None and not self._is_writing:
            parts.setEnabled(self._fill_parts(text))

    def _handle_key(self, event: QKeyEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_F4:
            self.unfold()
            return True
        return super()._handle_key(event)
