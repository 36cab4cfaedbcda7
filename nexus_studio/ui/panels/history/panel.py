"""The history panel: every saved change set of the database in sight, and the way back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from nexus_studio.core.data.history import Mark, SavedSet, SetQuery
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ConnectionFailed, ConnectionLost, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.settings import HISTORY_SPLIT
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.moments import moment_text
from nexus_studio.ui.kit.pages import EmptyPage, ErrorPage
from nexus_studio.ui.kit.panels import PaletteEntry, Panel, PanelState
from nexus_studio.ui.kit.splits import keep_split, restore_split
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.wording import NextStep
from nexus_studio.ui.panels.history.counts import Counts
from nexus_studio.ui.panels.history.details import SetDetails
from nexus_studio.ui.panels.history.filter_bar import HistoryFilter
from nexus_studio.ui.panels.history.flows import HistoryFlows
from nexus_studio.ui.panels.history.header import HistoryHeader
from nexus_studio.ui.panels.history.looking import PAGE, Listed, Seen, listed, seen
from nexus_studio.ui.panels.history.set_list import SetList
from nexus_studio.ui.panels.history.words import REVERT, obstacle, reason_text, tables_text

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

PANEL_ID: Final = "history"
_AGAIN: Final = "rows.refresh"
_ALL: Final = "history.all"
_BESIDE_FROM: Final = 1000  # pixels of width from which the details stand beside the list, else below
_SHARES: Final = {Qt.Orientation.Horizontal: (56, 44), Qt.Orientation.Vertical: (45, 55)}


class HistoryPanel(Panel):
    """See who saved what and why; stage what takes it back."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.setObjectName(f"panel.{PANEL_ID}")
        self._workspace: Workspace | None = None
        self._listed: Listed | None = None
        self._is_stale = True
        self._counts = Counts(self)
        self._reading, self._paging, self._seeing = (Latest(context.runner, self) for _ in range(3))
        self._pages = QStackedWidget(self)
        self._content = QWidget(self._pages)
        self._error = ErrorPage(self._pages)
        self.header = HistoryHeader(self._content)
        self.filter = HistoryFilter(self._content)
        self._middle = QStackedWidget(self._content)
        self._split = QSplitter(Qt.Orientation.Horizontal, self._middle)
        self._empty = EmptyPage(self._middle)
        self.list = SetList(context.theme, self._split)
        self.details = SetDetails(context.theme, self._split)
        self.flows = HistoryFlows(context, self)
        self._arrange()
        self._wire()

    # Panel

    def open(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._is_stale = True
        if self.isVisible():
            self.read()

    def leave(self) -> None:
        for each in (self._reading, self._paging, self._seeing):
            each.cancel()
        keep_split(self._split, self.context.settings, HISTORY_SPLIT)
        self._workspace = self._listed = None
        self.list.show_sets((), has_more=False, with_place=False)

    def access_changed(self) -> None:
        self.details.set_obstacle(self._obstacle())
        self.state_changed.emit()

    def on_effects(self, effects: Effects) -> None:
        if not effects.touches(Kind.ROWS | Kind.CATALOG):
            return
        self._is_stale = True
        if self.isVisible():
            self.read()

    def state(self) -> PanelState:
        can = {"read"} if self._workspace is not None else set()
        if self.details.can_revert:
            can.add("revert")
        if self.details.relations():
            can.add("open")
        if self.header.offers_share:
            can.add("share")
        return PanelState(panel=PANEL_ID, has_selection=self.list.current() is not None, can=frozenset(can))

    def palette_entries(self) -> tuple[PaletteEntry, ...]:
        return tuple(
            PaletteEntry(
                reason_text(each) or tables_text(each, self._counts),
                moment_text(each.at),
                "history",
                partial(self.list.choose, each.id),
            )
            for each in self.list.sets.sets[:PAGE]
        )

    def cure(self, step: str) -> None:
        if step in {_AGAIN, "connection.retry"}:
            self.read()

    # what actions do

    def read(self) -> None:
        """Read the list again; what is in sight stays until it is there."""
        workspace = self._workspace
        if workspace is None:
            return
        self._is_stale = False
        query = self.filter.query()
        self._paging.cancel()
        self._reading.start(lambda ctx: listed(workspace, query, ctx), self._show, self._show_failure)

    def revert(self) -> None:
        """Stage what takes the chosen set back."""
        found, workspace = self.details.seen, self._workspace
        if self.details.can_revert and workspace is not None and found is not None and found.inverse is not None:
            self.flows.revert(found.details.saved.id, found.inverse, workspace)

    def open_table(self) -> None:
        """Show the chosen set's table."""
        self.details.open_table.click()

    def ask_keep(self) -> None:
        """Ask how long sets are kept."""
        if self._workspace is not None:
            self.flows.keep(self._workspace)

    def ask_share(self) -> None:
        """Ask whether a team shall share the history in the database."""
        shared = self._listed.shared if self._listed is not None else None
        if self._workspace is not None and shared is not None:
            self.flows.share(self._workspace, shared)

    def focus_search(self) -> None:
        """Have the keyboard search."""
        self.filter.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.search.selectAll()

    def step_area(self, by: int) -> None:
        """Move the focus to the next of the panel's areas: filter, list, details."""
        areas: tuple[tuple[QWidget, QWidget], ...] = (
            (self.filter, self.filter.search),
            (self.list, self.list),
            (self.details, self.details.rows),
        )
        focus = self.window().focusWidget()
        held = [focus is not None and (area is focus or area.isAncestorOf(focus)) for area, _ in areas]
        here = held.index(True) if True in held else 0 if by < 0 else -1
        areas[(here + by) % len(areas)][1].setFocus(Qt.FocusReason.ShortcutFocusReason)

    # Qt

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange and self._listed is not None:
            self._say_empty(self._listed.query)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self.read()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wanted = Qt.Orientation.Horizontal if self.width() >= _BESIDE_FROM else Qt.Orientation.Vertical
        if self._split.orientation() != wanted:
            self._split.setOrientation(wanted)
            self._share_out()

    # inside

    def _arrange(self) -> None:
        self._split.setObjectName("history.split")
        self._split.setChildrenCollapsible(False)
        for widget in (self.list, self.details):
            self._split.addWidget(widget)
        self.list.setMinimumSize(320, 140)
        self.details.setMinimumSize(300, 200)
        self._middle.addWidget(self._split)
        self._middle.addWidget(self._empty)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.header)
        column.addWidget(self.filter)
        column.addWidget(self._middle, 1)
        self._pages.addWidget(self._content)
        self._pages.addWidget(self._error)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        self._share_out()
        restore_split(self._split, self.context.settings, HISTORY_SPLIT)
        self.setFocusProxy(self.list)

    def _wire(self) -> None:
        self.filter.changed.connect(self.read)
        self.list.chosen.connect(self._choose_set)
        self.list.sets.more_asked.connect(self._read_more)
        self.list.activated.connect(lambda _: self.details.rows.setFocus(Qt.FocusReason.OtherFocusReason))
        self.details.revert_asked.connect(self.revert)
        self.details.open_asked.connect(self._open)
        self.details.copied.connect(self._tell_copied)
        self.header.keep_asked.connect(self.ask_keep)
        self.header.share_asked.connect(self.ask_share)
        self.header.read_asked.connect(self.read)
        self.flows.staged.connect(self.stage_all_asked)
        self.flows.changed.connect(self.read)
        self._error.chosen.connect(self._choose)
        self._empty.chosen.connect(self._choose)

    def _share_out(self) -> None:
        shares = _SHARES[self._split.orientation()]
        self._split.setSizes([share * 20 for share in shares])
        for number, share in enumerate(shares):
            self._split.setStretchFactor(number, share)

    def _show(self, found: Listed) -> None:
        self._listed = found
        self._pages.setCurrentWidget(self._content)
        self.filter.show_choices(found.choices)
        self.filter.offer_shared(found.shared is not None and found.shared.may_read)
        self.list.show_sets(found.sets, has_more=len(found.sets) == PAGE, with_place=found.query.everywhere)
        self._middle.setCurrentWidget(self._split if found.sets else self._empty)
        self.header.show_listed(found)
        self._say_empty(found.query)
        self.state_changed.emit()

    def _say_empty(self, query: SetQuery) -> None:
        if query.is_narrow:
            steps = (NextStep(_ALL, self.tr("Show all")),)
            self._empty.show_words("search", self.tr("Nothing of that kind was saved"), "", steps)
            return
        words = self.tr(
            "Each save is kept here with what the rows were before: who, when and why. From here it can be taken back."
        )
        self._empty.show_words("history", self.tr("Nothing was saved to this database yet"), words)

    def _show_failure(self, error: StudioError) -> None:
        self._is_stale = True
        if isinstance(error, ConnectionLost | ConnectionFailed) and self._listed is not None:
            self.failed.emit(error)  # the window says so, and how to come back; what is in sight stays
        else:
            self._error.show_error(error, (NextStep(_AGAIN, self.tr("Read again")),))
            self._pages.setCurrentWidget(self._error)
        self.state_changed.emit()

    def _read_more(self, mark: Mark) -> None:
        workspace, found = self._workspace, self._listed
        if workspace is None or found is None:
            return
        query, history = found.query, workspace.history
        self._paging.start(
            lambda ctx: history.sets(ctx, query, limit=PAGE, before=mark),
            lambda sets: self.list.sets.add(sets, has_more=len(sets) == PAGE),
            self._paging_failed,
        )

    def _paging_failed(self, error: StudioError) -> None:
        self.list.sets.stop_asking()
        self.failed.emit(error)

    def _choose_set(self, saved: SavedSet | None) -> None:
        workspace = self._workspace
        self._seeing.cancel()
        self.details.show_saved(saved, self._obstacle())
        self.state_changed.emit()
        if saved is not None and workspace is not None:
            self._seeing.start(lambda ctx: seen(workspace, saved, ctx), self._show_seen, self._seeing_failed)

    def _show_seen(self, found: Seen) -> None:
        self.details.show_seen(found)
        self.state_changed.emit()

    def _seeing_failed(self, error: StudioError) -> None:
        self.failed.emit(error)

    def _obstacle(self) -> str:
        return obstacle(self._workspace.session if self._workspace is not None else None, REVERT)

    def _open(self, name: RelationName) -> None:
        self.open_relation.emit(name, None)

    def _tell_copied(self) -> None:
        self.context.notices.success(self.tr("The SQL is in the clipboard"), key="history.copied")

    def _choose(self, step: str) -> None:
        if step in {_AGAIN, "connection.retry"}:
            self.read()
        elif step == _ALL:
            self.filter.clear()
        else:
            self.step_asked.emit(step)
