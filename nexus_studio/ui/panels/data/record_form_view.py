"""The view of the record form: fields below one another, each with its name, its value and a remark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from nexus_studio.ui.panels.data.record_form_model import NAME, REMARK, VALUE, FormModel

_LINE: Final = 28
_NAMES: Final = 0.28  # of the width, at most
_REMARKS: Final = 0.30
_VALUES: Final = 0.35  # at least, for who edits them


class FieldsView(QTableView):
    """The fields: names and remarks as wide as they need, up to a share, remarks also where values are short."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("record_form.fields")
        self.handle_key: Callable[[QKeyEvent], bool] = lambda _event: False

    def open(self, model: FormModel) -> None:
        """Show a model's fields."""
        self.setModel(model)
        self._form = model
        model.modelReset.connect(self._fit)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(_LINE)
        header = self.horizontalHeader()
        header.hide()
        for column in (NAME, REMARK):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(VALUE, QHeaderView.ResizeMode.Stretch)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.handle_key(event):
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.clearSpans()
        for line in self._form.headings():
            self.setSpan(line, 0, 1, self._form.columnCount())
        width = self.viewport().width()
        header = self.horizontalHeader()
        names = min(int(width * _NAMES), self._wanted(NAME))
        spare = width - names - max(int(width * _VALUES), self._wanted(VALUE))
        header.resizeSection(NAME, names)
        header.resizeSection(REMARK, min(max(int(width * _REMARKS), spare), self._wanted(REMARK)))

    def _wanted(self, column: int) -> int:
        return max(40, self.sizeHintForColumn(column) + 8)
