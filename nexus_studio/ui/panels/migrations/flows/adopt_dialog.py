"""AdoptDialog: from Prisma to Alembic, with the steps shown before anything is done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QFormLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.admin.adoption import STEPS, Adopted, AdoptionPlan
from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.effects import Effects
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.confirm import Confirmation, ask
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.parts import label, line
from nexus_studio.ui.kit.wording import NextStep
from nexus_studio.ui.panels.migrations.flows.choices import fill
from nexus_studio.ui.panels.migrations.flows.codeview import CodeView
from nexus_studio.ui.panels.migrations.flows.frame import FlowDialog

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.migrations.prismaverbs import PrismaMigrations
    from nexus_studio.services.workspace import Workspace

_SIZE: Final = QSize(760, 560)
_MOST: Final = 12  # notes of one kind that are listed


class AdoptDialog(FlowDialog):
    """Where to; then what will be done; then that it is done. Prisma's own table and files are not touched."""

    adopted = Signal(str)  # the folder that has the Alembic project now

    def __init__(self, context: UiContext, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(context, workspace, "adopt_dialog", parent, _SIZE)
        self.set_title(self.tr("Go over from Prisma to Alembic"))
        self._plan: AdoptionPlan | None = None
        self._folder = QLineEdit()
        self._folder.setObjectName("adopt_folder")
        self._folder.setAccessibleName(self.tr("Folder for the Alembic project"))
        self._choose_folder = QPushButton(self.tr("Choose…"))
        self._choose_folder.setObjectName("adopt_choose")
        self._choose_folder.setAccessibleName(self.tr("Choose the folder"))
        self._choose_folder.setAutoDefault(False)
        self._choose_folder.clicked.connect(self._ask_folder)
        self._ledger = QComboBox()
        self._ledger.setObjectName("adopt_ledger")
        self._ledger.setAccessibleName(self.tr("Where Studio's ledger is kept"))
        fill(
            self._ledger,
            [
                (LedgerPlace.DATABASE.value, self.tr("In the database: everybody sees it")),
                (LedgerPlace.LOCAL.value, self.tr("On this machine only")),
            ],
            LedgerPlace.DATABASE.value,
        )
        self._steps = CodeView(context.theme, "", "adopt_steps", self.tr("What will be done"))
        self._again = self.frame.add_button("back", self.tr("Back"), self._show_place)
        self._next = self.frame.add_button("next", self.tr("Show the steps"), self.look, look="primary")
        self._do = self.frame.add_button("adopt", self.tr("Go over…"), self._ask, look="primary", dangerous=True)
        self._place, self._review = self._make_place(), self._make_review()
        for page in (self._place, self._review):
            self.frame.add_page(page)
        self._folder.textChanged.connect(lambda text: self._next.setEnabled(bool(text.strip())))

    def begin(self) -> None:
        """Ask where to; the project's own folder is offered."""
        self._folder.setText(str(self.service.project.folder))
        self._show_place()

    def look(self) -> None:
        """Read what would be done, and show it."""
        folder, ledger = self._chosen(), self._chosen_ledger()
        self.frame.look(
            self.tr("Reading what there is to take over"),
            lambda ctx: self._prisma().adoption(folder, ctx, ledger=ledger),
            self._show_plan,
        )

    def _make_place(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(
            label(
                self.tr(
                    "Studio writes SQLAlchemy models of the database, and a first migration that makes all that is "
                    "there. Both are tried on a throwaway database before a file is written. Then that migration is "
                    "recorded as applied, and from now on migrations are written from the models."
                )
            )
        )
        column.addWidget(
            label(
                self.tr(
                    "Prisma's own table and files stay as they are. Where the folder is that of the Prisma project, "
                    "Studio takes it for Alembic's from then on."
                ),
                "muted",
            )
        )
        form = QFormLayout()
        form.setHorizontalSpacing(12)
        form.addRow(self.tr("Folder:"), line(self._folder, self._choose_folder, stretch=0))
        form.addRow(self.tr("Studio's ledger:"), self._ledger)
        column.addLayout(form)
        column.addStretch(1)
        return page

    def _make_review(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(label(self.tr("Before the fifth step nothing is written, neither here nor there."), "muted"))
        column.addWidget(self._steps, 1)
        return page

    def _show_place(self) -> None:
        self.frame.show_page(self._place, self._next, default=self._next)
        self._folder.setFocus()

    def _ask_folder(self) -> None:
        found = QFileDialog.getExistingDirectory(self, self.tr("Folder for the Alembic project"), self._folder.text())
        if found:
            self._folder.setText(found)

    def _chosen(self) -> Path:
        return Path(self._folder.text().strip())

    def _chosen_ledger(self) -> LedgerPlace:
        return LedgerPlace(self._ledger.currentData())

    def _prisma(self) -> PrismaMigrations:
        prisma = self.service.prisma
        if prisma is None:  # its folder was made Alembic's meanwhile
            raise MigrationBlocked("migration.adopt_not_prisma", place=self.service.project.place)
        return prisma

    def _show_plan(self, planned: AdoptionPlan) -> None:
        self._plan = planned
        lines = [f"{number}. {self._step(step, planned)}" for number, step in enumerate(STEPS, start=1)]
        notes = self._notes(planned.notes)
        self._steps.show_text("\n".join([*lines, *(["", *notes] if notes else [])]))
        self.frame.show_page(self._review, self._again, self._do)
        self._steps.setFocus()

    def _step(self, step: str, planned: AdoptionPlan) -> str:
        words = {
            "models": self.tr(
                "Read the schema {schema} (tables: {tables}, views: {views}) and write models of it: models.py"
            ),
            "baseline": self.tr("Write a first migration that makes all of it"),
            "prove": self.tr("Run it on a throwaway database, and compare what that has with what is here"),
            "compare": self.tr("Have Alembic compare the models with that: it must find nothing"),
            "write": self.tr("Write the files into {folder}"),
            "stamp": self.tr("Record the first migration as applied: the table alembic_version, and Studio's ledger"),
        }[step]
        return words.format(schema=planned.schema, tables=planned.tables, views=planned.views, folder=planned.folder)

    def _notes(self, notes: tuple[tuple[str, str], ...]) -> list[str]:
        words = {
            "edited": self.tr("Edited since they were applied; what counts is what is in the database: {names}"),
            "missing": self.tr("Applied, and their folders are gone; what counts is the database: {names}"),
            "client_key": self.tr("Prisma's client made these keys, the database has no default: {names}"),
            "client_time": self.tr("Prisma's client kept these times, the database does not: {names}"),
            "left_out": self.tr("The models can't say these; env.py leaves them out, change them by SQL: {names}"),
            "grants": self.tr("Privileges are not in it: grant them where you build a new database."),
        }
        lines = []
        for kind, text in words.items():
            names = [name for each, name in notes if each == kind]
            if names:
                more = ["…"] if len(names) > _MOST else []
                lines.append(text.format(names=", ".join([*names[:_MOST], *more])))
        return lines

    def _ask(self) -> None:
        confirmation = Confirmation(
            self.tr("Go over to Alembic?"),
            self.tr("Files are written, and the database is recorded as standing at the first migration."),
            self.tr("Go over"),
            (self.tr("Migrations of Prisma's that come later are not Alembic's: from now on, write them here."),),
            act="migrate.stamp",
        )
        ask(confirmation, self.frame.profile, self, self._run)

    def _run(self) -> None:
        folder, ledger = self._chosen(), self._chosen_ledger()

        def work(ctx: TaskContext) -> tuple[Adopted, Effects]:
            return self._prisma().adopt(folder, ctx, ledger=ledger)

        self.frame.act_waiting(self.tr("Going over to Alembic"), self.tr("Writing, and trying it"), work, self._done)

    def _done(self, found: Adopted) -> None:
        words = [
            self.tr(
                "{folder} has the project now. Its first migration, {revision}, builds the same as is here."
            ).format(folder=found.folder, revision=found.revision),
            *self._notes(found.notes),
        ]
        is_elsewhere = Path(found.folder) != self.service.project.folder
        steps = (NextStep("connection.edit", self.tr("Change the connection's project…")),) if is_elsewhere else ()
        self.frame.show_calm("success", self.tr("It is Alembic's now"), "\n".join(words), steps, ink="success")
        self.adopted.emit(found.folder)
