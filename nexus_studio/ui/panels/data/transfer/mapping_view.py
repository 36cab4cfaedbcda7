"""MappingView: the columns of a file, their first values, and the column of the table that each goes to."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QComboBox, QTableWidget, QTableWidgetItem, QWidget

from nexus_studio.core.data.transferplan import ImportPlan, Preview
from nexus_studio.core.schema.catalog import Generated, Relation

_AROUND: Final = 16  # pixels
_SHOWN: Final = 8
_WIDEST: Final = 60  # characters of a value
_NAME: Final = "import_rows"


class MappingView(QTableWidget):
    """One line a column of the file: name, where it goes, its values in the first rows."""

    mapped = Signal(dict)  # {column of the file: column of the table, "" for nowhere}: what differs from what was found

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{_NAME}.mapping")
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.verticalHeader().hide()
        self.horizontalHeader().setObjectName(f"{_NAME}.mapping_header")
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setTabKeyNavigation(False)
        self._maps: dict[str, str] = {}
        self._boxes: list[QComboBox] = []
        self.retranslate()

    def forget(self) -> None:
        """Forget what a person has chosen: it is another file or table."""
        self._maps = {}

    @property
    def maps(self) -> dict[str, str]:
        """What a person has chosen."""
        return dict(self._maps)

    def show_plan(self, preview: Preview, plan: ImportPlan | None, relation: Relation) -> None:
        """Show what goes where; a plan that fails shows what was chosen, so that it can be put right."""
        names = preview.source.names
        goes = {each.name: each.target.name for each in plan.columns} if plan is not None else {}
        targets = [c.name for c in relation.columns if c.generated not in {Generated.STORED, Generated.VIRTUAL}]
        self.setRowCount(0)
        self._boxes = []
        self.setColumnCount(3)
        self.setRowCount(len(names))
        for row, name in enumerate(names):
            self.setItem(row, 0, QTableWidgetItem(name))
            box = QComboBox(self)
            box.setObjectName(f"{_NAME}.goes_{row}")
            box.setAccessibleName(self.tr("Where {column} goes").format(column=name))
            box.addItem(self.tr("— nowhere —"), "")
            for target in targets:
                box.addItem(target, target)
            box.ensurePolished()
            box.setCurrentIndex(max(0, box.findData(goes.get(name, self._maps.get(name, "")))))
            box.activated.connect(self._choose)
            self._boxes.append(box)
            self.setCellWidget(row, 1, box)
            cells = [cells[row] for cells in preview.rows[:_SHOWN] if row < len(cells)]
            quoted = self.tr("“{value}”")
            shown = "   ".join("NULL" if cell is None else quoted.format(value=cell[:_WIDEST]) for cell in cells)
            item = QTableWidgetItem(shown)
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEditable)
            self.setItem(row, 2, item)
        self.retranslate()
        self.resizeColumnToContents(0)
        # By themselves columns are as wide as a box without the room that the theme leaves around it.
        widest = max((box.sizeHint().width() for box in self._boxes), default=0)
        self.setColumnWidth(
            1, max(widest + _AROUND, self.sizeHintForColumn(1), self.horizontalHeader().sectionSizeHint(1))
        )

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.setAccessibleName(self.tr("Columns of the file, and where they go"))
        if self.columnCount():
            self.setHorizontalHeaderLabels([self.tr("In the file"), self.tr("Goes to"), self.tr("First values")])

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def _choose(self) -> None:
        for row, box in enumerate(self._boxes):
            item = self.item(row, 0)
            if item is not None and box is self.sender():
                self._maps[item.text()] = box.currentData()
        self.mapped.emit(self.maps)
