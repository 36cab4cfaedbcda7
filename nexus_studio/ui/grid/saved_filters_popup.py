"""SavedPopup: the saved filters of a table - keep the current one, apply, rename, delete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QListWidgetItem, QPushButton, QWidget

from nexus_studio.core.data.filters import AllOf, Filter
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.ui.grid.filter_parts import filter_title, misfits
from nexus_studio.ui.grid.popups import Popup
from nexus_studio.ui.grid.saved_filters import SavedFilters
from nexus_studio.ui.grid.short_list import ShortList
from nexus_studio.ui.kit.icons import icon

_WIDTH: Final = 360
_LINES: Final = 6  # at most
_NAME: Final = Qt.ItemDataRole.UserRole
_LONGEST: Final = 80
_GLYPH: Final = 14


class SavedPopup(Popup):
    """Keeps, applies, renames and deletes saved filters. What exists is overwritten only when that was said twice.

    Keys in the list: Enter applies, F2 renames, Delete deletes.
    """

    chosen = Signal(str, object)  # name, Filter
    deleted = Signal(str, str)  # name, text: to be put back by `SavedFilters.put_back`

    def __init__(self, saved: SavedFilters, relation: Relation, current: Filter, parent: QWidget | None = None) -> None:
        super().__init__("saved_popup", _WIDTH, parent)
        self._saved, self._relation, self._current = saved, relation, current
        self._renaming = ""
        self._may_replace = ""  # the name that was refused once: the next press overwrites
        self._name = QLineEdit(self)
        self._name.setObjectName("saved_name")
        self._name.setMaxLength(_LONGEST)
        self._name.textEdited.connect(lambda _text: self._say(""))
        self._keep = self._button("saved_keep", self._take_name)
        self._keep.setProperty("primary", True)
        self._list = ShortList(_LINES, self)
        self._list.setObjectName("saved_list")
        self._list.setAccessibleName(self.tr("Saved filters"))
        self._list.setIconSize(QSize(_GLYPH, _GLYPH))
        self._list.installEventFilter(self)
        self._list.itemActivated.connect(lambda _item: self.apply())
        self._list.itemClicked.connect(lambda _item: self._update())
        self._list.currentRowChanged.connect(lambda _row: self._update())
        self._words = QLabel(self)
        self._words.setObjectName("saved_words")
        self._words.setProperty("muted", True)
        self._message = QLabel(self)
        self._message.setObjectName("saved_message")
        self._message.setProperty("tone", "warning")
        for label in (self._words, self._message):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._lay_out()
        self._rebuild()

    @property
    def message(self) -> str:
        """What is to be considered before going on."""
        return self._message.text()

    def focus_first(self) -> None:
        """Begin in the list when there is something in it, else at the name."""
        if self._list.count():
            found = self._list.findItems(self._saved.name_of(self._current), Qt.MatchFlag.MatchExactly)
            self._list.setCurrentItem(found[0] if found else self._list.item(0))
            self._list.setFocus()
        else:
            self._name.setFocus()

    def apply(self) -> None:
        """Tell the chosen filter."""
        name = self._chosen()
        condition = self._saved.get(name)
        if condition is None:
            if name:
                self._say(self.tr("“{name}” can't be read. It may be of a newer program.").format(name=name))
            return
        self.close()
        self.chosen.emit(name, condition)

    def rename(self) -> None:
        """Let the chosen filter be given another name, in the field above."""
        self._renaming = self._chosen()
        if self._renaming:
            self._name.setText(self._renaming)
            self._name.selectAll()
            self._name.setFocus()
            self._say("")

    def delete(self) -> None:
        """Forget the chosen filter; the one who asked can put it back."""
        name = self._chosen()
        if name:
            text = self._saved.text(name)
            self._saved.delete(name)
            self._renaming = ""
            self._rebuild()
            self.deleted.emit(name, text)

    def accept(self) -> None:
        """Return in the name keeps the name, anywhere else it applies."""
        if self.focusWidget() is self._name:
            self._take_name()
        else:
            self.apply()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Rename and delete by keys in the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            runs = {
                Qt.Key.Key_F2: self.rename,
                Qt.Key.Key_Delete: self.delete,
                Qt.Key.Key_Return: self.apply,
                Qt.Key.Key_Enter: self.apply,
            }
            run = runs.get(Qt.Key(event.key()))
            if run is not None:
                run()
                return True
        return super().eventFilter(watched, event)

    def _take_name(self) -> None:
        name, former = self._name.text().strip(), self._renaming
        if not name:
            self._say(self.tr("A name is missing."))
            return
        if name != former and name in self._saved.names() and self._may_replace != name:
            self._say(self.tr("“{name}” exists already.").format(name=name), may_replace=name)
            return
        if former:
            self._saved.rename(former, name)
        else:
            self._saved.save(name, self._current)
        self._renaming = ""
        self._rebuild(name)

    def _rebuild(self, current: str = "") -> None:
        self._list.clear()
        for name in self._saved.names():
            item = QListWidgetItem(name, self._list)
            item.setData(_NAME, name)
            condition = self._saved.get(name)
            if condition is None or misfits(condition, self._relation):
                item.setIcon(icon("warning", "warning"))
            if name == current:
                self._list.setCurrentItem(item)
        self._name.clear()
        self._list.setVisible(bool(self._list.count()))
        self._list.show_lines(min(self._list.count(), _LINES))
        if self._list.count():
            self._list.setFocus()
        self._say("")

    def _update(self) -> None:
        name = self._chosen()
        condition = self._saved.get(name)
        for button in (self._apply, self._rename, self._delete):
            button.setVisible(bool(self._list.count()))
            button.setEnabled(bool(name))
        is_new = bool(self._current != AllOf())
        may_name = bool(self._renaming) or is_new
        self._name.setEnabled(may_name)
        self._keep.setEnabled(may_name)
        words = filter_title(condition, self._relation) if condition is not None else ""
        if not self._list.count():
            words = self.tr("Filters saved for this table are listed here.")
        self._words.setText(words)
        self._words.setVisible(bool(words))
        self._retitle()
        self.fit()

    def _retitle(self) -> None:
        if self._renaming:
            self._keep.setText(self.tr("Rename"))
            self._name.setPlaceholderText(self.tr("New name"))
        else:
            self._keep.setText(self.tr("Save"))
            is_something = self._current != AllOf()
            self._name.setPlaceholderText(
                self.tr("Save the filter as…") if is_something else self.tr("There is no filter to save now")
            )
        if self._may_replace:
            self._keep.setText(self.tr("Replace"))
        self._keep.setAccessibleName(self._keep.text())
        self._name.setAccessibleName(self._name.placeholderText())

    def _chosen(self) -> str:
        item = self._list.currentItem()
        return str(item.data(_NAME)) if item is not None else ""

    def _say(self, message: str, *, may_replace: str = "") -> None:
        self._may_replace = may_replace
        self._message.setText(message)
        self._message.setVisible(bool(message))
        self._update()

    def _lay_out(self) -> None:
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self._name, 1)
        head.addWidget(self._keep)
        self._rename = self._button("saved_rename", self.rename, self.tr("Rename"))
        self._delete = self._button("saved_delete", self.delete, self.tr("Delete"))
        self._apply = self._button("saved_apply", self.apply, self.tr("Apply"))
        for button in (self._rename, self._delete):
            button.setProperty("flat", True)
            foot.addWidget(button)
        foot.addStretch(1)
        foot.addWidget(self._apply)
        self.rows.addLayout(head)
        for widget in (self._message, self._list, self._words):
            self.rows.addWidget(widget)
        self.rows.addLayout(foot)

    def _button(self, name: str, run: Callable[[], None], words: str = "") -> QPushButton:
        button = QPushButton(words, self)
        button.setObjectName(name)
        button.setAccessibleName(words)
        button.clicked.connect(lambda _checked=False: run())
        return button
