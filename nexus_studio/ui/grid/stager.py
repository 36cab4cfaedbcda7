"""Stager: turns what a person does to rows into staged edits, reading whole values first where a cell was cut."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from nexus_studio.core.data.cells import DEFAULT, Cell, Row, RowKey, StagedCell
from nexus_studio.core.data.changeset import CellState, ChangeSet, Draft
from nexus_studio.core.errors import ConnectionFailed, ConnectionLost, EditConflict, StudioError
from nexus_studio.core.schema.catalog import Column, Editing, Relation
from nexus_studio.core.schema.overlay import ModelOverlay
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.rowpolicies import RowRights
from nexus_studio.services.rowsource import RowSource
from nexus_studio.ui.grid.locks import Lock, lock_of_cell, lock_of_delete, lock_of_edit, lock_of_insert
from nexus_studio.ui.grid.shown import ShownRow, draft_row
from nexus_studio.ui.kit.tasks import TaskRunner

_NOW: Final = re.compile(
    r"\b(now|transaction_timestamp|statement_timestamp|clock_timestamp|timeofday)\(\)"
    r"|\b(CURRENT_(DATE|TIME|TIMESTAMP)|LOCALTIME(STAMP)?)\b",
    re.IGNORECASE,
)
"""Defaults that tell when a row was made: a copy is made now. Texts as pg_get_expr writes them."""

_ROWS_AT_ONCE: Final = 300
"""Rows that are staged before the window gets a turn: some 10 milliseconds."""

_LAST: Final = object()

T = TypeVar("T")

Whole = dict[RowKey, dict[str, Cell]]


@dataclass(frozen=True, slots=True)
class StageParts:
    """What edits are staged on."""

    source: RowSource
    relation: Relation
    changes: ChangeSet
    overlay: ModelOverlay
    read_only: bool = False
    masked: frozenset[str] = frozenset()


class Stager(QObject):
    """Stages edits of one relation. UI thread only; where whole values must be read first, staging comes later."""

    staged = Signal()  # the change set is another
    cells_staged = Signal(object)  # the cells that are staged now: a list of (ShownRow, Column, StagedCell)
    refused = Signal(object)  # Lock: nothing was staged, and why
    failed = Signal(object)  # StudioError: the whole values could not be read
    outdated = Signal()  # what is shown is no longer what the server holds
    drafted = Signal(int)  # number of a new row to go to

    def __init__(self, runner: TaskRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._parts: StageParts | None = None
        self._access = Lock.OPEN
        self._reading = 0
        self._rights: tuple[RowKey, RowRights] | None = None  # of the row one stands on
        self._waiting: list[Callable[[], None]] = []
        self._stalled: list[Callable[[], None]] = []  # reads that a lost connection has broken
        self._turns: Iterator[None] | None = None
        self._end: Callable[[], None] = self.staged.emit
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._turn)

    @property
    def is_busy(self) -> bool:
        """Whether an edit waits for whole values before it can be staged, or is so large that it takes a while."""
        return self._reading > 0 or self._turns is not None

    @property
    def holds_edits(self) -> bool:
        """Whether there are edits that could not be staged yet: they wait for a read, or for the connection."""
        return self.is_busy or bool(self._stalled)

    def retry(self) -> None:
        """Read again what a lost connection kept from being read: what was typed is staged then."""
        stalled, self._stalled = self._stalled, []
        for again in stalled:
            again()

    def finish(self) -> None:
        """Stage the rest of a large edit now: something else is going to be done to the change set."""
        if self._turns is None:
            return
        self._timer.stop()
        for _ in self._turns:
            pass
        self._ended()

    def when_idle(self, go: Callable[[], None]) -> None:
        """Call `go` once every edit made so far is staged; not at all when one of them could not be."""
        self.finish()
        self.retry()
        if self.is_busy:
            self._waiting.append(go)
        else:
            go()

    def open(self, parts: StageParts | None) -> None:
        """Serve another relation."""
        self.finish()
        self._stalled.clear()
        self._parts = parts
        self._access = Lock.READ_ONLY if parts is not None and parts.read_only else Lock.OPEN
        self._rights = None

    def set_rights(self, key: RowKey, rights: RowRights) -> None:
        """Say what row security lets the role do with a row."""
        self._rights = (key, rights)

    def set_access(self, lock: Lock) -> None:
        """Say what the connection allows from now on: OPEN, LOCKED or READ_ONLY. What is staged stays."""
        self._access = lock

    @property
    def parts(self) -> StageParts:
        """What edits are staged on now.

        Raises:
            RuntimeError: before `open`.
        """
        if self._parts is None:
            raise RuntimeError
        return self._parts

    def is_on(self, parts: StageParts) -> bool:
        """Tell whether edits are still staged on these."""
        return self._parts is parts

    def lock(self, shown: ShownRow, column: Column) -> Lock:
        """Say why a cell can't be edited."""
        if shown.is_deleted:
            return Lock.DELETED
        is_draft = shown.draft is not None
        if column.name in self.parts.masked and not is_draft:
            return Lock.MASKED
        if shown.row is not None and self._is_refused(shown.row):
            return self._access if self._is_read_only else Lock.POLICY
        return self._said(lock_of_cell(self.parts.relation, column, is_draft=is_draft, read_only=self._is_read_only))

    def edit_lock(self) -> Lock:
        """Say why no row at all can be edited."""
        return self._said(lock_of_edit(self.parts.relation, read_only=self._is_read_only))

    def insert_lock(self) -> Lock:
        """Say why no row can be added."""
        return self._said(lock_of_insert(self.parts.relation, read_only=self._is_read_only))

    def delete_lock(self) -> Lock:
        """Say why no row can be deleted."""
        return self._said(lock_of_delete(self.parts.relation, read_only=self._is_read_only))

    @property
    def _is_read_only(self) -> bool:
        return self._access is not Lock.OPEN

    def _said(self, lock: Lock) -> Lock:
        """Say of a read-only connection why it is."""
        return self._access if lock is Lock.READ_ONLY else lock

    def set_cells(self, cells: Sequence[tuple[ShownRow, Column, StagedCell]], known: Whole | None = None) -> None:
        """Stage cells as one step of undo; locked ones are left out and the first lock is told."""
        locks = self._locks(cells)
        allowed = [one for one, lock in zip(cells, locks, strict=True) if lock is Lock.OPEN]
        if len(allowed) < len(cells):
            self.refused.emit(next(lock for lock in locks if lock is not Lock.OPEN))
        if not allowed:
            return
        needed: dict[RowKey, set[str]] = {}
        versions: dict[RowKey, str | None] = {}
        for shown, column, _ in allowed:
            if shown.row is not None and shown.row.sizes:
                needed.setdefault(shown.row.key, set()).update(self._cut(shown.row, (column.name, *self._stamped())))
                versions[shown.row.key] = shown.row.version
        self._with_whole(needed, versions, known or {}, lambda whole: self._set(allowed, whole))

    def delete(self, rows: Iterable[ShownRow]) -> None:
        """Stage the deletion of rows as one step; drafts are taken back, rows deleted already stay so."""
        chosen = list(rows)
        stored = [shown.row for shown in chosen if shown.row is not None]
        lock = self.delete_lock()
        if lock is Lock.OPEN and any(map(self._is_kept, stored)):
            lock = Lock.POLICY_DELETE
        if stored and lock is not Lock.OPEN:
            self.refused.emit(lock)
            return
        is_by_all = self.parts.relation.editing is Editing.BY_ALL_CELLS
        needed = {row.key: set(self._cut(row, ())) for row in stored} if is_by_all else {}
        versions = {row.key: row.version for row in stored}
        self._with_whole(needed, versions, {}, lambda whole: self._delete(chosen, whole))

    def undelete(self, rows: Iterable[ShownRow]) -> None:
        """Take staged deletions back."""
        self.finish()
        with self.parts.changes.as_one_step():
            for shown in rows:
                if shown.row is not None:
                    self.parts.changes.undelete(shown.row)
        self.staged.emit()

    def revert(self, rows: Sequence[ShownRow]) -> None:
        """Take back whatever is staged for rows, as one step."""
        changes = self.parts.changes

        def act(shown: ShownRow) -> None:
            if shown.draft is not None:
                changes.revert(shown.draft)
            elif shown.row is not None and changes.draft_of(shown.row) is not None:
                changes.revert(shown.row.key)

        self._stage(rows, act, self.staged.emit)

    def insert(self) -> None:
        """Stage a new row with the values the models make (ids); everything else is left to the database."""
        lock = self.insert_lock()
        if lock is not Lock.OPEN:
            self.refused.emit(lock)
            return
        self.finish()
        draft = self.parts.changes.insert(self._model_defaults())
        self.staged.emit()
        self.drafted.emit(draft)

    def insert_many(self, rows: Sequence[Mapping[str, StagedCell]]) -> None:
        """Stage new rows as one step: what they give, what the models make, and the database's defaults."""
        lock = self.insert_lock()
        if lock is not Lock.OPEN:
            self.refused.emit(lock)
            return
        relation, changes = self.parts.relation, self.parts.changes
        columns = tuple(relation.column(name) for name in changes.columns)
        added: list[int] = []

        def act(values: Mapping[str, StagedCell]) -> None:
            added.append(changes.insert({**self._model_defaults(), **values}))

        def end() -> None:
            cells: list[tuple[ShownRow, Column, StagedCell]] = []
            for draft, values in zip(added, rows, strict=True):
                shown = draft_row(None, columns, Draft(draft, values))
                cells += [(shown, column, values[column.name]) for column in columns if column.name in values]
            self.staged.emit()
            self.cells_staged.emit(cells)
            if added:
                self.drafted.emit(added[0])

        self._stage(rows, act, end)

    def duplicate(self, rows: Sequence[ShownRow]) -> None:
        """Stage copies of rows: keys anew where the model or the database makes them, everything else the same."""
        lock = self.insert_lock()
        if lock is not Lock.OPEN:
            self.refused.emit(lock)
            return
        names = [column.name for column in self._copied_columns()]
        stored = [shown.row for shown in rows if shown.row is not None]
        needed = {row.key: set(self._cut(row, names)) for row in stored}
        versions = {row.key: row.version for row in stored}
        self._with_whole(needed, versions, {}, lambda whole: self._duplicate(rows, whole))

    # Private

    def _is_refused(self, row: Row) -> bool:
        """Tell whether row security is known not to let a row be changed."""
        return self._rights is not None and row.key == self._rights[0] and not self._rights[1].may_update

    def _is_kept(self, row: Row) -> bool:
        """Tell whether row security is known not to let a row be deleted."""
        return self._rights is not None and row.key == self._rights[0] and not self._rights[1].may_delete

    def _locks(self, cells: Sequence[tuple[ShownRow, Column, StagedCell]]) -> list[Lock]:
        """Return each cell's lock; what decides is the same in most rows, so that it is asked for once."""
        known: dict[tuple[str, bool, bool, RowKey | None], Lock] = {}
        found = []
        for shown, column, _ in cells:
            of = shown.row.key if self._rights is not None and shown.row is not None else None
            kind = (column.name, shown.is_deleted, shown.draft is not None, of)
            lock = known.get(kind)
            if lock is None:
                lock = known[kind] = self.lock(shown, column)
            found.append(lock)
        return found

    def _cut(self, row: Row, columns: Sequence[str]) -> list[str]:
        """Name the columns whose whole value is needed: those given, or all where rows are found by all cells."""
        if not row.sizes:
            return []
        places = self.parts.changes.columns
        wanted = places if self.parts.relation.editing is Editing.BY_ALL_CELLS else columns
        hidden = self.parts.masked
        return [
            name for index, name in enumerate(places) if row.is_cut(index) and name in wanted and name not in hidden
        ]

    def _with_whole(
        self,
        needed: Mapping[RowKey, set[str]],
        versions: Mapping[RowKey, str | None],
        known: Whole,
        act: Callable[[Whole], None],
    ) -> None:
        """Read what is needed and not known yet, of rows that are still the versions the person sees."""
        missing = {
            key: tuple(sorted(names - set(known.get(key, {}))))
            for key, names in needed.items()
            if names - set(known.get(key, {}))
        }
        if not missing:
            act(known)
            return
        parts = self.parts

        def take(read: Whole) -> None:
            if self._parts is parts:
                act({key: {**known.get(key, {}), **read.get(key, {})} for key in {*known, *read}})

        self._read(lambda ctx: _read_whole(parts, missing, versions, ctx), take)

    def _read(self, work: Callable[[TaskContext], Whole], take: Callable[[Whole], None]) -> None:
        self._reading += 1
        self._runner.query(
            work,
            owner=self,
            done=take,
            failed=partial(self._fail, lambda: self._read(work, take)),
            title=self.tr("Reading whole values"),
        ).finished.connect(self._read_ended)

    def _read_ended(self) -> None:
        self._reading -= 1
        self._go_on()

    def _go_on(self) -> None:
        if not self.is_busy:
            waiting, self._waiting = self._waiting, []
            for go in waiting:
                go()

    def _fail(self, again: Callable[[], None], error: StudioError) -> None:
        self._waiting.clear()
        if isinstance(error, ConnectionLost | ConnectionFailed):
            self._stalled.append(again)
        self.failed.emit(error)
        if isinstance(error, EditConflict):
            self.outdated.emit()

    def _stage(self, steps: Sequence[T], act: Callable[[T], None], end: Callable[[], None]) -> None:
        """Stage something step by step, as one step of undo: what is large in turns, between which the window lives."""
        self.finish()
        changes = self.parts.changes

        def turns() -> Iterator[None]:
            for first in range(0, len(steps), _ROWS_AT_ONCE):
                if first:
                    yield
                with changes.as_one_step(going_on=first > 0):
                    for step in steps[first : first + _ROWS_AT_ONCE]:
                        act(step)

        self._turns, self._end = turns(), end
        self._turn()

    def _turn(self) -> None:
        """Stage the next part; tell when that was the last."""
        if self._turns is None:
            return
        if next(self._turns, _LAST) is None:
            self._timer.start(0)
        else:
            self._ended()

    def _ended(self) -> None:
        self._turns = None
        self._end()
        self._go_on()

    def _set(self, cells: Sequence[tuple[ShownRow, Column, StagedCell]], whole: Whole) -> None:
        changes = self.parts.changes

        def act(step: tuple[ShownRow, dict[str, StagedCell]]) -> None:
            shown, values = step
            if shown.draft is not None:
                if changes.state(shown.draft) is not CellState.CLEAN:  # else it has just been saved
                    for name, cell in values.items():
                        changes.edit_draft(shown.draft, name, cell)
            elif shown.row is not None:
                self._edit(shown, shown.row, values, whole.get(shown.row.key))

        def end() -> None:
            self.staged.emit()
            self.cells_staged.emit(list(cells))

        self._stage(_by_row(cells), act, end)

    def _delete(self, rows: Sequence[ShownRow], whole: Whole) -> None:
        changes = self.parts.changes

        def act(shown: ShownRow) -> None:
            if shown.draft is not None:
                changes.discard_draft(shown.draft)
            elif shown.row is not None and not shown.is_deleted:
                changes.delete(shown.row, base=whole.get(shown.row.key))

        self._stage(rows, act, self.staged.emit)

    def _duplicate(self, rows: Sequence[ShownRow], whole: Whole) -> None:
        changes, copied = self.parts.changes, self._copied_columns()
        places = {name: index for index, name in enumerate(changes.columns)}
        draft = 0

        def act(shown: ShownRow) -> None:
            nonlocal draft
            values: dict[str, StagedCell] = {}
            for column in copied:
                cell = shown.cells[places[column.name]]
                if shown.row is not None and places[column.name] in shown.sizes:
                    cell = whole.get(shown.row.key, {}).get(column.name, cell)
                values[column.name] = cell
            draft = changes.insert({**values, **self._model_defaults()})

        def end() -> None:
            self.staged.emit()
            if draft:
                self.drafted.emit(draft)

        self._stage(rows, act, end)

    def _copied_columns(self) -> list[Column]:
        """Return the columns a duplicate takes over: not what is computed, nor keys that are made anew."""
        relation = self.parts.relation
        made = self.parts.overlay.of(relation).defaults
        return [
            column
            for column in (relation.column(name) for name in self.parts.changes.columns)
            if column.may_insert
            and not column.is_computed
            and column.name not in made
            and not _NOW.search(column.default)
            and column.name not in self.parts.masked  # a copy would show in the review what is hidden here
            and not (column.name in relation.key and (column.default or column.generated.value))
        ]

    def _stamped(self) -> tuple[str, ...]:
        """Name the columns that say when a row was edited, where the connection has them filled."""
        places = self.parts.changes.columns
        return tuple(name for name in self.parts.overlay.of(self.parts.relation).on_update if name in places)

    def _edit(
        self, shown: ShownRow, row: Row, values: Mapping[str, StagedCell], base: Mapping[str, Cell] | None
    ) -> None:
        """Stage cells of a stored row, and when that was beside them; nothing is left where they are as they were."""
        changes, relation = self.parts.changes, self.parts.relation
        makers = self.parts.overlay.of(relation).on_update
        staged = changes.staged_for(row)
        known = {*values, *(staged.values if staged is not None else ())}
        stamps = {
            name: makers[name]()
            for name in self._stamped()
            if name not in known and self.lock(shown, relation.column(name)) is Lock.OPEN
        }
        changes.edit_cells(row, {**stamps, **values}, base=base)
        after = changes.staged_for(row)
        is_of_stamps = makers.keys() >= values.keys()
        if after is not None and after.values and not is_of_stamps and makers.keys() >= after.values.keys():
            changes.revert(row.key)

    def _model_defaults(self) -> dict[str, StagedCell]:
        relation = self.parts.relation
        made: dict[str, StagedCell] = {}
        for name, make in self.parts.overlay.of(relation).defaults.items():
            column = relation.column(name)
            if column.may_insert and not column.is_computed:
                made[name] = make()
        return {name: cell for name, cell in made.items() if cell is not DEFAULT}


def _by_row(
    cells: Sequence[tuple[ShownRow, Column, StagedCell]],
) -> list[tuple[ShownRow, dict[str, StagedCell]]]:
    """Put the cells of one row together that stand beside one another."""
    found: list[tuple[ShownRow, dict[str, StagedCell]]] = []
    for shown, column, cell in cells:
        if found and found[-1][0] is shown:
            found[-1][1][column.name] = cell
        else:
            found.append((shown, {column.name: cell}))
    return found


def _read_whole(
    parts: StageParts,
    missing: Mapping[RowKey, tuple[str, ...]],
    versions: Mapping[RowKey, str | None],
    ctx: TaskContext,
) -> Whole:
    """Read whole cells on a worker thread, one statement a row."""
    return {
        key: parts.source.whole_cells(parts.relation, key, names, ctx, version=versions.get(key))
        for key, names in missing.items()
    }
