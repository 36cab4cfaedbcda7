"""LibraryList: the backups there are, newest first, each with its sign of standing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.moments import moment_text
from nexus_studio.ui.kit.sizes_said import size_text
from nexus_studio.ui.kit.theme import Theme
from nexus_studio.ui.panels.backups.words import (
    age_text,
    format_word,
    standing_sign,
    standing_word,
    standing_words,
)

if TYPE_CHECKING:
    from nexus_studio.core.admin.retention import LibraryEntry

_NAME, _AGE, _SIZE, _REVISION, _FORMAT, _DATABASE = range(6)
_ROLE: Final = Qt.ItemDataRole.UserRole
_MEASURED: Final = 50  # lines that say how wide a column is
_LINE_HEIGHT: Final = 28
_AROUND: Final = 20  # pixels beside a text
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class _Line(QTreeWidgetItem):
    """One backup; ages and sizes sort as what they are, not as they are written."""

    def __init__(self, entry: LibraryEntry) -> None:
        super().__init__()
        self.entry = entry
        record = entry.record
        self._keys = (
            entry.file.name.casefold(),
            -entry.made_at.timestamp(),
            entry.size_bytes,
            record.revision if record is not None else "",
            entry.kind.value,
            record.database if record is not None else "",
        )

    def __lt__(self, other: QTreeWidgetItem) -> bool:
        tree = self.treeWidget()
        column = tree.sortColumn() if tree is not None else _AGE
        if not isinstance(other, _Line) or not 0 <= column < len(self._keys):
            return super().__lt__(other)
        mine, theirs = self._keys[column], other._keys[column]
        return bool(mine < theirs)  # type: ignore[operator]  # of one column, hence of one type


class LibraryList(QTreeWidget):
    """Shows backups; `chosen` tells which one is looked at."""

    chosen = Signal(object)  # LibraryEntry or None

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("backups.list")
        self._theme = theme
        self._entries: tuple[LibraryEntry, ...] = ()
        self.setColumnCount(6)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setIconSize(QSize(16, 16))
        self.setExpandsOnDoubleClick(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setSortingEnabled(True)
        self.sortByColumn(_AGE, Qt.SortOrder.AscendingOrder)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setResizeContentsPrecision(_MEASURED)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        for column in range(_AGE, _DATABASE + 1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.currentItemChanged.connect(lambda *_: self.chosen.emit(self.current()))
        self.retranslate()

    def current(self) -> LibraryEntry | None:
        """Return the chosen backup."""
        item = self.currentItem()
        return item.entry if isinstance(item, _Line) else None

    def show_entries(self, entries: Sequence[LibraryEntry], prefer: Path | None = None) -> None:
        """Show backups. `prefer` is chosen; else the one that was; else the first."""
        before = self.current()
        wanted = prefer or (before.file if before is not None else None)
        self._entries = tuple(entries)
        self.blockSignals(True)  # one choice is told, once all lines are there
        self.setSortingEnabled(False)
        self.clear()
        self.addTopLevelItems([self._line(each) for each in self._entries])
        self.setSortingEnabled(True)
        first = self.topLevelItem(0)
        chosen = next((item for item in self._lines() if item.entry.file == wanted), first)
        if chosen is not None:
            self.setCurrentItem(chosen)
        self.blockSignals(False)
        self._fit()
        self.chosen.emit(self.current())

    def choose(self, file: Path) -> None:
        """Choose a backup by its file, if it is there."""
        found = next((item for item in self._lines() if item.entry.file == file), None)
        if found is not None:
            self.setCurrentItem(found)
            self.scrollToItem(found)

    def retranslate(self) -> None:
        """Say everything in the current language and draw it in the current colours."""
        self.setAccessibleName(self.tr("Backups"))
        self.setHeaderLabels(
            [
                self.tr("Backup"),
                self.tr("Age"),
                self.tr("Size"),
                self.tr("Revision"),
                self.tr("Format"),
                self.tr("Database"),
            ]
        )
        self.headerItem().setTextAlignment(_SIZE, _RIGHT)
        self.headerItem().setTextAlignment(_AGE, _RIGHT)
        for item in self._lines():
            self._fill(item)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.LanguageChange, QEvent.Type.PaletteChange}:
            self.retranslate()

    # inside

    def _lines(self) -> list[_Line]:
        items = (self.topLevelItem(number) for number in range(self.topLevelItemCount()))
        return [item for item in items if isinstance(item, _Line)]

    def _line(self, entry: LibraryEntry) -> _Line:
        item = _Line(entry)
        for column in (_AGE, _SIZE):
            item.setTextAlignment(column, _RIGHT)
        self._fill(item)
        return item

    def _fill(self, item: _Line) -> None:
        entry, record = item.entry, item.entry.record
        standing = entry.standing.value
        sign, tone = standing_sign(standing)
        item.setIcon(_NAME, icon(sign, tone))
        words = (
            entry.file.name,
            age_text(entry.made_at, datetime.now(UTC)),
            size_text(entry.size_bytes),
            record.revision if record is not None else "",
            format_word(record.format, record.compression) if record is not None else format_word(entry.kind.value),
            record.database if record is not None else "",
        )
        metrics, muted = self.fontMetrics(), self._theme.color("text-muted")
        for column, text in enumerate(words):
            item.setText(column, text)
            width = 0 if column == _NAME else metrics.horizontalAdvance(text) + _AROUND
            item.setSizeHint(column, QSize(width, _LINE_HEIGHT))
            if column != _NAME:
                item.setForeground(column, muted)
        item.setToolTip(_NAME, f"{standing_word(standing)}. {standing_words(standing)}\n{entry.file}")
        item.setToolTip(_AGE, moment_text(entry.made_at))
        # The sign alone says nothing to whoever hears it.
        item.setData(_NAME, Qt.ItemDataRole.AccessibleTextRole, f"{standing_word(standing)}: {entry.file.name}")

    def _fit(self) -> None:
        records = [each.record for each in self._entries if each.record is not None]
        self.setColumnHidden(_REVISION, not any(each.revision for each in records))
        self.setColumnHidden(_DATABASE, len({(each.server, each.database) for each in records}) <= 1)
