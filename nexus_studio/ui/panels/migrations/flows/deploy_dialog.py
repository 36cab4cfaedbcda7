"""DeployDialog: what would run, what it would do to the live database, and the run itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.admin.migrations import MigrationPlan, MigrationStatus
from nexus_studio.core.admin.safety import Danger, SafetyReport
from nexus_studio.core.errors import MigrationBlocked, StudioError
from nexus_studio.core.profiles import Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.confirm import Confirmation, ask
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.wording import NextStep, sentence
from nexus_studio.ui.panels.migrations.flows.foreseenview import ForeseenView
from nexus_studio.ui.panels.migrations.flows.frame import FlowDialog
from nexus_studio.ui.panels.migrations.flows.guard import BeforeProduction, back_up
from nexus_studio.ui.panels.migrations.flows.planview import PlanView
from nexus_studio.ui.panels.migrations.flows.refusals import LEDGER_PLACES, refusal
from nexus_studio.ui.panels.migrations.flows.runflow import RunFlow
from nexus_studio.ui.panels.migrations.flows.safetyview import SafetyView
from nexus_studio.ui.panels.migrations.flows.waiting import WaitingPage
from nexus_studio.ui.panels.migrations.flows.words import finding_title

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_SIZE = QSize(980, 660)
_PLAN, _SAFETY, _RUN = range(3)
_ALL_HEADS = "migration.all_heads"
_MOST = 6  # dangers that a confirmation names

_Read = tuple[MigrationStatus, MigrationPlan | None, tuple[tuple[str, str], ...]]


class DeployDialog(FlowDialog):
    """Plan, safety report, run. Refusals are pages of it with their next step."""

    deployed = Signal(object)  # RunResult, after each run, also a failed or cancelled one
    resolve_asked = Signal(str)  # a revision that must be resolved first; the dialog is closed by then
    merge_asked = Signal()  # several heads; the dialog is closed by then
    stamp_asked = Signal()  # nothing is recorded here; the dialog is closed by then

    def __init__(
        self, context: UiContext, workspace: Workspace, parent: QWidget | None = None, *, target: str = "heads"
    ) -> None:
        super().__init__(context, workspace, "deploy_dialog", parent, _SIZE)
        self.set_title(self.tr("Deploy migrations"))
        self._target = target
        self._plan: MigrationPlan | None = None
        self._report: SafetyReport | None = None
        self._ledger: LedgerPlace | None = None
        self._status: MigrationStatus | None = None
        self._all_heads = False
        self._rehearsal = Latest(context.runner, self)
        self._run = RunFlow(self.frame, "deploy_run")
        self._run.ended.connect(self.deployed)
        self._run.resolve_asked.connect(lambda revision: self.leave_for(self.resolve_asked, revision))
        self._foreseen = ForeseenView("deploy_foreseen")
        self._plan_view = PlanView(context, "deploy_plan")
        self._safety_view = SafetyView("deploy_safety")
        self._rehearsing = WaitingPage()
        self._safety = QStackedWidget(self)
        for page in (self._rehearsing, self._safety_view):
            self._safety.addWidget(page)
        self._tabs = QTabWidget(self)
        self._guard = BeforeProduction(self.frame.profile, "deploy_guard")
        self._guard.changed.connect(self._refresh)
        self._guard.backup_asked.connect(lambda: back_up(self.frame, self._guard))
        self._page = self._make_page()
        self._deploy = self.frame.add_button(
            "deploy",
            self.tr("Deploy"),
            self._ask,
            look="danger" if self.frame.profile.environment is Environment.PRODUCTION else "primary",
            dangerous=self._is_guarded,
        )
        self._run.page = self._page
        self.frame.add_page(self._page)

    def begin(self) -> None:
        """Read where the database stands, and what would run."""
        self.frame.look(self.tr("Reading where the database stands"), self._read, self._take)

    def take_step(self, action: str) -> None:
        """Do what a page offered."""
        error = self.frame.last_error
        if action == "migration.resolve" and error is not None:
            self.leave_for(self.resolve_asked, str(error.facts.get("revision", "")))
        elif action == "migration.merge":
            self.leave_for(self.merge_asked)
        elif action == "migration.stamp":
            self.leave_for(self.stamp_asked)
        elif action in LEDGER_PLACES:
            self._ledger = LEDGER_PLACES[action]
            self.begin()
        elif action == _ALL_HEADS:
            self._all_heads = True
            self.begin()
        else:
            super().take_step(action)

    # What stands in the way, or what would run

    def _read(self, ctx: TaskContext) -> _Read:
        status = self.service.status(ctx)
        if self._refusal(status) is not None:
            return status, None, ()
        prisma = self.service.prisma if status.verdict is not None else None
        return status, self.service.plan(ctx, self._target), prisma.foreseen(ctx) if prisma is not None else ()

    def _refusal(self, status: MigrationStatus) -> MigrationBlocked | None:
        return refusal(status, all_heads=self._all_heads or self._target != "heads", ledger=self._ledger)

    def _take(self, read: _Read) -> None:
        self._status, self._plan, foreseen = read
        error = self._refusal(self._status)
        if error is not None or self._plan is None:
            self._show_refusal(error or MigrationBlocked())
        elif not self._plan.steps:
            self.frame.show_calm(
                "success", self.tr("Nothing to deploy"), self.tr("Every revision is in the database."), ink="success"
            )
        else:
            wanted = {each.revision for each in self._plan.steps}
            self._foreseen.show_foreseen([each for each in foreseen if each[1] in wanted])
            self._show_plan(self._plan)

    def _show_refusal(self, error: MigrationBlocked) -> None:
        if error.code == "migration.ledger_unasked":
            said = sentence(error)
            self.frame.show_calm("history", said.title, said.explanation, said.next_steps)
        elif error.code == "migration.diverged":
            self.frame.show_error(error, NextStep(_ALL_HEADS, self.tr("Deploy all branches as they are")))
        else:
            self.frame.show_error(error)

    def _show_plan(self, plan: MigrationPlan) -> None:
        self._plan_view.show_plan(plan)
        self._tabs.setTabText(_PLAN, self.tr("1  Plan · %Ln revision(s)", "", len(plan.steps)))
        words = self.tr("Deploy %Ln revision(s)", "", len(plan.steps))
        if self.frame.profile.environment is Environment.PRODUCTION:
            words = self.tr("Deploy %Ln revision(s) to production", "", len(plan.steps))
        self._deploy.setText(words)
        self._deploy.setAccessibleName(words)
        self._tabs.setCurrentIndex(_PLAN)
        default = None if self._is_guarded else self._deploy
        self.frame.show_page(self._page, self._deploy, default=default)
        self._plan_view.setFocus()
        self._rehearse(plan)
        self._refresh()

    # The safety report, made behind the plan

    def _rehearse(self, plan: MigrationPlan) -> None:
        self._report = None
        task = self._rehearsal.start(lambda ctx: self.service.safety(plan, ctx), self._show_report, self._no_report)
        self._rehearsing.follow(task, self.tr("Rehearsing on a copy; your database is not touched"), self._skip_report)
        self._safety.setCurrentWidget(self._rehearsing)
        self._tabs.setTabText(_SAFETY, self.tr("2  Safety report · running"))

    def _skip_report(self) -> None:
        self._show_report(SafetyReport((), copy="none", reason="cancelled"))

    def _no_report(self, error: StudioError) -> None:
        said = sentence(error)
        words = " ".join(filter(None, (said.title + ".", said.explanation, said.server_message)))
        self._show_report(SafetyReport((), copy="none", words=words))

    def _show_report(self, report: SafetyReport) -> None:
        self._report = report
        self._safety_view.show_report(report)
        self._safety.setCurrentWidget(self._safety_view)
        dangers = sum(each.danger is Danger.DANGER for each in report.findings)
        cautions = sum(each.danger is Danger.CAUTION for each in report.findings)
        if dangers:
            words = self.tr("2  Safety report · %Ln danger(s)", "", dangers)
        elif cautions:
            words = self.tr("2  Safety report · %Ln caution(s)", "", cautions)
        elif report.copy == "none":
            words = self.tr("2  Safety report · not rehearsed")
        else:
            words = self.tr("2  Safety report · nothing dangerous")
        self._tabs.setTabText(_SAFETY, words)
        self._refresh()

    # Running

    @property
    def _is_guarded(self) -> bool:
        """Whether people depend on this database, so that nothing may be passed over."""
        return self.frame.profile.environment in {Environment.PRODUCTION, Environment.STAGING}

    def _refresh(self) -> None:
        is_ready = self._report is not None or not self._is_guarded
        self._deploy.setEnabled(is_ready and self._guard.is_satisfied)
        if self._tabs.isTabEnabled(_RUN):
            return
        if not is_ready:
            self.frame.set_note(self.tr("The safety report comes first."))
        elif not self._guard.is_satisfied:
            self.frame.set_note(self.tr("Make a backup, or tick “I have a backup”, to go on."))
        else:
            self.frame.set_note("")

    def _ask(self) -> None:
        plan, report = self._plan, self._report
        if plan is None:
            return
        dangers = [each for each in report.findings if each.danger is Danger.DANGER] if report is not None else []
        if not dangers and not self._is_guarded:
            self._begin_run()
            return
        named = tuple(f"{finding_title(each)} ({each.revision})" for each in dangers[:_MOST])
        if (more := len(dangers) - _MOST) > 0:
            named += (self.tr("and %Ln more danger(s)", "", more),)
        text = self.tr("%Ln revision(s) will be applied to {database}.", "", len(plan.steps))
        lines = [text.format(database=self.frame.profile.database)]
        if self._guard.lock_timeout_ms is not None:
            waits = self.tr("A statement that waits for a lock gives up after {seconds} s (lock_timeout).")
            lines.append(waits.format(seconds=self._guard.lock_timeout_ms // 1000))
        confirmation = Confirmation(
            self.tr("Deploy now?"),
            " ".join(lines),
            self._deploy.text(),
            named,
            destructive=bool(dangers),
            act="migrate.deploy",
        )
        ask(confirmation, self.frame.profile, self, self._begin_run)

    def _begin_run(self) -> None:
        plan, ledger, timeout = self._plan, self._ledger, self._guard.lock_timeout_ms
        if plan is None or self.frame.is_writing:
            return
        self._rehearsal.cancel()
        if self._report is None:
            self._skip_report()
        self._guard.hide()
        self._foreseen.hide()
        self._tabs.setTabEnabled(_RUN, True)
        self._tabs.setCurrentIndex(_RUN)
        service, target = self.service, self._target
        self._run.run(
            self.tr("Deploying migrations"),
            plan.steps,
            lambda ctx, listener: service.deploy(
                ctx, target, listener=listener, ledger=ledger, lock_timeout_ms=timeout
            ),
        )

    def _make_page(self) -> QWidget:
        page = QWidget(self)
        self._tabs.setObjectName("deploy_tabs")
        self._tabs.tabBar().setObjectName("deploy_tab_bar")
        self._tabs.tabBar().setAccessibleName(self.tr("Plan, safety report, run"))
        titles = (self.tr("1  Plan"), self.tr("2  Safety report"), self.tr("3  Run"))
        for view, title in zip((self._plan_view, self._safety, self._run.view), titles, strict=True):
            holder = QWidget(self._tabs)
            inside = QVBoxLayout(holder)
            inside.setContentsMargins(0, 12, 0, 0)
            inside.addWidget(view)
            self._tabs.addTab(holder, title)
        self._tabs.setTabEnabled(_RUN, False)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self._foreseen)
        column.addWidget(self._tabs, 1)
        column.addWidget(self._guard)
        return page
