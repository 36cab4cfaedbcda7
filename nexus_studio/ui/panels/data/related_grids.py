"""RelatedGrids: the rows that point to a row, each table's first ones as a small grid; and the rows it points to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QLocale, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.conventions import other_side
from nexus_studio.core.data.filters import Filter
from nexus_studio.core.errors import PermissionDenied, StudioError, TimedOut
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Column, ForeignKey
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.relatedrows import RelatedSample, joined_sample, related_sample, target_label
from nexus_studio.ui.grid.looks import line_of
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.elided import ElidedButton
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.wording import sentence
from nexus_studio.ui.panels.data.filtering import equal_to
from nexus_studio.ui.panels.data.record_pane import RelatedRows
from nexus_studio.ui.panels.data.rows_page import RowsPage

SETTLE_MS: Final = 150
"""Milliseconds a row stays current before what points to it is read: who walks through rows reads nothing."""

_LINE: Final = 24
_MOST_WIDTH: Final = 180  # pixels of a column
_LONGEST: Final = 60  # characters of a cell


class RelatedGrids(QScrollArea):
    """Reads one table after another, each bounded; all of it is cancelled when another row is shown. UI thread only."""

    related_chosen = Signal(object)  # RelatedRows: open all of them
    row_chosen = Signal(object, object)  # RelationName, Filter: open this one of them

    def __init__(self, page: RowsPage, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("record_form.related")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self._page = page
        self._latest = Latest(context.runner, self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._next)
        self._waiting: list[tuple[ForeignKey, bool]] = []
        self._cells: Mapping[str, Cell] = {}
        self._asked: object = None
        self._sections: dict[tuple[ForeignKey, bool], _Section] = {}
        inside = QWidget(self)
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(8, 0, 0, 8)
        self._column.setSpacing(6)
        self._title = label("", "subtitle", name="record_form.related_title")
        self._empty = label("", "muted", name="record_form.no_related")
        self._column.addWidget(self._title)
        self._column.addWidget(self._empty)
        self._column.addStretch(1)
        self.setWidget(inside)
        self._retranslate()

    def show_for(self, lines: Sequence[RelatedRows], cells: Mapping[str, Cell] | None) -> None:
        """Show what belongs to a row: `cells` are its stored ones, None for a row that is not stored or not here."""
        keys = [(line.key, line.incoming) for line in lines]
        if keys != list(self._sections):
            self._make(lines)
        wanted = (tuple(keys), None if cells is None else tuple(cells.items()))
        if wanted == self._asked:
            return
        self._asked = wanted
        self.stop()
        for section in self._sections.values():
            section.show_waiting()
        if cells is not None and keys:
            self._cells, self._waiting = dict(cells), sorted(keys, key=lambda each: each[1])
            self._timer.start()

    def read_again(self) -> None:
        """Forget what was read: it may be otherwise by now."""
        self._asked = None

    def stop(self) -> None:
        """Cancel what is read, and what would be."""
        self._timer.stop()
        self._latest.cancel()
        self._waiting = []

    @property
    def is_busy(self) -> bool:
        """Whether something is still to be read."""
        return self._timer.isActive() or self._latest.is_busy or bool(self._waiting)

    def section(self, key: ForeignKey, *, incoming: bool = True) -> QWidget:
        """Return the part of one foreign key."""
        return self._sections[key, incoming]

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    # inside

    def _make(self, lines: Sequence[RelatedRows]) -> None:
        for section in self._sections.values():
            section.hide()
            section.deleteLater()
        self._sections = {}
        for line in lines:
            section = _Section(line, self.widget())
            section.opened.connect(self.related_chosen)
            section.row_opened.connect(self.row_chosen)
            self._sections[line.key, line.incoming] = section
            self._column.insertWidget(self._column.count() - 1, section)
        self._empty.setVisible(not lines)

    def _next(self) -> None:
        """Read the next table."""
        if not self._waiting:
            return
        key, incoming = self._waiting.pop(0)
        cells, workspace = self._cells, self._page.workspace

        def sample(ctx: TaskContext) -> RelatedSample:
            session, overlay = workspace.session, workspace.overlay
            relation = workspace.catalog.relation(key.table, ctx)
            if (other := other_side(relation, key)) is None:
                return related_sample(session, relation, key, cells, overlay, ctx)
            meant = workspace.catalog.relation(other.target, ctx)
            return joined_sample(session, relation, key, other, meant, cells, overlay, ctx)

        def target(ctx: TaskContext) -> str:
            relation = workspace.catalog.relation(key.target, ctx)
            return target_label(workspace.rows, relation, key, cells, workspace.overlay, ctx)

        if incoming:
            self._latest.start(sample, partial(self._show, key), partial(self._fail, key))
        else:
            self._latest.start(target, partial(self._name, key), lambda _error: self._next())

    def _show(self, key: ForeignKey, sample: RelatedSample) -> None:
        if (section := self._sections.get((key, True))) is not None:
            section.show_sample(sample)
        self._next()

    def _name(self, key: ForeignKey, words: str) -> None:
        if (section := self._sections.get((key, False))) is not None:
            section.say_target(words)
        self._next()

    def _fail(self, key: ForeignKey, error: StudioError) -> None:
        if (section := self._sections.get((key, True))) is not None:
            section.show_error(error)
        self._next()

    def _retranslate(self) -> None:
        self.setAccessibleName(self.tr("Related"))
        self._title.setText(self.tr("Related"))
        self._empty.setText(self.tr("No foreign key leads here or away."))


class _Section(QWidget):
    """One foreign key: a button that opens all rows, below it the first ones."""

    opened = Signal(object)  # RelatedRows
    row_opened = Signal(object, object)  # RelationName, Filter

    def __init__(self, line: RelatedRows, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._line = line
        self._ways: tuple[Filter, ...] = ()  # to each row shown
        name = line.key.name
        self.setObjectName(f"record_form.section.{name}")
        self.button = ElidedButton(self)
        self.button.setObjectName(f"record_form.open.{name}")
        self.button.setProperty("row", True)
        self.button.setIcon(icon("link" if line.incoming else "external", "text-muted"))
        self.button.clicked.connect(lambda: self.opened.emit(self._line))
        self.table: QTableWidget | None = None
        self.said = label("", "muted", name=f"record_form.said.{name}")
        self.said.setContentsMargins(26, 0, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.button)
        column.addWidget(self.said)
        self.said.hide()
        self._say()

    def say_target(self, words: str) -> None:
        """Name the row that is pointed to."""
        self._say(words)

    def show_waiting(self) -> None:
        """Show that it is not known yet."""
        self._say()
        self._ways = ()
        if self.table is not None:
            self.table.hide()
        self.said.hide()

    def show_sample(self, sample: RelatedSample) -> None:
        """Show the first rows."""
        more = "+" if sample.count.certainty == "at least" else ""
        self._line = replace(self._line, through=sample.through)
        self._say(f"{QLocale().toString(sample.count.value)}{more}")
        self._ways = tuple(equal_to(sample.key_columns, key.cells) for key in sample.keys)
        self.said.hide()
        if not sample.rows or not sample.columns:
            if self.table is not None:
                self.table.hide()
            return
        table = self._table()
        table.setColumnCount(len(sample.columns))
        table.setRowCount(len(sample.rows))
        table.setHorizontalHeaderLabels([column.name for column in sample.columns])
        for row, cells in enumerate(sample.rows):
            for place, (column, cell) in enumerate(zip(sample.columns, cells, strict=True)):
                table.setItem(row, place, _item(column, cell))
        for place in range(len(sample.columns)):
            wanted = max(table.sizeHintForColumn(place), table.horizontalHeader().sectionSizeHint(place)) + 8
            table.horizontalHeader().resizeSection(place, min(_MOST_WIDTH, wanted))
        head = table.horizontalHeader().sizeHint().height()
        bar = table.horizontalScrollBar().sizeHint().height()
        table.setFixedHeight(head + len(sample.rows) * _LINE + bar + 2)
        table.show()

    def show_error(self, error: StudioError) -> None:
        """Say why the rows are not here."""
        if self.table is not None:
            self.table.hide()
        if isinstance(error, TimedOut):
            self.said.setText(self.tr("Counting takes too long: no index helps. Open them to look."))
        elif isinstance(error, PermissionDenied):
            self.said.setText(self.tr("Your role may not read them."))
        else:
            self.said.setText(sentence(error).title)
        self.said.show()

    def _say(self, more: str = "") -> None:
        key = self._line.key
        columns = ", ".join(key.columns)
        name = f"{key.table}  ({columns})" if self._line.incoming else f"{columns} → {key.target}"
        if self._line.through is not None:
            words = self.tr("{table}  (through {pairs})")
            name = words.format(table=self._line.through.target, pairs=key.table)
        name = f"{name}   {more}" if more else name
        self.button.setText(name)
        self.button.setAccessibleName(name)

    def _table(self) -> QTableWidget:
        if self.table is None:
            self.table = table = QTableWidget(self)
            table.setObjectName(f"record_form.rows.{self._line.key.name}")
            table.setAccessibleName(self.tr("First rows of {table}").format(table=self._table_meant()))
            table.setFrameShape(QFrame.Shape.NoFrame)
            table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
            table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
            table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
            table.setTabKeyNavigation(False)
            table.setWordWrap(False)
            table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            table.verticalHeader().hide()
            table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            table.verticalHeader().setDefaultSectionSize(_LINE)
            table.horizontalHeader().setHighlightSections(False)
            table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            table.activated.connect(lambda index: self._open_row(index.row()))
            layout = self.layout()
            if layout is not None:
                layout.addWidget(table)
        return self.table

    def _table_meant(self) -> RelationName:
        """Return the table whose rows are shown: the other side of one of pairs."""
        return self._line.key.table if self._line.through is None else self._line.through.target

    def _open_row(self, row: int) -> None:
        if row < len(self._ways):
            self.row_opened.emit(self._table_meant(), self._ways[row])
        else:
            self.opened.emit(self._line)


def _item(column: Column, cell: Cell) -> QTableWidgetItem:
    text = "NULL" if cell is None else line_of(cell, column.type)[:_LONGEST]
    item = QTableWidgetItem(text)
    if cell is None:
        font = item.font()
        font.setItalic(True)
        item.setFont(font)
    return item
