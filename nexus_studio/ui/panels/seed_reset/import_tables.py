"""ImportTables: the tables of a SQLite file, and the one each goes to, which can be chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import QComboBox, QTreeWidget, QTreeWidgetItem, QWidget

from nexus_studio.core.admin.sqliteimport import ImportPlan, TablePlan
from nexus_studio.core.names import RelationName
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.panels.seed_reset.import_words import remarks

_TARGET, _ROWS, _REMARKS = 1, 2, 3
_TARGET_WIDTH = 240


class ImportTables(QTreeWidget):
    """Shows a plan. Choosing another target tells the whole mapping by `mapped`."""

    mapped = Signal(object)  # dict of the file's table -> target as a person writes it, "" for nowhere

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("import.tables")
        self.setProperty("framed", True)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self._maps: dict[str, str] = {}
        self.retranslate()

    def show_plan(self, plan: ImportPlan, targets: Sequence[RelationName], maps: dict[str, str]) -> None:
        """Show what goes where; `maps` is what was chosen so far."""
        self._maps = dict(maps)
        self.clear()
        for planned in sorted(plan.tables, key=lambda each: each.source.name):
            self._add(planned.source.name, planned, targets)
        for name in sorted((*plan.unmatched, *plan.left_out)):
            self._add(name, None, targets)
        for column in (0, _ROWS):
            self.resizeColumnToContents(column)
        self.setColumnWidth(_TARGET, _TARGET_WIDTH)

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.setAccessibleName(self.tr("Tables of the file"))
        self.setHeaderLabels([self.tr("In the file"), self.tr("Goes to"), self.tr("Rows"), self.tr("Remarks")])
        self.headerItem().setTextAlignment(_ROWS, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def _add(self, name: str, planned: TablePlan | None, targets: Sequence[RelationName]) -> None:
        item = QTreeWidgetItem(self, [name, "", "", ""])
        item.setTextAlignment(_ROWS, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if planned is not None:
            item.setText(_ROWS, QLocale().toString(planned.source.rows))
            item.setText(_REMARKS, remarks(planned))
            item.setToolTip(_REMARKS, item.text(_REMARKS))
            is_odd = bool(planned.lacking or planned.unmatched)
            item.setIcon(0, icon("warning", "warning") if is_odd else icon("table"))
        else:
            item.setIcon(0, icon("minus", "text-disabled"))
        choice = QComboBox(self)
        choice.setObjectName(f"import.target.{name}")
        choice.setAccessibleName(self.tr("Where {table} goes").format(table=name))
        choice.addItem(self.tr("nowhere"), "")
        for target in targets:
            choice.addItem(str(target), str(target))
        choice.setCurrentIndex(max(0, choice.findData(str(planned.target.name))) if planned is not None else 0)
        choice.activated.connect(lambda _place: self._choose(name, str(choice.currentData())))
        self.setItemWidget(item, _TARGET, choice)

    def _choose(self, name: str, target: str) -> None:
        self._maps[name] = target
        self.mapped.emit(dict(self._maps))
