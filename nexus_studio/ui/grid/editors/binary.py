"""The editor of bytea: load from a file, save to a file, look at an image. Files are touched by tasks only."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from nexus_studio.core.errors import StudioError
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.ui.grid.editors.cell_editor import CellEditor, EditPlace
from nexus_studio.ui.grid.editors.files import ask_file, read_value, write_value
from nexus_studio.ui.grid.looks import binary_kind
from nexus_studio.ui.kit.sizes_said import size_text
from nexus_studio.ui.kit.wording import sentence

_PREVIEW: Final = 320
_SHOWN: Final = 40


class BinaryEditor(CellEditor):
    r"""Octets in PostgreSQL's hex form (`\x…`), which may also be typed."""

    def __init__(self, place: EditPlace, parent: QWidget | None = None) -> None:
        super().__init__(place, parent)
        row = QWidget(self)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(6, 2, 6, 4)
        self._words = QLabel(row)
        self._words.setObjectName("editor_size")
        self._words.setProperty("muted", True)
        layout.addWidget(self._words, 1)
        for name, label, run in (
            ("editor_load", self.tr("Load…"), self._ask_load),
            ("editor_save", self.tr("Save…"), self._ask_save),
        ):
            button = QPushButton(label, row)
            button.setObjectName(name)
            button.setAccessibleName(label)
            button.clicked.connect(run)
            layout.addWidget(button)
        self._column.addWidget(row)
        self._picture = QLabel(self)
        self._picture.setObjectName("editor_picture")
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._picture.hide()
        self._column.addWidget(self._picture)

    def sizeHint(self) -> QSize:
        """Return room for the buttons."""
        return super().sizeHint().expandedTo(QSize(320, 64))

    def load(self, path: Path) -> None:
        """Take a file's content, by a task."""
        self.place.runner.query(
            lambda ctx: read_value(path, TypeKind.BINARY, ctx),
            owner=self,
            done=self.set_text,
            failed=self._say_error,
            title=self.tr("Loading {file}").format(file=path.name),
        )

    def save(self, path: Path) -> None:
        """Write the value into a file, by a task."""
        text = self._typed()
        self.place.runner.query(
            lambda ctx: write_value(path, text, TypeKind.BINARY, ctx),
            owner=self,
            done=lambda _nothing: None,
            failed=self._say_error,
            title=self.tr("Saving {file}").format(file=path.name),
        )

    def _build(self) -> QWidget:
        self._text = ""
        self._edit = QLineEdit(self)
        self._edit.textEdited.connect(self._type)
        return self._edit

    def _show(self, text: str) -> None:
        # A line edit chokes on megabytes: what is long is kept aside, and the field shows its beginning.
        self._text = text
        is_long = len(text) > _SHOWN
        self._edit.setText(f"{text[:_SHOWN]}…" if is_long else text)
        self._edit.setReadOnly(is_long)
        if hasattr(self, "_words"):
            self._describe(text)

    def _type(self, text: str) -> None:
        self._text = text
        self._edited()

    def _typed(self) -> str:
        return self._text

    def _hint(self, text: str) -> None:
        self._edit.setPlaceholderText(text)

    def _describe(self, text: str) -> None:
        kind = binary_kind(text)
        size = size_text(max(0, len(text) - 2) // 2)
        self._words.setText((f"{kind} · {size}" if kind else size) if text else "")
        self._picture.hide()
        if kind in {"PNG", "JPEG", "GIF"}:
            self.place.runner.query(lambda _ctx: _thumbnail(text), owner=self, done=self._show_picture)

    def _show_picture(self, image: QImage) -> None:
        if not image.isNull():
            self._picture.setPixmap(QPixmap.fromImage(image))
            self._picture.show()
            self.size_wanted.emit()

    def _say_error(self, error: StudioError) -> None:
        said = sentence(error)
        self._say(said.explanation or said.title)

    def _ask_load(self) -> None:
        ask_file(self, QFileDialog.AcceptMode.AcceptOpen, self.tr("Load value from file"), self.load)

    def _ask_save(self) -> None:
        ask_file(self, QFileDialog.AcceptMode.AcceptSave, self.tr("Save value to file"), self.save)


def _thumbnail(text: str) -> QImage:
    image = QImage.fromData(bytes.fromhex(text[2:]))
    if image.isNull() or (image.width() <= _PREVIEW and image.height() <= _PREVIEW):
        return image
    keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    return image.scaled(_PREVIEW, _PREVIEW, keep, smooth)
