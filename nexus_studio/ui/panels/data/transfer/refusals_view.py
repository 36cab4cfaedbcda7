"""RefusalsView: every line that is refused, with columns and reason, and the way to have the list as a file."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QLocale, Qt
from PySide6.QtWidgets import QFileDialog, QPushButton, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from nexus_studio.core.data.transferplan import ImportReport, Refusal
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.panels.data.transfer.words import reason_words

_MOST_SHOWN: Final = 2_000
_NAME: Final = "import_rows"


class RefusalsView(QWidget):
    """Shows nothing before `show_report`."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{_NAME}.refused")
        self._notices = context.notices
        self._refusals: tuple[Refusal, ...] = ()
        self.list = QTreeWidget(self)
        self.list.setObjectName(f"{_NAME}.refusals")
        self.list.setProperty("framed", True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.save = QPushButton(icon("save"), "", self)
        self.save.setObjectName(f"{_NAME}.save_refusals")
        self.save.setAutoDefault(False)
        self.save.clicked.connect(self._ask)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.list, 1)
        column.addWidget(self.save, 0, Qt.AlignmentFlag.AlignLeft)
        self.retranslate()
        self.hide()

    def show_report(self, report: ImportReport | None) -> None:
        """Show what a report says; None: nothing."""
        self._refusals = report.refusals if report is not None else ()
        self.list.clear()
        locale = QLocale()
        for each in self._refusals[:_MOST_SHOWN]:
            item = QTreeWidgetItem([locale.toString(each.line), ", ".join(each.columns), reason_words(each)])
            item.setTextAlignment(0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setToolTip(2, "")
            self.list.addTopLevelItem(item)
        if (more := len(self._refusals) - _MOST_SHOWN) > 0:
            words = self.tr("… and %Ln more: the saved list has them", "", more)
            self.list.addTopLevelItem(QTreeWidgetItem(["", "", words]))
        for column in range(2):
            self.list.resizeColumnToContents(column)
        self.setVisible(bool(self._refusals))

    def write(self, path: Path) -> None:
        """Write the list as CSV; what the system says against it is a notice."""
        try:
            with path.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream)
                writer.writerow(("line", "columns", "reason"))
                writer.writerows((e.line, ", ".join(e.columns), reason_words(e)) for e in self._refusals)
        except OSError as error:
            self._notices.warning(self.tr("The list could not be written: {words}").format(words=error.strerror or ""))

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.list.setAccessibleName(self.tr("Lines that are refused"))
        self.list.setHeaderLabels([self.tr("Line"), self.tr("Columns"), self.tr("Refused because")])
        self.save.setText(self.tr("Save the list…"))
        self.save.setAccessibleName(self.tr("Save the list of refused lines as a file"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def _ask(self) -> None:
        dialog = QFileDialog(self, self.tr("Save the list"), "refused.csv")
        dialog.setObjectName(f"{_NAME}.save_dialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.write(Path(name)))
        dialog.open()
