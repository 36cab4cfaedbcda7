"""RestoreDialog: writing a lost version table again, as the ledger has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nexus_studio.core.admin.migrations import MigrationStatus
from nexus_studio.core.effects import Effects
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.confirm import Confirmation, ask, must_type_name
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.parts import Card, label
from nexus_studio.ui.panels.migrations.flows.choices import named
from nexus_studio.ui.panels.migrations.flows.frame import FlowDialog

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_SIZE = QSize(640, 360)


class RestoreDialog(FlowDialog):
    """Sets the version table to `rows`, what the ledger says was applied last; nothing is run."""

    restored = Signal()

    def __init__(
        self,
        context: UiContext,
        workspace: Workspace,
        status: MigrationStatus,
        rows: tuple[str, ...],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(context, workspace, "restore_dialog", parent, _SIZE)
        self.set_title(self.tr("Restore the version table"))
        self._rows = rows
        self._restore = self.frame.add_button("restore", self.tr("Restore"), self._ask, look="primary", dangerous=True)
        self._page = self._make_page(status)
        self.frame.add_page(self._page)

    def begin(self) -> None:
        """Show what would be written."""
        self.frame.show_page(self._page, self._restore)
        self._restore.setFocus()

    def _make_page(self, status: MigrationStatus) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(
            label(
                self.tr(
                    "Alembic's version table is empty or gone. By the ledger the database is at what stands below, and "
                    "the version table will say so again. No migration runs, and nothing else is changed."
                )
            )
        )
        card = Card(self.tr("The database is at"), sign="history")
        for row in self._rows:
            report = status.report(row)
            card.add(label(named(report) if report is not None else row, selectable=True))
        column.addWidget(card)
        column.addStretch(1)
        return page

    def _ask(self) -> None:
        confirmation = Confirmation(
            self.tr("Restore the version table?"),
            self.tr("The version table will say: {revisions}.").format(revisions=", ".join(self._rows)),
            self.tr("Restore"),
            act="migrate.restore",
        )
        if must_type_name(confirmation, self.frame.profile.environment):
            ask(confirmation, self.frame.profile, self, self._run)
        else:
            self._run()

    def _run(self) -> None:
        service, rows = self.service, self._rows

        def work(ctx: TaskContext) -> Effects:
            effects = service.stamp(ctx, rows[0])
            for row in rows[1:]:  # of other branches: each stays where it was stamped
                effects = service.stamp(ctx, row)
            return effects

        self.frame.act_waiting(
            self.tr("Restoring the version table"), self.tr("Writing the version table"), work, self._done
        )

    def _done(self, _effects: object) -> None:
        words = self.tr("The version table says: {revisions}.").format(revisions=", ".join(self._rows))
        self.frame.show_calm("success", self.tr("Restored"), words, ink="success")
        self.restored.emit()
