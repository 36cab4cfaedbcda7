"""ResolvePage: one page about a failed or interrupted revision, and the ways out of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from nexus_studio.core.admin.evidence import Evidence, Way, WayOut
from nexus_studio.core.admin.migrations import MigrationStatus, RevisionReport, RevisionState, RunResult, Step
from nexus_studio.core.errors import StudioError
from nexus_studio.ui.kit.confirm import Confirmation, ask, must_type_name
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.wording import NextStep, sentence
from nexus_studio.ui.panels.migrations.flows.evidenceview import EvidenceView
from nexus_studio.ui.panels.migrations.flows.frame import FlowFrame
from nexus_studio.ui.panels.migrations.flows.happened import Happened
from nexus_studio.ui.panels.migrations.flows.resolve_words import warning_words, way_explained, way_label
from nexus_studio.ui.panels.migrations.flows.runflow import RunFlow
from nexus_studio.ui.panels.migrations.flows.sqlpage import SqlPage
from nexus_studio.ui.panels.migrations.flows.waiting import WaitingPage
from nexus_studio.ui.panels.migrations.flows.waysout import WaysOut

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_SIDE = 400  # pixels of what happened; the evidence takes the rest
_BLIND = (Way.MARK_APPLIED, Way.RUN_AGAIN, Way.MARK_ROLLED_BACK)  # what can be chosen without evidence
_SHOWS_SQL = {Way.CLEAN_UP, Way.FINISH}
_BACK = "resolve.back"
_SLOW = "migration.replay_slow"
_PATIENCE_MS = 20_000  # what a statement of the replay may take at first
_THOUSAND = 1000
_MORE = 6  # times as long, each time somebody waits longer
_DAY_MS = 86_400_000


class ResolvePage(FlowFrame):
    """What ran, what failed and why, what of it is in the database, the right way out and the others.

    `left` (of FlowFrame): back to the panel.
    """

    resolved = Signal(object)  # RunResult, after a way was gone
    step_asked = Signal(str)  # a next step that is the window's to do; the page was left by then

    def __init__(self, context: UiContext, workspace: Workspace, revision: str, parent: QWidget | None = None) -> None:
        super().__init__(context, workspace, "resolve_page", parent)
        self.revision = revision
        self._report: RevisionReport | None = None
        self._evidence: Evidence | None = None
        self._chosen: WayOut | None = None
        self.setContentsMargins(20, 16, 20, 16)
        self._has_begun = False
        self._patience_ms: int | None = None  # what a statement of the replay may take, where somebody waits longer
        self._name = revision
        self._is_prismas = False
        self._looking = Latest(context.runner, self)
        self._happened = Happened(context, "resolve_happened", self._ask_end)
        self._evidence_view = EvidenceView(context, "resolve_evidence")
        self._gathering = WaitingPage()
        self._right = QStackedWidget(self)
        self._ways = WaysOut("resolve_ways", self._way_chosen)
        self._sql = SqlPage(context, "resolve_sql")
        self._page = self._make_page()
        self._again_button = self.add_button("look_again", self.tr("Look again"), self.begin)
        self._longer_button = self.add_button("wait_longer", self.tr("Wait longer"), self._wait_longer)
        self._back = self.add_button("back_to_evidence", self.tr("Back"), self._show)
        self._go = self.add_button("go", self.tr("Run this SQL"), self._confirm, look="primary", dangerous=True)
        self._run = RunFlow(self, "resolve_run")
        self._run.ended.connect(self._ended)
        self._run.resolve_asked.connect(self._failed_again)
        for page in (self._page, self._sql, self._run.view):
            self.add_page(page)
        self.close_button.setText(self.tr("Back to migrations"))
        self.close_button.setAccessibleName(self.close_button.text())
        self.step_chosen.connect(self._take_step)
        self.set_title(self.tr("Resolve {revision}").format(revision=revision))

    def begin(self) -> None:
        """Look anew: where the revision stands, then what of it is in the database."""
        self._has_begun = True
        self._looking.cancel()
        service = self.service
        self.look(self.tr("Reading the ledger"), service.status, self._take)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin when seen for the first time."""
        super().showEvent(event)
        if not self._has_begun:
            self.begin()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back a page: from SQL to the evidence, from there to the panel; never while something runs."""
        if event.key() == Qt.Key.Key_Escape:
            if self.page is self._sql:
                self._show()
            else:
                self.leave()
        else:
            super().keyPressEvent(event)

    # What happened, and what is there

    def _take(self, status: MigrationStatus) -> None:
        report = status.report(self.revision)
        if report is None or report.problem is None:
            self._nothing(report)
            return
        self._report = report
        name = report.file.message if report.file is not None and report.file.message else report.revision
        self._name = name
        words = {
            RevisionState.RUNNING: self.tr("“{name}” is running"),
            RevisionState.INTERRUPTED: self.tr("“{name}” was interrupted"),
        }.get(report.state, self.tr("“{name}” failed"))
        self.set_title(f"{words.format(name=name)}  ·  {report.revision}")
        self._happened.show_report(report, report.problem, prismas=status.verdict is not None)
        self._is_prismas = status.verdict is not None
        self._evidence = None
        self._ways.clear()
        self._right.setVisible(report.state is not RevisionState.RUNNING)
        self.show_page(self._page, self._again_button)
        if report.state is not RevisionState.RUNNING:
            self._gather()

    def _nothing(self, report: RevisionReport | None) -> None:
        """Say that there is nothing to decide: somebody else did, or it was never so."""
        known = self.tr("The migration is not in a failed state.")
        unknown = self.tr("Neither the folder nor the ledger knows it.")
        back = NextStep(_BACK, self.tr("Back to migrations"))
        self.show_calm(
            "success" if report is not None else "info",
            self.tr("There is nothing to resolve"),
            known if report is not None else unknown,
            (back,),
            "success" if report is not None else "text-muted",
        )

    def _gather(self) -> None:
        service, revision, patience = self.service, self.revision, self._patience_ms
        self._longer_button.hide()
        task = self._looking.start(
            lambda ctx: service.evidence(revision, ctx, replay_timeout_ms=patience),
            self._show_evidence,
            self._no_evidence,
        )
        self._gathering.follow(task, self.tr("Looking what of it is in the database"), self._blind)
        self._right.setCurrentWidget(self._gathering)
        self._gathering.setFocus(Qt.FocusReason.OtherFocusReason)

    def _wait_longer(self) -> None:
        """Look again, and let a statement take several times as long on the throwaway database."""
        self._patience_ms = self._longer
        self.begin()

    @property
    def _longer(self) -> int:
        return min(_DAY_MS, (self._patience_ms or _PATIENCE_MS) * _MORE)

    def _offer_longer(self) -> None:
        seconds = self._longer // _THOUSAND
        words = self.tr("Look again, and let a statement take %Ln second(s) there", "", seconds)
        self._longer_button.setToolTip(words)
        self._longer_button.setAccessibleDescription(words)
        is_slow = self._evidence is not None and self._evidence.reason == _SLOW
        self._longer_button.setVisible(is_slow and self.page is self._page)

    def _blind(self) -> None:
        self._show_evidence(self._without_evidence("cancelled"))

    def _no_evidence(self, error: StudioError) -> None:
        said = sentence(error)
        words = " ".join(filter(None, (f"{said.title}.", said.explanation, said.server_message)))
        self._show_evidence(replace(self._without_evidence(""), words=words))

    def _without_evidence(self, reason: str) -> Evidence:
        ways = tuple(WayOut(way) for way in _BLIND)
        return Evidence(self.revision, (), ways, None, source="none", reason=reason)

    def _show_evidence(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._evidence_view.show_evidence(evidence)
        self._right.setCurrentWidget(self._evidence_view)
        problem = self._report.problem if self._report is not None else None
        self._ways.show_evidence(evidence, problem.error if problem is not None else None)
        self._offer_longer()
        self._focus_evidence()

    def _show(self) -> None:
        """Show the evidence again."""
        self._chosen = None
        self.show_page(self._page, self._again_button)
        self._offer_longer()
        self._focus_evidence()

    def _focus_evidence(self) -> None:
        """Begin where one reads: a Return too many must not go a way."""
        if self.page is self._page:
            self._evidence_view.setFocus()

    # Going a way

    def _way_chosen(self, way: WayOut) -> None:
        self._chosen = way
        if way.way in _SHOWS_SQL and way.sql:
            self._show_sql(way)
        else:
            self._confirm()

    def _show_sql(self, way: WayOut) -> None:
        then = {
            Way.CLEAN_UP: self.tr("This SQL removes what is there of the revision. Then it runs from its beginning."),
            Way.FINISH: self.tr("This SQL is what is missing of the revision. Then it is recorded as applied."),
        }[way.way]
        self._sql.show_sql(then, way.sql, warning_words(way))
        words = {
            Way.CLEAN_UP: self.tr("Run this SQL, then the revision"),
            Way.FINISH: self.tr("Run this SQL"),
        }[way.way]
        self._go.setText(words)
        self._go.setAccessibleName(words)
        self.show_page(self._sql, self._go, self._back)
        self.close_button.hide()
        self._go.setFocus()

    def _confirm(self) -> None:
        """Ask where it goes against the evidence, and where people depend on the database; else go."""
        way, evidence = self._chosen, self._evidence
        if way is None or evidence is None:
            return
        is_against = way.way is not evidence.recommended
        warnings = warning_words(way)
        if is_against and not warnings and evidence.source == "none":
            warnings = (self.tr("Nobody looked what is in the database, so nobody can say what will be wrong."),)
        text = way_explained(way.way)
        if is_against and evidence.recommended is not None:
            other = self.tr("What was found speaks for “{way}”.").format(way=way_label(evidence.recommended))
            text = f"{text} {other}"
        title = way_label(way.way).removesuffix("…")
        confirmation = Confirmation(title, text, title, warnings, destructive=is_against, act="migrate.resolve")
        if is_against or must_type_name(confirmation, self.profile.environment):
            ask(confirmation, self.profile, self, self._go_on)
        else:
            self._go_on()

    def _go_on(self) -> None:
        way, report = self._chosen, self._report
        if way is None or report is None or self.is_writing:
            return
        service, revision, patience = self.service, self.revision, self._patience_ms
        message = report.file.message if report.file is not None else ""
        direction = report.problem.direction if report.problem is not None else None
        step = Step(revision, direction, message) if direction is not None else None
        self._run.run(
            self.tr("Resolving {revision}").format(revision=revision),
            (step,) if step is not None else (),
            lambda ctx, listener: service.resolve(
                revision, way.way, ctx, listener=listener, replay_timeout_ms=patience
            ),
        )

    def _ended(self, result: RunResult) -> None:
        if result.failed is None and not result.cancelled:
            self.set_title(self.tr("“{name}” is resolved").format(name=self._name))
            recorded = self.tr("What was decided, by whom and when is in the ledger.")
            if self._is_prismas:
                recorded = self.tr("The ledger has the rows that Prisma itself would have left.")
            self.show_calm(
                "success",
                self.tr("Resolved"),
                "\n".join(filter(None, (recorded, self._run.view.left_out_words()))),
                (NextStep(_BACK, self.tr("Back to migrations")),),
                "success",
            )
        self.resolved.emit(result)

    def _failed_again(self, revision: str) -> None:
        self.revision = revision
        self.begin()

    # The process that still runs

    def _ask_end(self) -> None:
        problem = self._report.problem if self._report is not None else None
        if problem is None or problem.backend_pid is None:
            return
        pid = problem.backend_pid
        confirmation = Confirmation(
            self.tr("End the server process {pid}?").format(pid=pid),
            self.tr("Whoever follows this run will see it fail."),
            self.tr("End it"),
            (self.tr("What it did in a transaction is rolled back; what was committed stays."),),
            destructive=True,
        )
        ask(confirmation, self.profile, self, lambda: self._end(pid))

    def _end(self, pid: int) -> None:
        service = self.service
        self.act_waiting(
            self.tr("Ending a process"),
            self.tr("Ending the server process {pid}").format(pid=pid),
            lambda ctx: service.end_backend(pid, ctx),
            lambda _effects: self.begin(),
        )

    def _take_step(self, action: str) -> None:
        if action == _BACK:
            self.leave()
        elif action == "migration.resolve":
            self.begin()
        elif self.leave():
            self.step_asked.emit(action)

    def _make_page(self) -> QWidget:
        page = QWidget(self)
        for widget in (self._gathering, self._evidence_view):
            self._right.addWidget(widget)
        split = QSplitter(Qt.Orientation.Horizontal, page)
        split.setObjectName("resolve_split")
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.setStyleSheet("QSplitter::handle { background: transparent; }")
        split.addWidget(self._happened)
        split.addWidget(self._right)
        split.setStretchFactor(1, 1)
        split.setSizes([_SIDE, 2 * _SIDE])
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(split, 1)
        column.addWidget(self._ways)
        return page
