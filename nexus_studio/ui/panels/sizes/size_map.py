"""SizeMap: the treemap or the bars of what one has gone into, with the way back above them."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from nexus_studio.core.admin.sizetree import SizeNode
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.sizes.bars_view import BarsView
from nexus_studio.ui.panels.sizes.breadcrumb import Breadcrumb
from nexus_studio.ui.panels.sizes.legend import Legend
from nexus_studio.ui.panels.sizes.treemap_view import TreemapView

_MAP: Final = 0
_BARS: Final = 1


class SizeMap(QWidget):
    """Goes from the database into schemas, tables, and what those are made of."""

    chosen = Signal(object)  # SizeNode

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sizes.map")
        self._node: SizeNode | None = None
        self.breadcrumb = Breadcrumb(self)
        self.legend = Legend(context.theme, self)
        self.as_map = QPushButton(self)
        self.as_bars = QPushButton(self)
        self._views = QStackedWidget(self)
        self.treemap = TreemapView(context.theme, self._views)
        self.bars = BarsView(context, self._views)
        self._arrange()
        self.breadcrumb.asked.connect(self.go_into)
        for view in (self.treemap, self.bars):
            view.chosen.connect(self.chosen)
            view.entered.connect(self.go_into)
        self.treemap.left.connect(self.go_up)
        self.retranslate()

    @property
    def node(self) -> SizeNode | None:
        """What is shown: the node whose parts are in sight."""
        return self._node

    def show_tree(self, root: SizeNode) -> None:
        """Show another tree, at the same place where that is still there."""
        before = self._node.path[1:] if self._node is not None else ()
        node = root
        for step in before:
            found = next((each for each in node.parts if (each.kind, each.name) == (step.kind, step.name)), None)
            if found is None or not found.parts:
                break
            node = found
        self.go_into(node)

    def go_into(self, node: SizeNode | None) -> None:
        """Show what a node consists of."""
        self._node = node
        self.breadcrumb.show_node(node)
        self.treemap.show_node(node)
        if self.as_bars.isChecked():
            self.bars.show_node(node)

    def go_up(self) -> None:
        """Show the node above, and mark where one has been."""
        node = self._node
        if node is not None and node.parent is not None:
            self.go_into(node.parent)
            self.mark(node)
            self.chosen.emit(node)

    def choose(self, node: SizeNode | None) -> None:
        """Mark a node that was chosen elsewhere; where it is not in sight, show what it is a part of."""
        self.mark(node)
        if node is None or node.parent is None or self.treemap.tile_of(node) is not None:
            return
        if self._node is not None and node in self._node.path:
            return  # one has gone into it: what it consists of is in sight
        self.go_into(node.parent)

    def mark(self, node: SizeNode | None) -> None:
        """Mark a node where it is in sight, on the map and among the bars."""
        self.treemap.choose(node)
        self.bars.choose(node)

    def show_bars(self, *, bars: bool) -> None:
        """Show bars, or the map."""
        (self.as_bars if bars else self.as_map).setChecked(True)
        self._views.setCurrentIndex(_BARS if bars else _MAP)
        self.legend.setVisible(True)
        if bars:
            self.bars.ensure()
            self.bars.show_node(self._node)

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.as_map.setText(self.tr("Map"))
        self.as_map.setAccessibleName(self.tr("Show sizes as a map"))
        self.as_bars.setText(self.tr("Bars"))
        self.as_bars.setAccessibleName(self.tr("Show sizes as bars"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _arrange(self) -> None:
        group = QButtonGroup(self)
        for button, name in ((self.as_map, "as_map"), (self.as_bars, "as_bars")):
            button.setObjectName(f"sizes.{name}")
            button.setCheckable(True)
            group.addButton(button)
        self.as_map.setChecked(True)
        group.buttonToggled.connect(self._turned)
        head = QHBoxLayout()
        head.setContentsMargins(12, 6, 12, 6)
        head.setSpacing(8)
        head.addWidget(self.breadcrumb, 1)
        head.addWidget(self.legend)
        head.addSpacing(8)
        head.addWidget(self.as_map)
        head.addWidget(self.as_bars)
        for view in (self.treemap, self.bars):
            self._views.addWidget(view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._views, 1)

    def _turned(self) -> None:
        if (self._views.currentIndex() == _BARS) != self.as_bars.isChecked():
            self.show_bars(bars=self.as_bars.isChecked())
