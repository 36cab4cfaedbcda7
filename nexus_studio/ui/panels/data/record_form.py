"""RecordForm: one row over the whole tab - every field with its editor in place, and what is related beside it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QLocale, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.data.cells import DEFAULT, StagedCell
from nexus_studio.core.data.filters import Filter
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Column
from nexus_studio.ui.grid.locks import Lock, lock_sentence
from nexus_studio.ui.grid.shown import ShownRow
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.elided import ElidedLabel
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.panels.data.current_record import CurrentRecord
from nexus_studio.ui.panels.data.record_editing import FieldEditing
from nexus_studio.ui.panels.data.record_form_model import VALUE, FormModel, Shown
from nexus_studio.ui.panels.data.record_form_view import FieldsView
from nexus_studio.ui.panels.data.record_pane import RelatedRows
from nexus_studio.ui.panels.data.related_grids import RelatedGrids
from nexus_studio.ui.panels.data.rows_page import RowsPage
from nexus_studio.ui.panels.data.whole_row import is_partial

_LOCK_NOTICE: Final = "record.lock"


class RecordForm(QWidget):
    """The current row of a page as a form. It shows and stages what the grid would; the grid stays where it is."""

    left = Signal()  # back to the rows
    duplicate_asked = Signal()

    def __init__(
        self, page: RowsPage, current: CurrentRecord, context: UiContext, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("record_form")
        self._page, self._current, self._context = page, current, context
        self.model = FormModel(context.theme, self)
        self.view = FieldsView(self)
        self.view.open(self.model)
        self.editing = FieldEditing(self.view, page, current.row, self._index_of, context.runner)
        self.related = RelatedGrids(page, context, self)
        self._title = ElidedLabel(self)
        self._position = QLabel(self)
        self._strip = QLabel(self)
        self.search = QLineEdit(self)
        self._which = QComboBox(self)
        self._groups = self._tool("record_form.groups", "check-list")
        self._previous = self._tool("record_form.previous", "chevron-up")
        self._next = self._tool("record_form.next", "chevron-down")
        self._duplicate = self._tool("record_form.duplicate", "copy")
        self._close = self._tool("record_form.close", "table")
        self._column = ""  # the field one stands on, also while it is filtered away
        self._arrange()
        self._wire()
        self._retranslate()

    # what is shown

    def show_row(self) -> None:
        """Show the page's current row as it is now."""
        record, shown = self._current.read(), self._current.row()
        relation = self._page.relation
        if record is None or shown is None or relation is None:
            self._title.say(self.tr("No row selected"))
            self.model.show_row((), ())
            self.related.show_for((), None)
            self._tell(None)
            return
        title, fields, related = record
        stager = self._page.grid.stager
        self.model.show_row(fields, [stager.lock(shown, field.column) for field in fields])
        self._title.say(title, str(relation.name))
        self._tell(shown)
        there = self._page.grid.current_column()
        if there is not None and self.model.line_of(there.name) is not None:
            self._column = there.name  # who moves the grid's cell, to one that was refused as well, moves the field
        self._stand()
        stored = None
        if shown.row is not None and not is_partial(shown):
            stored = dict(zip(self._page.columns, shown.row.cells, strict=False))
        self.related.show_for(related, stored)

    def edit(self, column: str) -> None:
        """Open a field's editor."""
        line = self.model.line_of(column)
        if line is None:
            self.search.clear()
            self._which.setCurrentIndex(0)
            line = self.model.line_of(column)
        if line is not None:
            self.view.setCurrentIndex(self.model.index(line, VALUE))
            self._begin()

    def step(self, by: int) -> None:
        """Go to the next row, or to one before, once what is typed is staged."""
        grid = self._page.grid
        index = grid.view.currentIndex()
        if not self.editing.finish():
            return
        if index.isValid():
            grid.go_to_line(grid.model.base + index.row() + by)
        else:
            grid.go_to_start()
        self.show_row()

    def finish(self) -> bool:
        """Stage what is being typed; False when it is refused and stays."""
        return self.editing.finish()

    def leave(self) -> None:
        """Stop what runs: the form is not in sight any more."""
        self.related.stop()
        self.related.read_again()
        self._context.notices.withdraw(_LOCK_NOTICE)

    def current_column(self) -> Column | None:
        """Return the column of the field one stands on."""
        field = self.model.field_at(self.view.currentIndex().row())
        return field.column if field is not None else None

    def set_cell(self, cell: StagedCell) -> None:
        """Make the current field NULL or leave it to the database, where it takes that."""
        shown, column = self._current.row(), self.current_column()
        if shown is None or column is None or not self.editing.finish():
            return
        if cell is None and not column.nullable:
            self._say(self.tr("This column does not take NULL."))
        elif cell is DEFAULT and shown.draft is None and not column.default and not column.generated.value:
            self._say(self.tr("This column has no default."))
        else:
            self._page.grid.stager.set_cells([(shown, column, cell)])

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
            self.show_row()

    # inside

    def _tell(self, shown: ShownRow | None) -> None:
        """Say where the row stands, and what holds for all of it."""
        grid = self._page.grid
        index = grid.view.currentIndex()
        lines = grid.model.lines
        line = grid.model.base + index.row() if index.isValid() else -1
        self._previous.setEnabled(line > 0)
        self._next.setEnabled(line + 1 < lines)
        some, every = self.model.counts
        number = QLocale().toString
        words = self.tr("{some} of {all} fields") if some < every else self.tr("{all} fields")
        self._position.setText(words.format(some=number(some), all=number(every)))
        lock = self.model.common_lock
        said = [lock_sentence(lock)] if lock is not Lock.OPEN else []
        if shown is not None and (reason := shown.reasons.get(-1, "")):
            said.insert(0, reason)
        self._strip.setText("  ".join(said))
        self._strip.setVisible(bool(said))

    def _stand(self) -> None:
        """Stand on the same field in every row."""
        line = self.model.line_of(self._column) if self._column else None
        if line is None:
            line = next((each for each in range(self.model.rowCount()) if self.model.field_at(each)), None)
        if line is not None and self.view.currentIndex().row() != line:
            self.view.setCurrentIndex(self.model.index(line, VALUE))

    def _index_of(self, column: str) -> QModelIndex:
        line = self.model.line_of(column)
        return QModelIndex() if line is None else self.model.index(line, VALUE)

    def _begin(self, text: str = "") -> None:
        if (column := self.current_column()) is not None:
            self.editing.begin(column, text)

    def _moved(self) -> None:
        self._context.notices.withdraw(_LOCK_NOTICE)
        if (column := self.current_column()) is not None:
            self._column = column.name
            self._point(column)

    def _point(self, column: Column) -> None:
        """Stand on the same cell in the grid: what actions do to the current cell, they do to this field."""
        view = self._page.grid.view
        index = view.currentIndex()
        place = self._page.columns.index(column.name)
        if index.isValid() and (index.column() != place or len(view.selectedIndexes()) != 1):
            view.make_current(index.siblingAtColumn(place))

    def _go_on(self, column: str, by: int) -> None:
        """Open the editor of the next field that can be edited."""
        line = self.model.line_of(column)
        line = None if line is None else line + by
        while line is not None and 0 <= line < self.model.rowCount():
            if self.model.field_at(line) is not None and self.model.lock_at(line) is Lock.OPEN:
                self.view.setCurrentIndex(self.model.index(line, VALUE))
                self._begin()
                return
            line += by

    def _filter(self) -> None:
        shown = self._which.currentData()
        kind = Shown(shown) if shown else Shown.ALL
        self.model.show_part(self.search.text(), kind, is_grouped=self._groups.isChecked())
        self._stand()
        self._tell(self._current.row())

    def _handle_key(self, event: QKeyEvent) -> bool:
        key, held = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
        is_control, is_plain = held == control, held in {Qt.KeyboardModifier.NoModifier, shift}
        if is_control and key in {Qt.Key.Key_Down, Qt.Key.Key_Up}:
            self.step(1 if key == Qt.Key.Key_Down else -1)
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2} and is_plain:
            self._begin()
        elif key == Qt.Key.Key_Escape:
            self.left.emit()
        elif is_control and key == Qt.Key.Key_0:
            self.set_cell(None)
        elif key == Qt.Key.Key_0 and held == control | shift:
            self.set_cell(DEFAULT)
        elif is_control and key == Qt.Key.Key_C:
            self._copy()
        elif is_plain and event.text().isprintable() and event.text().strip():
            self._begin(event.text())
        else:
            return False
        return True

    def _copy(self) -> None:
        shown, column = self._current.row(), self.current_column()
        if shown is not None and column is not None and column.name not in self._page.grid.stager.parts.masked:
            cell = shown.cells[self._page.columns.index(column.name)]
            QApplication.clipboard().setText(cell if isinstance(cell, str) else "")

    def _open_related(self, line: RelatedRows) -> None:
        if self.editing.finish():
            self._current.show_related(line)

    def _open_row(self, name: RelationName, way: Filter) -> None:
        if self.editing.finish():
            self._page.follow_asked.emit(name, way)

    def _refuse(self, lock: Lock) -> None:
        self._page.grid.refuse(lock)  # its current cell is the field one stands on

    def _say(self, text: str) -> None:
        self._context.notices.info(text, key=_LOCK_NOTICE)

    def _tool(self, name: str, sign: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setIcon(icon(sign))
        button.setAutoRaise(True)
        return button

    def _arrange(self) -> None:
        self._title.setObjectName("record_form.title")
        self._title.setProperty("subtitle", True)
        self._position.setObjectName("record_form.position")
        self._position.setProperty("muted", True)
        self._strip.setObjectName("record_form.strip")
        self._strip.setProperty("tone", "warning")
        self._strip.setWordWrap(True)
        self._strip.setTextFormat(Qt.TextFormat.PlainText)
        self._strip.hide()
        self.search.setObjectName("record_form.search")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search", "text-muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.setFixedWidth(180)
        self._which.setObjectName("record_form.which")
        for shown in Shown:
            self._which.addItem("", shown.value)
        self._groups.setCheckable(True)
        self._groups.setChecked(True)
        head = QHBoxLayout()
        head.setSpacing(4)
        for widget in (self._previous, self._next):
            head.addWidget(widget)
        head.addWidget(self._title, 1)
        parts: tuple[QWidget, ...] = (self._position, self.search, self._which)
        for part in (*parts, self._groups, self._duplicate, self._close):
            head.addWidget(part)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setObjectName("record_form.split")
        split.setChildrenCollapsible(False)
        split.addWidget(self.view)
        split.addWidget(self.related)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setSizes([600, 400])
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self._strip)
        column.addWidget(split, 1)
        self.setFocusProxy(self.view)

    def _wire(self) -> None:
        self.view.handle_key = self._handle_key
        self.view.doubleClicked.connect(lambda _index: self._begin())
        self.view.selectionModel().currentChanged.connect(self._moved)
        self.editing.refused.connect(self._refuse)
        self.editing.stepped.connect(self._go_on)
        self.related.related_chosen.connect(self._open_related)
        self.related.row_chosen.connect(self._open_row)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self.view.setFocus)
        self._which.currentIndexChanged.connect(self._filter)
        self._groups.toggled.connect(self._filter)
        self._previous.clicked.connect(lambda: self.step(-1))
        self._next.clicked.connect(lambda: self.step(1))
        self._duplicate.clicked.connect(self.duplicate_asked)
        self._close.clicked.connect(self.left)

    def _retranslate(self) -> None:
        words = {
            self._previous: self.tr("Previous row (Ctrl+Up)"),
            self._next: self.tr("Next row (Ctrl+Down)"),
            self._groups: self.tr("Group fields by their names"),
            self._duplicate: self.tr("Duplicate with related rows…"),
            self._close: self.tr("Back to the rows (Esc)"),
        }
        for button, text in words.items():
            button.setToolTip(text)
            button.setAccessibleName(text)
        self.search.setPlaceholderText(self.tr("Find a field"))
        self.search.setAccessibleName(self.tr("Find a field"))
        self._which.setAccessibleName(self.tr("Fields shown"))
        kinds = (self.tr("All"), self.tr("Filled"), self.tr("Changed"), self.tr("Editable"))
        for number, text in enumerate(kinds):
            self._which.setItemText(number, text)
        self.view.setAccessibleName(self.tr("Fields of the row"))
