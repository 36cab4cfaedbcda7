"""The data panel: the schema tree, tabs of rows, the record; back and forward between them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QTabBar,
    QTabWidget,
    QToolButton,
    QWidget,
)

from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.data.filters import AllOf, Filter
from nexus_studio.core.data.querytext import query_from_text, query_to_text
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Environment
from nexus_studio.core.schema.catalog import Catalog, RelationKind
from nexus_studio.core.settings import DATA_SPLIT, open_tables
from nexus_studio.ui.grid.copying import COPY_NOTICE
from nexus_studio.ui.grid.grid_menus import value_conditions
from nexus_studio.ui.grid.live_button import LiveButton
from nexus_studio.ui.grid.locks import Lock, lock_sentence
from nexus_studio.ui.grid.row_count import RowCountButton
from nexus_studio.ui.grid.selection_status import SelectionStatus
from nexus_studio.ui.grid.totalling import Summary
from nexus_studio.ui.kit.confirm import Answer, Confirmation, ConfirmDialog
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.pages import EmptyPage
from nexus_studio.ui.kit.panels import PaletteEntry, Panel, PanelState
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.wording import NextStep
from nexus_studio.ui.panels.data.draft_keeper import DraftKeeper
from nexus_studio.ui.panels.data.duplicate_dialog import DuplicateDialog
from nexus_studio.ui.panels.data.new_target import NewTarget
from nexus_studio.ui.panels.data.record_pane import RecordPane, RelatedRows
from nexus_studio.ui.panels.data.schema_tree import SchemaTree
from nexus_studio.ui.panels.data.staging_over import StagingOver
from nexus_studio.ui.panels.data.table_page import TablePage
from nexus_studio.ui.panels.data.trail import Trail

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_COUNT_DELAY_MS = 150
_MOST_TABS = 12
_EXAMPLE = "session_bookings"
_SIZES = (264, 680, 300)


class DataPanel(Panel):
    """Browse and fix rows."""

    tree_shown = Signal()  # the schema tree shows the database as it is now

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.setObjectName("panel.data")
        self._workspace: Workspace | None = None
        self._trail = Trail()
        self._was_shown = False
        self._reading = Latest(context.runner, self)
        self.tree = SchemaTree(self)
        self.record = RecordPane(context.theme, self)
        self._status = QWidget(self)
        self._status.hide()
        self.selection = SelectionStatus(self._status)
        self.row_count = RowCountButton(self._status)
        self.live = LiveButton(self._status)
        self._tabs = QTabWidget(self)
        self._empty = EmptyPage(self)
        self._middle = QStackedWidget(self)
        self._split = QSplitter(Qt.Orientation.Horizontal, self)
        self._counting = QTimer(self)
        self._counting.setSingleShot(True)
        self._counting.setInterval(_COUNT_DELAY_MS)
        self.keeper = DraftKeeper(self, context, self.show_relation)
        self._staging_over = StagingOver(self)
        self._discards = False  # a person has just let the edits go
        self._new_target = NewTarget(self, context, self._open_table)
        self._arrange()
        self._wire()
        self._retranslate()

    # Panel

    def open(self, workspace: Workspace) -> None:
        again = self._workspace is not None
        self._workspace = workspace
        self.keeper.open(workspace)
        if not again:
            self._reopen_tabs(workspace)
        self.read_tree()
        if again:
            for page in self.pages():
                page.use(workspace)

    def leave(self) -> None:
        self._reading.cancel()
        self._remember()
        self.keeper.leave(discards=self._discards)
        self._workspace = None

    def access_changed(self) -> None:
        for page in self.pages():
            page.set_access()
        self._show_record()
        self._tell()

    def on_effects(self, effects: Effects) -> None:
        if effects.touches(Kind.CATALOG):
            self.read_tree()
        for page in self.pages():
            page.on_effects(effects)

    def may_close(self) -> bool:
        answer = self.ask_about_edits(list(self.pages()))
        # Whoever asked leaves at once, or stays for another panel's sake: then the edits are still here.
        self._discards = answer
        QTimer.singleShot(0, self, self._keep_edits)
        return answer

    def state(self) -> PanelState:
        page = self.page
        ways = {"back": self._trail.can_go_back, "forward": self._trail.can_go_forward}
        can = {name for name, is_open in ways.items() if is_open}
        if page is None or page.relation is None or page.changes is None:
            return PanelState(panel="data", can=frozenset(can))
        if page.relation.insertable and self._is_writable:
            can.add("insert")
        can.add("rows")
        if page.live.seconds:
            can.add("live")
        if page.form is not None:
            can.add("form")
        if value_conditions(page.grid) is not None:
            can.add("cell_value")
        return PanelState(
            panel="data",
            has_selection=page.grid.current_row() is not None,
            dirty=page.is_dirty,
            busy=page.saving.is_running,
            writable=self._is_writable and page.relation.editable,
            can_undo=page.changes.can_undo,
            can_redo=page.changes.can_redo,
            can=frozenset(can),
        )

    def status_widget(self) -> QWidget:
        return self._status

    def palette_entries(self) -> tuple[PaletteEntry, ...]:
        icons = {RelationKind.VIEW: "view", RelationKind.MATERIALIZED_VIEW: "materialized-view"}
        # Partitions come last: who wants one types its name.
        ordered = sorted(self.tree.catalog.summaries.values(), key=lambda summary: summary.parent is not None)
        return tuple(
            PaletteEntry(
                summary.name.name,
                "" if summary.name.schema == "public" else summary.name.schema,
                icons.get(summary.kind, "table"),
                partial(self.show_relation, summary.name),
            )
            for summary in ordered
        )

    def show_relation(self, name: RelationName, condition: Filter | None = None) -> None:
        query = RowQuery(name, condition or AllOf())
        page = self._page_of(name)
        if page is not None and condition is None:
            query = page.query
        self._go(query)
        self._trail.visit(query)
        self._tell()

    def stage(self, name: RelationName, changes: tuple[RowChange, ...]) -> None:
        self._staging_over.ask(self.pages(), {name: changes}, partial(self._stage, name, changes))

    def _stage(self, name: RelationName, changes: tuple[RowChange, ...]) -> None:
        self.show_relation(name)
        if self.page is not None:
            self.page.saving.stage(changes)

    def stage_all(self, changes: Mapping[RelationName, tuple[RowChange, ...]], takes_back: str = "") -> None:
        self._staging_over.ask(self.pages(), changes, partial(self._stage_all, changes, takes_back))

    def _stage_all(self, changes: Mapping[RelationName, tuple[RowChange, ...]], takes_back: str) -> None:
        pages: list[TablePage] = []
        for name, staged in changes.items():
            self.show_relation(name)
            if self.page is not None:
                pages.append(self.page)
                self.page.saving.note_taken_back(takes_back)
                self.page.saving.stage(staged, is_told=len(changes) == 1)
        for page in pages:
            page.saving.joint.join(pages)
        if len(pages) > 1:
            self.show_relation(pages[0].name)
            rows = sum(map(len, changes.values()))
            words = self.tr(
                "%Ln row(s) of {number} tables are staged. They are saved together, from any of these tabs.", "", rows
            )
            self.context.notices.info(words.format(number=len(pages)), key="rows.staged")

    def cure(self, step: str) -> None:
        if self.page is not None:
            self.page.cure(step)

    # what actions do

    @property
    def page(self) -> TablePage | None:
        """The tab in sight."""
        widget = self._tabs.currentWidget()
        return widget if isinstance(widget, TablePage) else None

    def pages(self) -> tuple[TablePage, ...]:
        """All tabs, left to right."""
        widgets = (self._tabs.widget(number) for number in range(self._tabs.count()))
        return tuple(widget for widget in widgets if isinstance(widget, TablePage))

    def read_tree(self) -> None:
        """Read the schema tree again; a failed read keeps the last good one."""
        workspace = self._workspace
        if workspace is not None:
            self._reading.start(workspace.catalog.tree, self._show_tree, self._tree_failed)

    def refresh(self) -> None:
        """Read tree and rows again."""
        if self._workspace is not None:
            self._workspace.catalog.forget()
        self.read_tree()
        if self.page is not None:
            self.page.reload()

    def duplicate(self, page: TablePage) -> None:
        """Ask what is to be copied along with the current row, and stage the copies."""
        shown, relation, workspace = page.grid.current_row(), page.relation, self._workspace
        if shown is None or relation is None or workspace is None or not page.finish_edit():
            return
        lock = page.grid.stager.insert_lock()
        if shown.row is None or lock is not Lock.OPEN:
            self.context.notices.info(lock_sentence(lock) or self.tr("Save the new row first."), key="duplicate")
            return
        record = page.current.read()
        name = record[0] if record is not None else str(relation.name)
        dialog = DuplicateDialog(self.context, workspace, relation, shown.row.key, name, self)
        dialog.made.connect(self.stage_all)
        dialog.open()

    def go_back(self) -> None:
        """Go to the place before."""
        self._revisit(self._trail.back())

    def go_forward(self) -> None:
        """Go to the place after."""
        self._revisit(self._trail.forward())

    def step_tab(self, by: int) -> None:
        """Go to the next tab to the right (or left), round the corner."""
        if self._tabs.count():
            self._tabs.setCurrentIndex((self._tabs.currentIndex() + by) % self._tabs.count())

    def step_area(self, by: int) -> None:
        """Move the focus to the next of the panel's areas: tree, filter, cost (while it is told), rows, record."""
        page = self.page
        areas: list[QWidget] = [self.tree]
        if page is not None and page.relation is not None:
            costs = [page.cost_bar] if page.cost_bar is not None else []
            rows = [page.form] if page.form is not None else [page.grid, self.record]
            areas += [page.filter_bar, *costs, *rows]
        focus = self.window().focusWidget()
        here = next((n for n, area in enumerate(areas) if focus is not None and area.isAncestorOf(focus)), -1)
        if here < 0 and by < 0:
            here = 0
        area = areas[(here + by) % len(areas)]
        if page is not None and area is page.filter_bar:
            page.filter_bar.focus_search()
        else:
            area.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def close_tab(self, number: int | None = None) -> None:
        """Close a tab (the current one by default); asks when edits are staged in it."""
        page = self._tabs.widget(self._tabs.currentIndex() if number is None else number)
        if not isinstance(page, TablePage) or not self.ask_about_edits([page]):
            return
        self.keeper.drop(page)
        self._tabs.removeTab(self._tabs.indexOf(page))
        page.grid.close_rows()
        page.hide()
        page.deleteLater()
        self._middle.setCurrentWidget(self._tabs if self._tabs.count() else self._empty)
        self._show_record()
        self._tell()

    def ask_about_edits(self, pages: list[TablePage]) -> bool:
        """Ask before staged edits are lost; True when there are none or the person lets them go.

        While a save runs the answer is no: "discard" could not be kept to, its rows may be written already.
        """
        for page in pages:
            page.grid.editing.finish()  # what was typed is an edit too
        dirty = [page for page in pages if page.is_dirty or page.grid.editing.editor is not None]
        workspace = self._workspace
        if any(page.saving.is_running for page in pages):
            self.context.notices.info(self.tr("Changes are being saved. Wait for that, or stop it first."), key="save")
            return False
        if not dirty or workspace is None:
            return True
        changes = sum(max(1, page.changes.counts.total) for page in dirty if page.changes is not None)
        question = Confirmation(
            self.tr("Unsaved changes"),
            self.tr("%Ln row(s) with changes that were not saved will be lost.", "", changes),
            self.tr("Discard changes"),
            tuple(str(page.name) for page in dirty),
            destructive=True,
            writes=False,
            alternative=self.tr("Save first"),
        )
        dialog = ConfirmDialog(question, workspace.session.profile, self)
        dialog.exec()
        answer = dialog.answer
        dialog.deleteLater()
        if answer is Answer.ALTERNATIVE:
            for page in dirty:  # what is refused shows itself; closing is asked for again once all is saved
                together = page.saving.joint.pages()
                if not any(other in together for other in dirty[: dirty.index(page)]):
                    page.saving.save()
        return answer is Answer.DO

    # inside

    def _keep_edits(self) -> None:
        self._discards = False

    def _remember(self) -> None:
        """Keep the panes' sizes and the open tables for the next time."""
        settings = self.context.settings
        settings.set(DATA_SPLIT, self._split.saveState().toBase64().toStdString())
        if self._workspace is not None:
            current = [self.page] if self.page is not None else []
            pages = [*current, *(page for page in self.pages() if page is not self.page)]
            option = open_tables(self._workspace.session.profile.place)
            settings.set(option, tuple(query_to_text(page.query) for page in pages[:_MOST_TABS]))

    def _reopen_tabs(self, workspace: Workspace) -> None:
        """Open the tables of the last time; the current one reads its rows now, the others when they are looked at."""
        for text in self.context.settings.get(open_tables(workspace.session.profile.place)):
            with suppress(ValueError):
                self._add_page(query_from_text(text), wanted_now=False)
        if self.page is not None:
            self._trail.visit(self.page.query)

    def _arrange(self) -> None:
        self._tabs.setObjectName("data.tabs")
        self._tabs.setDocumentMode(True)
        self._tabs.setTabsClosable(True)
        self._tabs.setMovable(True)
        self._tabs.setUsesScrollButtons(True)
        self._tabs.setElideMode(Qt.TextElideMode.ElideNone)
        self._tabs.setIconSize(QSize(14, 14))
        corner = QWidget(self._tabs)
        line = QHBoxLayout(corner)
        line.setContentsMargins(4, 0, 4, 0)
        line.setSpacing(0)
        self._back, self._forward = QToolButton(corner), QToolButton(corner)
        for button, name, run in ((self._back, "back", self.go_back), (self._forward, "forward", self.go_forward)):
            button.setObjectName(f"data.{name}")
            button.setIcon(icon(name))
            button.setAutoRaise(True)
            button.clicked.connect(run)
            line.addWidget(button)
        self._tabs.setCornerWidget(corner, Qt.Corner.TopLeftCorner)
        self._middle.addWidget(self._empty)
        self._middle.addWidget(self._tabs)
        self._split.setObjectName("data.split")
        self._split.setChildrenCollapsible(False)
        for widget, stretch in ((self.tree, 0), (self._middle, 1), (self.record, 0)):
            self._split.addWidget(widget)
            self._split.setStretchFactor(self._split.count() - 1, stretch)
        self._split.setSizes(list(_SIZES))
        if saved := self.context.settings.get(DATA_SPLIT):
            self._split.restoreState(QByteArray.fromBase64(saved.encode()))
        self.tree.setMinimumWidth(160)
        self.record.setMinimumWidth(200)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._split)
        self.setFocusProxy(self.tree)
        line = QHBoxLayout(self._status)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        line.addWidget(self.selection)
        line.addWidget(self.row_count)
        line.addWidget(self.live)

    def _wire(self) -> None:
        self.tree.relation_chosen.connect(self.show_relation)
        self.tree.new_tab_asked.connect(self._open_beside)
        self._tabs.tabCloseRequested.connect(self.close_tab)
        self._tabs.currentChanged.connect(self._tab_changed)
        self._counting.timeout.connect(self._count_related)
        self.row_count.count_asked.connect(self._count_rows)
        self.selection.sum_asked.connect(self._add_up)
        self._empty.chosen.connect(self.step_asked)
        self.record.edit_asked.connect(self._edit_field)
        self.record.related_chosen.connect(self._show_related)

    def _tell_empty(self) -> None:
        """Say what to do while no table is open; where there is none, what would make some."""
        catalog = self.tree.catalog
        if catalog.read_at is None or catalog.summaries:
            hint = self.tr("Pick one on the left, or press Ctrl+K and type its name.")
            self._empty.show_words("table", self.tr("Choose a table"), hint)
            return
        steps = (
            NextStep("panel.migrations", self.tr("Go to the migrations")),
            NextStep("panel.seed_reset", self.tr("Go to the seeds")),
            NextStep("panel.backups", self.tr("Go to the backups")),
        )
        hint = self.tr("Run the project's migrations, a seed or an import, or restore a backup.")
        self._empty.show_words("table", self.tr("This database has no tables yet"), hint, steps)

    def _retranslate(self) -> None:
        self._tell_empty()
        for button, text in ((self._back, self.tr("Back")), (self._forward, self.tr("Forward"))):
            button.setToolTip(text)
            button.setAccessibleName(text)
        self._tabs.setAccessibleName(self.tr("Open tables"))
        self._tabs.tabBar().setAccessibleName(self.tr("Open tables"))
        for arrow, name in (
            ("ScrollLeftButton", self.tr("Tables further left")),  # Qt's own names
            ("ScrollRightButton", self.tr("Tables further right")),
        ):
            if (found := self._tabs.tabBar().findChild(QToolButton, arrow)) is not None:
                found.setAccessibleName(name)
                found.setToolTip(name)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    @property
    def _is_writable(self) -> bool:
        return self._workspace is not None and not self._workspace.session.is_read_only

    def _show_tree(self, catalog: Catalog) -> None:
        if self._workspace is not None:
            self.tree.show_catalog(catalog, self._workspace.session.profile.schema)
            self._tell_empty()
            if self.page is not None:
                self.tree.select(self.page.name)
            self.tree_shown.emit()
            if self._workspace.session.profile.environment is Environment.DEMO and not self._tabs.count():
                self._show_example(catalog)

    def _show_example(self, catalog: Catalog) -> None:
        """Open a table of the demo that is worth a look, so that the first thing a person sees is rows."""
        name = RelationName("public", _EXAMPLE)
        if name in catalog.summaries and not self._was_shown:
            self.show_relation(name)
        self._was_shown = True

    def _tree_failed(self, error: StudioError) -> None:
        self.tree.show_catalog(self.tree.catalog.staled(error.code), "public")
        self.failed.emit(error)

    def _page_of(self, name: RelationName) -> TablePage | None:
        return next((page for page in self.pages() if page.name == name), None)

    def _go(self, query: RowQuery) -> None:
        page = self._page_of(query.relation)
        if page is None:
            page = self._add_page(query)
        elif page.query != query:
            page.ask(query)
        self._tabs.setCurrentWidget(page)

    def _open_beside(self, name: RelationName) -> None:
        if self._workspace is not None:
            query = RowQuery(name)
            self._tabs.setCurrentWidget(self._add_page(query))
            self._trail.visit(query)
            self._tell()

    def _add_page(self, query: RowQuery, *, wanted_now: bool = True) -> TablePage:
        if self._workspace is None:
            raise StudioError("workspace.none")
        page = TablePage(self.context, self._workspace, query, self._tabs, wanted_now=wanted_now)
        page.query_changed.connect(self._trail.replace)
        page.follow_asked.connect(self.show_relation)
        page.duplicate_asked.connect(partial(self.duplicate, page))
        page.target_wanted.connect(partial(self._new_target.begin, page))
        page.record_changed.connect(partial(self._record_changed, page))
        page.state_changed.connect(partial(self._page_changed, page))
        page.live.changed.connect(partial(self._page_changed, page))
        page.grid.freshness.vanished.connect(partial(self._rows_gone, page))
        page.failed.connect(self.failed)
        page.grid.totalling.changed.connect(partial(self._summary_changed, page))
        summary = self.tree.catalog.summaries.get(query.relation)
        is_view = summary is not None and summary.kind in {RelationKind.VIEW, RelationKind.MATERIALIZED_VIEW}
        self.keeper.watch(page)
        number = self._tabs.addTab(page, icon("view" if is_view else "table", "text-muted"), query.relation.name)
        self._tabs.setTabToolTip(number, str(query.relation))
        close = self._tabs.tabBar().tabButton(number, QTabBar.ButtonPosition.RightSide)
        if close is not None:
            close.setObjectName(f"data.close.{query.relation.name}")
            close.setAccessibleName(self.tr("Close {table}").format(table=query.relation.name))
        self._middle.setCurrentWidget(self._tabs)
        return page

    def _open_table(self, name: RelationName) -> TablePage | None:
        self.show_relation(name)
        return self.page

    def _revisit(self, query: RowQuery | None) -> None:
        if query is not None and self._workspace is not None:
            self._go(query)
            self._tell()

    def _tab_changed(self) -> None:
        self.context.notices.withdraw(COPY_NOTICE)  # it was said of the rows that were in sight before
        if self.page is not None:
            self.tree.select(self.page.name)
        self._show_record()
        self._tell()

    def _record_changed(self, page: TablePage) -> None:
        if page is self.page:
            self._show_record()
            self._tell()

    def _summary_changed(self, page: TablePage, summary: Summary | None) -> None:
        if page is self.page:
            self.selection.show_summary(summary)

    def _page_changed(self, page: TablePage) -> None:
        name = page.name.name
        self._tabs.setTabText(self._tabs.indexOf(page), f"{name} •" if page.is_dirty else name)
        if page is self.page:
            self._tell()

    def _rows_gone(self, page: TablePage, rows: int) -> None:
        if page is self.page:
            self.live.tell_gone(rows)

    def _show_record(self) -> None:
        if self.page is not None and self.page.form is not None:
            return  # it shows all that the pane would, and is told by its page
        record = self.page.current.read() if self.page is not None else None
        if record is None:
            self.record.show_nothing()
            return
        self.record.show_record(*record)
        self._counting.start()

    def _count_related(self) -> None:
        if self.page is not None:
            self.page.current.count_related(self.record.show_counts)

    def _count_rows(self) -> None:
        if self.page is not None:
            self.page.grid.count_exactly()

    def _add_up(self) -> None:
        if self.page is not None:
            self.page.grid.add_up()

    def _edit_field(self, column: str) -> None:
        if self.page is not None:
            self.page.edit_field(column)

    def _show_related(self, line: RelatedRows) -> None:
        if self.page is not None:
            self.page.current.show_related(line)

    def _tell(self) -> None:
        page = self.page
        self._status.setVisible(page is not None and page.relation is not None)
        self.record.setVisible(page is None or page.form is None)
        self.live.show_live(page.live if page is not None else None)
        if page is not None:
            self.row_count.show_status(page.status)
            self.selection.show_summary(page.grid.totalling.summary)
        self._back.setEnabled(self._trail.can_go_back)
        self._forward.setEnabled(self._trail.can_go_forward)
        self.state_changed.emit()
