"""PrismaCreateDialog: why a Prisma project's migrations are written by Prisma, and the command that does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFormLayout, QLineEdit, QVBoxLayout, QWidget

from nexus_studio.core.admin.prismanames import slug_of
from nexus_studio.core.admin.prismatexts import CREATE_COMMAND
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.parts import label, line
from nexus_studio.ui.panels.migrations.flows.codeview import CodeView, copy_button
from nexus_studio.ui.panels.migrations.flows.frame import FlowDialog

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_SIZE = QSize(640, 400)
_LINES = 3


class PrismaCreateDialog(FlowDialog):
    """Asks for a name, and shows what to run in the project's folder. Nothing is written here."""

    def __init__(self, context: UiContext, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(context, workspace, "prisma_create", parent, _SIZE)
        self.set_title(self.tr("Create a migration with Prisma"))
        self._name = QLineEdit()
        self._name.setObjectName("prisma_create.name")
        self._name.setAccessibleName(self.tr("Name of the migration"))
        self._name.setPlaceholderText(self.tr("add notes to bookings"))
        self._name.textChanged.connect(self._show_command)
        self._command = CodeView(
            context.theme, "", "prisma_create.command", self.tr("Command that creates it"), most_lines=_LINES
        )
        self._page = self._make_page()
        self.frame.add_page(self._page)

    def begin(self) -> None:
        """Show the command."""
        self.frame.show_page(self._page, default=self.frame.close_button)
        self._name.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show_command()

    @property
    def command(self) -> str:
        """What is to be run in the project's folder."""
        return CREATE_COMMAND.format(name=slug_of(self._name.text()) or "NAME")

    def _show_command(self) -> None:
        self._command.show_text(self.command)

    def _make_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(
            label(
                self.tr(
                    "A Prisma project says in schema.prisma what its tables are, and only Prisma reads that language. "
                    "So it is Prisma that writes a migration: change schema.prisma, then run this in the project."
                )
            )
        )
        form = QFormLayout()
        form.setHorizontalSpacing(12)
        form.addRow(self.tr("Name:"), self._name)
        form.addRow(self.tr("Folder:"), label(str(self.service.project.folder), "muted", selectable=True))
        column.addLayout(form)
        column.addWidget(self._command)
        copy = copy_button("prisma_create.copy", self.tr("Copy command"), lambda: self.command, page)
        row = line(copy, stretch=-1)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(
            label(
                self.tr(
                    "It needs a database of its own beside this one (the shadow database), writes the folder with its "
                    "migration.sql and applies nothing. It is pending here then: look at it, and deploy."
                ),
                "muted",
            )
        )
        column.addStretch(1)
        return page
