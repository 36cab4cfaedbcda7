"""One tab of the data panel: filter bar, grid and change bar over the rows of one relation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from nexus_studio.core.admin.acts import Rail, act, rail
from nexus_studio.core.data.cells import UNREAD, Cell, RowCount, StagedCell
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.changeset import CellState, ChangeSet
from nexus_studio.core.data.filters import AllOf, Condition, Filter
from nexus_studio.core.data.merge import Conflict
from nexus_studio.core.data.overtaken import overtaken
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import (
    ConnectionLost,
    ConstraintViolated,
    EditConflict,
    InvalidValue,
    RowsRefused,
    SaveInDoubt,
    StudioError,
)
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Environment
from nexus_studio.core.schema.catalog import Editing, ForeignKey, Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.filterchecking import check_query
from nexus_studio.services.session import Session
from nexus_studio.ui.grid.change_bar import ChangeBar
from nexus_studio.ui.grid.cost_bar import CostBar
from nexus_studio.ui.grid.cost_teller import CostTeller
from nexus_studio.ui.grid.filter_bar import FilterBar
from nexus_studio.ui.grid.filter_scope import FilterCheck
from nexus_studio.ui.grid.grid_view import RowGrid
from nexus_studio.ui.grid.live import Live
from nexus_studio.ui.grid.locks import Lock, lock_sentence
from nexus_studio.ui.grid.parts import GridParts, GridStatus
from nexus_studio.ui.grid.review_dialog import ReviewDialog
from nexus_studio.ui.grid.shown import ShownRow
from nexus_studio.ui.kit.confirm import Confirmation, ask
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.pages import ErrorPage
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.wording import sentence
from nexus_studio.ui.panels.data.conflict_dialog import ConflictDialog
from nexus_studio.ui.panels.data.keep_dialog import KeepDialog
from nexus_studio.ui.panels.data.record_model import MASK, Field
from nexus_studio.ui.panels.data.record_pane import RelatedRows
from nexus_studio.ui.panels.data.whole_row import WholeRow, is_partial

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace


_MOST_COMPARED: Final = 5_000
"""Staged rows that are compared with what a refresh brought: so many are looked up in no time."""

_STAGED: Final = "rows.staged"  # key of the notice about what came from elsewhere

_AROUND: Final = 100
"""Rows on both sides of those in sight that are compared too."""


class TablePage(QWidget):
    """The rows of one relation. Staged edits live in `changes` and outlast every refresh, sort and filter."""

    query_changed = Signal(object)  # RowQuery: the question asked here is another now
    follow_asked = Signal(object, object)  # RelationName, Filter
    record_changed = Signal()  # another row is current, or its cells changed
    state_changed = Signal()
    failed = Signal(object)  # StudioError without a place of its own here

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
        self._workspace = workspace
        self.query = query
        self.relation: Relation | None = None
        self.changes: ChangeSet | None = None
        self._to_stage: tuple[RowChange, ...] = ()
        self.is_saving = False
        self.status = GridStatus(None, None, 0, is_loading=True)
        self._loading = Latest(context.runner, self)
        self._related = Latest(context.runner, self)
        self._whole = WholeRow(context.runner, lambda: self._workspace.rows, self)
        self._whole.arrived.connect(self.record_changed)
        if wanted_now:
            self.load()  # first of all: the server works while the widgets are made
        self._body = QWidget(self)
        self._column = QVBoxLayout(self._body)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
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
    def name(self) -> RelationName:
        """The relation shown."""
        return self.query.relation

    @property
    def cost_bar(self) -> CostBar | None:
        """The strip that says what a question costs, while it is in sight."""
        return self._costs.bar if self._costs.is_shown else None

    @property
    def is_dirty(self) -> bool:
        """Whether edits are staged."""
        return self.changes is not None and not self.changes.is_empty

    def load(self) -> None:
        """Read what the relation is like, then its rows."""
        name, catalog = self.name, self._workspace.catalog
        self._loading.start(lambda ctx: catalog.relation(name, ctx), self._show_relation, self._show_error)

    def use(self, workspace: Workspace) -> None:
        """Go on with a workspace that was opened again."""
        self._workspace = workspace
        if self.relation is not None:
            self.filter_bar.check = self._filter_check(self.relation)
            self.grid.refresh()
        elif self.isVisible():
            self.load()

    def set_access(self) -> None:
        """Let rows be edited, or no longer, as the session says now; what is staged stays."""
        if self.relation is not None:
            self.grid.set_access(_access(self._workspace.session))
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
            self.grid.refresh()

    def reload(self) -> None:
        """Read again what the relation is like, and its rows: its columns may be others by now."""
        name, catalog = self.name, self._workspace.catalog
        self._loading.start(lambda ctx: catalog.relation(name, ctx), self._show_again, self._show_error)

    def _show_again(self, relation: Relation) -> None:
        before = self.relation
        is_same = before is not None and (before.columns, before.key) == (relation.columns, relation.key)
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
        overlay = self._workspace.overlay
        self.filter_bar.open(relation, overlay, self._place(relation))
        self.filter_bar.check = self._filter_check(relation)
        self.filter_bar.set_filter(self.query.filter)
        self.grid.open(self._parts(relation), relation, self.query, self.changes)
        self.grid.set_access(_access(self._workspace.session))
        self.change_bar.open(self.changes)
        self.live.open(self._parts(relation).place)
        self._layers.setCurrentWidget(self._body)
        self.state_changed.emit()
        self.grid.setFocus()
        if waiting := self._to_stage:
            self._to_stage = ()
            self.stage(waiting)

    def _parts(self, relation: Relation) -> GridParts:
        workspace = self._workspace
        profile = workspace.session.profile
        return GridParts(
            workspace.rows,
            workspace.catalog,
            workspace.overlay,
            read_only=workspace.session.is_read_only,
            masked=workspace.overlay.of(relation).sensitive if profile.masking else frozenset(),
            place=self._place(relation),
        )

    def _place(self, relation: Relation) -> str:
        """Name database and relation, for what is remembered of them."""
        return f"{self._workspace.session.profile.name}/{relation.name}"

    def _filter_check(self, relation: Relation) -> FilterCheck:
        session = self._workspace.session
        return lambda condition, ctx: check_query(session, relation, RowQuery(relation.name, condition), ctx)

    def _show_error(self, error: StudioError) -> None:
        if self.relation is not None and self.filter_bar.show_failure(error, self.query):
            return
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
        self.grid.filter_by_requested.connect(self._filter_by)
        self.grid.current_row_changed.connect(lambda _: self.record_changed.emit())
        self.grid.changes_changed.connect(self._changes_changed)
        self.grid.status_changed.connect(self._status_changed)
        self.grid.loaded.connect(self._tell_overtaken)
        self.grid.failed.connect(self._show_error)
        self.change_bar.review_asked.connect(self.review)
        self.change_bar.discard_asked.connect(self.discard)
        self.change_bar.save_asked.connect(self.save)
        self.change_bar.resolve_asked.connect(self._resolve)

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

    # the record

    def record(self) -> tuple[str, tuple[Field, ...], tuple[RelatedRows, ...]] | None:
        """Return title, fields and related keys of the current row; None without one."""
        relation, changes, shown = self.relation, self.changes, self._current_row()
        if relation is None or changes is None or shown is None:
            return None
        overlay = self._workspace.overlay.of(relation)
        target = shown.row if shown.row is not None else shown.draft
        fields = tuple(
            Field(
                column=(column := relation.column(name)),
                cell=shown.cells[place],
                state=changes.state(target, name) if target is not None else CellState.CLEAN,
                is_key=name in relation.key,
                is_link=relation.foreign_key_on(name) is not None,
                label=self.grid.label_of(place, shown.cells[place]) if shown.sizes.get(place) != UNREAD else "",
                description=overlay.descriptions.get(name) or column.comment,
                reason=shown.reasons.get(place, ""),
                size=shown.sizes.get(place),
                is_masked=place in self.grid.view.masked,
            )
            for place, name in enumerate(changes.columns)
        )
        outgoing = tuple(RelatedRows(key, incoming=False) for key in relation.foreign_keys)
        incoming = tuple(RelatedRows(key, incoming=True) for key in relation.referenced_by)
        if shown.draft is not None:
            return self.tr("New row"), fields, outgoing  # nothing points to it yet
        title = self._title(relation, self._values(shown)) or self._numbered()
        return title, fields, (*incoming, *outgoing)

    def _numbered(self) -> str:
        """Name a row that has neither key nor label by its number."""
        model, index = self.grid.model, self.grid.view.currentIndex()
        return self.tr("Row {number}").format(number=model.number_of(model.base + index.row()))

    def _title(self, relation: Relation, values: Mapping[str, StagedCell]) -> str:
        labels = [values.get(name) for name in self._workspace.overlay.label_columns(relation)]
        if self._workspace.session.profile.masking:
            labels = []
        text = " ".join(cell for cell in labels if isinstance(cell, str) and cell)
        return text or ", ".join(cell for name in relation.key if isinstance(cell := values.get(name), str))

    def count_related(self, show: Callable[[Mapping[ForeignKey, RowCount]], None]) -> None:
        """Count the rows that point at the current row and hand the counts to `show`."""
        relation, shown = self.relation, self._current_row()
        is_whole = shown is not None and not is_partial(shown)  # else this is asked again when it is
        if not is_whole or relation is None or shown is None or shown.row is None or not relation.referenced_by:
            self._related.cancel()
            return
        cells = dict(zip(self._columns(), shown.row.cells, strict=False))
        keys, catalog, rows = relation.referenced_by, self._workspace.catalog, self._workspace.rows

        def work(ctx: TaskContext) -> Mapping[ForeignKey, RowCount]:
            tables = catalog.relations({key.table for key in keys}, ctx)
            pairs = [(tables[key.table], key) for key in keys if key.table in tables]
            return rows.related_counts(pairs, cells, ctx)

        # A count that fails is left out: the rows themselves are a click away and will say why.
        self._related.start(work, show, lambda _: None)

    def show_related(self, line: RelatedRows) -> None:
        """Go to the rows behind a line of "Related"."""
        shown = self._current_row()
        if shown is None:
            return
        values = self._values(shown)
        here, there = line.key.columns, line.key.target_columns
        name = line.key.target
        if line.incoming:
            here, there, name = there, here, line.key.table
        cells = [values.get(column) for column in here]
        found = tuple(cell for cell in cells if isinstance(cell, str))
        if len(found) == len(here):
            self.follow_asked.emit(name, equal_to(there, found))

    def _columns(self) -> tuple[str, ...]:
        return self.changes.columns if self.changes is not None else ()

    def _values(self, shown: ShownRow) -> dict[str, StagedCell]:
        cells = zip(self._columns(), shown.cells, strict=False)
        return {name: cell for place, (name, cell) in enumerate(cells) if shown.sizes.get(place) != UNREAD}

    def _current_row(self) -> ShownRow | None:
        """Return the current row, whole as soon as what the grid does not show of it was read."""
        shown = self.grid.current_row()
        if shown is None or self.relation is None or self.changes is None:
            return shown
        return self._whole.of(shown, self.relation, self.changes)

    # writing

    def edit_field(self, column: str) -> None:
        """Open the editor on a column of the current row."""
        current = self.grid.view.currentIndex()
        if current.isValid() and column in self._columns():
            self.grid.columns.show(column)
            self.grid.view.setCurrentIndex(current.siblingAtColumn(self._columns().index(column)))
            self.grid.setFocus()
            self.grid.begin_edit()

    def review(self) -> None:
        """Show what a save would write, as people read it and as SQL."""
        self._when_staged(self._review)

    def save(self) -> None:
        """Write everything staged in one transaction. Production reviews first."""
        if rail(act("rows.save"), self._workspace.session.profile.environment) is Rail.REVIEWED:
            self.review()
        else:
            self._when_staged(self._save_staged)

    def stage(self, changes: tuple[RowChange, ...]) -> None:
        """Stage changes that come from elsewhere, once it is known what the relation is like; review is a person's."""
        if self.changes is None:
            self._to_stage += changes
            return
        stager = self.grid.stager
        lock = stager.insert_lock() if any(each.key is None for each in changes) else stager.edit_lock()
        if lock is not Lock.OPEN:
            self._context.notices.warning(lock_sentence(lock), key=_STAGED)
            return
        stager.finish()
        taken = self.changes.adopt(changes)
        self.grid.changes_touched()
        self._changes_changed()
        if drafts := self.changes.drafts():
            self.grid.go_to_draft(drafts[-1].draft)
        self.grid.setFocus()
        words = self.tr("%n row(s) are staged. Look at them, then save.", "", taken)
        self._context.notices.info(words, key=_STAGED)

    def discard(self) -> None:
        """Take everything staged back; undo brings it again."""
        if self.changes is not None and not self.changes.is_empty:
            self.changes.revert()
            self.grid.changes_touched()
            self._changes_changed()
            self.grid.setFocus()

    def cure(self, step: str) -> None:
        """Do what an error's next step asks of a page."""
        if step in {"rows.refresh", "connection.retry", "connection.reconnect"}:
            self.refresh()
        elif step == "rows.review":
            self.review()

    def _when_staged(self, go: Callable[[], None]) -> None:
        """Close the open editor and go on once its value, and all before it, is staged."""
        if self.changes is not None and not self.is_saving and self.grid.editing.finish():
            self.grid.stager.when_idle(go)

    def _review(self) -> None:
        if self.relation is None or self.changes is None or self.changes.is_empty:
            return
        relation, frozen, writer = self.relation, self.changes.freeze(), self._workspace.writer
        shown = _masked(frozen, self._parts(relation).masked)
        self._context.runner.query(
            lambda _: writer.preview(relation, shown),
            owner=self,
            done=lambda lines: self._show_review(frozen, shown, lines),
            failed=self._show_error,
        )

    def _show_review(self, frozen: tuple[RowChange, ...], shown: tuple[RowChange, ...], lines: tuple[str, ...]) -> None:
        relation, seeds = self.relation, self._workspace.seeds
        if relation is None:
            return
        environment = self._workspace.session.profile.environment
        may_keep = relation.editing is Editing.BY_KEY  # its rows can be named in another database
        dialog = ReviewDialog(
            self._context, relation, shown, lines, environment, self, labels=self._labels(), may_keep=may_keep
        )
        dialog.save_asked.connect(lambda: self._save_reviewed(frozen))
        dialog.keep_asked.connect(lambda: KeepDialog(self._context, seeds, relation, frozen, dialog).open())
        dialog.open()

    def _save_reviewed(self, frozen: tuple[RowChange, ...]) -> None:
        """Save what was reviewed; where rows go for good in production, the database's name is typed first."""
        profile, relation = self._workspace.session.profile, self.relation
        deleted = sum(1 for change in frozen if change.kind is ChangeKind.DELETE)
        if relation is None or profile.environment is not Environment.PRODUCTION or not deleted:
            self._save(frozen)
            return
        deletion = Confirmation(
            self.tr("Delete rows in production"),
            self.tr("%n row(s) of {table} will be deleted.", "", deleted).format(table=self.name),
            self.tr("Delete and save"),
            destructive=True,
        )
        ask(deletion, profile, self, lambda: self._save(frozen))

    def _save_staged(self) -> None:
        if self.changes is not None and not self.changes.is_empty:
            self._save(self.changes.freeze())

    def _save(self, frozen: tuple[RowChange, ...]) -> None:
        """Write exactly these changes: what was staged after they were frozen (or reviewed) stays staged."""
        relation = self.relation
        if relation is None or self.is_saving:
            return
        writer = self._workspace.writer
        self._set_saving(True)
        self._context.runner.operate(
            self.tr("Saving {table}").format(table=relation.name),
            lambda ctx: writer.apply(frozen, {relation.name: relation}, ctx),
            owner=self,
            done=lambda _: self._saved(frozen),
            failed=lambda error: self._refused(frozen, error),
        ).finished.connect(self._saving_ended)

    def _saving_ended(self) -> None:
        self._set_saving(False)

    def _set_saving(self, saving: bool) -> None:
        self.is_saving = saving
        self.grid.setEnabled(not saving)
        self.change_bar.setEnabled(not saving)
        if not saving:
            self.grid.setFocus()
        self.state_changed.emit()

    def _saved(self, frozen: tuple[RowChange, ...]) -> None:
        if self.changes is None:
            return
        self.changes.settle(frozen)
        if self.relation is not None:
            key = self.relation.key
            self.grid.freshness.leave_out(written for change in frozen for written in change.keys_written(key))
        self._changes_changed()
        self._context.notices.withdraw("save")
        self._context.notices.success(self.tr("Saved %n row(s)", "", len(frozen)), key="save")

    def _refused(self, frozen: tuple[RowChange, ...], error: StudioError) -> None:
        changes = self.changes
        if changes is None:
            return
        if isinstance(error, EditConflict):
            conflicts = tuple(found for found in error.conflicts if isinstance(found, Conflict))
            for conflict in conflicts:
                changes.mark_conflict(conflict)
            self._resolve()
        elif isinstance(error, ConstraintViolated | InvalidValue | RowsRefused):
            _mark(changes, frozen, error)
        else:
            self.failed.emit(error)
        if isinstance(error, SaveInDoubt):
            self.grid.refresh()  # what the server holds now tells whether it was saved
        self.grid.changes_touched()
        self._changes_changed()
        self.change_bar.show_refusal(error)

    def _resolve(self) -> None:
        """Ask whose values shall stand, for every row in conflict."""
        conflicts = self.changes.conflicts() if self.changes is not None else ()
        if self.relation is None or not conflicts:
            return
        masked = self._parts(self.relation).masked
        dialog = ConflictDialog(self._context, self.relation, conflicts, self, masked, self._row_names())
        dialog.decided.connect(self._settle)
        dialog.open()

    def _row_names(self) -> dict[int, str]:
        """Name every changed row by its label and its key, by draft number."""
        if self.changes is None:
            return {}
        keys = {change.draft: change.key.cells for change in self.changes.freeze() if change.key is not None}
        names = {draft: ", ".join(cell for cell in cells if cell) for draft, cells in keys.items()}
        for draft, label in self._labels().items():
            names[draft] = "  ·  ".join(part for part in (label, names.get(draft, "")) if part)
        return names

    def _labels(self) -> dict[int, str]:
        """Name every changed row as people do, by draft number; rows that have no label but their key are left out."""
        relation, changes = self.relation, self.changes
        if relation is None or changes is None:
            return {}
        names: dict[int, str] = {}
        for change in changes.freeze():
            key = change.key.cells if change.key is not None else ()
            known = {**dict(zip(relation.key, key, strict=False)), **change.base}
            loader = self.grid.model.loader
            ordinal = loader.find(change.key) if change.key is not None else None
            row = loader.row(ordinal) if ordinal is not None else None
            if row is not None:
                known = {**dict(zip(changes.columns, row.cells, strict=False)), **known}
            label = self._title(relation, known)
            if label and label != ", ".join(cell for cell in key if cell):
                names[change.draft] = label
        return names

    def _settle(self, decisions: Mapping[int, bool]) -> None:
        if self.changes is None:
            return
        for draft, keep_mine in decisions.items():
            self.changes.resolve(draft, keep_mine=keep_mine)
        self.grid.refresh()
        self._changes_changed()

    def _changes_changed(self) -> None:
        self._tell_overtaken()
        self.change_bar.refresh()
        self.record_changed.emit()
        self.state_changed.emit()

    def on_effects(self, effects: Effects) -> None:
        """Read again what a write changed."""
        if effects.touches(Kind.CATALOG, self.name):
            self._workspace.catalog.forget([self.name])
        if effects.touches(Kind.ROWS | Kind.CATALOG, self.name):
            self.refresh()


