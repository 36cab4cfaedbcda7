"""RowsTree: what a save did, row by row: each column's cell before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import QEvent
from PySide6.QtGui import QBrush
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem, QWidget

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.images import Cause, RowImage
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.theme import Theme
from nexus_studio.ui.panels.history.words import SIGNS, cell_text, kind_text

MOST: Final = 500
"""Rows that are shown."""

_EXPANDED: Final = 30
_ROW, _BEFORE, _AFTER = range(3)


class RowsTree(QTreeWidget):
    """A line for each row, and below it one for each column. Colours say what became of the row."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("history.rows")
        self._theme = theme
        self._images: tuple[RowImage, ...] = ()
        self._relations: Mapping[RelationName, Relation] = {}
        self.setColumnCount(3)
        self.setUniformRowHeights(True)
        self.setProperty("framed", True)
        self.setColumnWidth(_ROW, 180)
        self.setColumnWidth(_BEFORE, 150)
        self.retranslate()

    def show_images(self, images: Sequence[RowImage], relations: Mapping[RelationName, Relation]) -> None:
        """Show rows, masked already where they must be; those that a person wrote first, of many only some."""
        self._images, self._relations = tuple(images), relations
        self.clear()
        several = len({each.relation for each in images}) > 1
        ordered = sorted(images, key=lambda each: each.cause is not Cause.OWN)
        self.addTopLevelItems([self._line(each, several=several) for each in ordered[:MOST]])
        for number in range(self.topLevelItemCount()):
            item = self.topLevelItem(number)
            if item is not None:
                item.setFirstColumnSpanned(True)
                item.setExpanded(number < _EXPANDED)

    def lines(self) -> list[str]:
        """Return what is shown as text: a row's line, then its columns indented."""
        found: list[str] = []
        for number in range(self.topLevelItemCount()):
            item = self.topLevelItem(number)
            if item is None:
                continue
            cells = [child for place in range(item.childCount()) if (child := item.child(place)) is not None]
            found.append(item.text(_ROW))
            found += [f"  {each.text(_ROW)}: {each.text(_BEFORE)} → {each.text(_AFTER)}" for each in cells]
        return found

    def retranslate(self) -> None:
        """Say everything in the current language and draw it in the current colours."""
        self.setAccessibleName(self.tr("Rows, before and after"))
        self.setHeaderLabels([self.tr("Row"), self.tr("Before"), self.tr("After")])
        self.show_images(self._images, self._relations)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.LanguageChange, QEvent.Type.PaletteChange}:
            self.retranslate()

    # inside

    def _line(self, image: RowImage, *, several: bool) -> QTreeWidgetItem:
        words = self._key_text(image.key or image.key_after, self._relations.get(image.relation))
        if several:
            words = f"{image.relation} {words}"
        text = kind_text(image.kind, image.cause, words)
        item = QTreeWidgetItem([text])
        sign, token = SIGNS[image.kind]
        item.setIcon(_ROW, icon(sign))
        item.setToolTip(_ROW, text)
        for column in (_ROW, _BEFORE, _AFTER):
            item.setBackground(column, QBrush(self._theme.color(token)))
        for name in dict.fromkeys((*image.before, *image.after)):
            item.addChild(self._cell(image, name))
        return item

    def _cell(self, image: RowImage, name: str) -> QTreeWidgetItem:
        sides = [cell_text(cells[name]) if name in cells else "" for cells in (image.before, image.after)]
        item = QTreeWidgetItem([name, *sides])
        muted = QBrush(self._theme.color("text-muted"))
        for column, cells in ((_BEFORE, image.before), (_AFTER, image.after)):
            item.setToolTip(column, item.text(column))
            if cells.get(name, "") is None:
                item.setForeground(column, muted)
        if image.kind is ChangeKind.UPDATE and sides[0] == sides[1]:
            item.setForeground(_ROW, muted)
        return item

    def _key_text(self, key: RowKey | None, relation: Relation | None) -> str:
        if key is None:
            return ""
        if key.by_place:
            return self.tr("row at {place}").format(place=key.cells[0])
        cells = [cell_text(cell) for cell in key.cells]
        if relation is None or len(relation.key) != len(cells):
            return ", ".join(cells)
        return ", ".join(f"{name} = {cell}" for name, cell in zip(relation.key, cells, strict=True))
