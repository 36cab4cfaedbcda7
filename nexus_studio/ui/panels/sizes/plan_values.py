"""PlanValues: what stands for $1, $2 … of a statement, one field each."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from nexus_studio.ui.kit.flow import FlowLayout

MOST: Final = 60
"""How many fields there are; a statement with more is explained for any values only."""

_WIDTH: Final = 140  # pixels


class PlanValues(QWidget):
    """Fields for values. While all of them are empty, there are none: the plan is for any values."""

    changed = Signal()
    entered = Signal()  # Return was pressed in one

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sizes.plan_values")
        self.fields: list[QLineEdit] = []
        self._flow = FlowLayout(self)
        self.hide()

    def ask_for(self, count: int) -> None:
        """Have so many fields; what was typed into those that stay is kept."""
        count = count if count <= MOST else 0
        while len(self.fields) > count:
            field = self.fields.pop()
            self._flow.removeWidget(field)
            field.hide()
            field.deleteLater()
        while len(self.fields) < count:
            field = QLineEdit(self)
            field.setObjectName(f"sizes.plan_value_{len(self.fields) + 1}")
            field.setFixedWidth(_WIDTH)
            field.setClearButtonEnabled(True)
            field.textChanged.connect(lambda _: self.changed.emit())
            field.returnPressed.connect(self.entered)
            self.fields.append(field)
            self._flow.addWidget(field)
        self.setVisible(bool(self.fields))
        self.retranslate()

    def clear(self) -> None:
        """Forget what was typed."""
        for field in self.fields:
            field.clear()

    @property
    def are_given(self) -> bool:
        """Whether one is typed at least."""
        return any(field.text() for field in self.fields)

    def values(self) -> tuple[str | None, ...]:
        """Return what was typed, NULL for what is empty; nothing where all are."""
        return tuple(field.text() or None for field in self.fields) if self.are_given else ()

    def retranslate(self) -> None:
        """Say everything in the current language."""
        for number, field in enumerate(self.fields, 1):
            field.setPlaceholderText(self.tr("value of ${number}").format(number=number))
            field.setAccessibleName(field.placeholderText())
            field.setToolTip(field.placeholderText())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
