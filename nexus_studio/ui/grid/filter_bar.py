"""FilterBar: what the rows are filtered by, as chips, with a quick search over all text columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QToolButton, QWidget

from nexus_studio.core.data.codecs import built_in_codecs
from nexus_studio.core.data.filters import AllOf, AnyOf, Condition, Filter
from nexus_studio.core.schema.catalog import Column, Relation
from nexus_studio.core.schema.overlay import ModelOverlay
from nexus_studio.ui.grid.condition_popup import ConditionPopup
from nexus_studio.ui.grid.editors.cell_editor import Picker
from nexus_studio.ui.grid.found_list import TargetFinder
from nexus_studio.ui.grid.operator_words import condition_words, filter_words
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.flow import FlowLayout
from nexus_studio.ui.kit.icons import icon

SEARCH_DELAY_MS: Final = 350
_SEARCH_WIDTH: Final = 200
_CHIP_WIDTH: Final = 320


class FilterBar(QWidget):
    """Shows and edits the filter of one relation's rows. What is typed is a draft until it is applied.

    `picker_of` finds rows a foreign key may point to; `column_to_begin` names the column a new condition starts with.
    Keys: Delete or Backspace on a chip removes it, Enter edits it; Enter in the search field searches at once.
    """

    applied = Signal(object)  # Filter
    search_applied = Signal(str)

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filter_bar")
        self._context = context
        self._codecs = built_in_codecs()
        self.picker_of: Callable[[Column], Picker | None] = lambda _column: None
        self._relation: Relation | None = None
        self._parts: tuple[Filter, ...] = ()
        self._is_any = False
        self._sent_search = ""
        self._chips: list[QWidget] = []
        self.column_to_begin: Callable[[], str] = lambda: ""
        self.popup: ConditionPopup | None = None
        self._search = QLineEdit(self)
        self._search.setObjectName("filter_search")
        self._search.setClearButtonEnabled(True)
        self._search.addAction(icon("search", "text-muted"), QLineEdit.ActionPosition.LeadingPosition)
        self._search.setFixedWidth(_SEARCH_WIDTH)
        self._group = QToolButton(self)
        self._group.setObjectName("filter_group")
        self._group.setProperty("chip", True)
        self._add = QPushButton(icon("plus", "text-muted"), "", self)
        self._add.setObjectName("filter_add")
        self._add.setProperty("flat", True)
        self._clear = QPushButton(self)
        self._clear.setObjectName("filter_clear")
        self._clear.setProperty("link", True)
        self._flow_holder = QWidget(self)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self._flow_holder.setSizePolicy(policy)
        self._flow = FlowLayout(self._flow_holder, 4)
        for widget in (self._group, self._add, self._clear):
            self._flow.addWidget(widget)
        line = QHBoxLayout(self)
        line.setContentsMargins(8, 6, 8, 6)
        line.setSpacing(8)
        line.addWidget(self._search, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self._flow_holder, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SEARCH_DELAY_MS)
        self._timer.timeout.connect(self.apply_search)
        self._search.textChanged.connect(self._search_typed)
        self._search.returnPressed.connect(self.apply_search)
        self._add.clicked.connect(lambda _checked=False: self.add_condition(self.column_to_begin()))
        self._clear.clicked.connect(self.clear)
        self._group.clicked.connect(self._toggle_group)
        self._retranslate()
        self._rebuild()

    def open(self, relation: Relation, overlay: ModelOverlay) -> None:
        """Serve another relation, without filter."""
        del overlay  # columns are named as in the database; their descriptions are the header's business
        self._relation = relation
        self._parts, self._is_any, self._sent_search = (), False, ""
        self._timer.stop()
        self._search.blockSignals(True)
        self._search.clear()
        self._search.blockSignals(False)
        self._rebuild()

    @property
    def filter(self) -> Filter:
        """The filter shown."""
        return AnyOf(self._parts) if self._is_any and self._parts else AllOf(self._parts)

    def set_filter(self, condition: Filter) -> None:
        """Show a filter that came from elsewhere; nothing is told."""
        self._is_any = isinstance(condition, AnyOf)
        self._parts = condition.parts if isinstance(condition, AllOf | AnyOf) else (condition,)
        self._rebuild()

    def set_search(self, text: str) -> None:
        """Show a search that came from elsewhere; nothing is told."""
        self._sent_search = text
        self._search.blockSignals(True)
        self._search.setText(text)
        self._search.blockSignals(False)

    def focus_search(self) -> None:
        """Go to the search field."""
        self._search.setFocus()
        self._search.selectAll()

    def apply_search(self) -> None:
        """Search for what is typed, now."""
        self._timer.stop()
        text = self._search.text().strip()
        if text != self._sent_search:
            self._sent_search = text
            self.search_applied.emit(text)

    def clear(self) -> None:
        """Take all conditions away, and the search."""
        had_parts = bool(self._parts)
        self._parts, self._is_any = (), False
        self._rebuild()
        if had_parts:
            self.applied.emit(self.filter)
        self._search.clear()
        self.apply_search()

    def begin(self, column: str = "") -> None:
        """Start filtering by keyboard: open the popup for a condition on a column (the first by default)."""
        self.add_condition(column)

    def add_condition(self, column: str = "") -> None:
        """Open the popup for one condition more."""
        popup = self._open_popup(self._add)
        if popup is not None:
            popup.start_on(column)
            popup.accepted.connect(self._append)

    def edit_part(self, place: int) -> None:
        """Open the popup on a condition; a group within the filter can only be removed."""
        part = self._parts[place]
        if not isinstance(part, Condition):
            return
        popup = self._open_popup(self._chips[place])
        if popup is not None:
            popup.show_condition(part)
            popup.accepted.connect(lambda condition: self._replace(place, condition))

    def remove_part(self, place: int) -> None:
        """Take one condition away."""
        self._set_parts(self._parts[:place] + self._parts[place + 1 :])
        self._add.setFocus()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
            self._rebuild()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Remove the chip that has the focus with Delete."""
        focused = self.focusWidget()
        holds = [focused is not None and chip.isAncestorOf(focused) for chip in self._chips]
        place = holds.index(True) if True in holds else -1
        if place >= 0 and event.key() in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
            self.remove_part(place)
            return
        super().keyPressEvent(event)

    def _open_popup(self, below: QWidget) -> ConditionPopup | None:
        if self._relation is None or not any(column.may_select for column in self._relation.columns):
            return None
        finder = TargetFinder(self._context.runner, self.picker_of)
        popup = ConditionPopup(self._relation, self._codecs, self, finder=finder)
        self.popup = popup
        popup.destroyed.connect(self._popup_gone)
        popup.open_at(below.mapToGlobal(QPoint(0, below.height() + 2)))
        return popup

    def _popup_gone(self) -> None:
        self.popup = None

    def _append(self, condition: Condition) -> None:
        self._set_parts((*self._parts, condition))

    def _replace(self, place: int, condition: Condition) -> None:
        self._set_parts((*self._parts[:place], condition, *self._parts[place + 1 :]))

    def _set_parts(self, parts: tuple[Filter, ...]) -> None:
        self._parts = parts
        self._rebuild()
        self.applied.emit(self.filter)

    def _toggle_group(self) -> None:
        self._is_any = not self._is_any
        self._rebuild()
        self.applied.emit(self.filter)

    def _search_typed(self) -> None:
        self._timer.start()

    def _rebuild(self) -> None:
        for chip in self._chips:
            chip.hide()
            self._flow.removeWidget(chip)
            chip.deleteLater()
        self._chips = [self._chip(place, part) for place, part in enumerate(self._parts)]
        for place, chip in enumerate(self._chips):
            self._flow.insert_widget(place + 1, chip)
            chip.show()
        self._group.setVisible(len(self._parts) > 1)
        self._group.setText(self.tr("any of") if self._is_any else self.tr("all of"))
        self._clear.setVisible(bool(self._parts))
        self._flow.invalidate()
        self.updateGeometry()

    def _chip(self, place: int, part: Filter) -> QWidget:
        chip = QWidget(self._flow_holder)
        chip.setObjectName(f"filter_chip_{place}")
        line = QHBoxLayout(chip)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        words = self._words(part)
        body = QPushButton(chip)
        body.setObjectName(f"filter_chip_{place}_edit")
        body.setProperty("chip", True)
        body.setText(body.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, _CHIP_WIDTH).replace("&", "&&"))
        body.setToolTip(words)
        body.setAccessibleName(self.tr("Filter: {filter}").format(filter=words))
        body.setEnabled(isinstance(part, Condition))
        body.clicked.connect(lambda _checked=False: self.edit_part(place))
        away = QToolButton(chip)
        away.setObjectName(f"filter_chip_{place}_remove")
        away.setIcon(icon("close", "text-muted"))
        away.setIconSize(QSize(12, 12))
        away.setToolTip(self.tr("Remove"))
        away.setAccessibleName(self.tr("Remove filter: {filter}").format(filter=words))
        away.clicked.connect(lambda _checked=False: self.remove_part(place))
        line.addWidget(body)
        line.addWidget(away)
        return chip

    def _words(self, part: Filter) -> str:
        if isinstance(part, Condition) and self._relation is not None and self._relation.has_column(part.column):
            return condition_words(part, self._relation.column(part.column).type)
        return filter_words(part)

    def _retranslate(self) -> None:
        self.setAccessibleName(self.tr("Filter"))
        self._search.setPlaceholderText(self.tr("Search text columns"))
        self._search.setAccessibleName(self.tr("Search text columns"))
        self._add.setText(self.tr("Filter"))
        self._add.setAccessibleName(self.tr("Add a filter"))
        self._add.setToolTip(self.tr("Add a filter"))
        self._clear.setText(self.tr("Clear"))
        self._clear.setAccessibleName(self.tr("Clear all filters"))
        self._group.setToolTip(self.tr("Whether all conditions must hold, or any one of them"))
        self._group.setAccessibleName(self.tr("All or any of the conditions"))
