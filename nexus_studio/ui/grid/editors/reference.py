"""The editor of foreign keys: type the value itself, or a part of the label of the row meant, and choose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QListWidgetItem, QToolButton, QWidget

from nexus_studio.core.data.targets import FoundTargets, TargetKey
from nexus_studio.core.errors import StudioError
from nexus_studio.ui.grid.editors.cell_editor import EditPlace
from nexus_studio.ui.grid.editors.line import PlainEditor
from nexus_studio.ui.grid.searched_words import searched_words
from nexus_studio.ui.grid.short_list import ShortList
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.wording import sentence

DELAY_MS: Final = 60
_LINES: Final = 7
_KEY: Final = Qt.ItemDataRole.UserRole


class ReferenceEditor(PlainEditor):
    """A value and, below it, the rows it may point to. Down goes to the list, Enter takes what is marked there.

    Of a key of several columns the whole one is taken: `companions` are the cells of the others.
    """

    target_asked = Signal(object)  # dict: the key marked in the list, by column; empty: the one in the cell
    new_target_asked = Signal()

    def __init__(self, place: EditPlace, parent: QWidget | None = None) -> None:
        super().__init__(place, parent)
        self._found = ShortList(_LINES, self)
        self._found.setObjectName("editor_found")
        self._found.setAccessibleName(self.tr("Rows found"))
        self._found.itemClicked.connect(self._take)
        self._found.installEventFilter(self)
        self._column.insertWidget(1, self._found)
        self._foot = self._make_foot()
        self._column.insertWidget(2, self._foot)
        self._latest = Latest(place.runner, self)
        self._commits_key = False  # Enter was pressed before it was known what is found
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._search)
        self._edit.textEdited.connect(lambda _text: self._timer.start())
        self._edit.setToolTip(self.tr("Type a value, or part of a name to find it"))

    def sizeHint(self) -> QSize:
        """Return room for the rows found."""
        return super().sizeHint().expandedTo(QSize(340, 0))

    def open_up(self) -> None:
        """Show the first rows at once."""
        if not self._is_touched:
            self._search(is_first=True)

    def start_with(self, text: str) -> None:
        """Begin with a typed character, and look for it."""
        super().start_with(text)
        self._timer.start()

    def _search(self, *, is_first: bool = False) -> None:
        picker, text = self.place.picker, "" if is_first else self._edit.text()
        if picker is not None:
            self._latest.start(lambda ctx: picker(text, ctx), self._show_found, self._say_error)

    def _show_found(self, found: FoundTargets) -> None:
        self._found.clear()
        for key, label in found.rows:
            words = "  ·  ".join(cell or "" for cell in key)
            item = QListWidgetItem(f"{label}  ·  {words}" if label else words, self._found)
            item.setData(_KEY, key)
        self._found.fit()
        self._tell(searched_words(found))
        is_key = self._is_one_of(self._edit.text())
        if self._is_touched and self._found.count() and not is_key:
            self._found.setCurrentRow(0)
        commits, self._commits_key = self._commits_key, False
        if commits and is_key:
            self.commit()

    def _tell(self, words: str) -> None:
        """Say below the list what was searched."""
        self._searched.setText(words)
        self._searched.setToolTip(words)
        is_needed = bool(words or self.place.target)
        if self._foot.isHidden() == is_needed:
            self._foot.setVisible(is_needed)
            self.size_wanted.emit()

    def _is_one_of(self, text: str) -> bool:
        return any(self._cell(self._key_at(row)) == text for row in range(self._found.count()))

    def _key_at(self, row: int) -> TargetKey:
        return tuple(self._found.item(row).data(_KEY))

    def _cell(self, key: TargetKey) -> str:
        picker = self.place.picker
        return key[picker.place if picker is not None else 0] or ""

    def _take(self, item: QListWidgetItem, *, everywhere: bool = False) -> None:
        key, picker = tuple(item.data(_KEY)), self.place.picker
        self.set_text(self._cell(key))
        if picker is not None:
            named = zip(picker.columns, key, strict=True)
            self.companions = {name: cell for name, cell in named if name != self.place.column.name}
        if everywhere:
            self.commit_everywhere()
        else:
            self.commit()

    def _ask_target(self) -> None:
        marked, picker = self._found.currentItem(), self.place.picker
        is_chosen = marked is not None and picker is not None
        cells = dict(zip(picker.columns, marked.data(_KEY), strict=True)) if is_chosen and picker is not None else {}
        self.target_asked.emit(cells)

    def _ways(self) -> tuple[tuple[str, str, Callable[[], None], str], ...]:
        """Return the ways to the table pointed to: name, icon, what it does, words."""
        table = self.place.target
        return (
            (
                "editor_open_target",
                "external",
                self._ask_target,
                self.tr("Open the row in {table}").format(table=table),
            ),
            (
                "editor_new_target",
                "plus",
                self.new_target_asked.emit,
                self.tr("New row in {table}").format(table=table),
            ),
        )

    def _menu_actions(self) -> list[QAction]:
        """Offer the ways to the table pointed to by keyboard too."""
        found = []
        for name, sign, asked, words in self._ways() if self.place.target else ():
            action = QAction(icon(sign), words, self)
            action.setObjectName(f"{name}_action")
            action.triggered.connect(lambda _checked=False, asked=asked: asked())
            found.append(action)
        return found

    def _make_foot(self) -> QFrame:
        """Make the line below the list: what was searched, and the ways to the table that is pointed to."""
        foot = QFrame(self)
        foot.setObjectName("editor_foot")
        foot.setProperty("framed", True)
        foot.setAutoFillBackground(True)
        line = QHBoxLayout(foot)
        line.setContentsMargins(6, 0, 0, 0)
        line.setSpacing(2)
        self._searched = QLabel(foot)
        self._searched.setObjectName("editor_searched")
        self._searched.setProperty("muted", True)
        self._searched.setWordWrap(True)
        line.addWidget(self._searched, 1)
        table = self.place.target
        for name, sign, asked, words in self._ways():
            button = QToolButton(foot)
            button.setObjectName(name)
            button.setIcon(icon(sign, "text-muted"))
            button.setAutoRaise(True)
            button.setAccessibleName(words)
            button.setToolTip(words)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _checked=False, asked=asked: asked())
            button.setVisible(bool(table))
            line.addWidget(button)
        foot.setVisible(bool(table))
        return foot

    def _say_error(self, error: StudioError) -> None:
        said = sentence(error)
        self._say(said.explanation or said.title)

    def _handle_key(self, event: QKeyEvent) -> bool:
        key, marked = event.key(), self._found.currentItem()
        if key in {Qt.Key.Key_Up, Qt.Key.Key_Down} and not event.modifiers() and self._found.count():
            row = self._found.currentRow() + (1 if key == Qt.Key.Key_Down else -1)
            self._found.setCurrentRow(max(0, min(row, self._found.count() - 1)))
            return True
        is_enter = key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if is_enter and self._found.currentRow() >= 0:
            self._take(marked, everywhere=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
            return True
        if is_enter and self._is_touched and (self._timer.isActive() or self._latest.is_busy):
            # What is typed may be part of a name: a key is taken when it is found, a row only once it was seen.
            self._commits_key = True
            if self._timer.isActive():
                self._timer.stop()
                self._search()
            return True
        return super()._handle_key(event)

    def _edited(self) -> None:
        self._found.setCurrentRow(-1)
        self.companions = {}
        self._commits_key = False
        super()._edited()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take Enter and Esc from the list as well."""
        if watched is getattr(self, "_found", None) and isinstance(event, QKeyEvent):
            is_ours = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape}
            if event.type() == QEvent.Type.KeyPress and is_ours:
                return self._handle_key(event)
        return super().eventFilter(watched, event)
