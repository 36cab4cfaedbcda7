"""PushDialog: models to database without a file, for prototyping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.confirm import Confirmation, ask
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.migrations.flows.frame import FlowDialog
from nexus_studio.ui.panels.migrations.flows.sqlpage import SqlPage
from nexus_studio.ui.panels.migrations.flows.words import difference_words

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_MOST = 8  # losses that are named


class PushDialog(FlowDialog):
    """Shows the SQL first, then runs it."""

    pushed = Signal()

    def __init__(self, context: UiContext, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(context, workspace, "push_dialog", parent)
        self.set_title(self.tr("Push the models to the database"))
        self._sql: tuple[str, ...] = ()
        self._losses: tuple[str, ...] = ()
        self._page = SqlPage(context, "push_sql")
        self._push = self.frame.add_button("push", self.tr("Push…"), self._ask, look="primary", dangerous=True)
        self.frame.add_page(self._page)

    def begin(self) -> None:
        """Find out what would run."""
        self.frame.look(self.tr("Comparing the models with the database"), self._read, self._show)

    def _read(self, ctx: TaskContext) -> tuple[tuple[str, ...], tuple[str, ...]]:
        sql, _ = self.service.push(ctx, dry_run=True)
        losses = [difference_words(each) for each in self.service.check(ctx) if each.loses_data] if sql else []
        return sql, tuple(losses)

    def _show(self, read: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
        self._sql, self._losses = read
        if not self._sql:
            self.frame.show_calm("success", self.tr("Models and database agree"), ink="success")
            return
        words = self.tr(
            "This SQL brings the database to the models, in one transaction. No file is written, so nobody else gets "
            "it: for trying things out only."
        )
        self._page.show_sql(words, self._sql, self._losses, self.tr("What is lost"))
        self.frame.show_page(self._page, self._push)
        self._push.setFocus()

    def _ask(self) -> None:
        named = self._losses[:_MOST]
        if (more := len(self._losses) - _MOST) > 0:
            named += (self.tr("and %Ln more loss(es)", "", more),)
        confirmation = Confirmation(
            self.tr("Push now?"),
            self.tr("%Ln statement(s) will be run.", "", len(self._sql)),
            self.tr("Push"),
            named,
            destructive=bool(named),
            act="migrate.push",
        )
        ask(confirmation, self.frame.profile, self, self._run)

    def _run(self) -> None:
        service = self.service
        self.frame.act_waiting(
            self.tr("Pushing the models"), self.tr("Pushing the models"), service.push, lambda _sql: self._done()
        )

    def _done(self) -> None:
        self.frame.show_calm("success", self.tr("Pushed"), self.tr("The database is as the models say."), ink="success")
        self.pushed.emit()
