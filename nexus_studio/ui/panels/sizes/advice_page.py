"""AdvicePage: what is to be done about the database, with the evidence; each by its own dialog, nothing by itself."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QPushButton, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from nexus_studio.core.admin.advice import Action, Advice, AdviceReport
from nexus_studio.core.admin.maintenance import Job
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ConnectionFailed, ConnectionLost, StudioError
from nexus_studio.core.settings import ADVICE_SPLIT
from nexus_studio.ui.kit.confirm import Confirmation, ask_where_wanted
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.moments import moment_text
from nexus_studio.ui.kit.pages import CalmPage, ErrorPage
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.splits import fill_split, keep_split, restore_split
from nexus_studio.ui.kit.wording import NextStep, in_series
from nexus_studio.ui.kit.wording_advice import advice_title, risk_words
from nexus_studio.ui.kit.wording_health import unseen_word
from nexus_studio.ui.panels.sizes.advice_details import RUN_ACT, AdviceDetails
from nexus_studio.ui.panels.sizes.advice_list import AdviceList
from nexus_studio.ui.panels.sizes.counts import Counts
from nexus_studio.ui.panels.sizes.head import Head
from nexus_studio.ui.panels.sizes.page import HealthPage
from nexus_studio.ui.panels.sizes.request import MaintenanceRequest
from nexus_studio.ui.panels.sizes.words import obstacle

_AGAIN: Final = "rows.refresh"
_JOBS: Final = {
    Action.VACUUM: Job.VACUUM_ANALYZE,
    Action.ANALYZE: Job.ANALYZE,
    Action.VACUUM_FULL: Job.VACUUM_FULL,
    Action.REINDEX: Job.REINDEX,
}
TERMINATE_ACT: Final = "activity.terminate"

# Of `AdviceReport.may_not_see`: pg_monitor reads statistics, not what is in tables and sequences (manual 21.5).
_SHOWN_BY_MONITOR: Final = frozenset({"sessions", "replication"})
_SHOWN_BY_SELECT: Final = frozenset({"columns", "sequences"})


class AdvicePage(HealthPage):
    """Shows advice. A job is asked for by the same dialog as everywhere; SQL as it is, by its own rail."""

    NAME = "advice"

    advice_asked = Signal(object)  # Advice whose SQL is to be run: it was asked about
    session_asked = Signal(object)  # Advice about a session that is to be ended
    relation_asked = Signal(object)  # RelationName to be shown among the sizes

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._report: AdviceReport | None = None
        self._is_busy = False
        self._counts = Counts(self)
        self._pages = QStackedWidget(self)
        self._error = ErrorPage(self._pages)
        self._well = CalmPage(self._pages)
        self._well.setObjectName("sizes.advice_none")
        self._split = QSplitter(Qt.Orientation.Horizontal, self._pages)
        self.list = AdviceList(self._split)
        self.details = AdviceDetails(self._split)
        self.head = Head("advice", "pending", self)
        self.again = QPushButton(self)
        self.note = label("", "muted", selectable=True, name="sizes.advice_note")
        self._arrange()
        self.list.chosen.connect(self._show_details)
        self.details.asked.connect(self._ask)
        self.details.relation_asked.connect(self.relation_asked)
        self.details.copied.connect(self._tell_copied)
        self._error.chosen.connect(self._choose)
        self._well.chosen.connect(self._choose)
        self.again.clicked.connect(lambda _checked=False: self.read())
        self.retranslate()

    # HealthPage

    @classmethod
    def title(cls) -> str:
        return QCoreApplication.translate("AdvicePage", "Advice")

    def leave(self) -> None:
        super().leave()
        keep_split(self._split, self.context.settings, ADVICE_SPLIT)
        self._report = None

    def on_effects(self, effects: Effects) -> None:
        if effects.touches(Kind.SIZES) or effects.touches(Kind.CATALOG):
            self._is_stale = True
            if self.isVisible():
                self.read()

    def access_changed(self) -> None:
        self._tell()

    def can(self) -> frozenset[str]:
        return frozenset({"read"} if self._workspace is not None else ())

    def read(self) -> None:
        workspace = self._workspace
        if workspace is None:
            return
        self._is_stale = False
        if self._report is None:
            self.head.sign.set_sign("pending", "text-muted")
            self.head.title.setText(self.tr("Looking…"))
        self._reading.start(workspace.health.advice.advise, self._show, self._show_failure)

    def first_widget(self) -> QWidget:
        return self.list if self.list.topLevelItemCount() else self.again

    def retranslate(self) -> None:
        self.again.setText(self.tr("Look again"))
        self.again.setAccessibleName(self.again.text())
        if self._report is not None:
            self._say(self._report)

    # what others ask

    @property
    def report(self) -> AdviceReport | None:
        """What was advised last; None before that."""
        return self._report

    def set_busy(self, *, busy: bool) -> None:
        """Hear whether a job runs: only one does at a time."""
        self._is_busy = busy
        self._tell()

    # inside

    def _arrange(self) -> None:
        self.again.setObjectName("sizes.advice_again")
        self.again.setIcon(icon("refresh"))
        self.head.add(self.again)
        for part in (self.list, self.details):
            part.setMinimumSize(300, 120)
        fill_split(self._split, "sizes.advice_split", ((self.list, 50), (self.details, 50)))
        restore_split(self._split, self.context.settings, ADVICE_SPLIT)
        for page in (self._split, self._well, self._error):
            self._pages.addWidget(page)
        self.note.setContentsMargins(16, 6, 16, 6)
        self.note.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.note)
        column.addWidget(self._pages, 1)

    def _show(self, report: AdviceReport) -> None:
        self._report = report
        self.list.show_advice(report.advice)
        self._say(report)
        self._pages.setCurrentWidget(self._split if report.advice else self._well)
        self._tell()

    def _show_failure(self, error: StudioError) -> None:
        self._is_stale = True
        if isinstance(error, ConnectionLost | ConnectionFailed) and self._report is not None:
            self.failed.emit(error)
        else:
            self._error.show_error(error, (NextStep(_AGAIN, self.tr("Look again")),))
            self._pages.setCurrentWidget(self._error)

    def _say(self, report: AdviceReport) -> None:
        count = len(report.advice)
        sign = ("success", "success") if not count else ("warning", "warning")
        self.head.sign.set_sign(*sign)
        nothing = self.tr("Nothing to advise")
        self.head.title.setText(self._counts.advice(count) if count else nothing)
        facts = [self.tr("looked at {moment}").format(moment=moment_text(report.made_at))]
        if report.counted_since is not None:
            words = (
                self.tr("scans counted since {moment} or longer")
                if report.is_at_least
                else self.tr("scans counted since {moment}")
            )
            facts.append(words.format(moment=moment_text(report.counted_since)))
        self.head.facts.say(*facts)
        explanation = self.tr("Tables, indexes, vacuuming, sequences and transactions were looked at.")
        self._well.set_words("success", "success", nothing, explanation)
        notes = []
        if report.is_standby:
            notes.append(self.tr("This is a standby: what helps is to be done on the primary."))
        for words, codes in (
            (self.tr("Your role may not see {names}. Membership in pg_monitor shows it."), _SHOWN_BY_MONITOR),
            (self.tr("Your role may not see {names}. SELECT on all tables and sequences shows it."), _SHOWN_BY_SELECT),
        ):
            if names := in_series([unseen_word(code) for code in report.may_not_see if code in codes]):
                notes.append(words.format(names=names))
        self.note.setText(" ".join(notes))
        self.note.setVisible(bool(notes))

    def _show_details(self, advice: Advice | None) -> None:
        self.details.show_advice(advice)
        self._tell()

    def _tell(self) -> None:
        advice = self.list.current()
        if advice is None:
            return
        session = self._workspace.session if self._workspace is not None else None
        if self._is_busy:
            against = self.tr("A job is at work already.")
        elif advice.action in _JOBS:
            against = obstacle(session, _JOBS[advice.action].act)
        elif advice.action is Action.TERMINATE:
            against = obstacle(session, TERMINATE_ACT)
        else:
            against = obstacle(session, RUN_ACT)
        self.details.allow(against)
        self.state_changed.emit()

    def _ask(self, advice: Advice) -> None:
        workspace = self._workspace
        if workspace is None:
            return
        if advice.action in _JOBS:
            relations = (advice.relation,) if advice.relation is not None else ()
            self.job_asked.emit(MaintenanceRequest(_JOBS[advice.action], relations, advice.index))
        elif advice.action is Action.TERMINATE:
            self.session_asked.emit(advice)
        elif advice.action is Action.RUN:
            question = Confirmation(
                advice_title(advice),
                risk_words(advice.risk),
                self.tr("Run it"),
                consequences=advice.statements,
                destructive=True,
                act=RUN_ACT,
            )
            ask_where_wanted(question, workspace.session.profile, self, lambda: self.advice_asked.emit(advice))

    def _tell_copied(self) -> None:
        self.context.notices.success(self.tr("The SQL is in the clipboard"), key="advice.copied")

    def _choose(self, step: str) -> None:
        if step in {_AGAIN, "connection.retry"}:
            self.read()
        else:
            self.step_asked.emit(step)
