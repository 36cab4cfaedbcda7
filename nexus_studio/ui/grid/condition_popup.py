"""ConditionPopup: column, operator and value of one filter condition, each fitting the one before."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QWidget,
)

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.codecs import CodecRegistry
from nexus_studio.core.data.filters import OPERATORS, Arity, Condition, operators_for
from nexus_studio.core.data.targets import Picker
from nexus_studio.core.errors import InvalidValue
from nexus_studio.core.schema.catalog import Column, Relation
from nexus_studio.ui.grid.column_field import ColumnField
from nexus_studio.ui.grid.condition_hints import Hints, hints_for
from nexus_studio.ui.grid.condition_values import checked, choices_for, list_text, listed
from nexus_studio.ui.grid.found_list import FoundList, TargetFinder
from nexus_studio.ui.grid.operator_words import operator_words
from nexus_studio.ui.grid.popups import Popup
from nexus_studio.ui.kit.wording import reason_sentence

_WIDTH = 300


class ConditionPopup(Popup):
    """Edits a draft of one condition; what is applied is told by `accepted`, invalid values are refused here."""

    accepted = Signal(object)  # Condition

    def __init__(
        self,
        relation: Relation,
        codecs: CodecRegistry,
        parent: QWidget | None = None,
        *,
        finder: TargetFinder | None = None,
    ) -> None:
        super().__init__("condition_popup", _WIDTH, parent)
        self._codecs = codecs
        self._finder = finder
        self._columns = {column.name: column for column in relation.columns if column.is_shown}
        self._column = ColumnField(tuple(self._columns.values()), self)
        self._column.setObjectName("condition_column")
        self._column.setAccessibleName(self.tr("Column"))
        self._column.taken.connect(self._column_taken)
        self._operator = _combo("condition_operator", self.tr("Operator"), self)
        self._operator.activated.connect(self._operator_chosen)
        self._chosen = ""  # the operator that was chosen, here or before; another column keeps it where it fits
        self._first = _line("condition_value", self.tr("Value"), self)
        self._second = _line("condition_second_value", self.tr("Upper value"), self)
        self._list = QListWidget(self)
        self._list.setObjectName("condition_list")
        self._list.setAccessibleName(self.tr("Values"))
        self._list.setMinimumHeight(120)
        self._list.setMaximumHeight(160)
        self._found = FoundList(finder.runner if finder is not None else None, self)
        self._found.chosen.connect(self._take_found)
        self._found.searched.connect(self._tell_searched)
        self._fields = QWidget(self)
        self._message = QLabel(self)
        self._message.setObjectName("condition_message")
        self._message.setProperty("tone", "danger")
        self._message.setWordWrap(True)
        self._note = QLabel(self)
        self._note.setObjectName("condition_note")
        self._note.setProperty("muted", True)
        self._note.setWordWrap(True)
        self._apply = QPushButton(self.tr("Apply"), self)
        self._apply.setObjectName("condition_apply")
        self._apply.setProperty("primary", True)
        self._lay_out()
        self._column.currentIndexChanged.connect(self._column_changed)
        self._operator.currentIndexChanged.connect(self._operator_changed)
        self._apply.clicked.connect(self.accept)
        self._first.textEdited.connect(self._found.search)
        for field in (self._first, self._second, self._list, self._found):
            field.installEventFilter(self)
        self._column_changed()

    def show_condition(self, condition: Condition) -> None:
        """Start from a condition."""
        self._column.setCurrentText(condition.column)
        self._column.setCurrentIndex(max(0, self._column.findText(condition.column)))
        self._operator.setCurrentIndex(max(0, self._operator.findData(condition.operator)))
        self._chosen = condition.operator
        if self._is_list:
            for row in range(self._list.count()):
                is_in = self._list.item(row).text() in condition.values
                self._list.item(row).setCheckState(Qt.CheckState.Checked if is_in else Qt.CheckState.Unchecked)
            return
        texts = [value or "" for value in condition.values]
        if self._arity is Arity.MANY:
            texts = [list_text(texts)]
        self._first.setText(texts[0] if texts else "")
        self._second.setText(texts[1] if len(texts) > 1 else "")

    def start_on(self, column: str) -> None:
        """Start with a column, if there is such a one."""
        if column in self._columns:
            self._column.setCurrentIndex(self._column.findText(column))

    def focus_first(self) -> None:
        """Begin at the column."""
        self._column.setFocus()
        if (field := self._column.lineEdit()) is not None:
            field.selectAll()

    def accept(self) -> None:
        """Tell the condition, or say what is wrong with it and stay."""
        column = self._columns.get(self._column.currentText())
        if column is None:
            self._say(self.tr("There is no such column."))
            return
        try:
            condition = Condition(column.name, self._key, self._checked_values(column))
        except InvalidValue as error:
            self._say(reason_sentence(error))
            return
        if not OPERATORS[self._key].accepts(len(condition.values)):
            self._say(self.tr("A value is missing."))
            return
        self.close()
        self.accepted.emit(condition)

    @property
    def message(self) -> str:
        """Why the last condition was refused."""
        return self._message.text()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Apply with Enter from any value field."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self.accept()
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.close()
                return True
            if watched is self._first and event.key() in {Qt.Key.Key_Down, Qt.Key.Key_Up} and self._found.count():
                self._found.step(1 if event.key() == Qt.Key.Key_Down else -1)
                return True
        return super().eventFilter(watched, event)

    def _lay_out(self) -> None:
        line = QHBoxLayout(self._fields)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self._first, 1)
        line.addWidget(self._second, 1)
        for widget in (self._column, self._operator, self._fields, self._list, self._found, self._note, self._message):
            self.rows.addWidget(widget)
        self.rows.addWidget(self._apply, 0, Qt.AlignmentFlag.AlignRight)

    @property
    def _key(self) -> str:
        return str(self._operator.currentData() or "is")

    @property
    def _arity(self) -> Arity:
        return OPERATORS[self._key].arity

    @property
    def _is_list(self) -> bool:
        return not self._list.isHidden()

    def _column_changed(self) -> None:
        column = self._columns.get(self._column.currentText())
        former = self._chosen
        self._operator.blockSignals(True)
        self._operator.clear()
        if column is not None:
            for operator in operators_for(column.type):
                self._operator.addItem(operator_words(operator.key, column.type), operator.key)
        is_key = column is not None and self._picker(column) is not None
        place = self._operator.findData(former)
        if place < 0 and is_key:
            place = self._operator.findData("is")
        self._operator.setCurrentIndex(max(0, place))  # the first is the most useful
        self._operator.blockSignals(False)
        self._operator_changed()

    def _operator_chosen(self) -> None:
        self._chosen = self._key

    def _operator_changed(self) -> None:
        column = self._columns.get(self._column.currentText())
        self._say("")
        if column is None:
            return
        choices = choices_for(OPERATORS[self._key], column.type)
        if choices:
            self._fill_list(choices, many=self._arity is Arity.MANY)
        picker = None if choices or self._key not in {"is", "is_not"} else self._picker(column)
        self._found.show_for(picker)
        self._list.setVisible(bool(choices))
        self._fields.setVisible(not choices and self._arity is not Arity.NONE)
        self._second.setVisible(self._arity is Arity.TWO)
        hints = hints_for(OPERATORS[self._key], column.type)
        if picker is not None:
            hints = Hints(self.tr("A value, or part of a name"))
        self._first.setPlaceholderText(hints.first)
        self._second.setPlaceholderText(hints.second)
        for field, name in ((self._first, hints.first_name), (self._second, hints.second_name)):
            field.setAccessibleName(name)
        self._note.setText(hints.note)
        self._note.setVisible(bool(hints.note) and not choices and picker is None)
        self.fit()

    def _picker(self, column: Column) -> Picker | None:
        return self._finder.picker_of(column) if self._finder is not None else None

    def _tell_searched(self, words: str) -> None:
        """Say what was searched for the rows listed."""
        if not self._found.isHidden():
            self._note.setText(words)
            self._note.setVisible(bool(words))
            self.fit()

    def _take_found(self, cell: str) -> None:
        self._first.setText(cell)
        self.accept()

    def _say(self, message: str) -> None:
        self._message.setText(message)
        self._message.setVisible(bool(message))
        self.fit()

    def _column_taken(self, is_done: bool) -> None:
        """Go on from the column: to the value after Enter, to the operator after Tab."""
        on_value = self._operator if self._arity is Arity.NONE else (self._list if self._is_list else self._first)
        (on_value if is_done else self._operator).setFocus()

    def _fill_list(self, choices: tuple[str, ...], *, many: bool) -> None:
        self._list.clear()
        for choice in choices:
            item = QListWidgetItem(choice, self._list)
            if many:
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(Qt.CheckState.Unchecked)
        self._list.setCurrentRow(0)

    def _checked_values(self, column: Column) -> tuple[Cell, ...]:
        """Return the values as the operator takes them.

        Raises:
            InvalidValue: when the column's type refuses one.
        """
        if self._arity is Arity.NONE:
            return ()
        if self._is_list:
            items = [self._list.item(row) for row in range(self._list.count())]
            if self._arity is Arity.MANY:
                return tuple(item.text() for item in items if item.checkState() == Qt.CheckState.Checked)
            current = self._list.currentItem()
            return (current.text(),) if current is not None else ()
        texts = [self._found.marked() or self._first.text()]
        if self._arity is Arity.TWO:
            texts.append(self._second.text())
        if self._arity is Arity.MANY:
            texts = list(listed(self._first.text()))
        return checked(OPERATORS[self._key], column.type, texts, self._codecs)


def _combo(name: str, label: str, parent: QWidget) -> QComboBox:
    combo = QComboBox(parent)
    combo.setObjectName(name)
    combo.setAccessibleName(label)
    return combo


def _line(name: str, label: str, parent: QWidget) -> QLineEdit:
    line = QLineEdit(parent)
    line.setObjectName(name)
    line.setAccessibleName(label)
    return line
