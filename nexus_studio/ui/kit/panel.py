"""The base class of panels, their state, and the two sentences they may say to the rest of the window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.data.filters import Filter
from nexus_studio.core.effects import Effects
from nexus_studio.core.names import RelationName
from nexus_studio.ui.kit.context import UiContext

if TYPE_CHECKING:
    from nexus_studio.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """One thing to go to or do from the palette. `hint` stands behind the title: a schema, a shortcut."""

    title: str
    hint: str
    icon: str
    run: Callable[[], None]


@dataclass(frozen=True, slots=True)
class PanelState:
    """What the current panel can do now; `ActionTable.refresh` enables actions by it and by nothing else.

    `panel` is the panel's id, empty when there is none. `can` names further abilities that only some panels have
    ("back", "forward", "go_to_row").
    """

    panel: str = ""
    has_selection: bool = False
    dirty: bool = False
    busy: bool = False
    writable: bool = False
    can_undo: bool = False
    can_redo: bool = False
    can: frozenset[str] = field(default_factory=frozenset)


class Panel(QWidget):
    """One place of the window. Gets `UiContext` once, when made, and a `Workspace` on each connect."""

    state_changed = Signal()  # state() answers otherwise than before
    open_relation = Signal(object, object)  # RelationName, Filter or None: show these rows, please
    stage_asked = Signal(object, object)  # RelationName, tuple[RowChange, ...]: stage these, to be reviewed and saved
    # Mapping[RelationName, tuple[RowChange, ...]]: the same, to be saved as one; the id of the saved set they take back
    stage_all_asked = Signal(object, str)
    failed = Signal(object)  # StudioError that has no place of its own in the panel
    step_asked = Signal(str)  # a next step, by its id, that is the window's to do ("project.open")

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context

    def open(self, workspace: Workspace) -> None:
        """Show a database. Also called when a lost connection was replaced: staged edits must then survive."""

    def leave(self) -> None:
        """Let go of the workspace: the session ends after this."""

    def access_changed(self) -> None:
        """Hear that the session may be written to now, or no longer: production was unlocked, or locked again."""

    def on_effects(self, effects: Effects) -> None:
        """Hear what a write changed; a hidden panel only notes that it is stale and reads again when shown."""

    def may_close(self) -> bool:
        """Tell whether nothing would be lost; ask the person when edits are staged."""
        return True

    def state(self) -> PanelState:
        """Tell what can be done now."""
        return PanelState()

    def status_widget(self) -> QWidget | None:
        """Return what the status bar shows while the panel is in sight: where one is, how many there are."""
        return None

    def palette_entries(self) -> tuple[PaletteEntry, ...]:
        """Return what the palette offers beside the actions: tables, for example."""
        return ()

    def show_relation(self, name: RelationName, condition: Filter | None = None) -> None:
        """Show a relation's rows; a panel that shows no rows ignores it."""

    def stage(self, name: RelationName, changes: tuple[RowChange, ...]) -> None:
        """Show a relation and stage changes of its rows; a panel that shows no rows ignores it."""

    def stage_all(self, changes: Mapping[RelationName, tuple[RowChange, ...]], takes_back: str = "") -> None:
        """Show relations and stage changes of their rows, to be saved in one transaction.

        Args:
            changes: What to stage.
            takes_back: The id of the saved set whose inverse they are.
        """

    def cure(self, step: str) -> None:
        """Do the next step that an error offered, by its id; unknown ones are ignored."""
