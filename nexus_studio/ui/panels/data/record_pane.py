"""The record pane: the row in hand as a form, and the rows related to it, both ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, QLocale, QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QLabel,
    QPushButton,
    QScrollArea,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.data.cells import RowCount
from nexus_studio.core.schema.catalog import ForeignKey
from nexus_studio.ui.kit.elided import ElidedButton, ElidedLabel
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.theme import Theme
from nexus_studio.ui.panels.data.record_model import Field, RecordModel

_MOST_NAME = 0.4  # of the width, for the fields' names; their values get the rest
_LINE = 26
_LEAST_RELATED = 120  # pixels, where there is that much to show


@dataclass(frozen=True, slots=True)
class RelatedRows:
    """A line of "Related": the key that leads to the rows, from the other side (`incoming`) or from this one.

    `through`: the key's table is one of pairs, and this is its key to the rows that are meant.
    """

    key: ForeignKey
    incoming: bool
    count: RowCount | None = None
    through: ForeignKey | None = None


class RecordPane(QWidget):
    """Shows one row. Editing opens where the row is: in the grid, on the field's column."""

    edit_asked = Signal(str)  # column
    related_chosen = Signal(object)  # RelatedRows

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("record_pane")
        self._title = ElidedLabel(self)
        self._title.setObjectName("record.title")
        self._title.setProperty("subtitle", True)
        self._model = RecordModel(theme, self)
        self._fields = _fields_view(self._model, self)
        self.setFocusProxy(self._fields)
        self._related_title = QLabel(self)
        self._related_title.setProperty("subtitle", True)
        self._related_box = QFrame(self)
        self._related = QVBoxLayout(self._related_box)
        self._related.setContentsMargins(0, 0, 0, 0)
        self._related.setSpacing(2)
        self._buttons: dict[tuple[ForeignKey, bool], QPushButton] = {}
        self._lines: dict[tuple[ForeignKey, bool], RelatedRows] = {}
        self._arrange()
        self._fields.activated.connect(self._edit)
        self._fields.doubleClicked.connect(self._edit)
        self._retranslate()
        self.show_nothing()

    def show_record(self, title: str, fields: Sequence[Field], related: Sequence[RelatedRows]) -> None:
        """Show a row; the counts of related rows may come later through `show_counts`."""
        self._title.say(title)
        self._title.setToolTip(title)
        self._split.setVisible(bool(fields))
        self._model.show(tuple(fields))
        self._show_related(related)

    def show_counts(self, counts: Mapping[ForeignKey, RowCount]) -> None:
        """Fill in how many rows point here."""
        for (key, incoming), button in self._buttons.items():
            if incoming and key in counts:
                line = self._lines[key, incoming] = replace(self._lines[key, incoming], count=counts[key])
                button.setText(self._related_text(line))

    def show_nothing(self) -> None:
        """Say that no row is chosen."""
        self.show_record(self.tr("No row selected"), (), ())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share()

    def _arrange(self) -> None:
        scroll = QScrollArea(self)
        scroll.setObjectName("record.related")
        self._scroll = scroll
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # its lines give way
        self._below = below = QWidget(scroll)
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 4, 0, 0)
        column.addWidget(self._related_title)
        column.addWidget(self._related_box)
        column.addStretch(1)
        scroll.setWidget(below)
        self._split = split = QSplitter(Qt.Orientation.Vertical, self)
        split.setObjectName("record.split")
        split.addWidget(self._fields)
        split.addWidget(scroll)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 0)
        split.setSizes([400, 200])
        split.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 0)
        layout.setSpacing(8)
        layout.addWidget(self._title)
        layout.addWidget(split, 1)
        layout.addStretch(0)

    def _show_related(self, related: Sequence[RelatedRows]) -> None:
        wanted = [(line.key, line.incoming) for line in related]
        self._lines = {(line.key, line.incoming): line for line in related}
        if wanted != list(self._buttons):
            for button in self._buttons.values():
                button.hide()
                button.deleteLater()
            self._buttons = {(line.key, line.incoming): self._related_button(line) for line in related}
        for line in related:
            self._buttons[line.key, line.incoming].setText(self._related_text(line))
        self._related_title.setVisible(bool(related))
        self._fit_related(bool(related))

    def _fit_related(self, has_any: bool) -> None:
        """Give what is below no more room than it fills: the fields have the rest."""
        self._scroll.setVisible(has_any)
        self._related.invalidate()
        if (layout := self._below.layout()) is not None:
            layout.invalidate()
        height = self._below.sizeHint().height()
        self._scroll.setMinimumHeight(min(_LEAST_RELATED, height))
        self._scroll.setMaximumHeight(height)
        QTimer.singleShot(0, self, self._share)  # the splitter has told their heights by then

    def _share(self) -> None:
        """Give what is below the height that it fills, where the fields do not fill theirs."""
        above, below = self._split.sizes()
        spare = above - self._model.rowCount() * _LINE
        if below and (more := min(spare, self._scroll.maximumHeight() - below)) > 0:
            self._split.setSizes([above - more, below + more])

    def _related_button(self, line: RelatedRows) -> QPushButton:
        button = ElidedButton(self._related_box)
        button.setObjectName(f"record.related.{line.key.name}")
        button.setProperty("row", True)
        button.setIcon(icon("link" if line.incoming else "external", "text-muted"))
        button.clicked.connect(lambda: self.related_chosen.emit(self._lines[line.key, line.incoming]))
        self._related.addWidget(button)
        button.show()  # at once, so that its height counts
        return button

    def _related_text(self, line: RelatedRows) -> str:
        columns = ", ".join(line.key.columns)
        name = f"{line.key.table}  ({columns})" if line.incoming else f"{columns} → {line.key.target}"
        if line.through is not None:
            words = self.tr("{table}  (through {pairs})")
            name = words.format(table=line.through.target, pairs=line.key.table)
        if line.count is not None:
            more = "+" if line.count.certainty == "at least" else ""
            name = f"{name}   {QLocale().toString(line.count.value)}{more}"
        key = (line.key, line.incoming)
        if key in self._buttons:
            self._buttons[key].setAccessibleName(name)
        return name

    def _edit(self, index: QModelIndex) -> None:
        self.edit_asked.emit(self._model.field(index).column.name)

    def _retranslate(self) -> None:
        self._fields.setAccessibleName(self.tr("Fields of the row"))
        self._related_title.setText(self.tr("Related"))
        self._scroll.setAccessibleName(self.tr("Related"))


class _FieldsView(QTableView):
    """The fields. Names are as wide as they need, up to a share of the width."""

    def fit_names(self) -> None:
        """Give the names their width."""
        most = int(self.viewport().width() * _MOST_NAME)
        self.horizontalHeader().resizeSection(0, min(most, max(0, self.sizeHintForColumn(0)) + 8))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit_names()


def _fields_view(model: RecordModel, parent: QWidget) -> QTableView:
    view = _FieldsView(parent)
    view.setObjectName("record.fields")
    view.setModel(model)
    model.modelReset.connect(view.fit_names)
    view.setFrameShape(QTableView.Shape.NoFrame)
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.setTabKeyNavigation(False)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.verticalHeader().hide()
    view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    view.verticalHeader().setDefaultSectionSize(_LINE)
    header = view.horizontalHeader()
    header.hide()
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
    header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
    return view
