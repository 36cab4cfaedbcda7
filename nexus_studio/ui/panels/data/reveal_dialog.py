"""The dialog that reveals one masked value: it says that this is kept, asks why, and shows it until it closes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.data.cells import Cell, Row
from nexus_studio.core.errors import StudioError
from nexus_studio.core.schema.catalog import Column, Relation
from nexus_studio.services.revealing import reveal
from nexus_studio.ui.grid.reason_field import ReasonField
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.kit.wording import sentence

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_WIDTH: Final = 460  # pixels
_LINES: Final = 4


class RevealDialog(QDialog):
    """Reads the value when it is told to. The value is in no cell of the grid, and gone with the dialog."""

    def __init__(
        self,
        context: UiContext,
        workspace: Workspace,
        relation: Relation,
        row: Row,
        column: Column,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("reveal_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Reveal a masked value"))
        self.setMinimumWidth(_WIDTH)
        self._workspace, self._relation, self._row, self._column = workspace, relation, row, column
        self._latest = Latest(context.runner, self)
        self._value: Cell = None
        self.reason = ReasonField(required=workspace.session.profile.requires_reason, parent=self)
        self.value = QPlainTextEdit(self)
        self.trouble = label("", tone="danger", name="reveal.trouble")
        self.show_value = QPushButton(self.tr("&Reveal"), self)
        self.copy = QPushButton(self.tr("&Copy"), self)
        self._build()

    # inside

    def _build(self) -> None:
        said = self.tr("{column} of {table} is masked in this connection. The history keeps that you looked, and why.")
        told = label(said.format(column=self._column.name, table=self._relation.name), name="reveal.told")
        self.value.setObjectName("reveal.value")
        self.value.setAccessibleName(self.tr("The value"))
        self.value.setReadOnly(True)
        self.value.setTabChangesFocus(True)
        self.value.setFont(monospace_font())
        self.value.setFixedHeight(self.value.fontMetrics().lineSpacing() * _LINES + 16)
        self.value.hide()
        self.trouble.hide()
        close = QPushButton(self.tr("Close"), self)
        buttons = (
            (self.copy, "reveal.copy", self._copy),
            (close, "reveal.close", self.reject),
            (self.show_value, "reveal.show", self._reveal),
        )
        foot = QHBoxLayout()
        foot.addStretch(1)
        for button, name, run in buttons:
            button.setObjectName(name)
            button.setAccessibleName(button.text().replace("&", ""))
            button.clicked.connect(run)
            foot.addWidget(button)
        self.copy.hide()
        self.show_value.setProperty("primary", True)
        self.show_value.setDefault(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        for widget in (told, self.reason, self.value, self.trouble):
            column.addWidget(widget)
        column.addLayout(foot)
        self.reason.changed.connect(self._check)
        self._check()

    def _check(self) -> None:
        self.show_value.setEnabled(self.reason.is_given)

    def _reveal(self) -> None:
        workspace, relation, row, column = self._workspace, self._relation, self._row, self._column.name
        reason = " ".join(part for part in (self.reason.reason, self.reason.ticket) if part)
        self.show_value.setEnabled(False)
        self._latest.start(
            lambda ctx: reveal(workspace.rows, workspace.history, relation, row, column, reason, ctx),
            self._show,
            self._fail,
            self.tr("Revealing a masked value"),
        )

    def _show(self, value: Cell) -> None:
        self._value = value
        self.trouble.hide()
        self.value.setPlainText(value if value is not None else "NULL")
        self.value.show()
        self.reason.setEnabled(False)
        self.show_value.hide()
        self.copy.setVisible(value is not None)
        self.value.setFocus()

    def _fail(self, error: StudioError) -> None:
        said = sentence(error)
        self.trouble.setText(" ".join(part for part in (said.title, said.explanation) if part))
        self.trouble.show()
        self._check()

    def _copy(self) -> None:
        if self._value is not None:
            QGuiApplication.clipboard().setText(self._value)
