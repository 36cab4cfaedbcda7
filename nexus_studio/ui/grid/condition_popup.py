"""ConditionPopup: column, operator and value of one filter condition, each fitting the one before."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.codecs import CodecRegistry
from nexus_studio.core.data.filters import OPERATORS, Arity, Condition, operators_for
from nexus_studio.core.errors import InvalidValue
from nexus_studio.core.schema.catalog import Column, Relation
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.ui.grid.operator_words import operator_words
from nexus_studio.ui.kit.icons import type_icon
from nexus_studio.ui.kit.wording import reason_sentence

_WIDTH = 300


class ConditionPopup(QFrame):
    """Edits a draft of one condition; what is applied is told by `accepted`, invalid values are refused here."""

    accepted = Signal(object)  # Condition

    def __init__(self, relation: Relation, codecs: CodecRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("condition_popup")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._codecs = codecs
        self._columns = {column.name: column for column in relation.columns if column.may_select}
        self._column = _combo("condition_column", self.tr("Column"), self)
        self._column.setEditable(True)
        self._column.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        if (completer := self._column.completer()) is not None:
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        for name, column in self._columns.items():
            self._column.addItem(type_icon(column.type.kind.value), name)
        self._operator = _combo("condition_operator", self.tr("Operator"), self)
        self._first = _line("condition_value", self.tr("Value"), self)
        self._second = _line("condition_second_value", self.tr("Upper value"), self)
        self._list = QListWidget(self)
        self._list.setObjectName("condition_list")
        self._list.setAccessibleName(self.tr("Values"))
        self._list.setMinimumHeight(120)
        self._list.setMaximumHeight(160)
        self._fields = QWidget(self)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._message = QLabel(self)
        self._message.setObjectName("condition_message")
        self._message.setProperty("tone", "danger")
        self._message.setWordWrap(True)
        self._apply = QPushButton(self.tr("Apply"), self)
        self._apply.setObjectName("condition_apply")
        self._apply.setProperty("primary", True)
        self._lay_out()
        self._column.currentIndexChanged.connect(self._column_changed)
        self._operator.currentIndexChanged.connect(self._operator_changed)
        self._apply.clicked.connect(self.accept)
        for field in (self._first, self._second, self._list):
            field.installEventFilter(self)
        self._column_changed()

    def show_condition(self, condition: Condition) -> None:
        """Start from a condition."""
        self._column.setCurrentText(condition.column)
        self._column.setCurrentIndex(max(0, self._column.findText(condition.column)))
        self._operator.setCurrentIndex(max(0, self._operator.findData(condition.operator)))
        if self._is_list:
            for row in range(self._list.count()):
                is_in = self._list.item(row).text() in condition.values
                self._list.item(row).setCheckState(Qt.CheckState.Checked if is_in else Qt.CheckState.Unchecked)
            return
        texts = [value or "" for value in condition.values]
        if self._arity is Arity.MANY:
            texts = [", ".join(texts)]
        self._first.setText(texts[0] if texts else "")
        self._second.setText(texts[1] if len(texts) > 1 else "")

    def open_at(self, place: QPoint) -> None:
        """Show the popup at a place on the screen."""
        self.adjustSize()
        self.move(place)
        self.show()
        self._column.setFocus()
        if (field := self._column.lineEdit()) is not None:
            field.selectAll()

    def accept(self) -> None:
        """Tell the condition, or say what is wrong with it and stay."""
        column = self._columns.get(self._column.currentText())
        if column is None:
            self._message.setText(self.tr("There is no such column."))
            return
        try:
            condition = Condition(column.name, self._key, self._checked_values(column))
        except InvalidValue as error:
            self._message.setText(reason_sentence(error))
            return
        if not OPERATORS[self._key].accepts(len(condition.values)):
            self._message.setText(self.tr("A value is missing."))
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
        return super().eventFilter(watched, event)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        line = QHBoxLayout(self._fields)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self._first, 1)
        line.addWidget(self._second, 1)
        for widget in (self._column, self._operator, self._fields, self._list, self._message):
            column.addWidget(widget)
        column.addWidget(self._apply, 0, Qt.AlignmentFlag.AlignRight)
        self.setMinimumWidth(_WIDTH)

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
        former = self._operator.currentData()
        self._operator.blockSignals(True)
        self._operator.clear()
        if column is not None:
            for operator in operators_for(column.type):
                self._operator.addItem(operator_words(operator.key, column.type), operator.key)
        place = self._operator.findData(former)
        self._operator.setCurrentIndex(max(0, place))
        self._operator.blockSignals(False)
        self._operator_changed()

    def _operator_changed(self) -> None:
        column = self._columns.get(self._column.currentText())
        self._message.setText("")
        if column is None:
            return
        choices = self._choices(column)
        if choices:
            self._fill_list(choices, many=self._arity is Arity.MANY)
        self._list.setVisible(bool(choices))
        self._fields.setVisible(not choices and self._arity is not Arity.NONE)
        self._second.setVisible(self._arity is Arity.TWO)
        hints = {Arity.MANY: self.tr("Values, with commas between them"), Arity.TWO: self.tr("from")}
        self._first.setPlaceholderText(hints.get(self._arity, _example(column)))
        self._second.setPlaceholderText(self.tr("to"))
        self.adjustSize()

    def _choices(self, column: Column) -> tuple[str, ...]:
        if not OPERATORS[self._key].takes_column_type or self._arity not in {Arity.ONE, Arity.MANY}:
            return ()
        if column.type.kind is TypeKind.BOOLEAN:
            return ("true", "false")
        return column.type.labels if column.type.kind is TypeKind.ENUM else ()

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
        texts = [self._first.text()]
        if self._arity is Arity.TWO:
            texts.append(self._second.text())
        if self._arity is Arity.MANY:
            texts = [part.strip() for part in self._first.text().split(",") if part.strip()]
        if not OPERATORS[self._key].takes_column_type:
            return tuple(texts) if texts[0] else ()
        if column.type.kind is not TypeKind.TEXT and "" in texts:
            return ()
        codec = self._codecs.for_type(column.type)
        return tuple(codec.check(text, column.type) for text in texts)


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


def _example(column: Column) -> str:
    """Return an example of a value, as a hint."""
    return {TypeKind.DATE: "2026-02-01", TypeKind.TIMESTAMP: "2026-02-01 10:00", TypeKind.TIME: "10:00"}.get(
        column.type.kind, ""
    )
