"""FilterBar: what the rows are filtered by, as chips, with a quick search over all text columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from nexus_studio.core.data.codecs import built_in_codecs
from nexus_studio.core.data.filters import AllOf, Condition, Filter
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.data.targets import Picker
from nexus_studio.core.errors import BugError, ConnectionLost, InvalidFilter, InvalidValue, StudioError, TimedOut
from nexus_studio.core.schema.catalog import Column, Relation
from nexus_studio.core.schema.overlay import ModelOverlay
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.ui.grid.filter_chips import FilterChips
from nexus_studio.ui.grid.filter_editor import open_condition
from nexus_studio.ui.grid.filter_message import FilterMessage, Step
from nexus_studio.ui.grid.filter_parts import misfits
from nexus_studio.ui.grid.filter_reasons import at_fault, is_read_only, why_refused
from nexus_studio.ui.grid.filter_scope import FilterCheck, FilterScope
from nexus_studio.ui.grid.found_list import TargetFinder
from nexus_studio.ui.grid.popups import Popup
from nexus_studio.ui.grid.saved_filters import SavedFilters
from nexus_studio.ui.grid.saved_filters_popup import SavedPopup
from nexus_studio.ui.grid.search_field import SEARCH_SECONDS, SearchField
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.notices import NoticeButton
from nexus_studio.ui.kit.tasks import Latest

PATIENCE_MS: Final = 600
"""How long a search runs before it is said that it does."""


class FilterBar(QWidget):
    """Shows and edits the filter of one relation's rows. What is typed is a draft until it is applied.

    `picker_of` finds rows a foreign key may point to; `column_to_begin` names the column a new condition starts with;
    `check` asks the server about a filter. Keys on chips are in `FilterChip`, those of the search in `SearchField`.
    """

    applied = Signal(object)  # Filter
    search_applied = Signal(str)
    search_stopped = Signal()  # the running search shall be stopped
    left = Signal()  # the person wants back to the rows

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filter_bar")
        self._context = context
        self._codecs = built_in_codecs()
        self.picker_of: Callable[[Column], Picker | None] = lambda _column: None
        self.column_to_begin: Callable[[], str] = lambda: ""
        self.check: FilterCheck | None = None
        self.saved: SavedFilters | None = None
        self._relation: Relation | None = None
        self._own_popup: Popup | None = None
        self._is_busy = self._is_telling = False
        self.search = SearchField(self)
        self.chips = FilterChips(self)
        self.chips.scope_now = self._scope
        self.chips.column_to_begin = self._begin_column
        self.message = FilterMessage(self)
        self._finding = Latest(context.runner, self)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._lay_out()
        self._patience.timeout.connect(self._tell_search)
        self.search.search_asked.connect(self._ask_search)
        self.search.left.connect(self.left)
        self.chips.changed.connect(self._apply)
        self.chips.clear_asked.connect(self.clear)
        self.chips.saved_asked.connect(self.show_saved)
        self._retranslate()

    def open(self, relation: Relation, overlay: ModelOverlay, place: str = "") -> None:
        """Serve another relation, without filter. Filters can be saved where `place` names database and relation."""
        del overlay  # columns are named as in the database; their descriptions are the header's business
        self._relation = relation
        self.saved = SavedFilters(self._context.settings, place, relation.name) if place else None
        self.chips.show_relation(relation, can_save=self.saved is not None)
        self.search.forget()
        self.message.hide_message()

    @property
    def filter(self) -> Filter:
        """The filter shown."""
        return self.chips.filter

    @property
    def popup(self) -> Popup | None:
        """The popup that is open, if any."""
        return self._own_popup or self.chips.popup

    def set_filter(self, condition: Filter) -> None:
        """Show a filter that came from elsewhere; nothing is told. What was said of the former one is taken down."""
        self._finding.cancel()
        self._is_telling = False
        self.message.hide_message()
        self.chips.show_filter(condition)

    def set_search(self, text: str) -> None:
        """Show a search that came from elsewhere; nothing is told."""
        self.search.show_search(text)

    def set_busy(self, is_busy: bool) -> None:
        """Know whether rows are on their way: a search that takes long says so, and can be stopped."""
        if is_busy == self._is_busy:
            return
        self._is_busy = is_busy
        if is_busy:
            self._patience.start()
            return
        self._patience.stop()
        if self._is_telling:
            self._is_telling = False
            self.message.hide_message()

    def focus_search(self) -> None:
        """Go to the search field."""
        self.search.setFocus()
        self.search.selectAll()

    def apply_search(self) -> None:
        """Search for what is typed, now."""
        self.search.search()

    def clear(self) -> None:
        """Take all conditions away, and the search."""
        self.message.hide_message()
        self.chips.clear()
        self.search.clear()
        self.search.search()

    def begin(self, column: str = "") -> None:
        """Start filtering by keyboard: open the popup for a condition on a column (the first by default)."""
        self.chips.add_condition(column)

    def begin_sql(self) -> None:
        """Open the popup for an SQL condition."""
        self.chips.add_raw()

    def show_saved(self) -> None:
        """Show the saved filters."""
        if self.saved is None or self._relation is None:
            return
        popup = SavedPopup(self.saved, self._relation, self.filter, self)
        popup.chosen.connect(self._take_saved)
        popup.deleted.connect(self._tell_deleted)
        self._keep_popup(popup)
        popup.open_below(self.chips.saved_button)

    def show_failure(self, error: StudioError, query: RowQuery) -> bool:
        """Say at the bar why its filter or search was refused; `query` is the question whose rows are shown.

        Returns False where something else has to say it: a lost connection, a bug, or what has to do with neither.
        """
        if error.code == "timeout.count":
            return False
        if error.code == TimedOut.default_code and self.search.sent:  # a lock's time has to do with other sessions
            self._tell_search_timeout(query)
            return True
        is_new = self.filter != query.filter or self.search.sent != query.search
        if isinstance(error, ConnectionLost | BugError):
            if is_new:
                self._say_refused(self.tr("The rows shown are those from before this was asked."), "warning", query)
            return False
        is_asked = query.filter != AllOf() and (is_read_only(error) or isinstance(error, InvalidFilter | InvalidValue))
        if not is_new and not is_asked:
            return False
        why = why_refused(error)
        self.chips.mark(dict.fromkeys(at_fault(error, self.chips.parts, self.chips.changed_place), why))
        self._say_refused(why, "danger", query, can_repeat=isinstance(error, TimedOut))
        self._find_fault(error)
        return True

    def _say_refused(self, why: str, tone: str, query: RowQuery, *, can_repeat: bool = True) -> None:
        """Say why nothing came, with the ways on: `query` is the question whose rows are shown."""
        asked, typed = self.filter, self.search.sent
        steps: list[Step] = []
        if can_repeat:
            again = self.search.search if typed != query.search else lambda: self.applied.emit(asked)
            steps.append(Step("again", self.tr("Try again"), again))
        if asked != query.filter or typed != query.search:
            steps.append(Step("back", self.tr("Back to the rows shown"), lambda: self._go_back(query)))
        self._is_telling = False
        self.message.say(why, tone, steps)

    def _go_back(self, query: RowQuery) -> None:
        self.set_filter(query.filter)
        self.set_search(query.search)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _find_fault(self, error: StudioError) -> None:
        """Let the server say which part it is that it refuses, where that is not known."""
        check, condition = self.check, self.filter
        is_known = isinstance(error, InvalidFilter | TimedOut)
        if check is None or is_known or len(self.chips.parts) < 2:  # noqa: PLR2004 - a choice
            return
        self._finding.start(lambda ctx: check(condition, ctx), lambda _: None, lambda found: self._blame(found, error))

    def _blame(self, found: StudioError, error: StudioError) -> None:
        if isinstance(found, InvalidFilter):
            self.chips.show_filter(self.filter)  # without the mark that was a guess
            self.chips.mark(dict.fromkeys(at_fault(found, self.chips.parts, -1), why_refused(error)))

    def _scope(self) -> FilterScope | None:
        if self._relation is None:
            return None
        finder = TargetFinder(self._context.runner, self.picker_of)
        return FilterScope(self._context, self._relation, self._codecs, finder, self.check)

    def _begin_column(self) -> str:
        return self.column_to_begin()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.search, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.chips, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(8, 6, 8, 6)
        rows.setSpacing(4)
        rows.addLayout(line)
        rows.addWidget(self.message)

    def _apply(self, condition: Filter) -> None:
        self._finding.cancel()
        self.message.hide_message()
        self.applied.emit(condition)

    def _ask_search(self, text: str) -> None:
        self.message.hide_message()
        self.search_applied.emit(text)

    def _tell_search(self) -> None:
        if not self._is_busy or not self.search.sent:
            return
        words = self.tr("Searching all text columns, for {seconds} seconds at most…").format(seconds=SEARCH_SECONDS)
        self.message.say(words, "info", (Step("stop", self.tr("Stop"), self._stop_search),))
        self._is_telling = True

    def _stop_search(self) -> None:
        self._is_telling = False
        self.search.go_back_to("")
        self.search_stopped.emit()

    def _tell_search_timeout(self, query: RowQuery) -> None:
        """Say why a search came to nothing, and what finds rows all the same."""
        typed = self.search.sent
        self.search.go_back_to(query.search if query.search != typed else "")
        words = self.tr(
            "The search for “{text}” was stopped after {seconds} seconds: it reads the whole table. Search one column, "
            "narrow the rows by a filter first, or have a trigram index (pg_trgm) made."
        )
        column = self._text_column()
        one = Step("column", self.tr("Search one column…"), lambda: self._search_column(column, typed))
        again = Step("again", self.tr("Search again"), self.search.search)
        self._is_telling = False
        self.message.say(
            words.format(text=typed, seconds=SEARCH_SECONDS), "warning", (one, again) if column else (again,)
        )

    def _text_column(self) -> str:
        """Return the column one stands in when it holds text, else the first that does."""
        columns = self._relation.columns if self._relation is not None else ()
        texts = [column.name for column in columns if column.type.kind is TypeKind.TEXT and column.may_select]
        here = self.column_to_begin()
        return here if here in texts else next(iter(texts), "")

    def _search_column(self, column: str, typed: str) -> None:
        scope = self._scope()
        if scope is None:
            return
        self.search.forget()
        start = Condition.of(column, "contains", typed)
        self._keep_popup(open_condition(scope, self, self.search, self.chips.append, start))

    def _take_saved(self, name: str, condition: Filter) -> None:
        """Apply a saved filter; one that does not fit the table any more is only shown, when that is wished."""
        wrong = misfits(condition, self._relation) if self._relation is not None else ()
        if not wrong:
            self.chips.take(condition)
            return
        columns = ", ".join(str(error.facts.get("column", "")) for error in wrong)
        words = self.tr("“{name}” was not applied: it does not fit the columns of this table any more ({columns}).")
        show = Step("show", self.tr("Show it to mend it"), lambda: self._show_misfit(condition))
        self.message.say(words.format(name=name, columns=columns), "warning", (show,))

    def _show_misfit(self, condition: Filter) -> None:
        self.chips.show_filter(condition)
        if self._relation is None:
            return
        for error in misfits(condition, self._relation):
            self.chips.mark(dict.fromkeys(at_fault(error, self.chips.parts, -1), why_refused(error)))

    def _tell_deleted(self, name: str, text: str) -> None:
        saved = self.saved
        if saved is not None:
            undo = NoticeButton(self.tr("Undo"), lambda: saved.put_back(name, text))
            words = self.tr("The filter “{name}” was deleted").format(name=name)
            self._context.notices.info(words, buttons=(undo,), key="saved_filter")

    def _keep_popup(self, popup: Popup) -> None:
        self._own_popup = popup
        popup.destroyed.connect(self._popup_gone)

    def _popup_gone(self) -> None:
        self._own_popup = None

    def _retranslate(self) -> None:
        self.setAccessibleName(self.tr("Filter"))
