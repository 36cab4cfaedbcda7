"""DifferenceList: differences between models and database as a list, those that lose data marked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem, QWidget

from nexus_studio.core.admin.drafts import SchemaDifference
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.panels.migrations.flows.words import difference_words


class DifferenceList(QTreeWidget):
    """One line a difference; a red sign where rows or values are lost."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(self.tr("Differences between models and database"))
        self.setProperty("framed", True)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setHeaderHidden(True)

    def show_differences(self, differences: Sequence[SchemaDifference]) -> None:
        """Show them, in the order given."""
        self.clear()
        for each in differences:
            words = difference_words(each)
            if each.loses_data:
                words = self.tr("Loses data: {difference}").format(difference=words)
            item = QTreeWidgetItem(self, [words])
            item.setToolTip(0, words)
            item.setIcon(0, _sign(each))
        if (first := self.topLevelItem(0)) is not None:
            self.setCurrentItem(first)

    def lines(self) -> list[str]:
        """Return the lines as read."""
        items = (self.topLevelItem(place) for place in range(self.topLevelItemCount()))
        return [item.text(0) for item in items if item is not None]


def _sign(difference: SchemaDifference) -> QIcon:
    if difference.loses_data:
        return icon("warning", "danger")
    if difference.kind.startswith("add"):
        return icon("plus", "success")
    return icon("minus", "text-muted") if difference.kind.startswith("remove") else icon("edit", "text-muted")
