"""RowGrid: the table of rows, editable - its editors, its keys, its menus and its clipboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QEvent, QLocale, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QWidget

from nexus_studio.core.data.cells import DEFAULT, Cell, StagedCell
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.codecs import built_in_codecs
from nexus_studio.core.data.rowformats import Format
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.data.targets import Picker
from nexus_studio.core.schema.catalog import Column, Relation
from nexus_studio.ui.grid.blocks import END, Block, block_spans
from nexus_studio.ui.grid.bulk import Bulk
from nexus_studio.ui.grid.cell_editing import CellEditing
from nexus_studio.ui.grid.cell_judging import CellJudging
from nexus_studio.ui.grid.clipboard import from_clipboard
from nexus_studio.ui.grid.columns_dialog import open_columns
from nexus_studio.ui.grid.copy_menu import open_copy_menu
from nexus_studio.ui.grid.copying import Copying
from nexus_studio.ui.grid.editors.registry import EditorRegistry, built_in_editors
from nexus_studio.ui.grid.empty_offer import EmptyOffer
from nexus_studio.ui.grid.go_to_dialog import GoToDialog
from nexus_studio.ui.grid.grid_keys import action_for
from nexus_studio.ui.grid.grid_menus import fill_cell_menu, fill_column_menu, open_menu
from nexus_studio.ui.grid.labels import LabelParts
from nexus_studio.ui.grid.locks import Lock, lock_sentence
from nexus_studio.ui.grid.parts import GridParts
from nexus_studio.ui.grid.row_board import MOST_ROWS, RowBoard
from nexus_studio.ui.grid.row_gathering import Gathering, in_order, lines_in, too_many
from nexus_studio.ui.grid.row_model import WINDOW
from nexus_studio.ui.grid.selection import place_of, restore
from nexus_studio.ui.grid.shown import ShownRow
from nexus_studio.ui.grid.stager import StageParts, Stager
from nexus_studio.ui.grid.target_finding import find_for
from nexus_studio.ui.grid.tooltips import cell_tooltip, column_tooltip
from nexus_studio.ui.grid.totalling import Totalling
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.notices import NoticeButton

_LOCK_NOTICE: Final = "grid.lock"
_FREEZE_NOTICE: Final = "grid.freeze"


class RowGrid(RowBoard):
    """Shows and edits the rows of one relation. UI thread only; whatever waits, waits in a task.

    The shell binds its actions to the public methods. Keys that no action of the window takes first are handled here
    with the same meaning (`grid_keys`), so that the grid is whole when it stands alone.
    """

    follow_requested = Signal(object, object)  # ForeignKey, the cells it points with (tuple of Cell)
    filter_by_requested = Signal(object)  # Condition
    target_wanted = Signal(object, object)  # ForeignKey, ShownRow: a row is to be made for it to point to
    reveal_requested = Signal(object, object)  # ShownRow, Column: a masked value is to be looked at
    changes_changed = Signal()
    locked = Signal(str)  # why an edit was refused, translated

    def __init__(
        self,
        context: UiContext,
        parent: QWidget | None = None,
        *,
        editors: EditorRegistry | None = None,
        window: int = WINDOW,
    ) -> None:
        super().__init__(context, parent, window=window)
        codecs = built_in_codecs()
        self.stager = Stager(context.runner, self)
        registry = editors or built_in_editors()
        self.editing = CellEditing(self.view, self.model, self.stager, context.runner, codecs, registry)
        self.judging = CellJudging(self.stager, context.runner, self)
        self.totalling = Totalling(self.view, self.model, self.chooser, context.runner)
        self.gathering = Gathering(self.model, context.runner, self)
        self.copying = Copying(self.view, self.model, self.stager, codecs, context)
        self.bulk = Bulk(self.view, self.model, self.stager, codecs, context)
        self._connect()
        self._name_parts()
        EmptyOffer(self, self.stager).clicked.connect(self.insert_row)

    def set_access(self, lock: Lock) -> None:
        """Say what the connection allows from now on; what is staged stays, what is being typed is staged first."""
        if lock is not Lock.OPEN and not self.editing.finish():
            self.editing.cancel()
        self.stager.set_access(lock)
        if self.parts is not None:
            self.parts = replace(self.parts, read_only=lock is not Lock.OPEN)

    def open(self, parts: GridParts, relation: Relation, query: RowQuery, changes: ChangeSet) -> None:
        """Show a relation's rows. `changes` holds its staged edits and may have some already."""
        self.editing.cancel()
        self.stager.open(StageParts(parts.source, relation, changes, parts.overlay, parts.read_only, parts.masked))
        self.judging.open(parts.judge)
        self.editing.time_zone = parts.judge.time_zone if parts.judge is not None else ""
        super().open(parts, relation, query, changes)
        self.totalling.open(parts, relation)

    def close_rows(self) -> None:
        """Cancel what runs and let the session go; staged edits stay with their change set."""
        self.editing.cancel()
        self.judging.open(None)
        super().close_rows()

    def changes_touched(self) -> None:
        """Look at the change set again, after somebody else changed it (a save, marks of a failure, a revert)."""
        place = place_of(self.view, self.model)
        self.model.sync_changes()
        if place is not None and not self.view.currentIndex().isValid():
            self._is_lost = not restore(self.view, self.model, place, by_key=True)
        self.view.viewport().update()
        self.view.line_header.viewport().update()
        self.changes_changed.emit()
        self._tell_row()

    def go_to_draft(self, draft: int) -> None:
        """Go to a staged new row, by its number."""
        line = self.model.line_of_draft(draft)
        if line is not None:
            self.go_to_line(line)

    # ---- what the person does

    def begin_edit(self, text: str = "") -> None:
        """Open the editor of the current cell."""
        self.editing.begin(self.view.currentIndex(), text)

    def set_null(self) -> None:
        """Make the selected cells NULL; columns that do not take it are left alone."""
        self._set_selected(None)

    def set_default(self) -> None:
        """Leave the selected cells to the database."""
        self._set_selected(DEFAULT)

    def stage(self, column: str, cell: StagedCell) -> None:
        """Stage one cell of the current row, as its editor would."""
        if (shown := self.current_row()) is not None:
            self.set_cell(shown, column, cell)

    def set_cell(self, shown: ShownRow, column: str, cell: StagedCell) -> None:
        """Stage one cell of a row."""
        known = next((known for known in self.model.columns if known.name == column), None)
        if known is not None:
            self.stager.set_cells([(shown, known, cell)])

    def insert_row(self) -> None:
        """Add a new row."""
        if self.editing.finish():
            self.stager.insert()

    def duplicate_rows(self) -> None:
        """Add copies of the selected rows."""
        if self.editing.finish():
            self._take(lambda lines, _blocks: self.stager.duplicate(in_order(lines)))

    def delete_rows(self) -> None:
        """Mark the selected rows for deletion; drafts go at once. On rows marked already it takes the mark back."""
        if self.editing.finish():
            self._take(lambda lines, _blocks: self._delete(in_order(lines)))

    def _delete(self, rows: list[ShownRow]) -> None:
        if all(shown.is_deleted for shown in rows):
            self.stager.undelete(rows)
        else:
            self.stager.delete(rows)

    def revert_rows(self) -> None:
        """Take back what is staged for the selected rows."""
        if self.editing.finish():
            self._take(lambda lines, _blocks: self.stager.revert(in_order(lines)))

    def undo(self) -> None:
        """Take back the last step of staging."""
        if self._changes is not None and self.editing.finish():
            self.stager.finish()
            if self._changes.undo():
                self.changes_touched()

    def redo(self) -> None:
        """Do the last undone step again."""
        if self._changes is not None and self.editing.finish():
            self.stager.finish()
            if self._changes.redo():
                self.changes_touched()

    def copy(self, form: Format = Format.TSV) -> None:
        """Put the selected cells on the clipboard, tab-separated unless told otherwise."""
        if self.parts is not None and self._relation is not None and (query := self.query) is not None:
            self.copying.copy(self.parts, self._relation, query, form)

    def add_up(self) -> None:
        """Have the server add up the selected cells."""
        if (query := self.query) is not None:
            self.totalling.ask_server(query)

    def ask_copy(self) -> None:
        """Let the person choose in which form to copy."""
        open_copy_menu(self)

    def paste(self) -> None:
        """Stage a block of cells from the clipboard, from the current cell to the right and down.

        One value alone fills the selection.
        """
        if self.editing.finish() and self.copying.holds_one_value:
            self._take(self.copying.fill)
        elif self.editing.finish() and (place := self.chooser.stands) is not None:
            cells = from_clipboard()
            reached = (Block(place[0], place[0] + len(cells) - 1, place[1], place[1]),) if cells else ()
            self._take(lambda lines, _blocks: self.copying.paste(cells, lines, place), reached)

    def paste_rows(self) -> None:
        """Show what the clipboard becomes as new rows, to be staged."""
        if self.parts is not None and self.editing.finish():
            self.bulk.ask_rows(self.current_column())

    def fill_down(self) -> None:
        """Give the selected cells what the first of them holds, column by column; one line takes what is above."""
        if self.editing.finish():
            stands, blocks = self.chooser.stands, self.chooser.blocks
            if not blocks and stands is not None:
                blocks = (Block(stands[0], stands[0], stands[1], stands[1]),)
            reached = self.bulk.reach_down(blocks)
            self._take(self.bulk.fill_down, reached)

    def find_and_replace(self) -> None:
        """Ask what to replace in the selected cells."""
        if self.editing.finish():
            self._take(self.bulk.ask_replacement)

    def reveal(self) -> None:
        """Ask to look at the current cell's value, which the connection hides."""
        if self._may_reveal:
            self.reveal_requested.emit(self.current_row(), self.current_column())

    @property
    def _may_reveal(self) -> bool:
        """Whether there is a hidden value to be looked at where one stands: of a stored row, and not NULL."""
        shown, column = self.current_row(), self.current_column()
        if shown is None or shown.row is None or column is None or not column.masked:
            return False
        return shown.row.cells[self.model.columns.index(column)] is not None

    def _spread(self, cell: StagedCell, others: Mapping[str, Cell], column: str) -> None:
        self._take(lambda lines, blocks: self.bulk.spread(cell, others, lines, blocks, column))

    def follow(self) -> None:
        """Ask to open the row that the current cell's foreign key points to."""
        shown, key = self.current_row(), self.foreign_key(self.current_column())
        if shown is None or key is None:
            return
        places = {known.name: index for index, known in enumerate(self.model.columns)}
        if self.stager.parts.masked.intersection(key.columns):
            self.refuse(Lock.MASKED)  # the filter over there would say what the cell hides
            return
        cells = tuple(shown.cells[places[name]] for name in key.columns if name in places)
        pointing = tuple(cell for cell in cells if isinstance(cell, str))
        if len(pointing) == len(key.columns):
            self.follow_requested.emit(key, pointing)

    def ask_row(self) -> None:
        """Ask for a row's number or key and go there."""
        if self.editing.finish():
            GoToDialog(self).open()

    # ---- with an editor open

    def go_to_line(self, line: int, column: int | None = None) -> None:
        """Go to a line of the whole table, once the open editor has committed."""
        if self.editing.finish():
            super().go_to_line(line, column)

    def set_query(self, query: RowQuery) -> None:
        """Ask another question of the same relation; its rows take the place of these when they arrive."""
        if self.editing.finish():
            super().set_query(query)

    # ---- columns

    def move_column_left(self) -> None:
        """Move the current column past its neighbour on the left."""
        self._step_column(-1)

    def move_column_right(self) -> None:
        """Move the current column past its neighbour on the right."""
        self._step_column(1)

    def open_column_menu(self) -> None:
        """Open the menu of the current column below its head."""
        index, header = self.view.currentIndex(), self.view.column_header
        if index.isValid():
            self.view.scrollTo(index)
            place = QPoint(header.places.x_of(index.column()), header.height())
            self._show_column_menu(index.column(), header.viewport().mapToGlobal(place))

    def choose_columns(self) -> None:
        """Open the list of columns: which are shown, and in which order."""
        if self.model.columns and self.editing.finish():
            open_columns(self, self.columns, self.model.columns, self.reset_layout)

    def reset_layout(self) -> None:
        """Lay the columns out as the table has them, as wide as they want."""
        self.columns.reset()
        self.sizes.reset()

    # ---- private

    def _step_column(self, by: int) -> None:
        if self.view.currentIndex().isValid() and self.editing.finish():
            self.columns.step(self.view.currentIndex().column(), by)

    def _connect(self) -> None:
        view = self.view
        view.followed.connect(self.follow)
        view.selectionModel().currentChanged.connect(self._forget_lock)
        view.doubleClicked.connect(self._double_clicked)
        view.customContextMenuRequested.connect(self._show_menu)
        view.column_header.menu_asked.connect(self._show_column_menu)
        view.handle_key = self._handle_key
        view.tooltip_at = lambda index: cell_tooltip(self.model, self.stager, index, self.label_of)
        view.column_header.tooltip_of = self._column_tooltip
        self.stager.staged.connect(self.changes_touched)
        self.stager.refused.connect(self.refuse)
        self.stager.failed.connect(self.failed)
        self.stager.outdated.connect(self.refresh)
        self.stager.drafted.connect(self.go_to_draft)
        self.judging.marked.connect(self.changes_touched)
        self.editing.refused.connect(self.refuse)
        self.editing.failed.connect(self.failed)
        self.editing.stepped.connect(self._step)
        self.editing.picker_of = lambda column: self.picker_of(column, whole=True)
        self.editing.target_of = self._target_of
        self.editing.selects_more = lambda: not self.chooser.is_single
        self.editing.filled.connect(self._spread)
        self.editing.target_asked.connect(self._open_target)
        self.editing.new_target_asked.connect(self._want_target)
        self.columns.crowded.connect(self._say_crowded)
        self.copying.failed.connect(self.failed)
        self.totalling.failed.connect(self.failed)
        self.changes_changed.connect(self.totalling.look_again)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._name_parts()

    def _name_parts(self) -> None:
        """Name what Qt makes for a table, for screen readers."""
        across = self.view.horizontalScrollBar()
        across.setObjectName("grid_scroll_columns")
        for part, name in (
            (self._bar, self.tr("Scroll through all rows")),
            (across, self.tr("Scroll through the columns")),
            (self.view.column_header, self.tr("Columns")),
            (self.view.line_header, self.tr("Row numbers")),
        ):
            part.setAccessibleName(name)

    def _forget_lock(self) -> None:
        """Take down why another cell could not be edited."""
        self.context.notices.withdraw(_LOCK_NOTICE)

    def _double_clicked(self) -> None:
        self.begin_edit()

    def _column_tooltip(self, column: Column) -> str:
        if self._relation is None or self.parts is None:
            return ""
        return column_tooltip(self._relation, self.parts, column)

    def _handle_key(self, event: QKeyEvent) -> bool:
        action = action_for(event)
        if action is None:
            return False
        if action.takes_text:
            self.begin_edit(event.text())
        else:
            getattr(self, action.method)()
        return True

    def _step(self, by: int) -> None:
        move = QAbstractItemView.CursorAction.MoveNext if by > 0 else QAbstractItemView.CursorAction.MovePrevious
        index = self.view.moveCursor(move, Qt.KeyboardModifier.NoModifier)
        if index.isValid():
            self.view.make_current(index)

    def _set_selected(self, cell: StagedCell) -> None:
        if not self.editing.finish():
            return
        self._take(lambda lines, blocks: self._set_cells(cell, lines, blocks))

    def _set_cells(self, cell: StagedCell, lines: Mapping[int, ShownRow], blocks: Sequence[Block]) -> None:
        cells: list[tuple[ShownRow, Column, StagedCell]] = []
        for block in blocks:
            shown_ones = range(block.left, block.right + 1)
            columns = [self.model.columns[c] for c in shown_ones if not self.view.column_header.isSectionHidden(c)]
            for line in sorted(line for line in lines if block.top <= line <= block.bottom):
                shown = lines[line]
                cells += [(shown, column, cell) for column in columns if _takes(cell, shown, column)]
        if cells:
            self.stager.set_cells(cells)
        elif cell is None:
            self._say(self.tr("This column does not take NULL."))
        else:
            self._say(self.tr("This column has no default."))

    def _take(
        self,
        then: Callable[[dict[int, ShownRow], tuple[Block, ...]], None],
        reached: tuple[Block, ...] | None = None,
    ) -> None:
        """Do something with the selected rows; those that are not here are read first. Too many are refused.

        `reached` are the rows it is done with instead of those selected.
        """
        stands, blocks = self.chooser.stands, self.chooser.blocks if reached is None else reached
        if not blocks and stands is not None and reached is None:
            blocks = (Block(stands[0], stands[0], stands[1], stands[1]),)
        if self.parts is None or self._relation is None or self._changes is None or (query := self.query) is None:
            return
        spans = block_spans(blocks, END + 1)
        if too_many(self.model, spans, MOST_ROWS):
            most = QLocale().toString(MOST_ROWS)
            self._say(self.tr("At most {most} rows are changed at a time.").format(most=most))
            return
        asked = (self.parts, self._relation, query, self._changes)
        lines = lines_in(self.model, spans)
        self.gathering.take(asked, lines, MOST_ROWS, lambda found: then(found, blocks) if found else None, self._fail)

    def picker_of(self, column: Column, *, whole: bool = False) -> Picker | None:
        """Return what finds the rows a column may point to; None where it is in no foreign key.

        Of keys of several columns only where the `whole` key can be taken.
        """
        key, parts = self.foreign_key(column), self.parts
        if key is None or parts is None or (len(key.columns) != 1 and not whole):
            return None
        place = key.columns.index(column.name)
        labels = LabelParts(parts.source, parts.catalog, parts.overlay)
        return Picker(lambda text, ctx: find_for(labels, key, text, ctx), key.columns, place)

    def _target_of(self, column: Column) -> str:
        key = self.foreign_key(column)
        return key.target.name if key is not None else ""

    def _open_target(self, column: Column, cells: Mapping[str, StagedCell]) -> None:
        key = self.foreign_key(column)
        found = [cells.get(name) for name in key.columns] if key is not None else []
        if key is not None and all(isinstance(cell, str) for cell in found):
            self.follow_requested.emit(key, tuple(found))

    def _want_target(self, column: Column, shown: ShownRow) -> None:
        if (key := self.foreign_key(column)) is not None:
            self.target_wanted.emit(key, shown)

    def refuse(self, lock: Lock) -> None:
        """Say why the current cell can't be edited; a hidden value is offered to be looked at."""
        offers = lock is Lock.MASKED and self._may_reveal
        buttons = (NoticeButton(self.tr("Reveal…"), self.reveal),) if offers else ()
        self._say(lock_sentence(lock), buttons)

    def _say(self, text: str, buttons: tuple[NoticeButton, ...] = ()) -> None:
        self.context.notices.info(text, buttons=buttons, key=_LOCK_NOTICE)
        self.locked.emit(text)

    def _say_crowded(self, stays: int, wanted: int) -> None:
        words = self.tr("%Ln column(s) of {wanted} stay in place: there is no room for more.", "", stays)
        self.context.notices.info(words.format(wanted=wanted), key=_FREEZE_NOTICE)

    def _show_menu(self, place: QPoint) -> None:
        index = self.view.indexAt(place)
        if index.isValid() and not self.view.selectionModel().isSelected(index):
            self.view.make_current(index)
        menu = open_menu(self, "grid_menu")
        fill_cell_menu(menu, self)
        menu.popup(self.view.viewport().mapToGlobal(place))

    def _show_column_menu(self, logical: int, place: QPoint) -> None:
        menu = open_menu(self, "grid_column_menu")
        fill_column_menu(menu, self, logical)
        menu.popup(place)


def _takes(cell: StagedCell, shown: ShownRow, column: Column) -> bool:
    """Tell whether a column takes NULL, or has a default, whichever is meant."""
    if cell is None:
        return column.nullable
    return shown.draft is not None or bool(column.default) or bool(column.generated.value)
