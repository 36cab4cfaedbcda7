"""DowngradeDialog: taking revisions back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QVBoxLayout, QWidget

from nexus_studio.core.admin.ledgerentries import Direction, LedgerPlace
from nexus_studio.core.admin.migrations import THERE, MigrationPlan, MigrationStatus, RevisionReport
from nexus_studio.core.admin.safety import Danger, SafetyReport
from nexus_studio.core.errors import StudioError
from nexus_studio.ui.kit.confirm import Confirmation, ask
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.panels.migrations.flows.choices import fill, named
from nexus_studio.ui.panels.migrations.flows.frame import FlowDialog
from nexus_studio.ui.panels.migrations.flows.guard import BeforeProduction, back_up
from nexus_studio.ui.panels.migrations.flows.planview import PlanView
from nexus_studio.ui.panels.migrations.flows.refusals import LEDGER_PLACES
from nexus_studio.ui.panels.migrations.flows.runflow import RunFlow
from nexus_studio.ui.panels.migrations.flows.sqlpage import warning_card
from nexus_studio.ui.panels.migrations.flows.words import finding_lines, finding_title

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_SMALL, _SIZE = QSize(640, 320), QSize(980, 660)
_MOST = 6  # losses that are named
_LINE = 120  # characters of a statement that is named
_LOSES = re.compile(
    r"\s*(?:DROP\s+(?:TABLE|SCHEMA|TYPE|SEQUENCE)|TRUNCATE|DELETE)\b|.*\bDROP\s+COLUMN\b", re.IGNORECASE | re.DOTALL
)


class DowngradeDialog(FlowDialog):
    """Target, plan, what is lost, confirmation, run."""

    downgraded = Signal(object)  # RunResult
    resolve_asked = Signal(str)  # a revision that must be resolved first; the dialog is closed by then

    def __init__(
        self,
        context: UiContext,
        workspace: Workspace,
        status: MigrationStatus,
        parent: QWidget | None = None,
        *,
        target: str = "",
    ) -> None:
        super().__init__(context, workspace, "downgrade_dialog", parent, _SMALL)
        self.set_title(self.tr("Downgrade"))
        self._status, self._asked = status, target
        self._plan: MigrationPlan | None = None
        self._ledger: LedgerPlace | None = None
        self._losses: tuple[str, ...] = ()
        self._rehearsal = Latest(context.runner, self)
        self._target = QComboBox()
        self._target.setObjectName("downgrade_target")
        self._target.setAccessibleName(self.tr("Revision that stays"))
        fill(self._target, self._choices(), target)
        self._plan_view = PlanView(context, "downgrade_plan")
        self._warnings = QVBoxLayout()
        self._guard = BeforeProduction(self.frame.profile, "downgrade_guard", waits=False)
        self._guard.changed.connect(self._refresh)
        self._guard.backup_asked.connect(lambda: back_up(self.frame, self._guard))
        self._back = self.frame.add_button("back", self.tr("Another target"), self._ask_target)
        self._next = self.frame.add_button("plan", self.tr("Show the plan"), self._read_plan, look="primary")
        self._take_back = self.frame.add_button("run", self.tr("Take back…"), self._ask, look="danger", dangerous=True)
        self._run = RunFlow(self.frame, "downgrade_run")
        self._run.ended.connect(self.downgraded)
        self._run.resolve_asked.connect(lambda revision: self.leave_for(self.resolve_asked, revision))
        self._ask_page, self._page = self._make_ask_page(), self._make_page()
        for page in (self._ask_page, self._page, self._run.view):
            self.frame.add_page(page)

    def begin(self) -> None:
        """Ask for the target, unless it was said."""
        if not any(each.state in THERE for each in self._status.revisions):
            self.frame.show_calm("info", self.tr("Nothing to take back"), self.tr("No revision is in the database."))
        elif self._asked:
            self._read_plan()
        else:
            self._ask_target()

    def take_step(self, action: str) -> None:
        """Do what a page offered: resolve what must be decided first."""
        error = self.frame.last_error
        if action == "migration.resolve" and error is not None:
            self.leave_for(self.resolve_asked, str(error.facts.get("revision", "")))
        elif action in LEDGER_PLACES:
            self._ledger = LEDGER_PLACES[action]
            self._begin_run()
        else:
            super().take_step(action)

    def _choices(self) -> list[tuple[str, str]]:
        applied = [each for each in reversed(self._status.revisions) if _is_there(each) and not each.is_current]
        return [
            ("-1", self.tr("One step back")),
            *((each.revision, self.tr("Back to “{name}”").format(name=named(each))) for each in applied),
            ("base", self.tr("Base: all of them")),
        ]

    def _ask_target(self) -> None:
        self.frame.show_page(self._ask_page, self._next, default=self._next)
        self._target.setFocus()

    def _read_plan(self) -> None:
        service, target = self.service, self._asked or str(self._target.currentData())
        self._asked = ""
        self.frame.look(
            self.tr("Finding out what would run"),
            lambda ctx: service.plan(ctx, target, Direction.DOWN),
            self._show_plan,
        )

    def _show_plan(self, plan: MigrationPlan) -> None:
        self._plan = plan
        if not plan.steps:
            self.frame.show_calm("info", self.tr("Nothing to take back"), self.tr("The database is there already."))
            return
        self.grow(_SIZE)
        self._plan_view.show_plan(plan)
        self._show_losses(_losses(plan))
        self._take_back.setText(self.tr("Take back %Ln revision(s)…", "", len(plan.steps)))
        self._take_back.setAccessibleName(self._take_back.text())
        self.frame.show_page(self._page, self._back, self._take_back)
        self._plan_view.setFocus()
        self._refresh()
        service = self.service
        self._rehearsal.start(lambda ctx: service.safety(plan, ctx), self._take_report, self._no_report)

    def _take_report(self, report: SafetyReport) -> None:
        found = [each for each in report.findings if each.danger is Danger.DANGER]
        if found:
            self._show_losses(tuple(" · ".join([finding_title(each), *finding_lines(each)]) for each in found))

    def _no_report(self, _error: StudioError) -> None:
        """What the statements say stands, where nothing could be rehearsed."""

    def _show_losses(self, losses: tuple[str, ...]) -> None:
        self._losses = losses[:_MOST]
        if (more := len(losses) - _MOST) > 0:
            self._losses += (self.tr("and %Ln more", "", more),)
        while (item := self._warnings.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        general = self.tr("What was written since into tables and columns that go is gone with them.")
        self._warnings.addWidget(warning_card(self.tr("What is lost"), self._losses or (general,)))

    def _refresh(self) -> None:
        self._take_back.setEnabled(self._guard.is_satisfied)
        if self.frame.page is self._page:
            self.frame.set_note(
                "" if self._guard.is_satisfied else self.tr("Make a backup, or tick “I have a backup”, to go on.")
            )

    def _ask(self) -> None:
        plan = self._plan
        if plan is None:
            return
        text = self.tr("%Ln revision(s) will be taken back in {database}.", "", len(plan.steps))
        confirmation = Confirmation(
            self.tr("Downgrade now?"),
            text.format(database=self.frame.profile.database),
            self._take_back.text().removesuffix("…"),
            self._losses,
            destructive=True,
            act="migrate.downgrade",
        )
        ask(confirmation, self.frame.profile, self, self._begin_run)

    def _begin_run(self) -> None:
        plan, service, ledger = self._plan, self.service, self._ledger
        if plan is None or self.frame.is_writing:
            return
        self._rehearsal.cancel()
        self._run.run(
            self.tr("Taking migrations back"),
            plan.steps,
            lambda ctx, listener: service.downgrade(ctx, plan.target, listener=listener, ledger=ledger),
            Direction.DOWN,
        )

    def _make_ask_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        words = self.tr(
            "Revisions are taken back newest first, by their downgrade. Nothing runs before you saw the plan."
        )
        column.addWidget(label(words))
        form = QFormLayout()
        form.setHorizontalSpacing(12)
        form.addRow(self.tr("Down to:"), self._target)
        column.addLayout(form)
        column.addStretch(1)
        return page

    def _make_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self._plan_view, 1)
        column.addLayout(self._warnings)
        column.addWidget(self._guard)
        return page


def _is_there(report: RevisionReport) -> bool:
    return report.state in THERE and report.file is not None


def _losses(plan: MigrationPlan) -> tuple[str, ...]:
    """Return the statements of a plan that drop rows or values, as far as their text says it."""
    statements = (" ".join(each.sql.split()) for step in plan.steps for each in step.statements)
    return tuple(each if len(each) <= _LINE else f"{each[:_LINE]}…" for each in statements if _LOSES.match(each))
