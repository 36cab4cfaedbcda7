"""One tab of the data panel: filter bar, grid and change bar over the rows of one relation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from nexus_studio.core.data.cells import Cell, RowKey
from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.filters import AllOf, Condition, Filter
from nexus_studio.core.data.overtaken import overtaken
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import (
    ConnectionLost,
    StudioError,
)
from nexus_studio.core.schema.catalog import Column, ForeignKey, Relation
from nexus_studio.core.schema.overlay import ModelOverlay
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.conventions import learned
from nexus_studio.services.filterchecking import check_query
from nexus_studio.services.rowpolicies import RowRights
from nexus_studio.services.session import Session
from nexus_studio.ui.grid.access_strip import AccessStrip
from nexus_studio.ui.grid.change_bar import ChangeBar
from nexus_studio.ui.grid.cost_bar import CostBar
from nexus_studio.ui.grid.cost_teller import CostTeller
from nexus_studio.ui.grid.editors.cell_editor import CellEditor
from nexus_studio.ui.grid.filter_bar import FilterBar
from nexus_studio.ui.grid.filter_scope import FilterCheck
from nexus_studio.ui.grid.grid_view import RowGrid
from nexus_studio.ui.grid.live import Live
from nexus_studio.ui.grid.locks import Lock, access_sentences
from nexus_studio.ui.grid.parts import GridParts, GridStatus
from nexus_studio.ui.grid.shown import ShownRow
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.pages import ErrorPage
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.panels.data.current_record import CurrentRecord
from nexus_studio.ui.panels.data.filtering import equal_to
from nexus_studio.ui.panels.data.record_form import RecordForm
from nexus_studio.ui.panels.data.reveal_dialog import RevealDialog
from nexus_studio.ui.panels.data.rows_page import RowsPage
from nexus_studio.ui.panels.data.saving import RowSaving

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace


_MOST_COMPARED: Final = 5_000
"""Staged rows that are compared with what a refresh brought: so many are looked up in no time."""

_AROUND: Final = 100
"""Rows on both sides of those in sight that are compared too."""


class TablePage(RowsPage):
    """The rows of one relation. Staged edits live in `changes` and outlast every refresh, sort and filter."""

    duplicate_asked = Signal()  # the current row, with rows that point to it

    def __init__(
        self,
        context: UiContext,
        workspace: Workspace,
        query: RowQuery,
        parent: QWidget | None = None,
        *,
        wanted_now: bool = True,
    ) -> None:
        """Make a page; unless it is `wanted_now` it reads nothing before it is shown."""
        super().__init__(parent)
        self.setObjectName(f"page.{query.relation}")
        self._context = context
        self.workspace = workspace
        self.query = query
        self.relation = None
        self.changes = None
        self.status = GridStatus(None, None, 0, is_loading=True)
        self._loading = Latest(context.runner, self)
        self.current = CurrentRecord(self, context.runner)
        self.current.changed.connect(self.record_changed)
        self.saving = RowSaving(self, self.current, context)
        if wanted_now:
            self.load()  # first of all: the server works while the widgets are made
        self._body = QWidget(self)
        self._column = QVBoxLayout(self._body)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._overlay: ModelOverlay | None = None  # with what the table's own rows tell
        self._form: RecordForm | None = None  # made when it is asked for
        self.access: AccessStrip | None = None  # made where the role may not do everything
        self._error: ErrorPage | None = None  # made when it is needed: opening a table should cost nothing more
        self._layers = QStackedLayout(self)
        self._layers.addWidget(self._body)
        self.grid = RowGrid(context, self._body)
        self.live = Live(self.grid, context.settings)
        self.filter_bar = FilterBar(context, self._body)
        self.change_bar = ChangeBar(self._body)
        for widget in (self.filter_bar, self.grid, self.change_bar):
            self._column.addWidget(widget)
        self._column.setStretch(1, 1)
        self._costs = CostTeller(self.grid.model.loader, self._make_cost_bar, self)
        self._wire()

    # reading

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.relation is None and not self._loading.is_busy:
            self.load()

    @property
    def cost_bar(self) -> CostBar | None:
        """The strip that says what a question costs, while it is in sight."""
        return self._costs.bar if self._costs.is_shown else None

    @property
    def is_dirty(self) -> bool:
        """Whether edits are staged, or will be."""
        return super().is_dirty or self.saving.is_waiting

    def load(self) -> None:
        """Read what the relation is like, then its rows."""
        name, workspace = self.name, self.workspace

        def work(ctx: TaskContext) -> tuple[Relation, ModelOverlay]:
            relation = workspace.catalog.relation(name, ctx)
            return relation, learned(workspace.session, relation, workspace.overlay, ctx)

        def show(found: tuple[Relation, ModelOverlay]) -> None:
            relation, self._overlay = found
            self._show_relation(relation)

        self._loading.start(work, show, self.show_error)

    def use(self, workspace: Workspace) -> None:
        """Go on with a workspace that was opened again."""
        self.workspace = workspace
        if self.relation is not None:
            self.filter_bar.check = self._filter_check(self.relation)
            self.refresh()
        elif self.isVisible():
            self.load()

    def set_access(self) -> None:
        """Let rows be edited, or no longer, as the session says now; what is staged stays."""
        if self.relation is not None:
            self.grid.set_access(_access(self.workspace.session))
            self.state_changed.emit()

    def ask(self, query: RowQuery) -> None:
        """Ask another question of the same relation."""
        self.query = query
        if self.relation is not None:
            self.filter_bar.set_filter(query.filter)
            self.filter_bar.set_search(query.search)
            self.grid.set_query(query)

    def refresh(self) -> None:
        """Read the rows again, in place."""
        if self.relation is None:
            self.load()
        else:
            self.grid.stager.retry()
            self.grid.refresh()

    def reload(self) -> None:
        """Read again what the relation is like, and its rows: its columns may be others by now."""
        name, catalog = self.name, self.workspace.catalog
        self._loading.start(lambda ctx: catalog.relation(name, ctx), self._show_again, self.show_error)

    def _show_again(self, relation: Relation) -> None:
        before = self.relation
        is_same = before is not None and (before.columns, before.key) == (relation.columns, relation.key)
        if not is_same:
            self.grid.editing.finish()  # what was typed is an edit too
        if is_same or self.is_dirty:
            self.grid.refresh()
        else:
            self._show_relation(relation)
        if not is_same and self.is_dirty:
            words = self.tr("The columns of {table} are others now. Save or discard, then refresh.")
            self._context.notices.warning(words.format(table=self.name), key="columns")

    def _show_relation(self, relation: Relation) -> None:
        self.relation = relation
        self.changes = ChangeSet(relation)
        overlay = self.workspace.overlay
        self.filter_bar.open(relation, overlay, self._place(relation))
        self.filter_bar.check = self._filter_check(relation)
        self.filter_bar.set_filter(self.query.filter)
        self.grid.open(self.parts(relation), relation, self.query, self.changes)
        self.grid.set_access(_access(self.workspace.session))
        self.change_bar.open(self.changes)
        self._tell_access(relation)
        self.live.open(self.parts(relation).place)
        self._layers.setCurrentWidget(self._body)
        self.state_changed.emit()
        self.grid.setFocus()
        self.saving.stage_waiting()

    def _tell_access(self, relation: Relation) -> None:
        """Say above the rows what the role may not do with them."""
        if self.access is None and access_sentences(relation):
            self.access = AccessStrip(self._context.runner, self._body)
            self.access.rights_known.connect(self._know_rights)
            self.grid.current_row_changed.connect(self.access.show_row)
            self.show_above(self.access)
        if self.access is not None:
            self.access.show_for(relation, self.workspace.session)

    def _know_rights(self, key: RowKey, rights: RowRights) -> None:
        self.grid.stager.set_rights(key, rights)
        self.record_changed.emit()

    def parts(self, relation: Relation) -> GridParts:
        """Return what the grid shows the relation with."""
        workspace = self.workspace
        return GridParts(
            workspace.rows,
            workspace.catalog,
            self._overlay or workspace.overlay,
            read_only=workspace.session.is_read_only,
            masked=relation.masked,
            place=self._place(relation),
            judge=workspace.judge,
        )

    def _place(self, relation: Relation) -> str:
        """Name database and relation, for what is remembered of them."""
        return f"{self.workspace.session.profile.name}/{relation.name}"

    def _filter_check(self, relation: Relation) -> FilterCheck:
        session = self.workspace.session
        return lambda condition, ctx: check_query(session, relation, RowQuery(relation.name, condition), ctx)

    def show_error(self, error: StudioError) -> None:
        """Say what went wrong where it was asked for."""
        if self.relation is not None and self.filter_bar.show_failure(error, self.query):
            return
        if self.relation is None:
            self.saving.forget_wishes()
        if isinstance(error, ConnectionLost) or self.relation is not None:
            self.failed.emit(error)
            return
        if self._error is None:
            self._error = ErrorPage(self)
            self._error.chosen.connect(self.cure)
            self._layers.addWidget(self._error)
        self._error.show_error(error)
        self._layers.setCurrentWidget(self._error)

    def _wire(self) -> None:
        self.filter_bar.picker_of = self.grid.picker_of
        self.filter_bar.column_to_begin = self._current_column
        self.filter_bar.applied.connect(self._filter)
        self.filter_bar.search_applied.connect(self._search)
        self.filter_bar.search_stopped.connect(self._stop_search)
        self.filter_bar.left.connect(self.grid.setFocus)
        self._costs.stopped.connect(self._show_question)
        self._costs.shown_changed.connect(self._tell_busy)
        self.grid.query_changed.connect(self._query_changed)
        self.grid.follow_requested.connect(self._follow)
        self.grid.reveal_requested.connect(self._reveal)
        self.grid.target_wanted.connect(self.target_wanted)
        self.grid.filter_by_requested.connect(self._filter_by)
        self.grid.current_row_changed.connect(lambda _: self.record_changed.emit())
        self.grid.changes_changed.connect(self.changes_changed)
        self.grid.status_changed.connect(self._status_changed)
        self.grid.loaded.connect(self._tell_overtaken)
        self.grid.failed.connect(self.show_error)
        self.change_bar.review_asked.connect(self.saving.review)
        self.change_bar.discard_asked.connect(self.saving.discard)
        self.change_bar.save_asked.connect(self.saving.save)
        self.change_bar.resolve_asked.connect(self.saving.resolve)

    def begin_filter(self) -> None:
        """Start a new condition, on the column one stands in."""
        self.filter_bar.begin(self._current_column())

    def _current_column(self) -> str:
        column = self.grid.current_column()
        return column.name if column is not None else ""

    def _filter(self, condition: Filter) -> None:
        self._ask_and_tell(self.query.filtered_by(condition))

    def _search(self, text: str) -> None:
        self._ask_and_tell(self.query.searching(text))

    def _stop_search(self) -> None:
        """Stop what runs on the server and keep the rows there are; what is typed stays, to be asked again."""
        self.grid.model.loader.give_up()
        self._show_question()

    def _filter_by(self, condition: Condition) -> None:
        here = self.query.filter
        parts = here.parts if isinstance(here, AllOf) else (here,)
        self._ask_and_tell(self.query.filtered_by(AllOf((*parts, condition))))

    def _ask_and_tell(self, query: RowQuery) -> None:
        self.ask(query)
        self.query_changed.emit(query)

    def _query_changed(self, query: RowQuery) -> None:
        self.query = query
        self.query_changed.emit(query)

    def _status_changed(self, status: GridStatus) -> None:
        self.status = status
        self._tell_busy()
        self.state_changed.emit()

    def _make_cost_bar(self) -> CostBar:
        bar = CostBar(self._body)
        bar.lie_over(self.grid.view, self.filter_bar)
        return bar

    def _show_question(self) -> None:
        """Show in the bar what is asked now: a question was stopped, and the former one is back."""
        self.filter_bar.set_filter(self.query.filter)
        self.filter_bar.set_search(self.query.search)
        self.grid.setFocus()

    def _tell_busy(self) -> None:
        """Let the filter bar say that a search takes long, unless the strip below says it already."""
        self.filter_bar.set_busy(self.status.is_loading and not self._costs.is_shown)

    def _reveal(self, shown: ShownRow, column: Column) -> None:
        """Let a person look at one value that the connection hides."""
        if self.relation is not None and shown.row is not None:
            RevealDialog(self._context, self.workspace, self.relation, shown.row, column, self).open()

    def _follow(self, key: ForeignKey, cells: tuple[Cell, ...]) -> None:
        self.follow_asked.emit(key.target, equal_to(key.target_columns, cells))

    def _tell_overtaken(self) -> None:
        """Say in the change bar how many staged rows the server holds otherwise now, of those in sight and around."""
        changes, model = self.changes, self.grid.model
        if changes is None or changes.is_empty:
            return
        first, last = (line + model.base - model.drafts for line in self.grid.view.visible_rows())
        rows = (model.loader.row(ordinal) for ordinal in range(max(0, first - _AROUND), last + _AROUND + 1))
        held = {row.key: row for row in rows if row is not None}
        staged = changes.staged_rows()[:_MOST_COMPARED]
        self.change_bar.show_overtaken(len(overtaken(staged, changes.columns, held.get)))

    def edit_field(self, column: str) -> None:
        """Open the editor on a column of the current row."""
        current = self.grid.view.currentIndex()
        if self.form is not None:
            self.form.edit(column)
        elif current.isValid() and column in self.columns:
            self.grid.columns.show(column)
            self.grid.view.setCurrentIndex(current.siblingAtColumn(self.columns.index(column)))
            self.grid.setFocus()
            self.grid.begin_edit()

    @property
    def form(self) -> RecordForm | None:
        """The current row as a form, while that is shown in place of the rows."""
        return self._form if self._form is not None and not self._form.isHidden() else None

    def show_form(self, shown: bool | None = None) -> None:
        """Show the current row as a form, or the rows again; without an argument the other of both."""
        shown = self.form is None if shown is None else shown
        if self.relation is None or shown == (self.form is not None) or not self.finish_edit():
            return
        if self._form is None:
            self._form = RecordForm(self, self.current, self._context, self._body)
            self._form.left.connect(lambda: self.show_form(False))
            self._form.duplicate_asked.connect(self.duplicate_asked)
            self._column.insertWidget(self._column.indexOf(self.grid) + 1, self._form, 1)
            self.record_changed.connect(self._show_row)
        self._form.setVisible(shown)
        self.grid.setVisible(not shown)
        if shown:
            self._form.show_row()
            self._form.setFocus()
        else:
            self._form.leave()
            self.grid.setFocus()
        self.state_changed.emit()
        self.record_changed.emit()

    def _show_row(self) -> None:
        if self.form is not None:
            self.form.show_row()

    def finish_edit(self) -> bool:
        return (self._form is None or self._form.finish()) and super().finish_edit()

    @property
    def open_editor(self) -> CellEditor | None:
        return super().open_editor or (self._form.editing.editor if self._form is not None else None)

    def cure(self, step: str) -> None:
        """Do what an error's next step asks of a page."""
        if step in {"rows.refresh", "connection.retry", "connection.reconnect"}:
            self.refresh()
        elif step == "rows.review":
            self.saving.review()

    def changes_changed(self) -> None:
        """Show what is staged now."""
        self._tell_overtaken()
        if not self.is_dirty:
            self.saving.blocking.forget()
        self.change_bar.refresh()
        self.record_changed.emit()
        self.state_changed.emit()

    def show_above(self, widget: QWidget) -> None:
        """Show something between the filter bar and the rows; it goes when it is deleted."""
        self._column.insertWidget(self._column.indexOf(self.grid), widget)

    @property
    def is_saving(self) -> bool:
        return self.saving.is_running

    def set_saving(self, saving: bool) -> None:
        self.saving.set_running(saving)

    def when_staged(self, go: Callable[[], None]) -> None:
        self.saving.when_staged(go)

    def saved(self, frozen: tuple[RowChange, ...]) -> None:
        self.saving.saved(frozen)

    def refused(self, frozen: tuple[RowChange, ...], error: StudioError) -> None:
        self.saving.refused(frozen, error)

    def on_effects(self, effects: Effects) -> None:
        """Read again what a write changed."""
        if effects.touches(Kind.CATALOG, self.name):
            self.workspace.catalog.forget([self.name])
        if effects.touches(Kind.ROWS | Kind.CATALOG, self.name):
            self.refresh()
        keys = self.relation.foreign_keys if self.relation is not None else ()
        referring = self.relation.referenced_by if self.relation is not None else ()
        related = {self.name, *(key.target for key in keys), *(key.table for key in referring)}
        if any(effects.touches(Kind.ROWS, name) for name in related):
            self.forget_refusals()  # somebody's row there may have been the cure


def _access(session: Session) -> Lock:
    if session.is_read_only_for_good:
        return Lock.READ_ONLY
    return Lock.LOCKED if session.is_read_only else Lock.OPEN
