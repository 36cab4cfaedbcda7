"""ImportResult: how an import or a dry run goes, how it ended, and every value that was refused."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from nexus_studio.core.admin.sqliteimport import ImportReport, Refusal
from nexus_studio.core.errors import StudioError
from nexus_studio.core.tasks import Progress
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.parts import Card, label
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.kit.wording import labelled, progress_sentence, sentence
from nexus_studio.ui.panels.seed_reset.import_words import headline, notes, reason_words

_THOUSAND = 1000
_MOST_SHOWN = 5000


class ImportResult(QWidget):
    """Call `start`, tell `show_progress`, and end with one of the other `show_…`."""

    cancel_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("import.result")
        self._card: Card | None = None
        self._running = QWidget(self)
        self._doing = label("", "muted", name="import.doing")
        self._bar = QProgressBar(self._running)
        self._bar.setTextVisible(False)
        self._bar.setObjectName("import.bar")
        self.cancel = QPushButton(icon("stop"), "", self._running)
        self.cancel.setObjectName("import.stop")
        self.cancel.clicked.connect(self.cancel_asked)
        self.refusals = QTreeWidget(self)
        self.refusals.setObjectName("import.refusals")
        self.refusals.setProperty("framed", True)
        self.refusals.setRootIsDecorated(False)
        self.refusals.setUniformRowHeights(True)
        line = QHBoxLayout(self._running)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self._bar, 1)
        line.addWidget(self.cancel)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 8, 0, 0)
        self._column.setSpacing(8)
        self._column.addWidget(self._doing)
        self._column.addWidget(self._running)
        self._column.addWidget(self.refusals, 1)
        self.retranslate()
        self.show_nothing()

    def show_nothing(self) -> None:
        """Show that nothing was tried yet."""
        self._set_card(None)

    def start(self) -> None:
        """Begin to show a run."""
        self._set_card(None)
        self.show()
        self._bar.setRange(0, 0)
        self._doing.setText(self.tr("Beginning…"))
        self.cancel.setEnabled(True)
        self._doing.show()
        self._running.show()

    def show_progress(self, progress: Progress) -> None:
        """Show how far it is."""
        self._doing.setText(progress_sentence(progress))
        self._bar.setRange(0, _THOUSAND if progress.total else 0)
        if progress.total:
            self._bar.setValue(int(min(1.0, progress.done / progress.total) * _THOUSAND))

    def show_report(self, report: ImportReport) -> None:
        """Show how it ended."""
        title = headline(report)
        good = not report.refused
        severity = "error" if report.refused else "info" if report.is_dry else "success"
        ink = {"error": "danger", "info": "info", "success": "success"}[severity]
        card = Card(
            title, sign="error" if report.refused else "success" if good else "info", ink=ink, severity=severity
        )
        for note in notes(report):
            card.add(label(note, "muted", selectable=True))
        self._set_card(card, title)
        self._fill(report.refusals)

    def show_error(self, error: StudioError, outcome: ImportReport | None = None) -> None:
        """Show why it failed, in the server's own words where it spoke, and what was refused where that is known."""
        said = sentence(error)
        card = Card(said.title, sign="error", ink="danger", severity="error")
        if said.explanation:
            card.add(label(said.explanation, selectable=True))
        if said.server_words:
            words = label("\n".join(labelled(*each) for each in said.server_words), selectable=True)
            words.setFont(monospace_font())
            card.add(words)
        self._set_card(card, said.title)
        if outcome is not None:
            self._fill(outcome.refusals)

    def show_stopped(self) -> None:
        """Show that it was cancelled."""
        words = self.tr("Stopped: nothing was written")
        self._set_card(Card(words, sign="stop", severity="info"), words)

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.cancel.setText(self.tr("Stop"))
        self.cancel.setAccessibleName(self.tr("Stop the import"))
        self._bar.setAccessibleName(self.tr("How far the import is"))
        self.refusals.setAccessibleName(self.tr("What is refused"))
        headers = [self.tr("Table"), self.tr("Row"), self.tr("Column"), self.tr("Refused because")]
        self.refusals.setHeaderLabels(headers)

    def _set_card(self, card: Card | None, name: str = "") -> None:
        for widget in (self._doing, self._running, self.refusals):
            widget.hide()
        if self._card is not None:
            self._card.hide()
            self._column.removeWidget(self._card)
            self._card.deleteLater()
        self._card = card
        if card is not None:
            card.setObjectName("import.card")
            card.setAccessibleName(name)
            self._column.insertWidget(0, card)
            card.show()
        self.setVisible(card is not None)

    def _fill(self, refusals: tuple[Refusal, ...]) -> None:
        self.refusals.clear()
        locale = QLocale()
        for each in refusals[:_MOST_SHOWN]:
            item = QTreeWidgetItem([each.table, locale.toString(each.row), each.column, reason_words(each)])
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.refusals.addTopLevelItem(item)
        if (more := len(refusals) - _MOST_SHOWN) > 0:
            words = self.tr("… and %n more: the command line lists all", "", more)
            self.refusals.addTopLevelItem(QTreeWidgetItem([words]))
        for column in range(3):
            self.refusals.resizeColumnToContents(column)
        self.refusals.setVisible(bool(refusals))
