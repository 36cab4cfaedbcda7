"""The editor of values too large for a text field: from a file and into one, with the beginning to look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QWidget

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.errors import InvalidValue, StudioError, UserError
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.grid.editors.cell_editor import CellEditor, EditPlace
from nexus_studio.ui.grid.editors.files import ask_file, read_value, write_value
from nexus_studio.ui.kit.sizes_said import size_text
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.kit.wording import reason_sentence, sentence

BIG: Final = 1_000_000
"""Characters (or octets) from which a value is edited by files: text fields lay every line out and stand still."""

_BEGINNING: Final = 2_000
_SIZE: Final = QSize(460, 200)

ReadWhole = Callable[[TaskContext], Cell]
"""Reads the stored value, on a worker thread."""


class BigEditor(CellEditor):
    """Shows how a large value begins; it is replaced as a whole, by a file, NULL or DEFAULT.

    The value itself is read only when it is to be saved. What is loaded is checked on the worker thread as well.
    """

    def __init__(self, place: EditPlace, parent: QWidget | None = None) -> None:
        self._text = ""
        self._read: ReadWhole | None = None
        super().__init__(place, parent)
        row = QWidget(self)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(6, 2, 6, 4)
        self._words = QLabel(row)
        self._words.setObjectName("editor_size")
        self._words.setProperty("muted", True)
        layout.addWidget(self._words, 1)
        for name, label, run in (
            ("editor_load", self.tr("Load from file…"), self._ask_load),
            ("editor_save", self.tr("Save to file…"), self._ask_save),
            ("editor_apply", self.tr("Apply"), self.commit),
        ):
            button = QPushButton(label, row)
            button.setObjectName(name)
            button.setAccessibleName(label)
            button.clicked.connect(run)
            layout.addWidget(button)
        self._column.addWidget(row)

    def show_beginning(self, beginning: str, size: int, read: ReadWhole) -> None:
        """Show a value that was not read whole: how it begins and its size in octets."""
        self.set_cell("")
        self._read = read
        self._edit.setPlainText(f"{beginning[:_BEGINNING]}…")
        self._words.setText(size_text(size))

    def sizeHint(self) -> QSize:
        """Return room for some lines."""
        return _SIZE

    def load(self, path: Path) -> None:
        """Take a file's content, by a task; what the column's type refuses is not taken."""
        place, type_ = self.place, self.type
        place.runner.query(
            lambda ctx: place.codec.check(read_value(path, type_.kind, ctx), type_),
            owner=self,
            done=self.set_text,
            failed=self._say_error,
            title=self.tr("Loading {file}").format(file=path.name),
        )

    def save(self, path: Path) -> None:
        """Write the value into a file, by a task that reads it first where it was not read yet."""
        read, text, kind = self._read, self._text, self.type.kind
        self.place.runner.query(
            lambda ctx: write_value(path, text if read is None else read(ctx) or "", kind, ctx),
            owner=self,
            done=lambda _nothing: None,
            failed=self._say_error,
            title=self.tr("Saving {file}").format(file=path.name),
        )

    def start_with(self, text: str) -> None:
        """Leave the value alone: a letter typed on a large value is a slip."""

    def _build(self) -> QWidget:
        self._edit = QPlainTextEdit(self)
        self._edit.setObjectName("editor_beginning")
        self._edit.setReadOnly(True)
        self._edit.setFont(monospace_font())
        return self._edit

    def _show(self, text: str) -> None:
        self._text, self._read = text, None
        self._edit.setPlainText(text if len(text) <= _BEGINNING else f"{text[:_BEGINNING]}…")
        if hasattr(self, "_words"):
            octets = (len(text) - 2) // 2 if self.type.kind is TypeKind.BINARY else len(text)
            self._words.setText(size_text(max(0, octets)))

    def _typed(self) -> str:
        return self._text

    def _checked(self, text: str) -> str:
        return text  # by `load`, which may take its time

    def _hint(self, text: str) -> None:
        self._edit.setPlaceholderText(text)

    def _say_error(self, error: StudioError) -> None:
        if isinstance(error, InvalidValue):
            self._say(reason_sentence(error))
            return
        said = sentence(error)
        self._say(said.title if isinstance(error, UserError) else said.explanation or said.title)

    def _ask_load(self) -> None:
        ask_file(self, QFileDialog.AcceptMode.AcceptOpen, self.tr("Load value from file"), self.load)

    def _ask_save(self) -> None:
        ask_file(self, QFileDialog.AcceptMode.AcceptSave, self.tr("Save value to file"), self.save)
