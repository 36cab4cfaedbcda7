"""FieldEditing: the editors of the record form - the same as the grid's, each over its own field."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QObject, QRect, Signal
from PySide6.QtWidgets import QAbstractItemView, QApplication, QWidget

from nexus_studio.core.data.cells import DEFAULT, Cell, RowKey, StagedCell
from nexus_studio.core.data.codecs import built_in_codecs
from nexus_studio.core.schema.catalog import Column
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.grid.editors.big import BIG, BigEditor
from nexus_studio.ui.grid.editors.cell_editor import CellEditor, EditPlace
from nexus_studio.ui.grid.editors.line import LineEditor
from nexus_studio.ui.grid.editors.long_text import LongTextEditor
from nexus_studio.ui.grid.editors.reference import ReferenceEditor
from nexus_studio.ui.grid.editors.registry import built_in_editors
from nexus_studio.ui.grid.locks import Lock
from nexus_studio.ui.grid.shown import ShownRow
from nexus_studio.ui.kit.tasks import Latest, TaskRunner
from nexus_studio.ui.panels.data.filtering import equal_to
from nexus_studio.ui.panels.data.rows_page import RowsPage


class FieldEditing(QObject):
    """At most one open editor of a form. What it commits is staged as the grid would stage it. UI thread only."""

    refused = Signal(object)  # Lock
    stepped = Signal(str, int)  # the column of an editor that was left by Tab (1) or Shift+Tab (-1)

    def __init__(
        self,
        view: QAbstractItemView,
        page: RowsPage,
        row: Callable[[], ShownRow | None],
        index_of: Callable[[str], QModelIndex],
        runner: TaskRunner,
    ) -> None:
        super().__init__(view)
        self._view, self._page, self._row, self._index_of, self._runner = view, page, row, index_of, runner
        self._codecs, self._editors = built_in_codecs(), built_in_editors()
        self._latest = Latest(runner, self)
        self._editor: CellEditor | None = None
        self._shown: ShownRow | None = None
        self._whole: Cell = None
        view.verticalScrollBar().valueChanged.connect(self.place)
        view.model().modelReset.connect(self.place)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._focus_changed)

    @property
    def editor(self) -> CellEditor | None:
        """The open editor."""
        return self._editor

    def begin(self, column: Column, text: str = "") -> None:
        """Open a field's editor, with its value or with a character typed in its place; a locked one says why.

        A value that was cut is read whole first.
        """
        shown = self._row()
        if not self.finish() or shown is None:
            return
        stager = self._page.grid.stager
        if (lock := stager.lock(shown, column)) is not Lock.OPEN:
            self.refused.emit(lock)
            return
        place = self._page.columns.index(column.name)
        if place not in shown.sizes or shown.row is None:
            is_hidden = column.name in stager.parts.masked
            self._open(column, shown, DEFAULT if is_hidden else shown.cells[place], text)
            return
        row, parts = shown.row, stager.parts

        def read(ctx: TaskContext) -> Cell:
            return parts.source.whole_cell(parts.relation, row.key, column.name, ctx, version=row.version)

        if shown.sizes[place] > BIG and isinstance(cut := shown.cells[place], str):
            editor = BigEditor(self._place_of(shown, column), self._view.viewport())
            editor.show_beginning(cut, shown.sizes[place], read)
            self._take(editor, shown, text)
            return
        self._latest.start(
            read,
            lambda cell: self._open(column, shown, cell, text, is_stored=True),
            self._page.failed.emit,
            self.tr("Reading the whole value"),
        )

    def finish(self) -> bool:
        """Commit what is open; False when it is refused and stays."""
        self._latest.cancel()
        return self._editor is None or self._editor.commit()

    def cancel(self) -> None:
        """Close what is open without a change."""
        self._latest.cancel()
        if self._editor is not None:
            self._editor.cancel()

    def place(self) -> None:
        """Put the editor over its field, inside what is seen."""
        editor = self._editor
        if editor is None:
            return
        index = self._index_of(editor.place.column.name)
        if not index.isValid():
            editor.move(0, -editor.height())  # filtered away, and still being edited
            return
        cell, room = self._view.visualRect(index), self._view.viewport().rect()
        layout = editor.layout()
        hint = editor.sizeHint() if layout is None else editor.sizeHint().expandedTo(layout.sizeHint())
        size = hint.expandedTo(cell.size()).boundedTo(room.size())
        place = QRect(cell.topLeft(), size)
        place.moveLeft(max(0, min(place.left(), room.width() - size.width())))
        if cell.bottom() >= 0 and cell.top() <= room.bottom():
            place.moveTop(max(0, min(place.top(), room.height() - size.height())))
        editor.setGeometry(place)

    # Private

    def _open(self, column: Column, shown: ShownRow, cell: StagedCell, text: str, *, is_stored: bool = False) -> None:
        place = self._place_of(shown, column)
        if isinstance(cell, str) and len(cell) > BIG:
            editor: CellEditor = BigEditor(place, self._view.viewport())
            editor.set_cell(cell)
        else:
            editor = self._editors.create(place, cell, self._view.viewport())
        self._take(editor, shown, text)
        self._whole = cell if isinstance(cell, str) and is_stored else None

    def _place_of(self, shown: ShownRow, column: Column) -> EditPlace:
        grid = self._page.grid
        may_default = shown.draft is not None or bool(column.default) or bool(column.generated.value)
        key = grid.foreign_key(column)
        return EditPlace(
            column,
            self._codecs.for_type(column.type),
            self._runner,
            grid.picker_of(column, whole=True),
            may_default,
            grid.editing.time_zone,
            key.target.name if key is not None else "",
        )

    def _take(self, editor: CellEditor, shown: ShownRow, text: str) -> None:
        self._editor, self._shown, self._whole = editor, shown, None
        editor.committed.connect(self._commit)
        editor.cancelled.connect(self._close)
        editor.stepped.connect(lambda by: self.stepped.emit(editor.place.column.name, by))
        editor.size_wanted.connect(self.place)
        if isinstance(editor, ReferenceEditor):
            editor.target_asked.connect(self._go_to_target)
            editor.new_target_asked.connect(self._make_target)
        if isinstance(editor, LineEditor):
            editor.expand_asked.connect(self._expand)
        if text:
            editor.start_with(text)
        self._view.scrollTo(self._index_of(editor.place.column.name))
        self.place()
        editor.show()
        editor.setFocus()
        if not text:
            editor.open_up()

    def _expand(self) -> None:
        """Open what was typed so far with several lines."""
        editor, shown = self._editor, self._shown
        if isinstance(editor, LineEditor) and shown is not None:
            column, typed, is_touched = editor.place.column, editor.text(), editor.is_touched
            cell = shown.cells[self._page.columns.index(column.name)]
            self._close()
            larger = LongTextEditor(self._place_of(shown, column), self._view.viewport())
            larger.set_cell(cell)
            self._take(larger, shown, "")
            if is_touched:
                larger.set_text(typed)

    def _commit(self, cell: StagedCell) -> None:
        editor, shown, whole = self._editor, self._shown, self._whole
        if editor is None or shown is None:
            return
        column, others = editor.place.column, editor.companions
        relation, columns, stager = self._page.relation, self._page.columns, self._page.grid.stager
        self._close()
        if relation is None:
            return
        cells = [(shown, column, cell)]
        for name, theirs in others.items():
            if name in columns and shown.cells[columns.index(name)] != theirs:
                cells.append((shown, relation.column(name), theirs))
        for each, other, _ in cells:
            if (lock := stager.lock(each, other)) is not Lock.OPEN:
                self.refused.emit(lock)  # a key is taken whole or not at all
                return
        known: dict[RowKey, dict[str, Cell]] = {}
        if shown.row is not None and whole is not None:
            known = {shown.row.key: {column.name: whole}}
        stager.set_cells(cells, known)

    def _go_to_target(self, cells: dict[str, Cell]) -> None:
        """Open the row that the key in the editor points to; what was typed is staged first."""
        editor, shown = self._editor, self._shown
        if editor is None or shown is None:
            return
        key = self._page.grid.foreign_key(editor.place.column)
        here = dict(zip(self._page.columns, shown.cells, strict=False))
        here |= cells or {editor.place.column.name: editor.typed}
        found = [here.get(name) for name in key.columns] if key is not None else []
        texts = tuple(cell for cell in found if isinstance(cell, str))
        if self.finish() and key is not None and len(texts) == len(key.columns):
            self._page.follow_asked.emit(key.target, equal_to(key.target_columns, texts))

    def _make_target(self) -> None:
        editor, shown = self._editor, self._shown
        if editor is None or shown is None:
            return
        key = self._page.grid.foreign_key(editor.place.column)
        self.cancel()
        if key is not None:
            self._page.grid.target_wanted.emit(key, shown)

    def _close(self) -> None:
        editor, self._editor = self._editor, None
        if editor is None:
            return
        if holds(editor, QApplication.focusWidget()) or QApplication.focusWidget() is None:
            self._view.setFocus()
        editor.hide()
        editor.deleteLater()
        self._shown = None

    def _focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        editor = self._editor
        if editor is None or now is None or holds(editor, now) or QApplication.activePopupWidget() is not None:
            return
        editor.commit()


def holds(ancestor: QWidget, widget: QWidget | None) -> bool:
    """Tell whether a widget belongs to another, dialogs and pop-ups it opened included."""
    while widget is not None:
        if widget is ancestor:
            return True
        widget = widget.parentWidget()
    return False
