"""SqlPage: the exact SQL that is about to run, with what it means and what will be wrong."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from nexus_studio.core.admin.migrations import script
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.parts import Card, label, line
from nexus_studio.ui.panels.migrations.flows.codeview import CodeView, copy_button


class SqlPage(QWidget):
    """Words, warnings in a card, the SQL with a button that copies it."""

    def __init__(self, context: UiContext, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._words = label("", name=f"{name}.words")
        self._warnings = QVBoxLayout()
        self._sql = CodeView(context.theme, "sql", f"{name}.sql", self.tr("SQL that will be run"), self)
        copy = copy_button(f"{name}.copy", self.tr("Copy SQL"), self.sql, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(line(self._words, copy, stretch=0))
        column.addLayout(self._warnings)
        column.addWidget(self._sql, 1)
        self.setFocusProxy(self._sql)

    def show_sql(self, words: str, sql: Sequence[str], warnings: Sequence[str] = (), title: str = "") -> None:
        """Show statements, each ended by a semicolon, under translated words; warnings under a title of their own."""
        self._words.setText(words)
        self._sql.show_text(script(sql))
        while (item := self._warnings.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        if warnings:
            self._warnings.addWidget(warning_card(title or self.tr("What will be wrong"), warnings))

    def sql(self) -> str:
        """Return the SQL shown."""
        return self._sql.toPlainText()


def warning_card(title: str, warnings: Sequence[str]) -> Card:
    """Make a card that lists warnings."""
    card = Card(title, sign="warning", ink="warning", severity="warning")
    for warning in warnings:
        card.add(label(f"•  {warning}", selectable=True))
    return card
