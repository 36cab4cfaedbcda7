"""MergeDialog: a revision that joins all heads."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit, QVBoxLayout, QWidget

from nexus_studio.core.admin.migrations import MigrationStatus
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.parts import Card, label
from nexus_studio.ui.panels.migrations.flows.frame import FlowDialog

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_SIZE = QSize(620, 380)


class MergeDialog(FlowDialog):
    """Shows the heads, asks for a name, writes the file."""

    merged = Signal(str)  # path of the new file

    def __init__(
        self, context: UiContext, workspace: Workspace, status: MigrationStatus, parent: QWidget | None = None
    ) -> None:
        super().__init__(context, workspace, "merge_dialog", parent, _SIZE)
        self.set_title(self.tr("Merge heads"))
        self._status = status
        self._name = QLineEdit(self.tr("Merge heads"))
        self._name.setObjectName("merge_name")
        self._name.setAccessibleName(self.tr("Name of the migration"))
        self._name.textChanged.connect(self._check)
        self._merge = self.frame.add_button("merge", self.tr("Write the merge"), self._write, look="primary")
        self._page = self._make_page()
        self.frame.add_page(self._page)

    def begin(self) -> None:
        """Show the heads."""
        if len(self._status.heads) < 2:  # noqa: PLR2004 - one head is joined already
            self.frame.show_calm("success", self.tr("There is one head only"), self.tr("Nothing is to be merged."))
            return
        self.frame.show_page(self._page, self._merge, default=self._merge)
        self._name.setFocus()
        self._name.selectAll()
        self._check()

    def _make_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        words = self.tr(
            "A merge is a revision without SQL of its own. It builds on all of these, so that one head is left:"
        )
        column.addWidget(label(words))
        card = Card()
        for head in self._status.heads:
            report = self._status.report(head)
            message = report.file.message if report is not None and report.file is not None else ""
            card.add(label(f"{message}  {head}".strip(), selectable=True))
        column.addWidget(card)
        form = QFormLayout()
        form.addRow(self.tr("Name:"), self._name)
        column.addLayout(form)
        column.addStretch(1)
        return page

    def _check(self) -> None:
        self._merge.setEnabled(bool(self._name.text().strip()))

    def _write(self) -> None:
        service, name = self.service, self._name.text().strip()
        self.frame.act_waiting(
            self.tr("Writing a merge"), self.tr("Writing the file"), lambda ctx: service.merge(name, ctx), self._done
        )

    def _done(self, path: str) -> None:
        self.frame.show_calm("success", self.tr("Merged"), PurePath(path).name, ink="success")
        self.merged.emit(path)
