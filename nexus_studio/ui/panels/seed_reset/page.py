"""SeedResetPage: what the pages of the panel have in common; each is one job, in a module of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from nexus_studio.core.effects import Effects
from nexus_studio.ui.kit.context import UiContext

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace


class SeedResetPage(QWidget):
    """One tab of the panel. Gets `UiContext` once, when made, and a `Workspace` on each connect. UI thread only."""

    state_changed = Signal()  # can() answers otherwise than before
    failed = Signal(object)  # StudioError that has no place of its own on the page
    open_relation = Signal(object, object)  # RelationName, Filter or None: show these rows, please
    step_asked = Signal(str)  # a next step, by its id, that is the window's to do ("connection.edit")

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context

    def title(self) -> str:
        """Return what stands on the page's tab, in the current language. No letter of it: the menus have those."""
        return ""

    def open(self, workspace: Workspace) -> None:
        """Show a database; nothing is read before the page is in sight. Also called after a lost connection."""

    def leave(self) -> None:
        """Let go of the workspace: the session ends after this."""

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
