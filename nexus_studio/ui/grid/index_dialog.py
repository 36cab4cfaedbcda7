"""The index a question lacks: what it is good for, and the SQL that creates it, to be copied."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.data.cost import MissingIndex
from nexus_studio.ui.grid.cost_words import index_words

_WIDTH = 560
_LINES = 5


class IndexDialog(QDialog):
    """Shows an index's SQL. Nothing is run from here: an index belongs into a migration, or to whoever is in charge."""

    def __init__(self, index: MissingIndex, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("index_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Index on {table}").format(table=index.relation))
        self._sql = "\n".join(index.statements)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        for text, muted in ((index_words(index), False), (self._advice(index), True)):
            label = QLabel(text, self)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setProperty("muted", muted)
            layout.addWidget(label)
        layout.insertWidget(1, self._shown_sql())
        buttons = QDialogButtonBox(self)
        copy = QPushButton(self.tr("Copy SQL"), self)
        copy.setObjectName("index_copy")
        copy.setProperty("primary", True)
        copy.clicked.connect(self._copy)
        close = QPushButton(self.tr("Close"), self)
        close.setObjectName("index_close")
        close.clicked.connect(self.reject)
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(close, QDialogButtonBox.ButtonRole.RejectRole)
        layout.addWidget(buttons)
        copy.setDefault(True)
        self.setMinimumWidth(_WIDTH)

    def _shown_sql(self) -> QPlainTextEdit:
        shown = QPlainTextEdit(self._sql, self)
        shown.setObjectName("index_sql")
        shown.setAccessibleName(self.tr("SQL that creates the index"))
        shown.setReadOnly(True)
        shown.setTabChangesFocus(True)
        shown.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        shown.setFixedHeight(shown.fontMetrics().lineSpacing() * _LINES + 16)
        return shown

    def _advice(self, index: MissingIndex) -> str:
        words = self.tr(
            "Building it reads the whole table, takes room on the disk, and makes writing a little slower from then "
            "on. Put it into a migration, or have it created by whoever is in charge of the database."
        )
        if any("CONCURRENTLY" in statement for statement in index.statements):
            return words + " " + self.tr("CONCURRENTLY does not stop others from writing; it must run on its own.")
        return words + " " + self.tr("Nobody can write to a partitioned table meanwhile.")

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._sql)
        self.accept()
