"""Editors of several lines: long text, XML, vectors, and what is only looked at."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QWidget

from nexus_studio.core.data.cells import StagedCell
from nexus_studio.core.data.jsontext import laid_out
from nexus_studio.core.data.linetext import LineText, fit_for_lines
from nexus_studio.core.schema.types import PgType
from nexus_studio.ui.grid.editors.cell_editor import CellEditor, EditPlace
from nexus_studio.ui.kit.theme import monospace_font

_SIZE: Final = QSize(460, 220)


class LongTextEditor(CellEditor):
    """Text of several lines: Enter begins a new one, Ctrl+Enter commits. Every character comes back as it was."""

    has_empty_text = True

    def __init__(self, place: EditPlace, parent: QWidget | None = None) -> None:
        super().__init__(place, parent)
        foot = QWidget(self)
        self._foot = QHBoxLayout(foot)
        self._foot.setContentsMargins(6, 2, 6, 4)
        self._note = QLabel(foot)
        self._note.setObjectName("editor_note")
        self._note.setProperty("muted", True)
        self._foot.addWidget(self._note, 1)
        self._apply = QPushButton(self.tr("Apply"), foot)
        self._apply.setObjectName("editor_apply")
        self._apply.setToolTip(self.tr("Ctrl+Enter"))
        self._apply.clicked.connect(self.commit)
        self._foot.addWidget(self._apply)
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
        self._fit = LineText("")
        self._edit = QPlainTextEdit(self)
        self._edit.setObjectName("editor_lines")
        self._edit.setTabChangesFocus(False)
        self._is_showing = False
        self._edit.textChanged.connect(self._text_changed)
        return self._edit

    def _show(self, text: str) -> None:
        self._is_showing = True
        self._fit = fit_for_lines(text)
        self._edit.setPlainText(self._fit.shown)
        self._is_showing = False
        self._note_size()

    def _typed(self) -> str:
        return self._fit.restored(self._edit.document().toRawText())

    def _hint(self, text: str) -> None:
        self._edit.setPlaceholderText(text)

    def _text_changed(self) -> None:
        if not self._is_showing:
            self._edited()
            self._note_size()

    def _note_size(self) -> None:
        if hasattr(self, "_note"):
            self._note.setText(self._said_of(self._typed()))

    def _said_of(self, text: str) -> str:
        """Return what stands below the text."""
        size = self.tr("%Ln character(s)", "", len(text))
        if self.type.length is not None:
            size = self.tr("{size}, at most {most}").format(size=size, most=self.type.length)
        return f"{size} · CR LF" if self._fit.ending == "\r\n" else size

    def _wants_enter(self, event: QKeyEvent) -> bool:
        return not event.modifiers() & Qt.KeyboardModifier.ControlModifier

    def _menu_actions(self) -> list[QAction]:
        if not self.has_empty_text:
            return []
        empty = QAction(self.tr("Set empty text"), self)
        empty.triggered.connect(lambda: self.set_text(""))
        return [empty]


class LongPlainEditor(LongTextEditor):
    """PostgreSQL's text form of a value too long for one line."""

    has_empty_text = False

    def __init__(self, place: EditPlace, parent: QWidget | None = None) -> None:
        super().__init__(place, parent)
        self._edit.setFont(monospace_font())


class XmlEditor(LongPlainEditor):
    """XML; whether it is well-formed is for the server to say."""


class VectorEditor(LongPlainEditor):
    """A vector: how many dimensions it has is told while typing."""

    def _said_of(self, text: str) -> str:
        if not text:
            return ""
        dimensions = text.count(",") + 1 if text.strip("[] ") else 0
        if "/" in text:  # a sparse one says how many it has
            return self.tr("{count} dimensions").format(count=text.rpartition("/")[2].strip())
        if self.type.length is None:
            return self.tr("%Ln dimension(s)", "", dimensions)
        return self.tr("{count} of {all} dimensions").format(count=dimensions, all=self.type.length)


class ReadEditor(LongPlainEditor):
    """A value to look at and to copy from, with the reason why it is not edited."""

    def _build(self) -> QWidget:
        field = super()._build()
        self._edit.setReadOnly(True)
        self._edit.setTabChangesFocus(True)
        return field

    def __init__(self, place: EditPlace, parent: QWidget | None = None) -> None:
        super().__init__(place, parent)
        self._menu_button.hide()
        self._message.setProperty("tone", None)
        self._message.setProperty("muted", True)
        self._apply.setText(self.tr("Close"))
        self._apply.setToolTip(self.tr("Esc"))
        self._say(self.tr("A search document is computed from texts, so it is only shown here: change those texts."))

    def start_with(self, text: str) -> None:
        """Leave the value alone."""

    def set_null(self) -> None:
        """Leave the value alone."""

    def set_default(self) -> None:
        """Leave the value alone."""

    def set_text(self, text: str) -> None:
        """Leave the value alone."""

    def set_cell(self, cell: StagedCell, type_: PgType | None = None) -> None:
        """Show a value; the reason stays in sight."""
        said = self.message
        super().set_cell(cell, type_)
        self._say(said)


def format_json(text: str) -> str | None:
    """Lay JSON out over lines, everything exactly as it stands; None when it is no JSON."""
    return laid_out(text)
