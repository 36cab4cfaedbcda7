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
from nexus_studio.ui.kit.paged import PagedPanel, PanelPage
from nexus_studio.ui.kit.panels import PaletteEntry, PanelState
from nexus_studio.ui.kit.wording_advice import advice_title
from nexus_studio.ui.kit.wording_health import job_title
from nexus_studio.ui.panels.sizes.activity_page import ActivityPage
from nexus_studio.ui.panels.sizes.advice_page import AdvicePage
from nexus_studio.ui.panels.sizes.explain_page import ExplainPage
from nexus_studio.ui.panels.sizes.growth_page import GrowthPage
from nexus_studio.ui.panels.sizes.job_view import MaintenanceView
from nexus_studio.ui.panels.sizes.maintain_dialog import MaintainDialog
from nexus_studio.ui.panels.sizes.page import PANEL_ID, HealthPage
from nexus_studio.ui.panels.sizes.request import MaintenanceRequest
from nexus_studio.ui.panels.sizes.sizes_page import SizesPage
from nexus_studio.ui.panels.sizes.slow_page import SlowPage

__all__ = ["PANEL_ID", "SizesPanel"]

_PAGES = (SizesPage, AdvicePage, ActivityPage, SlowPage, ExplainPage, GrowthPage)


class SizesPanel(PagedPanel):
    """See what is big and why, do something about it, watch what runs."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, PANEL_ID, _PAGES, parent)
        self.desk = JobDesk(context.runner, self)
        self.job = MaintenanceView(self.desk, self)
        self.column.addWidget(self.job)
        self.job.chosen.connect(self.step_asked)
        self.desk.began.connect(lambda _: self._tell_busy())
        self.desk.ended.connect(lambda _: self._tell_busy())

    @property
    def sizes(self) -> SizesPage:
        """The page of sizes."""
        return self.page_of(SizesPage)

    @property
    def advice(self) -> AdvicePage:
        """The page of advice."""
        return self.page_of(AdvicePage)

    @property
    def activity(self) -> ActivityPage:
        """The page of sessions."""
        return self.page_of(ActivityPage)

    @property
    def slow(self) -> SlowPage:
        """The page of slow queries."""
        return self.page_of(SlowPage)

    @property
    def explain(self) -> ExplainPage:
        """The page that explains statements."""
        return self.page_of(ExplainPage)

    @property
    def growth(self) -> GrowthPage:
        """The page of growth."""
        return self.page_of(GrowthPage)

    def made(self, page: PanelPage) -> None:
        if isinstance(page, HealthPage):
            page.job_asked.connect(self.ask_job)
        if isinstance(page, SlowPage):
            page.explain_asked.connect(self.show_plan)
        if isinstance(page, AdvicePage):
            page.advice_asked.connect(self.run_advice)
            page.relation_asked.connect(self.show_table)
            page.session_asked.connect(self.ask_end)
        if isinstance(page, SizesPage | AdvicePage):
            page.set_busy(busy=self.desk.is_busy)

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
        where = self.tr("Sizes & health")
        return tuple(PaletteEntry(kind.title(), where, "sizes", partial(self._turn_to, kind)) for kind in _PAGES)

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
            return service.run(request.job, relations, ctx, index=request.index, listener=heard.append, skips_gone=True)

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

    def _turn_to(self, kind: type[HealthPage]) -> None:
        self.show_page(self.page_of(kind))

    def _tell_busy(self) -> None:
        for page in self.pages:
            if isinstance(page, SizesPage | AdvicePage):
                page.set_busy(busy=self.desk.is_busy)
        self.state_changed.emit()
