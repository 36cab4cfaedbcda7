"""SeedResetPage: what the pages of the panel have in common; each is one job, in a module of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from nexus_studio.core.effects import Effects
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.tasks import Latest, Task

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.session import Session
    from nexus_studio.services.workspace import Workspace


class SeedResetPage(QWidget):
    """One tab of the panel. Gets `UiContext` once, when made, and a `Workspace` on each connect. UI thread only.

    It reads when it comes into sight (`_is_stale`), and does one thing at a time (`_task`).
    """

    state_changed = Signal()  # can() answers otherwise than before
    failed = Signal(object)  # StudioError that has no place of its own on the page
    open_relation = Signal(object, object)  # RelationName, Filter or None: show these rows, please
    step_asked = Signal(str)  # a next step, by its id, that is the window's to do ("connection.edit")

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self._workspace: Workspace | None = None
        self._is_stale = True
        self._reading = Latest(context.runner, self)
        self._task: Task | None = None

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
        if self._task is not None:
            self._task.cancel()
        self._workspace = None

    def on_effects(self, effects: Effects) -> None:
        """Hear what a write changed; a hidden page only notes that it is stale and reads again when shown."""

    def may_close(self) -> bool:
        """Tell whether nothing would be lost by closing the window now."""
        return True

    def can(self) -> frozenset[str]:
        """Name what can be done now, for the panel's actions ("seed.run")."""
        return frozenset()

    def read(self) -> None:
        """Read again what the page shows."""

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

    # inside

    @property
    def _session(self) -> Session | None:
        return self._workspace.session if self._workspace is not None else None
