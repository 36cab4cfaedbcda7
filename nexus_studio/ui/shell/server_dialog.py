"""ServerDialog: a project's own database server and its `.env`, side by side in one window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QPushButton, QTabWidget, QVBoxLayout, QWidget

from nexus_studio.core.admin.servers import ServerKind, ServerStatus
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.confirm import Confirmation, ask
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.elided import ElidedLabel
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.shell.env_page import EnvPage
from nexus_studio.ui.shell.server_page import ServerPage

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.servers import ServerHelpers

_WIDTH, _HEIGHT = 760, 560

Door = Callable[[Path | None, TaskContext], "ServerHelpers"]


class ServerDialog(QDialog):
    """Two pages on one project folder, which can be changed. What is typed and not saved is asked about at closing."""

    folder_asked = Signal(object)  # Path: connect to what this folder's .env names; the dialog is closed by then
    demo_asked = Signal()  # connect to the embedded server; the dialog is closed by then

    def __init__(
        self,
        context: UiContext,
        door: Door,
        folder: Path | None,
        environment: Environment,
        parent: QWidget | None = None,
    ) -> None:
        """`door` makes the helpers of a folder, or of the folder this program was started in, for a worker."""
        super().__init__(parent)
        self.setObjectName("server_dialog")
        self.setWindowTitle(self.tr("Server and .env"))
        self.setModal(True)
        self.resize(_WIDTH, _HEIGHT)
        self._context = context
        self._door = door
        self._folder = folder
        self.server = ServerPage(context, environment, self)
        self.env = EnvPage(context, self)
        self._place = ElidedLabel(self)
        self._place.setObjectName("server.folder")
        self._place.setProperty("muted", True)
        self._choose = QPushButton(icon("folder"), self.tr("Another folder…"), self)
        self._choose.setObjectName("server.choose")
        self._close = QPushButton(self.tr("Close"), self)
        self._close.setObjectName("server.close")
        self._tabs = QTabWidget(self)
        self._tabs.setObjectName("server.tabs")
        self._arrange()
        self._choose.clicked.connect(self._ask_folder)
        self._close.clicked.connect(self.reject)
        self.server.connect_asked.connect(self._connect)
        self.server.env_changed.connect(self.env.read)
        self.env.saved.connect(self.server.look)
        self.open_folder(folder)

    def open_folder(self, folder: Path | None) -> None:
        """Show the server and the file of a folder; None: of the folder this program was started in."""
        self._folder = folder
        self._place.say(self.tr("Looking…") if folder is None else str(folder))

        door = self._door
        self.server.open(lambda ctx: door(folder, ctx))
        self.env.open(lambda ctx: door(folder, ctx))
        self._context.runner.query(lambda ctx: door(folder, ctx).folder, owner=self, done=self._found)

    def show_env(self) -> None:
        """Bring the file to the front."""
        self._tabs.setCurrentWidget(self.env)

    def reject(self) -> None:
        """Close; what was typed and not saved is asked about first."""
        if not self.env.is_dirty:
            self._leave()
            return
        question = Confirmation(
            self.tr("Discard what you typed?"),
            self.tr("Changes of .env are not saved yet."),
            self.tr("Discard"),
            destructive=True,
            writes=False,
        )
        ask(question, ConnectionProfile(".env", environment=Environment.DEVELOPMENT), self, self._leave)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close as Escape does."""
        event.ignore()
        self.reject()

    def _leave(self) -> None:
        self.server.rest()
        self.env.rest()
        super().reject()

    def _found(self, folder: Path | None) -> None:
        self._folder = folder
        self._place.say(str(folder) if folder is not None else self.tr("No project folder: choose one"))

    def _ask_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Folder of the project"), str(self._folder or ""))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.open_folder(Path(path)))
        dialog.open()

    def _connect(self, status: ServerStatus) -> None:
        if status.kind is ServerKind.EMBEDDED:
            self._leave()
            self.demo_asked.emit()
        elif self._folder is not None:
            folder = self._folder
            self._leave()
            self.folder_asked.emit(folder)

    def _arrange(self) -> None:
        for button in (self._choose, self._close):
            button.setAccessibleName(button.text())
            button.setAutoDefault(False)
        self._choose.setProperty("flat", True)
        self._tabs.addTab(self.server, icon("database"), self.tr("Server"))
        self._tabs.addTab(self.env, icon("settings"), self.tr(".env"))
        self._tabs.setAccessibleName(self.tr("Server and .env"))
        self._tabs.tabBar().setObjectName("server.tab_bar")
        self._tabs.tabBar().setAccessibleName(self.tr("Server and .env"))
        head = QHBoxLayout()
        head.addWidget(self._place, 1)
        head.addWidget(self._choose)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self._close)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._tabs, 1)
        column.addLayout(foot)
