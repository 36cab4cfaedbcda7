"""RowsPage: what the parts of a tab of rows (saving, the record, what is saved together) know of the tab."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.errors import StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.ui.grid.change_bar import ChangeBar
from nexus_studio.ui.grid.editors.cell_editor import CellEditor
from nexus_studio.ui.grid.grid_view import RowGrid
from nexus_studio.ui.grid.parts import GridParts

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace


class RowsPage(QWidget):
    """A tab of rows, as its parts see it. `TablePage` is it."""

    query_changed = Signal(object)  # RowQuery: the question asked here is another now
    follow_asked = Signal(object, object)  # RelationName, Filter
    inserted = Signal(object, object)  # tuple[RowChange, ...] that was saved, tuple[RowImage, ...] of the new rows
    target_wanted = Signal(object, object)  # ForeignKey, ShownRow: a row is to be made for it to point to
    record_changed = Signal()  # another row is current, or its cells changed
    state_changed = Signal()
    failed = Signal(object)  # StudioError without a place of its own here

    workspace: Workspace
    query: RowQuery
    relation: Relation | None
    changes: ChangeSet | None
    grid: RowGrid
    change_bar: ChangeBar

    @property
    def name(self) -> RelationName:
        """The relation shown."""
        return self.query.relation

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the rows, in the order of their cells; none before it is known what the relation is like."""
        return self.changes.columns if self.changes is not None else ()

    @property
    def is_dirty(self) -> bool:
        """Whether edits are staged, or wait for values that must be read first."""
        return self.changes is not None and (not self.changes.is_empty or self.grid.stager.holds_edits)

    def parts(self, relation: Relation) -> GridParts:
        """Return what the grid shows the relation with."""
        raise NotImplementedError

    def finish_edit(self) -> bool:
        """Stage what is being typed; False when it is refused and its editor stays open."""
        return self.grid.editing.finish()

    @property
    def open_editor(self) -> CellEditor | None:
        """The editor that is open somewhere on the page."""
        return self.grid.editing.editor

    def show_error(self, error: StudioError) -> None:
        """Say what went wrong where it was asked for."""
        raise NotImplementedError

    def edit_field(self, column: str) -> None:
        """Open the editor on a column of the current row."""
        raise NotImplementedError

    def ask(self, query: RowQuery) -> None:
        """Ask another question of the same relation."""
        raise NotImplementedError

    def show_above(self, widget: QWidget) -> None:
        """Show something between the filter bar and the rows; it goes when it is deleted."""
        raise NotImplementedError

    def changes_changed(self) -> None:
        """Show what is staged now."""
        raise NotImplementedError

    @property
    def is_saving(self) -> bool:
        """Whether a save of what is staged here runs, be it another tab's along with which it is saved."""
        raise NotImplementedError

    def set_saving(self, saving: bool) -> None:
        """Leave what is staged here alone while it is saved."""
        raise NotImplementedError

    def forget_refusals(self) -> None:
        """Take away what the last save was refused for: its reason may be gone, and the next one tells."""
        if self.changes is not None and self.changes.forget_refusals():
            self.change_bar.clear_refusal()
            self.grid.changes_touched()

    def when_staged(self, go: Callable[[], None]) -> None:
        """Go on once all that is typed and waits here is staged; not at all if it can't be."""
        raise NotImplementedError

    def saved(self, frozen: tuple[RowChange, ...]) -> None:
        """Take in that these changes were written."""
        raise NotImplementedError

    def refused(self, frozen: tuple[RowChange, ...], error: StudioError) -> None:
        """Take in that these changes were not written, and why."""
        raise NotImplementedError
