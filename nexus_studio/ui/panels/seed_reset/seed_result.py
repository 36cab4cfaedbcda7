"""SeedResult: how a run of a seed goes and how it ended - rows by table, and its log."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QEvent, QLocale, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.admin.seeds import SeedReport
from nexus_studio.core.errors import StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import Progress
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.pages import EmptyPage
from nexus_studio.ui.kit.parts import Card, label
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.kit.wording import labelled, progress_sentence, sentence
from nexus_studio.ui.panels.seed_reset.seed_words import headline, remarks

_TICK_MS = 100
_MOST_LINES = 5000
_THOUSAND = 1000
_ROLE = Qt.ItemDataRole.UserRole


class SeedResult(QWidget):
    """Call `start`, give `log` to the service, tell `show_progress`, and end with one of `show_report`, `show_error`.

    Lines of the log come on the worker's thread. They wait in a queue that is emptied ten times a second.
    """

    cancel_asked = Signal()
    table_asked = Signal(object)  # RelationName whose rows are to be shown

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("seeds.result")
        self._lines: deque[str] = deque(maxlen=_MOST_LINES)
        self._report: SeedReport | None = None
        self._card: Card | None = None
        self._pages = QStackedWidget(self)
        self._nothing = EmptyPage(self._pages)
        self._content = QWidget(self._pages)
        self._cards = QVBoxLayout()
        self._running = QWidget(self._content)
        self._doing = label("", "muted", name="seeds.doing")
        self._bar = QProgressBar(self._running)
        self.cancel = QPushButton(icon("stop"), "", self._running)
        self._split = QSplitter(Qt.Orientation.Vertical, self._content)
        self.tables = QTreeWidget(self._split)
        self._log_part = QWidget(self._split)
        self._log_title = QLabel(self._log_part)
        self.log_view = QPlainTextEdit(self._log_part)
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._take_lines)
        self._build()
        self.retranslate()

    @property
    def log(self) -> Callable[[str], None]:
        """What takes the lines of a run's log, on any thread."""
        return self._lines.append

    def show_nothing(self) -> None:
        """Show that nothing was tried yet."""
        self._clock.stop()
        self._report = None
        self._pages.setCurrentWidget(self._nothing)

    def start(self) -> None:
        """Begin to show a run."""
        self._lines.clear()
        self._report = None
        self._set_card(None)
        self.tables.clear()
        self.log_view.clear()
        self.tables.hide()
        self._bar.setRange(0, 0)
        self._doing.setText(self.tr("Beginning…"))
        self.cancel.setEnabled(True)
        self._running.show()
        self._pages.setCurrentWidget(self._content)
        self._clock.start()

    def show_progress(self, progress: Progress) -> None:
        """Show how far it is."""
        self._doing.setText(progress_sentence(progress))
        if progress.total:
            self._bar.setRange(0, _THOUSAND)
            self._bar.setValue(int(min(1.0, progress.done / progress.total) * _THOUSAND))
        else:
            self._bar.setRange(0, 0)

    def show_report(self, report: SeedReport) -> None:
        """Show how it ended well."""
        self._finish()
        self._report = report
        is_done = not report.is_dry_run
        sign, ink = ("success", "success") if is_done else ("info", "info")
        card = Card(headline(report), sign=sign, ink=ink, severity="success" if is_done else "info")
        for remark in remarks(report):
            card.add(label(remark, "muted", selectable=True))
        self._set_card(card, headline(report))
        self._fill(report)
        self._pages.setCurrentWidget(self._content)

    def show_error(self, error: StudioError) -> None:
        """Show why it failed, in the server's or the project's own words."""
        self._finish()
        said = sentence(error)
        card = Card(said.title, sign="error", ink="danger", severity="error")
        if said.explanation:
            card.add(label(said.explanation, selectable=True))
        if said.server_words:
            words = label("\n".join(labelled(*each) for each in said.server_words), selectable=True)
            words.setObjectName("seeds.server_words")
            words.setFont(monospace_font())
            card.add(words)
        self._set_card(card, said.title)

    def show_stopped(self) -> None:
        """Show that it was cancelled."""
        self._finish()
        words = self.tr("Stopped: nothing of it was kept")
        self._set_card(Card(words, sign="stop", severity="info"), words)

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.cancel.setText(self.tr("Stop"))
        self.cancel.setAccessibleName(self.tr("Stop the seed"))
        self.tables.setHeaderLabels([self.tr("Table"), self.tr("Added"), self.tr("Changed"), self.tr("Deleted")])
        self.tables.setAccessibleName(self.tr("Rows by table"))
        self._log_title.setText(self.tr("Log"))
        self.log_view.setAccessibleName(self.tr("Log of the seed"))
        self._bar.setAccessibleName(self.tr("How far the seed is"))
        self._nothing.show_words(
            "seed",
            self.tr("Not tried yet"),
            self.tr("A dry run puts the rows in, counts them by table, and takes all of it back."),
        )
        if self._report is not None:
            self.show_report(self._report)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _build(self) -> None:
        self._bar.setObjectName("seeds.bar")
        self._bar.setTextVisible(False)
        self.cancel.setObjectName("seeds.cancel")
        self.cancel.clicked.connect(self._stop)
        self._split.setObjectName("seeds.split")
        self._split.setChildrenCollapsible(False)
        self.tables.setObjectName("seeds.tables")
        self.tables.setProperty("framed", True)
        self.tables.setRootIsDecorated(False)
        self.tables.setUniformRowHeights(True)
        self.tables.itemActivated.connect(self._open_table)
        self._log_title.setProperty("strong", True)
        self.log_view.setObjectName("seeds.log")
        self.log_view.setReadOnly(True)
        self.log_view.setTabChangesFocus(True)
        self.log_view.setFont(monospace_font())
        self.log_view.setMaximumBlockCount(_MOST_LINES)
        self.log_view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        log = QVBoxLayout(self._log_part)
        log.setContentsMargins(0, 4, 0, 0)
        log.setSpacing(4)
        log.addWidget(self._log_title)
        log.addWidget(self.log_view, 1)
        for place, share in enumerate((3, 2)):
            self._split.setStretchFactor(place, share)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._bar, 1)
        line.addWidget(self.cancel)
        running = QVBoxLayout(self._running)
        running.setContentsMargins(0, 0, 0, 0)
        running.addWidget(self._doing)
        running.addLayout(line)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._cards)
        column.addWidget(self._running)
        column.addWidget(self._split, 1)
        for page in (self._nothing, self._content):
            self._pages.addWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)

    def _finish(self) -> None:
        self._clock.stop()
        self._take_lines()
        self._running.hide()

    def _set_card(self, card: Card | None, words: str = "") -> None:
        if self._card is not None:
            self._card.hide()
            self._card.deleteLater()
        self._card = card
        if card is not None:
            card.setObjectName("seeds.card")
            card.setAccessibleName(words)
            self._cards.addWidget(card)

    def _fill(self, report: SeedReport) -> None:
        locale = QLocale()
        self.tables.clear()
        self.tables.setVisible(bool(report.tables))
        for each in report.tables:
            numbers = [
                locale.toString(number) if number else "" for number in (each.inserted, each.updated, each.deleted)
            ]
            item = QTreeWidgetItem(self.tables, [str(each.relation), *numbers])
            item.setData(0, _ROLE, each.relation)
            item.setIcon(0, icon("table", "text-muted"))
            for place in (1, 2, 3):
                item.setTextAlignment(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for place, column in ((1, "inserted"), (2, "updated"), (3, "deleted")):
            self.tables.setColumnHidden(place, not any(getattr(each, column) for each in report.tables))
        header = self.tables.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, header.ResizeMode.Stretch)
        for place in (1, 2, 3):
            header.setSectionResizeMode(place, header.ResizeMode.ResizeToContents)
            self.tables.headerItem().setTextAlignment(
                place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            )

    def _take_lines(self) -> None:
        lines = []
        while self._lines:
            lines.append(self._lines.popleft())
        if lines:
            self.log_view.appendPlainText("\n".join(lines))

    def _stop(self) -> None:
        self.cancel.setEnabled(False)
        self._doing.setText(self.tr("Stopping…"))
        self.cancel_asked.emit()

    def _open_table(self, item: QTreeWidgetItem) -> None:
        name = item.data(0, _ROLE)
        if isinstance(name, RelationName):
            self.table_asked.emit(name)
