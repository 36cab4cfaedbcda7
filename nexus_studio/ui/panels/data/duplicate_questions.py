"""The unique values that copies of rows need: what the original holds, and what the copy shall."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from nexus_studio.core.data.cells import DEFAULT, StagedCell
from nexus_studio.core.data.codecs import built_in_codecs
from nexus_studio.core.data.duplicate import DuplicatePlan, Place, Question
from nexus_studio.core.errors import InvalidValue
from nexus_studio.core.schema.catalog import Column
from nexus_studio.ui.kit.wording import reason_sentence

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_CODECS: Final = built_in_codecs()
_LONGEST: Final = 60
_LINE: Final = 32  # pixels
_MOST_LINES: Final = 5
_MOST_WIDTH: Final = 150


class Questions(QTableWidget):
    """The unique values that copies need: what the original holds, and what the copy shall."""

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(0, 4, parent)
        self.setObjectName("duplicate.questions")
        self.setAccessibleName(self.tr("Unique values of the copies"))
        self.setHorizontalHeaderLabels([self.tr("Row"), self.tr("Column"), self.tr("Original"), self.tr("Copy")])
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_LINE)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalHeader().setStretchLastSection(True)
        self._fields: dict[Place, _Answer] = {}

    def show_plan(self, plan: DuplicatePlan, typed: Mapping[Place, str], workspace: Workspace) -> None:
        """Ask a plan's questions; what was typed before stays."""
        if [each.place for each in plan.questions] == list(self._fields):
            return
        self.setRowCount(0)
        self.setRowCount(len(plan.questions))
        self._fields = {}
        for line, question in enumerate(plan.questions):
            original = plan.rows[question.row].original
            labels = (original.cells.get(name) for name in workspace.overlay.label_columns(original.relation))
            words = (str(original.relation.name), " ".join(cell for cell in labels if cell))
            held = (question.held or "")[:_LONGEST]
            for place, text in enumerate(("  ·  ".join(filter(None, words)), question.column, held)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.setItem(line, place, item)
            answer = _Answer(question, original.relation.column(question.column), typed.get(question.place), self)
            answer.changed.connect(self.changed)
            self.setCellWidget(line, 3, answer)
            self._fields[question.place] = answer
        for place in range(3):
            wanted = max(self.sizeHintForColumn(place), self.horizontalHeader().sectionSizeHint(place)) + 12
            self.setColumnWidth(place, min(_MOST_WIDTH, wanted))
        head = self.horizontalHeader().sizeHint().height()
        self.setFixedHeight(head + min(_MOST_LINES, len(plan.questions)) * _LINE + 4)

    def typed(self) -> dict[Place, str]:
        """Return what a person typed."""
        return {place: field.line.text() for place, field in self._fields.items() if field.line.isModified()}

    def answers(self) -> dict[Place, StagedCell] | None:
        """Return all answers; None while one is missing or no value of its type."""
        found = {place: field.answer() for place, field in self._fields.items()}
        return None if any(cell is DEFAULT for cell in found.values()) else found


class _Answer(QWidget):
    """One unique value: a line, and NULL where the column takes it."""

    changed = Signal()

    def __init__(self, question: Question, column: Column, typed: str | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._column = column
        name = f"{question.column}.{question.row}"
        proposed = question.proposed if isinstance(question.proposed, str) else ""
        self.line = QLineEdit(proposed if typed is None else typed, self)
        self.line.setObjectName(f"duplicate.value.{name}")
        self.line.setAccessibleName(self.tr("Value of {column}").format(column=question.column))
        self.line.setPlaceholderText(self.tr("A value of its own"))
        self.line.setModified(typed is not None)
        self.line.setCursorPosition(0)
        self.nothing = QCheckBox("NULL", self)
        self.nothing.setObjectName(f"duplicate.null.{name}")
        self.nothing.setAccessibleName(self.tr("{column} is NULL").format(column=question.column))
        self.nothing.setVisible(column.nullable)
        self.nothing.setChecked(question.proposed is None and typed is None)
        self.line.setEnabled(not self.nothing.isChecked())
        self.line.textChanged.connect(self._look)
        self.nothing.toggled.connect(self._toggled)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.addWidget(self.line, 1)
        row.addWidget(self.nothing)

    def answer(self) -> StagedCell:
        """Return the value; DEFAULT while there is none."""
        if self.nothing.isChecked():
            return None
        text = self.line.text()
        if not text:
            return DEFAULT
        try:
            return _CODECS.for_type(self._column.type).check(text, self._column.type)
        except InvalidValue:
            return DEFAULT

    def _toggled(self, is_null: bool) -> None:
        self.line.setEnabled(not is_null)
        self.changed.emit()

    def _look(self, text: str) -> None:
        try:
            _CODECS.for_type(self._column.type).check(text, self._column.type)
            self.line.setToolTip("")
        except InvalidValue as error:
            self.line.setToolTip(reason_sentence(error))
        self.changed.emit()
