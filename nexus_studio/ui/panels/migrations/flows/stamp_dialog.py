"""StampDialog: saying by hand what is in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QVBoxLayout, QWidget

from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.admin.migrations import MigrationStatus
from nexus_studio.ui.kit.confirm import Confirmation, ask
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.panels.migrations.flows.choices import fill, named
from nexus_studio.ui.panels.migrations.flows.frame import FlowDialog
from nexus_studio.ui.panels.migrations.flows.refusals import LEDGER_PLACES

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_SIZE = QSize(640, 360)


class StampDialog(FlowDialog):
    """Sets the version table; nothing is run."""

    stamped = Signal(str)  # revision, "heads" or "base"

    def __init__(
        self,
        context: UiContext,
        workspace: Workspace,
        status: MigrationStatus,
        parent: QWidget | None = None,
        *,
        revision: str = "",
    ) -> None:
        super().__init__(context, workspace, "stamp_dialog", parent, _SIZE)
        self._is_prismas = status.verdict is not None
        self.set_title(self.tr("Record a baseline") if self._is_prismas else self.tr("Stamp a revision"))
        self._status = status
        self._revision = QComboBox()
        self._revision.setObjectName("stamp_revision")
        self._revision.setAccessibleName(self.tr("Revision the database is at"))
        all_of_it = (
            self.tr("All migrations are there") if self._is_prismas else self.tr("All heads: everything is there")
        )
        every = [("heads", all_of_it)]
        every += [(each.revision, named(each)) for each in reversed(status.revisions) if each.file is not None]
        if not self._is_prismas:
            every.append(("base", self.tr("Base: nothing is there")))
        fill(self._revision, every, revision or "heads")
        words = self.tr("Record…") if self._is_prismas else self.tr("Stamp…")
        self._ledger: LedgerPlace | None = None
        self._chosen = ""
        self._stamp = self.frame.add_button("stamp", words, self._ask, look="primary", dangerous=True)
        self._page = self._make_page()
        self.frame.add_page(self._page)

    def begin(self) -> None:
        """Ask for the revision."""
        self.frame.show_page(self._page, self._stamp)
        self._revision.setFocus()

    def _make_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        prismas = self.tr(
            "A baseline says that migrations, up to one, are in the database already. Each gets the row in "
            "_prisma_migrations that “prisma migrate resolve --applied” writes: no migration runs, and nobody checks "
            "whether it is true."
        )
        column.addWidget(
            label(
                prismas
                if self._is_prismas
                else self.tr(
                    "A stamp says that a revision, and all it builds on, is in the database. Only Alembic's version "
                    "table is written: no migration runs, and nobody checks whether it is true."
                )
            )
        )
        form = QFormLayout()
        form.setHorizontalSpacing(12)
        now = ", ".join(self._status.current) or self.tr("nothing")
        form.addRow(self.tr("Recorded now:"), label(now, selectable=True))
        form.addRow(self.tr("The database is at:"), self._revision)
        column.addLayout(form)
        column.addStretch(1)
        return page

    def _ask(self) -> None:
        chosen = str(self._revision.currentData())
        confirmation = Confirmation(
            self.tr("Record “{revision}” as there?").format(revision=chosen)
            if self._is_prismas
            else self.tr("Stamp “{revision}”?").format(revision=chosen),
            self.tr("The ledger will say so, whatever is in the database.")
            if self._is_prismas
            else self.tr("The version table will say so, whatever is in the database."),
            self.tr("Record") if self._is_prismas else self.tr("Stamp"),
            (
                self.tr("What is said to be there and is not will be missing when later migrations need it."),
                self.tr("What is there and said not to be will be made again by the next deploy, which will fail."),
            ),
            act="migrate.stamp",
        )
        ask(confirmation, self.frame.profile, self, lambda: self._run(chosen))

    def take_step(self, action: str) -> None:
        """Do what a page offered: keep the ledger where that was said, and go on."""
        if action in LEDGER_PLACES and self._chosen:
            self._ledger = LEDGER_PLACES[action]
            self._run(self._chosen)
        else:
            super().take_step(action)

    def _run(self, chosen: str) -> None:
        service, ledger = self.service, self._ledger
        self._chosen = chosen
        self.frame.act_waiting(
            self.tr("Stamping {revision}").format(revision=chosen),
            self.tr("Writing the ledger") if self._is_prismas else self.tr("Writing the version table"),
            lambda ctx: service.stamp(ctx, chosen, ledger=ledger),
            lambda _effects: self._done(chosen),
        )

    def _done(self, chosen: str) -> None:
        if self._is_prismas:
            words = self.tr("The ledger has all migrations up to “{revision}” now.").format(revision=chosen)
        else:
            words = self.tr("The version table says “{revision}” now.").format(revision=chosen)
        title = self.tr("Recorded") if self._is_prismas else self.tr("Stamped")
        self.frame.show_calm("success", title, words, ink="success")
        self.stamped.emit(chosen)
