"""CellEditing: opens the right editor over a cell, keeps it in place, and stages what it commits."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QObject, QRect, QSize, Signal
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from nexus_studio.core.data.cells import DEFAULT, Cell, RowKey, StagedCell
from nexus_studio.core.data.codecs import CodecRegistry
from nexus_studio.core.data.targets import Picker
from nexus_studio.core.errors import StudioError
from nexus_studio.core.schema.catalog import Column
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.grid.editors.big import BIG, BigEditor
from nexus_studio.ui.grid.editors.cell_editor import CellEditor, EditPlace
from nexus_studio.ui.grid.editors.line import LineEditor
from nexus_studio.ui.grid.editors.long_text import LongTextEditor
from nexus_studio.ui.grid.editors.reference import ReferenceEditor
from nexus_studio.ui.grid.editors.registry import EditorRegistry
from nexus_studio.ui.grid.locks import Lock
from nexus_studio.ui.grid.row_model import RowTableModel
from nexus_studio.ui.grid.row_view import RowView
from nexus_studio.ui.grid.shown import ShownRow
from nexus_studio.ui.grid.stager import Stager
from nexus_studio.ui.kit.tasks import Latest, TaskRunner


class CellEditing(QObject):
    """At most one open editor of a grid. UI thread only."""

    refused = Signal(object)  # Lock
    failed = Signal(object)  # StudioError
    stepped = Signal(int)  # an editor was left by Tab (1) or Shift+Tab (-1)
    target_asked = Signal(object, object)  # Column, dict: cells of the foreign key whose row is to be opened
    new_target_asked = Signal(object, object)  # Column, ShownRow: a row is to be made for it to point to
    filled = Signal(object, object, str)  # StagedCell, dict of cells that go with it, column: for all selected cells

    def __init__(
        self,
        view: RowView,
        model: RowTableModel,
        stager: Stager,
        runner: TaskRunner,
        codecs: CodecRegistry,
        editors: EditorRegistry,
    ) -> None:
        super().__init__(view)
        self._view, self._model, self._stager, self._runner = view, model, stager, runner
        self._codecs, self._editors = codecs, editors
        self._latest = Latest(runner, self)
        self._editor: CellEditor | None = None
        self._line, self._column = 0, 0  # where the open editor stands: a line of the whole table, a logical column
        self._shown: ShownRow | None = None
        self._whole: Cell = None
        self.time_zone = ""  # the session's: moments without an offset are read in it
        self.picker_of: Callable[[Column], Picker | None] = lambda _column: None
        self.target_of: Callable[[Column], str] = lambda _column: ""
        self.selects_more: Callable[[], bool] = lambda: False
        for bar in (view.verticalScrollBar(), view.horizontalScrollBar()):
            bar.valueChanged.connect(self.place)
        view.column_header.sectionResized.connect(self.place)
        model.loader.moved.connect(self._moved)
        model.loader.anew.connect(self._numbers_anew)
        model.modelReset.connect(self.place)
        view.viewport().installEventFilter(self)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._focus_changed)

    @property
    def editor(self) -> CellEditor | None:
        """The open editor."""
        return self._editor

    def begin(self, index: QModelIndex, text: str = "") -> None:
        """Open a cell's editor, with its value or with a character typed in its place.

        A cell that was cut is read whole first; a locked one says why.
        """
        self.finish()
        shown = self._model.shown(index.row()) if index.isValid() else None
        if shown is None or self._editor is not None:
            return
        column = self._model.columns[index.column()]
        lock = self._stager.lock(shown, column)
        if lock is not Lock.OPEN:
            self.refused.emit(lock)
            return
        if index.column() not in shown.sizes or shown.row is None:
            # In a masked column of a new row what was put there before (by keeping a row that vanished) stays hidden.
            is_masked = column.name in self._stager.parts.masked
            self._open(index, shown, DEFAULT if is_masked else shown.cells[index.column()], text)
            return
        row, parts, cut = shown.row, self._stager.parts, shown.cells[index.column()]

        def read(ctx: TaskContext) -> Cell:
            return parts.source.whole_cell(parts.relation, row.key, column.name, ctx, version=row.version)

        size = shown.sizes[index.column()]
        if size > BIG and isinstance(cut, str):
            editor = BigEditor(self._place_of(shown, column), self._view.viewport())
            editor.show_beginning(cut, size, read)
            self._take(editor, index, shown, text)
            return
        self._latest.start(
            read,
            lambda cell: self._open(index, shown, cell, text),
            self._fail,
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
        """Put the editor over its cell, inside what is seen."""
        editor = self._editor
        if editor is None:
            return
        index, room = self._index, self._view.viewport().rect()
        if not index.isValid():
            editor.move(0, -editor.height())  # its line is far away: out of sight, and still being edited
            return
        cell = self._view.cell_rect(index)
        size = self._wanted_size(editor, cell).boundedTo(room.size())
        place = QRect(cell.topLeft(), size)
        place.moveLeft(max(0, min(place.left(), room.width() - size.width())))
        if cell.bottom() >= 0 and cell.top() <= room.bottom():
            place.moveTop(max(0, min(place.top(), room.height() - size.height())))
        editor.setGeometry(place)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the editor inside of what is seen when the window changes its size."""
        if event.type() == QEvent.Type.Resize and isValid(self._view) and watched is self._view.viewport():
            self.place()
        return False

    # Private

    @property
    def _index(self) -> QModelIndex:
        """The cell of the open editor; invalid while its line is outside of the model's window."""
        row = self._line - self._model.base
        return self._model.index(row, self._column) if 0 <= row < self._model.rowCount() else QModelIndex()

    def _moved(self, delta: int) -> None:
        """Go with the row, which has another number now."""
        self._line += delta

    def _numbers_anew(self) -> None:
        """Commit what is open: its line means another row now, and what is typed belongs to the former one."""
        if not self.finish():
            self.cancel()

    def _open(
        self,
        index: QModelIndex,
        shown: ShownRow,
        cell: StagedCell,
        text: str,
        factory: type[LongTextEditor | BigEditor] | None = None,
    ) -> None:
        place = self._place_of(shown, self._model.columns[index.column()])
        if isinstance(cell, str) and len(cell) > BIG:
            factory = BigEditor
        if factory is not None:
            editor: CellEditor = factory(place, self._view.viewport())
            editor.set_cell(cell)
        else:
            editor = self._editors.create(place, cell, self._view.viewport())
        self._take(editor, index, shown, text)
        self._whole = cell if isinstance(cell, str) and index.column() in shown.sizes else None

    def _place_of(self, shown: ShownRow, column: Column) -> EditPlace:
        may_default = shown.draft is not None or bool(column.default) or bool(column.generated.value)
        codec = self._codecs.for_type(column.type)
        picker, target = self.picker_of(column), self.target_of(column)
        # The beginning of what is too large to be shown whole is nothing to be put elsewhere.
        fills = self.selects_more() and shown.sizes.get(self._model.columns.index(column), 0) <= BIG
        return EditPlace(column, codec, self._runner, picker, may_default, self.time_zone, target, fills)

    def _take(self, editor: CellEditor, index: QModelIndex, shown: ShownRow, text: str) -> None:
        """Put an editor over its cell and listen to it."""
        self._editor, self._shown, self._whole = editor, shown, None
        self._line, self._column = index.row() + self._model.base, index.column()
        self._model.loader.hold(True)
        editor.committed.connect(self._commit)
        editor.filled.connect(self._fill)
        editor.cancelled.connect(self._close)
        editor.stepped.connect(self.stepped)
        editor.size_wanted.connect(self.place)
        if isinstance(editor, ReferenceEditor):
            editor.target_asked.connect(self._go_to_target)
            editor.new_target_asked.connect(self._make_target)
        if isinstance(editor, LineEditor):
            editor.expand_asked.connect(self._expand)
        if text:
            editor.start_with(text)
        self._make_room(editor)
        self.place()
        editor.show()
        editor.setFocus()
        if not text:
            editor.open_up()

    def _expand(self) -> None:
        """Open what was typed so far with several lines."""
        editor, index, shown = self._editor, self._index, self._shown
        if isinstance(editor, LineEditor) and shown is not None and index.isValid():
            typed, is_touched, cell = editor.text(), editor.is_touched, shown.cells[index.column()]
            self._close()
            self._open(index, shown, cell, "", LongTextEditor)
            if is_touched and self._editor is not None:
                self._editor.set_text(typed)

    def _commit(self, cell: StagedCell) -> None:
        shown, column = self._shown, self._model.columns[self._column]
        others = self._companions()
        known: dict[RowKey, dict[str, Cell]] = {}
        if shown is not None and shown.row is not None and self._whole is not None:
            known = {shown.row.key: {column.name: self._whole}}
        # A whole value read for editing is the stored one only where nothing was staged before; the change set
        # keeps what it read first in any case.
        self._close()
        if shown is None:
            return
        for other, _cell in others:
            if (lock := self._stager.lock(shown, other)) is not Lock.OPEN:
                self.refused.emit(lock)  # a key is taken whole or not at all
                return
        self._stager.set_cells([(shown, column, cell), *((shown, other, theirs) for other, theirs in others)], known)

    def _fill(self, cell: StagedCell) -> None:
        column, others = self._model.columns[self._column], {}
        if self._editor is not None:
            others = dict(self._editor.companions)
        self._close()
        self.filled.emit(cell, others, column.name)

    def _companions(self) -> list[tuple[Column, Cell]]:
        """Return the other columns of a key that was picked whole, where they hold something else."""
        shown, editor = self._shown, self._editor
        if shown is None or editor is None:
            return []
        return [
            (column, editor.companions[column.name])
            for place, column in enumerate(self._model.columns)
            if column.name in editor.companions and shown.cells[place] != editor.companions[column.name]
        ]

    def _go_to_target(self, cells: dict[str, Cell]) -> None:
        """Open the row that the key in the editor points to; what was typed is staged first."""
        shown, column = self._shown, self._model.columns[self._column]
        if shown is None or self._editor is None:
            return
        here = {known.name: cell for known, cell in zip(self._model.columns, shown.cells, strict=False)}
        if not cells:
            cells = {column.name: self._editor.typed}
        if self.finish():
            self.target_asked.emit(column, {**here, **cells})

    def _make_target(self) -> None:
        shown, column = self._shown, self._model.columns[self._column]
        if shown is not None:
            self.cancel()
            self.new_target_asked.emit(column, shown)

    def _close(self) -> None:
        editor, self._editor = self._editor, None
        if editor is None:
            return
        # Before hiding: the view answers the loss of a child's focus as if Tab had been pressed.
        if _holds(editor, QApplication.focusWidget()) or QApplication.focusWidget() is None:
            self._view.setFocus()
        editor.hide()
        editor.deleteLater()
        self._shown = None
        self._model.loader.hold(False)

    def _wanted_size(self, editor: CellEditor, cell: QRect) -> QSize:
        layout = editor.layout()
        hint = editor.sizeHint() if layout is None else editor.sizeHint().expandedTo(layout.sizeHint())
        return hint.expandedTo(cell.size())

    def _make_room(self, editor: CellEditor) -> None:
        """Scroll the cell into view, and to the left as far as its editor is wider than what is right of it."""
        self._view.scrollTo(self._index)
        cell = self._view.cell_rect(self._index)
        missing = cell.left() + self._wanted_size(editor, cell).width() - self._view.viewport().width()
        places = self._view.column_header.places
        if missing > 0 and not places.is_frozen(self._column):
            bar = self._view.horizontalScrollBar()
            bar.setValue(bar.value() + min(missing, max(0, cell.left() - places.edge)))

    def _fail(self, error: StudioError) -> None:
        self.failed.emit(error)

    def _focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        editor = self._editor
        is_inside = editor is None or now is None or _holds(editor, now)
        if not is_inside and QApplication.activePopupWidget() is None and editor is not None:
            editor.commit()  # which cancels what was not touched, and knows of what is typed in a part


def _holds(ancestor: QWidget, widget: QWidget | None) -> bool:
    """Tell whether a widget belongs to another, dialogs and pop-ups it opened included."""
    while widget is not None:
        if widget is ancestor:
            return True
        widget = widget.parentWidget()
    return False
