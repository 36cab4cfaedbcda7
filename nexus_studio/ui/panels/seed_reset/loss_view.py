"""LossView: what will be lost, table by table, and who is connected."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLocale, Qt
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from nexus_studio.core.admin.resets import LossReport
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.sizes_said import size_text
from nexus_studio.ui.panels.seed_reset.reset_words import (
    connected_line,
    elsewhere_line,
    loss_headline,
    objects_line,
)


class LossView(QWidget):
    """Shows a `LossReport`, or why there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("reset.loss")
        self._loss: LossReport | None = None
        self.headline = label("", "subtitle", selectable=True, name="reset.headline")
        self.elsewhere = label("", tone="warning", selectable=True, name="reset.elsewhere")
        self.connected = label("", tone="warning", selectable=True, name="reset.connected")
        self.objects = label("", "muted", selectable=True, name="reset.objects")
        self.tables = QTreeWidget(self)
        self.tables.setObjectName("reset.tables")
        self.tables.setProperty("framed", True)
        self.tables.setRootIsDecorated(False)
        self.tables.setUniformRowHeights(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for each in (self.headline, self.connected, self.elsewhere, self.objects):
            column.addWidget(each)
        column.addWidget(self.tables, 1)
        self.say("")

    def say(self, words: str) -> None:
        """Show a sentence instead of a report."""
        self._loss = None
        self.headline.setText(words)
        self.tables.show()
        for each in (self.connected, self.elsewhere, self.objects):
            each.hide()
        self.tables.clear()
        self._heads()

    def say_nothing(self) -> None:
        """Show nothing at all: it is no matter what would be lost."""
        self.say("")
        self.tables.hide()

    def show_loss(self, loss: LossReport) -> None:
        """Show a report."""
        self._loss = loss
        self.tables.show()
        self.headline.setText(loss_headline(loss))
        for place, words in (
            (self.connected, connected_line(loss.others)),
            (self.elsewhere, elsewhere_line(loss)),
            (self.objects, objects_line(loss)),
        ):
            place.setText(words)
            place.setVisible(bool(words))
        self._heads()
        locale = QLocale()
        self.tables.clear()
        for each in loss.tables:
            rows = f"~{locale.toString(each.rows)}" if each.is_estimate else locale.toString(each.rows)
            cause = str(each.cause) if each.cause else ""
            item = QTreeWidgetItem(self.tables, [str(each.name), rows, size_text(each.bytes), cause])
            item.setIcon(0, icon("table", "text-muted"))
            for column in (1, 2):
                item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.tables.setColumnHidden(3, not any(each.cause for each in loss.tables))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange and self._loss is not None:
            self.show_loss(self._loss)

    def _heads(self) -> None:
        self.tables.setAccessibleName(self.tr("What will be lost, by table"))
        self.tables.setHeaderLabels([self.tr("Table"), self.tr("Rows"), self.tr("Size"), self.tr("On account of")])
        header = self.tables.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, header.ResizeMode.Stretch)
        for place in (1, 2, 3):
            header.setSectionResizeMode(place, header.ResizeMode.ResizeToContents)
        for place in (1, 2):
            self.tables.headerItem().setTextAlignment(
                place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            )
