"""ImportResult: how an import or a dry run goes, how it ended, and every value that was refused."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem, QWidget

from nexus_studio.core.admin.sqliteimport import ImportReport, Refusal
from nexus_studio.core.errors import StudioError
from nexus_studio.ui.kit.parts import Card, label
from nexus_studio.ui.kit.work_view import WorkView
from nexus_studio.ui.panels.seed_reset.import_words import headline, notes, reason_words

_MOST_SHOWN = 5000
_GAP = 8


class ImportResult(WorkView):
    """A `WorkView` with a list below it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("import.result", parent)
        self.refusals = QTreeWidget(self)
        self.refusals.setObjectName("import.refusals")
        self.refusals.setProperty("framed", True)
        self.refusals.setRootIsDecorated(False)
        self.refusals.setUniformRowHeights(True)
        self._column.setContentsMargins(0, _GAP, 0, 0)
        self._column.setSpacing(_GAP)
        self._column.addWidget(self.refusals, 1)
        self.retranslate()
        self.clear()

    def show_report(self, report: ImportReport) -> None:
        """Show how it ended."""
        title = headline(report)
        look = "error" if report.refused else "info" if report.is_dry else "success"
        ink = {"error": "danger"}.get(look, look)
        card = Card(title, sign="error" if report.refused else "success", ink=ink, severity=look)
        for note in notes(report):
            card.add(label(note, "muted", selectable=True))
        self.put_card(card, title)
        self._fill(report.refusals)

    def show_refused(self, error: StudioError, outcome: ImportReport) -> None:
        """Show why it failed, and every value that was refused."""
        self.show_error(error)
        self._fill(outcome.refusals)

    def stopped_words(self) -> str:
        return self.tr("Stopped: nothing was written")

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.refusals.setAccessibleName(self.tr("What is refused"))
        headers = [self.tr("Table"), self.tr("Row"), self.tr("Column"), self.tr("Refused because")]
        self.refusals.setHeaderLabels(headers)

    def _put(self, card: Card | None) -> None:
        self.refusals.hide()
        super()._put(card)

    def _fill(self, refusals: tuple[Refusal, ...]) -> None:
        self.refusals.clear()
        locale = QLocale()
        for each in refusals[:_MOST_SHOWN]:
            item = QTreeWidgetItem([each.table, locale.toString(each.row), each.column, reason_words(each)])
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.refusals.addTopLevelItem(item)
        if (more := len(refusals) - _MOST_SHOWN) > 0:
            words = self.tr("… and %Ln more: the command line lists all", "", more)
            self.refusals.addTopLevelItem(QTreeWidgetItem([words]))
        for column in range(3):
            self.refusals.resizeColumnToContents(column)
        self.refusals.setVisible(bool(refusals))
