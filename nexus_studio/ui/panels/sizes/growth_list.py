"""GrowthList: which tables grew most between two samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from nexus_studio.core.admin.growth import Growth
from nexus_studio.core.names import RelationName
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.sizes_said import bytes_text
from nexus_studio.ui.panels.sizes.words import DASH, grown_text, share_text, size_text

_TABLE, _GROWN, _SHARE, _NOW = range(4)
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_MOST: Final = 200


class _Line(QTreeWidgetItem):
    def __init__(self, growth: Growth) -> None:
        super().__init__()
        self.growth = growth


class GrowthList(QTreeWidget):
    """A line for each table that changed its size, the one that grew most first. Chosen ones are drawn as lines."""

    chosen = Signal()  # another choice

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sizes.growth_list")
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setColumnCount(_NOW + 1)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(_TABLE, QHeaderView.ResizeMode.Stretch)
        for column in (_GROWN, _SHARE, _NOW):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.itemSelectionChanged.connect(self.chosen)
        self.retranslate()

    @property
    def growths(self) -> tuple[Growth, ...]:
        """What the lines say, from above."""
        return tuple(each.growth for each in self._lines())

    def show_growths(self, growths: Sequence[Growth]) -> None:
        """Show what grew; what did not change is left out. The choice stays."""
        before = set(self.relations())
        self.blockSignals(True)
        self.clear()
        lines = [_Line(each) for each in growths if each.grown_bytes][:_MOST]
        for each in lines:
            self._fill(each)
        self.addTopLevelItems(list(lines))
        for each in lines:
            each.setSelected(each.growth.relation in before)
        self.blockSignals(False)

    def relations(self) -> tuple[RelationName, ...]:
        """Return the chosen tables."""
        return tuple(each.growth.relation for each in self._lines() if each.isSelected())

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.setAccessibleName(self.tr("What grew most"))
        self.setHeaderLabels([self.tr("What grew most"), self.tr("By"), self.tr("Share"), self.tr("Now")])
        for column in (_GROWN, _SHARE, _NOW):
            self.headerItem().setTextAlignment(column, _RIGHT)
        for each in self._lines():
            self._fill(each)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _lines(self) -> list[_Line]:
        items = (self.topLevelItem(number) for number in range(self.topLevelItemCount()))
        return [item for item in items if isinstance(item, _Line)]

    def _fill(self, line: _Line) -> None:
        growth = line.growth
        share = growth.grown_share
        words = (
            str(growth.relation),
            grown_text(growth.grown_bytes),
            self.tr("new") if growth.is_new else DASH if share is None else share_text(share),
            size_text(growth.bytes_now),
        )
        line.setIcon(_TABLE, icon("table", "text-muted"))
        for column, text in enumerate(words):
            line.setText(column, text)
            if column:
                line.setTextAlignment(column, _RIGHT)
        line.setToolTip(_GROWN, bytes_text(growth.grown_bytes))
        line.setToolTip(_NOW, bytes_text(growth.bytes_now))
