"""CheckDialog: where models and database differ, as a readable list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nexus_studio.core.admin.drafts import SchemaDifference
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.panels.migrations.flows.differences import DifferenceList
from nexus_studio.ui.panels.migrations.flows.frame import FlowDialog

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_SIZE = QSize(680, 480)


class CheckDialog(FlowDialog):
    """Compares, changes nothing."""

    checked = Signal(int)  # how many differences there are
    create_asked = Signal()  # the dialog is closed by then

    def __init__(self, context: UiContext, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(context, workspace, "check_dialog", parent, _SIZE)
        self.set_title(self.tr("Models and database"))
        self._counted = label("", "strong")
        self._list = DifferenceList("check_differences")
        self._page = QWidget()
        column = QVBoxLayout(self._page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._counted)
        column.addWidget(self._list, 1)
        self._create = self.frame.add_button(
            "create", self.tr("Create migration…"), lambda: self.leave_for(self.create_asked), look="primary"
        )
        self.frame.add_page(self._page)

    def begin(self) -> None:
        """Compare."""
        self.frame.look(self.tr("Comparing the models with the database"), self.service.check, self._show)

    def _show(self, differences: tuple[SchemaDifference, ...]) -> None:
        if differences:
            self._counted.setText(
                self.tr("%Ln difference(s); a migration would bring the database to the models", "", len(differences))
            )
            self._list.show_differences(differences)
            self.frame.show_page(self._page, self._create, default=self._create)
            self._list.setFocus()
        else:
            self.frame.show_calm("success", self.tr("Models and database agree"), ink="success")
        self.checked.emit(len(differences))
