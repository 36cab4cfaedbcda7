"""SetList: saved sets, newest first, read page by page as one scrolls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QEvent, QLocale, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHeaderView, QTreeView, QWidget

from nexus_studio.core.data.history import Mark, SavedSet, Standing
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.moments import exact_moment_text, moment_text
from nexus_studio.ui.kit.theme import Theme
from nexus_studio.ui.kit.wording import labelled
from nexus_studio.ui.panels.history.counts import Counts
from nexus_studio.ui.panels.history.words import (
    reason_text,
    sign_of,
    standing_text,
    tables_text,
    who_text,
)

WHEN, WHO, ROWS, TABLES, REASON, PLACE = range(6)
_Index = QModelIndex | QPersistentModelIndex
_NOWHERE: Final = QModelIndex()
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_HEIGHT: Final = 28  # pixels


class SetModel(QAbstractTableModel):
    """The sets that were read so far. `more_asked` tells that the next ones are wanted, and behind which."""

    more_asked = Signal(object)  # Mark

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._counts = Counts(self)
        self._sets: list[SavedSet] = []
        self._has_more = False
        self._is_asking = False

    @property
    def sets(self) -> tuple[SavedSet, ...]:
        """The sets, newest first."""
        return tuple(self._sets)

    def show(self, sets: Sequence[SavedSet], *, has_more: bool) -> None:
        """Show sets from the beginning."""
        self.beginResetModel()
        self._sets, self._has_more, self._is_asking = list(sets), has_more, False
        self.endResetModel()

    def add(self, sets: Sequence[SavedSet], *, has_more: bool) -> None:
        """Show the next ones below."""
        self._is_asking, self._has_more = False, has_more
        if sets:
            self.beginInsertRows(QModelIndex(), len(self._sets), len(self._sets) + len(sets) - 1)
            self._sets += sets
            self.endInsertRows()

    def stop_asking(self) -> None:
        """Say that the next ones could not be read: they are asked for again when one scrolls."""
        self._is_asking = False

    def saved(self, row: int) -> SavedSet | None:
        """Return the set of a line."""
        return self._sets[row] if 0 <= row < len(self._sets) else None

    def ask_more(self) -> None:
        """Ask for the next ones, if there are any: a tree by itself would ask until it has all."""
        if self._has_more and not self._is_asking and self._sets:
            self._is_asking = True
            last = self._sets[-1]
            self.more_asked.emit(Mark(last.at, last.id))

    # Qt

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._sets)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else PLACE + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            titles = (
                self.tr("When"),
                self.tr("Who"),
                self.tr("Rows"),
                self.tr("Tables"),
                self.tr("Reason"),
                self.tr("Database"),
            )
            return titles[section]
        return _RIGHT if role == Qt.ItemDataRole.TextAlignmentRole and section == ROWS else None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        saved, column = self.saved(index.row()), index.column()
        if saved is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(saved, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._hint(saved, column)
        if role == Qt.ItemDataRole.SizeHintRole:
            return QSize(0, _HEIGHT)
        return self._sign(saved, role) if column == WHEN else self._looks(saved, column, role)

    def _sign(self, saved: SavedSet, role: int) -> Any:
        """The sign alone says nothing to whoever hears it."""
        if role == Qt.ItemDataRole.DecorationRole:
            return icon(*sign_of(saved))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            words = (self._text(saved, each) for each in (WHEN, WHO, TABLES, REASON))
            return ", ".join(filter(None, (*words, standing_text(saved))))
        return self._looks(saved, WHEN, role)

    def _looks(self, saved: SavedSet, column: int, role: int) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole and column == ROWS:
            return _RIGHT
        if role == Qt.ItemDataRole.ForegroundRole and (saved.reverted_by or column in {WHO, PLACE}):
            return self._theme.color("text-muted")
        if role == Qt.ItemDataRole.FontRole and saved.standing is not Standing.WRITTEN:
            font = QFont()
            font.setItalic(True)
            return font
        return None

    def _text(self, saved: SavedSet, column: int) -> str:
        if column == WHEN:
            return moment_text(saved.at)
        if column == WHO:
            return who_text(saved)
        if column == ROWS:
            return self.locale_number(saved.rows)
        if column == TABLES:
            return tables_text(saved, self._counts)
        return reason_text(saved) if column == REASON else saved.origin.place

    @staticmethod
    def locale_number(number: int) -> str:
        """Write a number in the locale's form."""
        return QLocale().toString(number)

    def _hint(self, saved: SavedSet, column: int) -> str:
        if column == WHEN:
            return "\n".join(filter(None, (exact_moment_text(saved.at), saved.id, standing_text(saved))))
        if column == WHO:
            return f"{saved.origin.person}\n{saved.origin.role}"
        if column == TABLES:
            return "\n".join(labelled(str(each.relation), self.locale_number(each.rows)) for each in saved.tables)
        return self._text(saved, column)


class SetList(QTreeView):
    """The list; its current line is told."""

    chosen = Signal(object)  # SavedSet, or None

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("history.list")
        self.sets = SetModel(theme, self)
        self.setModel(self.sets)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setIconSize(QSize(16, 16))
        header = self.header()
        header.setSectionsMovable(False)
        header.setStretchLastSection(False)
        for column, width in ((WHEN, 156), (WHO, 124), (ROWS, 68), (TABLES, 150), (PLACE, 160)):
            header.resizeSection(column, width)
        header.setSectionResizeMode(REASON, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(48)
        self.setColumnHidden(PLACE, True)
        self.selectionModel().currentRowChanged.connect(lambda *_: self.chosen.emit(self.current()))
        self.verticalScrollBar().valueChanged.connect(self._near_end)
        self.retranslate()

    def show_sets(self, sets: Sequence[SavedSet], *, has_more: bool, with_place: bool) -> None:
        """Show sets; the one that was current stays so, else the first is."""
        before = self.current()
        self.setColumnHidden(PLACE, not with_place)
        blocked = self.selectionModel().blockSignals(True)
        self.sets.show(sets, has_more=has_more)
        row = next((row for row, each in enumerate(sets) if before is not None and each.id == before.id), 0)
        if sets:
            self.setCurrentIndex(self.sets.index(row, WHEN))
            self.scrollTo(self.currentIndex())
        self.selectionModel().blockSignals(blocked)
        self.chosen.emit(self.current())

    def current(self) -> SavedSet | None:
        """Return the set of the current line."""
        index = self.currentIndex()
        return self.sets.saved(index.row()) if index.isValid() else None

    def choose(self, identifier: str) -> None:
        """Choose a set by its id, if it was read."""
        row = next((row for row, each in enumerate(self.sets.sets) if each.id == identifier), -1)
        if row >= 0:
            self.setCurrentIndex(self.sets.index(row, WHEN))
            self.scrollTo(self.currentIndex())

    def retranslate(self) -> None:
        """Say everything in the current language and draw it in the current colours."""
        self.setAccessibleName(self.tr("Saved changes"))
        self.sets.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, PLACE)
        self.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.LanguageChange, QEvent.Type.PaletteChange}:
            self.retranslate()

    def _near_end(self, value: int) -> None:
        bar = self.verticalScrollBar()
        if value + 2 * bar.pageStep() >= bar.maximum():
            self.sets.ask_more()
