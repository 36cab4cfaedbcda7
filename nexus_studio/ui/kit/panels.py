"""How a panel is declared; its base class, in `panel.py`, is offered here too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject

from nexus_studio.core.profiles import Capability
from nexus_studio.ui.kit.actions import ActionSpec, without_mnemonic
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.panel import PaletteEntry, Panel, PanelState

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

__all__ = ["Area", "PaletteEntry", "Panel", "PanelSpec", "PanelState"]


class Area(Enum):
    """Where a panel is offered."""

    RAIL = "rail"


@dataclass(frozen=True, slots=True)
class PanelSpec:
    """A panel's declaration.

    `title` is English source text marked with QT_TRANSLATE_NOOP("panels", ...), "&" before its letter in the menu.
    `at_start` is called whenever a database was opened, whether the panel was ever looked at or not: with the window's
    context, the workspace, and who owns what it starts. It begins tasks and returns at once.
    """

    id: str
    title: str
    icon: str
    make: Callable[[UiContext], Panel]
    area: Area = Area.RAIL
    needs: Capability = Capability.BROWSE
    actions: tuple[ActionSpec, ...] = ()
    at_start: Callable[[UiContext, Workspace, QObject], None] | None = None

    @property
    def translated_title(self) -> str:
        """The title in the current language."""
        return without_mnemonic(QCoreApplication.translate("panels", self.title))
