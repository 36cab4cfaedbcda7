"""Breadcrumb: the way from the database to what the map shows; each step can be gone back to."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from nexus_studio.core.admin.sizetree import SizeNode
from nexus_studio.ui.kit.flow import FlowLayout
from nexus_studio.ui.panels.sizes.words import node_title, size_text


class Breadcrumb(QWidget):
    """Shows the path of a node; the last step is where one is."""

    asked = Signal(object)  # SizeNode to go to

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sizes.breadcrumb")
        self._row = FlowLayout(self, 2)
        self._node: SizeNode | None = None
        self.retranslate()

    def show_node(self, node: SizeNode | None) -> None:
        """Show the way to a node."""
        self._node = node
        while (item := self._row.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.setParent(None)
                widget.deleteLater()
        for number, each in enumerate(node.path if node is not None else ()):
            if number:
                self._row.addWidget(_padded(QLabel("›", self)))
            self._row.addWidget(self._here(each) if each is node else self._step(number, each))
        self._put_in_order()

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.setAccessibleName(self.tr("Where the map is"))
        self.show_node(self._node)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def _put_in_order(self) -> None:
        """Have Tab come to the steps where they stand: what is made later comes after everything else."""
        last = self.previousInFocusChain()
        while last is not None and last is not self and last.focusPolicy() is Qt.FocusPolicy.NoFocus:
            last = last.previousInFocusChain()
        for button in self.findChildren(QPushButton):
            QWidget.setTabOrder(last or self, button)
            last = button

    def _here(self, node: SizeNode) -> QLabel:
        label = QLabel(f"{node_title(node)}  {size_text(node.bytes)}", self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setProperty("strong", True)
        return _padded(label)

    def _step(self, number: int, node: SizeNode) -> QPushButton:
        button = QPushButton(node_title(node).replace("&", "&&"), self)
        button.setObjectName(f"sizes.step_{number}")
        button.setAccessibleName(self.tr("Back to {name}").format(name=node_title(node)))
        button.setProperty("link", True)
        button.clicked.connect(partial(self._ask, node))
        return button

    def _ask(self, node: SizeNode, _checked: bool = False) -> None:
        self.asked.emit(node)


def _padded(label: QLabel) -> QLabel:
    """Put words at the height of those on the buttons beside them."""
    label.setContentsMargins(4, 4, 4, 4)
    return label
