"""The dialog that shows what edits a crash left behind, row by row; nothing can be done in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.data.cells import Cell, Default, StagedCell
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.draftcodec import DraftHead
from nexus_studio.core.data.staging import StagedRow
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.panels.data.record_model import MASK

_LONGEST = 200  # characters of a value
_MOST_ROWS = 2_000
_EXPANDED = 30
_MARGIN = 16  # pixels


class DraftDialog(QDialog):
    """A tree: a line a row, below it its cells, what they were and what they become. Masked columns stay masked."""

    def __init__(
        self, head: DraftHead, rows: Sequence[StagedRow], masked: Collection[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("draft_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(self.tr("Edits of {table} that were not saved").format(table=head.relation))
        self.resize(720, 480)
        self._masked = frozenset(masked)
        self.tree = QTreeWidget(self)
        self.tree.setObjectName("draft_dialog.rows")
        self.tree.setAccessibleName(self.tr("Edits that were not saved"))
        self.tree.setHeaderLabels([self.tr("Row"), self.tr("Was"), self.tr("Becomes")])
        self.tree.setUniformRowHeights(True)
        self.tree.ensurePolished()  # measured before it is shown, else lines keep the height of no style sheet
        for row in rows[:_MOST_ROWS]:
            line = self._item(row, head.key)
            self.tree.addTopLevelItem(line)
            line.setFirstColumnSpanned(True)
        for number in range(min(_EXPANDED, self.tree.topLevelItemCount())):
            if (item := self.tree.topLevelItem(number)) is not None:
                item.setExpanded(True)
        self._fit()
        close = QPushButton(self.tr("Close"), self)
        close.setObjectName("draft_dialog.close")
        close.setAccessibleName(close.text())
        buttons = QDialogButtonBox(self)
        buttons.addButton(close, QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        words = self.tr("%Ln row(s), by {role} on {place}", "", len(rows))
        column_of_all = QVBoxLayout(self)
        column_of_all.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        column_of_all.setSpacing(12)
        column_of_all.addWidget(label(words.format(role=head.user or "?", place=head.place), "muted"))
        if len(rows) > _MOST_ROWS:
            column_of_all.addWidget(label(self.tr("The first {number} are shown.").format(number=_MOST_ROWS)))
        column_of_all.addWidget(self.tree, 1)
        column_of_all.addWidget(buttons)

    def _fit(self) -> None:
        """Show what values become beside what they were, however long either is; tips have the rest."""
        self.tree.resizeColumnToContents(0)
        names = min(self.tree.columnWidth(0), self.width() // 3)
        self.tree.setColumnWidth(0, names)
        self.tree.setColumnWidth(1, (self.width() - names) // 2 - 2 * _MARGIN)

    def _item(self, row: StagedRow, key: Sequence[str]) -> QTreeWidgetItem:
        item = QTreeWidgetItem([self._title(row, key)])
        if row.kind is ChangeKind.DELETE:
            for name, cell in row.base.items():
                item.addChild(_line(name, self._said(name, cell), ""))
            return item
        for name, value in row.values.items():
            was = self._said(name, row.base[name]) if name in row.base else ""
            item.addChild(_line(name, was, self._said(name, value)))
        return item

    def _title(self, row: StagedRow, key: Sequence[str]) -> str:
        if row.key is None:
            return self.tr("New row")
        cells: list[Cell] = list(row.key.cells)
        names = ["ctid"] if row.key.by_place else list(key)
        named = ", ".join(self._said(name, cell) for name, cell in zip(names, cells, strict=False))
        if row.kind is ChangeKind.DELETE:
            return self.tr("Delete {row}").format(row=named)
        return self.tr("Change {row}").format(row=named)

    def _said(self, column: str, cell: StagedCell) -> str:
        if isinstance(cell, Default):
            return "DEFAULT"
        if cell is None:
            return "NULL"
        if column in self._masked:
            return MASK
        text = " ".join(cell.split()) if "\n" in cell or "\t" in cell else cell
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _line(name: str, was: str, becomes: str) -> QTreeWidgetItem:
    line = QTreeWidgetItem([name, was, becomes])
    for column, text in enumerate((name, was, becomes)):
        line.setToolTip(column, text)
    return line
