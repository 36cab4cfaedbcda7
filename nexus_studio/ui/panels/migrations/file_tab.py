"""FileTab: the source of a revision, read in a worker, with the line marked where something is wrong."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.errors import StudioError
from nexus_studio.services.migrations.sources import read_source
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.elided import ElidedLabel
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.panels.migrations.source_view import SourceView, framed

_LANGUAGES = {".py": "python", ".sql": "sql"}


class FileTab(QWidget):
    """One file at a time. Opening it is left to the folder: a double click on a .py file may run it."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path: Path | None = None
        self._line: int | None = None
        self._reading = Latest(context.runner, self)
        self._place = ElidedLabel(self)
        self._place.setProperty("muted", True)
        self.copy, self.folder = QPushButton(self), QPushButton(self)
        self.text = SourceView(context.theme, "python", "migrations.file", self)
        for button, name, sign in ((self.copy, "copy_path", "copy"), (self.folder, "folder", "folder")):
            button.setObjectName(f"migrations.file.{name}")
            button.setIcon(icon(sign))
            button.setProperty("flat", True)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(str(self._path or "")))
        self.folder.clicked.connect(self._show_folder)
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 8)
        head.setSpacing(6)
        head.addWidget(self._place, 1)
        head.addWidget(self.copy)
        head.addWidget(self.folder)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(framed(self.text), 1)
        self._retranslate()

    @property
    def path(self) -> Path | None:
        """The file that is shown."""
        return self._path

    def show_file(self, path: Path | None, line: int | None = None) -> None:
        """Show a file, read anew each time: it may have been edited."""
        is_other = path != self._path
        self._path, self._line = path, line
        self._place.say(path.name, str(path.parent)) if path is not None else self._place.say(self.tr("No file"))
        self._place.setToolTip(str(path or ""))
        for button in (self.copy, self.folder):
            button.setEnabled(path is not None)
        if is_other:
            self.text.show_text("")
            self.text.set_language(_LANGUAGES.get(path.suffix, "") if path is not None else "")
        if path is None:
            self._reading.cancel()
            return
        self._reading.start(lambda ctx: read_source(path, ctx), self._show_text, self._show_failure)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _show_text(self, text: str | None) -> None:
        if text is None:
            self.text.show_text(self.tr("This file can't be read any more."))
        else:
            self.text.show_text(text, self._line)

    def _show_failure(self, error: StudioError) -> None:
        del error
        self._show_text(None)

    def _show_folder(self) -> None:
        if self._path is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._path.parent)))

    def _retranslate(self) -> None:
        self.copy.setText(self.tr("Copy path"))
        self.folder.setText(self.tr("Show folder"))
        for button in (self.copy, self.folder):
            button.setAccessibleName(button.text())
        self.text.setAccessibleName(self.tr("Source of the migration"))
        if self._path is None:
            self._place.say(self.tr("No file"))
