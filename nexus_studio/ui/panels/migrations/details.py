"""RevisionDetails: what a revision is, what went wrong with it, its SQL, its file, its rows of the ledger, its log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from nexus_studio.core.admin.ledgerentries import LedgerEntry
from nexus_studio.core.admin.migrations import RevisionReport, Step
from nexus_studio.core.errors import StudioError
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.elided import ElidedLabel
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.pages import EmptyPage
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.panels.migrations.failure_card import FailureCard
from nexus_studio.ui.panels.migrations.file_tab import FileTab
from nexus_studio.ui.panels.migrations.prisma_words import checksums, shown_logs
from nexus_studio.ui.panels.migrations.source_view import SourceView, framed
from nexus_studio.ui.panels.migrations.sql_tab import SqlTab
from nexus_studio.ui.panels.migrations.timeline import Timeline
from nexus_studio.ui.panels.migrations.words import STATES, deed_words, exact_moment, moment, state_sentence, state_word

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.migrations.service import MigrationService

_SETTLE_MS = 200
"""How long a selection must rest before the project is asked for SQL: its interpreter takes a while to start."""

_MOST_KEPT = 64  # revisions whose SQL is kept in hand


class RevisionDetails(QWidget):
    """Follows the list's selection. What costs is asked for when its tab is looked at."""

    resolve_asked = Signal(str)  # revision
    resized = Signal()

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("migrations.details")
        self._report: RevisionReport | None = None
        self._why_not = ""
        self._is_prismas = False
        self._service: MigrationService | None = None
        self._known: dict[tuple[str, str], tuple[Step, Step]] = {}
        self._asked: tuple[str, str] | None = None
        self._reading = Latest(context.runner, self)
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(_SETTLE_MS)
        self._body = QStackedWidget(self)
        self._blank = QWidget(self._body)
        self._empty = EmptyPage(self._body)
        self._content = content = QWidget(self._body)
        self._sign, self._title, self._state = QLabel(content), QLabel(content), QLabel(content)
        self._means = QLabel(content)  # what the state means
        self._facts = ElidedLabel(content)
        self.card = FailureCard(content)
        self.tabs = QTabWidget(content)
        self.sql = SqlTab(context.theme, self.tabs)
        self.file = FileTab(context, self.tabs)
        self.timeline = Timeline(context.theme, self.tabs)
        self.log = SourceView(context.theme, "", "migrations.log", self.tabs)
        self._build()
        self._wire()
        self.retranslate()

    def use(self, service: MigrationService | None) -> None:
        """Ask another project from now on; None lets go of it."""
        self._service = service
        if self._report is None:
            self._body.setCurrentWidget(self._blank)  # nothing is known that could be chosen
        self._known.clear()
        self._asked = None
        self._reading.cancel()
        self._settling.stop()

    def follow_prisma(self, prismas: bool) -> None:
        """Say from now on what is so of a Prisma project's migrations, or of Alembic's."""
        self._is_prismas = prismas
        self.card.follow_prisma(prismas)
        self.sql.down.setVisible(not prismas)
        self.sql.up.setVisible(not prismas)
        if prismas:
            self.sql.up.setChecked(True)

    def show_report(self, report: RevisionReport | None, why_not: str = "") -> None:
        """Show a revision; `why_not` says why it can't be resolved now, should it need to be."""
        is_same = report == self._report and why_not == self._why_not
        self._report, self._why_not = report, why_not
        self._body.setCurrentWidget(self._content if report is not None else self._empty)
        if report is not None and not is_same:
            self._show_head(report)
            self.card.show_report(report, why_not)
            self.timeline.show_entries(report.entries)
            self.log.show_text(self._log_of(report.entries))
        self._show_tab()

    def show_file(self, path: Path, line: int | None) -> None:
        """Show a file that is no revision (its problem is why), with a line marked."""
        self._report = None
        self.card.show_report(None)
        self._sign.setPixmap(icon("warning", "warning").pixmap(20, 20))
        self._title.setText(path.name)
        self._state.setText("")
        self._means.hide()
        self._facts.say(str(path.parent))
        self.timeline.show_entries(())
        self.log.show_text("")
        self.sql.show_nothing()
        self._body.setCurrentWidget(self._content)
        self.tabs.setCurrentWidget(self.file)
        self.file.show_file(path, line)
        self.file.text.setFocus()

    @property
    def least_height(self) -> int:
        """The height in which nothing of the revision in hand is cut, at the width there is."""
        layout = self._content.layout()
        return layout.minimumHeightForWidth(self.width()) if layout is not None and self._report is not None else 0

    @property
    def revision(self) -> str:
        """The revision that is shown, empty when none is."""
        return self._report.revision if self._report is not None else ""

    def step_tab(self, by: int) -> None:
        """Go to the next tab to the right (or left), round the corner."""
        self.tabs.setCurrentIndex((self.tabs.currentIndex() + by) % self.tabs.count())

    def retranslate(self) -> None:
        """Say everything in the current language."""
        titles = (self.tr("SQL"), self.tr("File"), self.tr("Ledger"), self.tr("Log"))
        for number, title in enumerate(titles):
            self.tabs.setTabText(number, title)
        self.tabs.setAccessibleName(self.tr("About the migration"))
        self.tabs.tabBar().setAccessibleName(self.tr("About the migration"))
        self.log.setAccessibleName(self.tr("What was logged while it ran"))
        self._empty.show_words(
            "migrations", self.tr("Choose a migration"), self.tr("What it does and did is shown here.")
        )
        if self._report is not None:
            self._show_head(self._report)
            self.log.show_text(self._log_of(self._report.entries))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange and self._report is not None:
            self._show_head(self._report)

    # inside

    def _build(self) -> None:
        for label, name, look in ((self._title, "title", "subtitle"), (self._state, "state", "strong")):
            label.setObjectName(f"migrations.details.{name}")
            label.setProperty(look, True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._title.setWordWrap(True)
        self._means.setObjectName("migrations.details.means")
        self._means.setWordWrap(True)
        self._means.setTextFormat(Qt.TextFormat.PlainText)
        self._means.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._facts.setProperty("muted", True)
        self._facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.tabs.setObjectName("migrations.tabs")
        self.tabs.setDocumentMode(True)
        for tab in (self.sql, self.file, self.timeline, framed(self.log, 12)):
            self.tabs.addTab(tab, "")
        first = QHBoxLayout()
        first.setSpacing(8)
        first.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        first.addWidget(self._title, 1)
        first.addWidget(self._state, 0, Qt.AlignmentFlag.AlignTop)
        head = QVBoxLayout()
        head.setContentsMargins(12, 10, 12, 4)
        head.setSpacing(4)
        head.addLayout(first)
        head.addWidget(self._means)
        head.addWidget(self._facts)
        head.addWidget(self.card)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.tabs, 1)
        for page in (self._blank, self._empty, self._content):
            self._body.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._body)
        self.setFocusProxy(self.tabs.tabBar())

    def _wire(self) -> None:
        self._settling.timeout.connect(self._ask_sql)
        self.tabs.currentChanged.connect(self._show_tab)
        self.sql.again_asked.connect(self._again)
        self.card.resolve_asked.connect(lambda: self.resolve_asked.emit(self.revision))

    def _show_head(self, report: RevisionReport) -> None:
        words, file = STATES[report.state], report.file
        self._sign.setPixmap(icon(words.icon, words.tone).pixmap(20, 20))
        self._title.setText((file.message if file is not None else "") or report.revision)
        self._state.setText(state_word(report.state))
        self._state.setToolTip(state_sentence(report.state))
        self._state.setProperty("tone", words.tone)
        self._state.style().polish(self._state)
        self._means.setText(state_sentence(report.state))
        self._means.show()
        facts = [report.revision]
        if file is not None:
            if file.down:
                facts.append(self.tr("after {revisions}").format(revisions=", ".join(file.down)))
            if file.depends_on:
                facts.append(self.tr("depends on {revisions}").format(revisions=", ".join(file.depends_on)))
            if file.labels:
                facts.append(self.tr("branch {labels}").format(labels=", ".join(file.labels)))
            if file.created_at is not None:
                facts.append(self.tr("created {moment}").format(moment=moment(file.created_at)))
        sums = checksums(report) if self._is_prismas else ()
        self._facts.say(*facts, *(short for short, _whole in sums))
        self._facts.setToolTip("\n".join([*facts, *(whole for _short, whole in sums)]))

    def _log_of(self, entries: tuple[LedgerEntry, ...]) -> str:
        parts = [
            f"{exact_moment(each.started_at)}  {deed_words(each)}\n{shown_logs(each.logs).rstrip()}"
            for each in reversed(entries)
            if each.logs
        ]
        return "\n\n".join(parts) or self.tr("Nothing was logged.")

    # what costs

    def _show_tab(self) -> None:
        report = self._report
        if report is None:
            return
        if self.tabs.currentWidget() is self.file:
            self.file.show_file(report.file.path if report.file is not None else None)
        elif self.tabs.currentWidget() is self.sql:
            self._show_sql(report)

    def _show_sql(self, report: RevisionReport) -> None:
        key = _key(report)
        if report.file is None or self._service is None:
            self.sql.show_nothing()
        elif key in self._known:
            self._asked = None
            self.sql.show_steps(self._known[key])
        elif key != self._asked:
            self._asked = key
            self._reading.cancel()
            self.sql.show_waiting()
            self._settling.start()

    def _ask_sql(self) -> None:
        service, key = self._service, self._asked
        if service is None or key is None:
            return
        revision = key[0]
        self._reading.start(
            lambda ctx: service.steps_of(revision, ctx),
            lambda steps: self._keep_steps(key, steps),
            lambda error: self._show_failure(key, error),
        )

    def _keep_steps(self, key: tuple[str, str], steps: tuple[Step, Step]) -> None:
        while len(self._known) >= _MOST_KEPT:
            del self._known[next(iter(self._known))]
        self._known[key] = steps
        if self._report is not None and _key(self._report) == key:
            self._asked = None
            self.sql.show_steps(steps)

    def _show_failure(self, key: tuple[str, str], error: StudioError) -> None:
        if self._report is not None and _key(self._report) == key:
            self.sql.show_error(error)

    def _again(self) -> None:
        self._asked = None
        if self._report is not None:
            self._show_sql(self._report)


def _key(report: RevisionReport) -> tuple[str, str]:
    """Name a revision's text: another text runs another SQL."""
    return report.revision, report.file.checksum if report.file is not None else ""
