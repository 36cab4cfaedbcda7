"""The status bar: is the server there, what may be done, where one is, and what runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStatusBar, QWidget

from nexus_studio.ui.kit.task_chip import TaskChip
from nexus_studio.ui.kit.tasks import TaskRunner

if TYPE_CHECKING:  # see doors.py
    from nexus_studio.services.workspace import Workspace


class _Host(QWidget):
    """Holds what one panel says. A panel out of sight may show and hide parts of it: the host stays hidden."""

    def __init__(self, widget: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(widget)


class StatusBar(QStatusBar):
    """Left: server and mode. Middle: what the panel says. Right: a chip for each running task."""

    def __init__(self, runner: TaskRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status_bar")
        self.setSizeGripEnabled(False)
        self._workspace: Workspace | None = None
        self._lost = False
        self._server = QLabel(self)
        self._server.setObjectName("status.server")
        self._mode = QLabel(self)
        self._mode.setObjectName("status.mode")
        self._shown: QWidget | None = None
        for label in (self._server, self._mode):
            label.setProperty("muted", True)
            self.addWidget(label)
        self.addPermanentWidget(TaskChip(runner, self))

    def show_workspace(self, workspace: Workspace | None, *, lost: bool = False) -> None:
        """Say which server it is and whether it can be written to."""
        self._workspace, self._lost = workspace, lost
        self._retranslate()

    def show_widget(self, widget: QWidget | None) -> None:
        """Show what the panel in sight has to say."""
        if widget is self._shown:
            return
        if self._shown is not None and isinstance(before := self._shown.parentWidget(), _Host):
            self.removeWidget(before)
        if widget is not None:
            host = widget.parentWidget()
            if not isinstance(host, _Host):
                host = _Host(widget, self)
            self.addWidget(host)
            host.show()
        self._shown = widget

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _retranslate(self) -> None:
        if self._workspace is None:
            self._server.setText(self.tr("Not connected"))
            self._mode.clear()
            return
        version = self._workspace.session.server.version.split()[0]
        if self._lost:
            self._server.setText(self.tr("○ connection lost"))
        else:
            self._server.setText(self.tr("● PostgreSQL {version}").format(version=version))
        session = self._workspace.session
        words = self.tr("read-only") if session.is_read_only else self.tr("read-write")
        self._mode.setText(self.tr("locked: read-only") if session.is_read_only and session.can_unlock else words)
