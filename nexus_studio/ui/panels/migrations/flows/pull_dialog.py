"""PullDialog: the models of a database as it is, to be copied or saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from nexus_studio.core.errors import UserError
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.migrations.flows.codeview import CodeView, copy_button
from nexus_studio.ui.panels.migrations.flows.frame import FlowDialog

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_SIZE = QSize(900, 640)
_FILE = "models.py"


class PullDialog(FlowDialog):
    """Changes nothing; the source is saved where the person says."""

    saved = Signal(str)  # path of the file

    def __init__(self, context: UiContext, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(context, workspace, "pull_dialog", parent, _SIZE)
        self.set_title(self.tr("Models of this database"))
        self._schema = QLineEdit(self.frame.profile.schema)
        self._schema.setObjectName("pull_schema")
        self._schema.setAccessibleName(self.tr("Schema"))
        self._source = CodeView(context.theme, "python", "pull_source", self.tr("Source of the models"))
        self._again = self.frame.add_button("again", self.tr("Read again"), self.begin)
        self._save = self.frame.add_button("save", self.tr("Save as…"), self._ask_path, look="primary")
        self._page = self._make_page()
        self.frame.add_page(self._page)

    def begin(self) -> None:
        """Read the database."""
        service, schema = self.service, self._schema.text().strip() or None
        self.frame.look(
            self.tr("Reading the database's tables"), lambda ctx: service.pull(ctx, schema=schema), self._show
        )

    def save(self, path: str) -> None:
        """Write the source into a file, off the UI thread."""
        source = self._source.toPlainText()
        self.frame.act(self.tr("Saving models"), lambda _ctx: _written(path, source), self._saved)

    def _show(self, source: str) -> None:
        self._source.show_text(source)
        self.frame.show_page(self._page, self._again, self._save)
        self._source.setFocus()

    def _make_page(self) -> QWidget:
        page = QWidget()
        row = QHBoxLayout()
        row.setSpacing(8)
        words = QLabel(self.tr("Schema:"))
        words.setBuddy(self._schema)
        row.addWidget(words)
        row.addWidget(self._schema)
        row.addStretch(1)
        row.addWidget(copy_button("pull_copy", self.tr("Copy"), self._source.toPlainText, page))
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self._source, 1)
        return page

    def _ask_path(self) -> None:
        python = self.tr("Python files (*.py)")
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Save models"), _FILE, python)
        if path:
            self.save(path)

    def _saved(self, path: str) -> None:
        self.frame.set_note(self.tr("Saved: {file}").format(file=path))
        self.saved.emit(path)


def _written(path: str, source: str) -> str:
    try:
        Path(path).write_text(source, encoding="utf-8")
    except OSError as error:
        raise UserError("file.unwritable", file=path) from error
    return path