def _access(session: Session) -> Lock:
    if session.is_read_only_for_good:
        return Lock.READ_ONLY
    return Lock.LOCKED if session.is_read_only else Lock.OPEN


def equal_to(columns: tuple[str, ...], cells: tuple[Cell, ...]) -> Filter:
    """Make the filter for the rows whose columns hold these cells."""
    return AllOf(tuple(Condition.of(column, "is", cell) for column, cell in zip(columns, cells, strict=True)))


def _masked(changes: tuple[RowChange, ...], columns: frozenset[str]) -> tuple[RowChange, ...]:
    """Hide stored values of masked columns for the screen; what is written keeps them."""
    if not columns:
        return changes
    return tuple(
        replace(change, base={name: MASK if name in columns else cell for name, cell in change.base.items()})
        for change in changes
    )


def _mark(changes: ChangeSet, frozen: tuple[RowChange, ...], error: StudioError) -> None:
    """Mark the refused cell, or the row when the server named no column."""
    number = error.facts.get("change")
    if not isinstance(number, int) or not 0 <= number < len(frozen):
        return
    columns = error.facts.get("columns")
    named = error.facts.get("column") or (columns[0] if isinstance(columns, tuple) and columns else None)
    said = sentence(error)
    reason = said.server_message or said.title
    column = named if isinstance(named, str) and named in changes.columns else None
    changes.reject(frozen[number].draft, column, reason)
