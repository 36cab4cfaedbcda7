"""ShareDialog: makes the table by which a team shares one history, after saying what that means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.errors import StudioError
from nexus_studio.ui.kit.confirm import Confirmation, ask_where_wanted
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.wording import sentence
from nexus_studio.ui.panels.history.words import SHARE, obstacle

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.history.shared import SharedState
    from nexus_studio.services.workspace import Workspace

_SIZE: Final = QSize(560, 280)


class ShareDialog(QDialog):
    """Asks for the roles that may add to the table and read it."""

    shared = Signal()

    def __init__(self, context: UiContext, workspace: Workspace, state: SharedState, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("history.share_dialog")
        self.setWindowTitle(self.tr("Share the history with the team"))
        self.setModal(True)
        self.resize(_SIZE)
        self._context, self._workspace, self._state = context, workspace, state
        self.roles = QLineEdit(self)
        self._note = label("", tone="warning", selectable=True, name="history.share_note")
        self.share = QPushButton(self.tr("Make the table…"), self)
        self._arrange()
        self._tell()

    # inside

    def _arrange(self) -> None:
        explained = self.tr(
            "A table {table} is made in the database. From then on every save of everybody who may write to it is kept "
            "there as well, in the save's own transaction, with what the rows were before: whoever may read the table "
            "sees those values."
        ).format(table=self._state.relation)
        self.roles.setObjectName("history.share_roles")
        self.roles.setAccessibleName(self.tr("Roles"))
        self.roles.setPlaceholderText(self.tr("separated by commas; empty: its owner alone"))
        form = QFormLayout()
        form.addRow(self.tr("Roles"), self.roles)
        close = QPushButton(self.tr("Close"), self)
        close.setObjectName("history.share_close")
        close.setAccessibleName(close.text())
        close.clicked.connect(self.reject)
        self.share.setObjectName(SHARE)
        self.share.setAccessibleName(self.share.text())
        self.share.setProperty("primary", True)
        self.share.clicked.connect(lambda _checked=False: self._ask())
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(close)
        foot.addWidget(self.share)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(label(explained, "muted"))
        column.addLayout(form)
        column.addWidget(self._note)
        column.addStretch(1)
        column.addLayout(foot)

    def _tell(self) -> None:
        against = obstacle(self._workspace.session, SHARE)
        if not against and not self._state.may_make:
            against = self.tr("This role may make no table in that schema.")
        self._note.setText(against)
        self._note.setVisible(bool(against))
        self.share.setEnabled(not against)
        self.share.setToolTip(against)

    def _ask(self) -> None:
        roles = tuple(name for each in self.roles.text().split(",") if (name := each.strip()))
        question = Confirmation(
            self.tr("Make the table {table}").format(table=self._state.relation),
            self.tr("Saves are kept in the database too from now on."),
            self.tr("Make the table"),
            roles,
            act=SHARE,
        )
        ask_where_wanted(question, self._workspace.session.profile, self, lambda: self._share(roles))

    def _share(self, roles: tuple[str, ...]) -> None:
        history = self._workspace.history
        self.share.setEnabled(False)
        self._context.runner.operate(
            self.tr("Making the table of the shared history"),
            lambda ctx: history.share(ctx, roles),
            owner=self,
            done=lambda _: self._made(),
            failed=self._failed,
        )

    def _made(self) -> None:
        self.shared.emit()
        self.accept()

    def _failed(self, error: StudioError) -> None:
        self._tell()
        said = sentence(error)
        self._note.setText(" ".join(filter(None, (said.title, said.server_message))))
        self._note.show()
