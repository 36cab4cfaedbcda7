"""HealthPage: what the pages of the panel have in common; each is one question, in a module of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from nexus_studio.core.effects import Effects
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.tasks import Latest

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace


class HealthPage(QWidget):
    """One tab of the panel. Gets `UiContext` once, when made, and a `Workspace` on each connect. UI thread only.

    It reads when it comes into sight and is stale.
    """

    state_changed = Signal()  # can() answers otherwise than before
    failed = Signal(object)  # StudioError that has no place of its own on the page
    step_asked = Signal(str)  # a next step, by its id, that is the window's to do ("connection.edit")
    open_relation = Signal(object, object)  # RelationName, Filter or None: show these rows, please
    job_asked = Signal(object)  # a MaintenanceRequest: ask, and do it

    def __init__(self, context: UiContext, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"sizes.{name}")
        self.context = context
        self.name = name
        self._workspace: Workspace | None = None
        self._is_stale = True
        self._reading = Latest(context.runner, self)

    def title(self) -> str:
        """Return what stands on the page's tab, in the current language. No letter of it: the menus have those."""
        return ""

    def open(self, workspace: Workspace) -> None:
        """Show a database; nothing is read before the page is in sight. Also called after a lost connection."""
        self._workspace = workspace
        self._is_stale = True
        if self.isVisible():
            self.read()

    def leave(self) -> None:
        """Let go of the workspace: the session ends after this."""
        self._reading.cancel()
        self._workspace = None
        self._is_stale = True

    def on_effects(self, effects: Effects) -> None:
        """Hear what a write changed; a hidden page only notes that it is stale and reads again when shown."""

    def access_changed(self) -> None:
        """Hear that the session may be written to now, or no longer."""

    def can(self) -> frozenset[str]:
        """Name what can be done now, for the panel's actions ("maintain", "export")."""
        return frozenset()

    def read(self) -> None:
        """Read again what the page shows."""

    def first_widget(self) -> QWidget:
        """Return what gets the keyboard when the page is turned to."""
        return self

    def retranslate(self) -> None:
        """Say everything in the current language."""

    # Qt

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self.read()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
