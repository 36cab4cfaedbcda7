"""The sizes & health panel: its pages, and the one job of maintenance that may run."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from PySide6.QtWidgets import QWidget

from nexus_studio.core.admin.advice import Advice
from nexus_studio.core.admin.maintenance import MaintenanceReport
from nexus_studio.core.admin.slowqueries import SlowQuery
from nexus_studio.core.effects import Effects
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.confirm import Answer, Confirmation, ConfirmDialog
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.job_desk import JobDesk
from nexus_studio.ui.kit.paged import PagedPanel
from nexus_studio.ui.kit.panels import PaletteEntry, PanelState
from nexus_studio.ui.kit.wording_advice import advice_title
from nexus_studio.ui.kit.wording_health import job_title
from nexus_studio.ui.panels.sizes.activity_page import ActivityPage
from nexus_studio.ui.panels.sizes.advice_page import AdvicePage
from nexus_studio.ui.panels.sizes.explain_page import ExplainPage
from nexus_studio.ui.panels.sizes.growth_page import GrowthPage
from nexus_studio.ui.panels.sizes.job_view import JobView
from nexus_studio.ui.panels.sizes.maintain_dialog import MaintainDialog
from nexus_studio.ui.panels.sizes.page import PANEL_ID, HealthPage
from nexus_studio.ui.panels.sizes.request import MaintenanceRequest
from nexus_studio.ui.panels.sizes.sizes_page import SizesPage
from nexus_studio.ui.panels.sizes.slow_page import SlowPage

__all__ = ["PANEL_ID", "SizesPanel"]


class SizesPanel(PagedPanel[HealthPage]):
    """See what is big and why, do something about it, watch what runs."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, PANEL_ID, parent)
        self.desk = JobDesk(context.runner, self)
        self.sizes = SizesPage(context, self.tabs)
        self.advice = AdvicePage(context, self.tabs)
        self.activity = ActivityPage(context, self.tabs)
        self.slow = SlowPage(context, self.tabs)
        self.explain = ExplainPage(context, self.tabs)
        self.growth = GrowthPage(context, self.tabs)
        self.job = JobView(self.desk, self)
        self.place((self.sizes, self.advice, self.activity, self.slow, self.explain, self.growth), self.job)
        for page in self.pages:
            page.job_asked.connect(self.ask_job)
        self.slow.explain_asked.connect(self.show_plan)
        self.advice.advice_asked.connect(self.run_advice)
        self.advice.relation_asked.connect(self.show_table)
        self.advice.session_asked.connect(self.ask_end)
        self.job.chosen.connect(self.step_asked)
        self.desk.began.connect(lambda _: self._tell_busy())
        self.desk.ended.connect(lambda _: self._tell_busy())

    def named(self) -> str:
        return self.tr("Sizes and health")

    # Panel

    def leave(self) -> None:
        self.desk.cancel()
        super().leave()

    def may_close(self) -> bool:
        """Ask while a job runs: it would be stopped."""
        workspace = self._workspace
        if not self.desk.is_busy or workspace is None:
            return True
        question = Confirmation(
            self.tr("A job is still at work"),
            self.tr("{work} is stopped. What it has done on tables stays done; nothing is left half done.").format(
                work=self.desk.title
            ),
            self.tr("Stop it and leave"),
            destructive=True,
            writes=False,
        )
        dialog = ConfirmDialog(question, workspace.session.profile, self)
        dialog.exec()
        answer = dialog.answer
        dialog.deleteLater()
        if answer is Answer.DO:
            self.desk.cancel()
        return answer is Answer.DO

    def state(self) -> PanelState:
        return PanelState(
            panel=PANEL_ID,
            has_selection=bool(self.sizes.list.chosen_nodes()),
            busy=self.desk.is_busy,
            can=self.page.can(),
        )

    def palette_entries(self) -> tuple[PaletteEntry, ...]:
        return tuple(
            PaletteEntry(page.title(), self.tr("Sizes & health"), "sizes", partial(self.show_page, page))
            for page in self.pages
        )

    # what actions do

    def ask_job(self, request: MaintenanceRequest) -> MaintainDialog | None:
        """Say what a job will be like, and ask."""
        workspace = self._workspace
        if workspace is None or self.desk.is_busy:
            return None
        dialog = MaintainDialog(self.context, workspace, request, self)
        dialog.accepted_request.connect(self.run_job)
        dialog.step_asked.connect(self.step_asked)
        dialog.open()
        return dialog

    def run_job(self, request: MaintenanceRequest) -> None:
        """Do a job that was asked about. It changes no rows, so that others are saved meanwhile."""
        workspace = self._workspace
        if workspace is None:
            return
        service, heard, relations = workspace.health.maintenance, self.job.heard, request.relations or None

        def work(ctx: TaskContext) -> tuple[MaintenanceReport, Effects]:
            return service.run(request.job, relations, ctx, index=request.index, listener=heard.append)

        def done(found: tuple[MaintenanceReport, Effects]) -> None:
            report, effects = found
            self.job.show_report(report)
            self.context.bus.publish(effects)

        self.desk.start(job_title(request.job), work, done)

    def run_advice(self, advice: Advice) -> None:
        """Run the SQL of an advice that was asked about."""
        workspace = self._workspace
        if workspace is None:
            return
        health = workspace.health

        def done(effects: Effects) -> None:
            self.job.show_done(self.tr("Done: {what}").format(what=advice_title(advice)), advice.statements)
            self.context.bus.publish(effects)

        self.desk.start(advice_title(advice), lambda ctx: health.advice.do(advice, ctx), done)

    def ask_end(self, advice: Advice) -> None:
        """Ask whether to end the session that an advice names, the one that was seen and no later one."""
        began = advice.evidence.get("connected_at")
        self.show_page(self.activity)
        self.activity.end(int(advice.name), began if isinstance(began, datetime) else None)

    def show_plan(self, query: SlowQuery) -> None:
        """Show how the server would run a slow query."""
        self.show_page(self.explain)
        self.explain.show_query(query)

    def show_table(self, relation: RelationName) -> None:
        """Show a table among the sizes."""
        self.show_page(self.sizes)
        self.sizes.show_table(relation)

    # inside

    def _tell_busy(self) -> None:
        for page in (self.sizes, self.advice):
            page.set_busy(busy=self.desk.is_busy)
        self.state_changed.emit()
