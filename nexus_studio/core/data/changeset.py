"""ChangeSet: the staged edits of one relation, with undo and redo. Pure; UI thread only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from nexus_studio.core.data.cells import DEFAULT, Cell, Row, RowKey, StagedCell
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.draftfit import Checked
from nexus_studio.core.data.draftstaging import is_displaced, restored
from nexus_studio.core.data.merge import CellConflict, Conflict
from nexus_studio.core.data.settling import remainder, whole_row
from nexus_studio.core.data.staging import CellState, ChangeCounts, Draft, NeedsWholeCells, StagedRow
from nexus_studio.core.schema.catalog import Editing, Relation

__all__ = ["CellState", "ChangeCounts", "ChangeSet", "Draft", "NeedsWholeCells"]

MAX_STEPS: Final = 20_000
"""Steps of undo that are kept."""

# A step of history: each change it touched, before and after; None where there was or is none.
_Step = dict[int, tuple[StagedRow | None, StagedRow | None]]


class ChangeSet:
    """Staged edits, inserts and deletes of one relation's rows.

    An edit belongs to a row's key, not to a place on the screen. Every change of a row (an edited one as well) has a
    number, its *draft*, by which `RowChange.draft`, `reject` and conflicts find back to it. Numbers are not reused.
    `columns` are the columns of the rows handed in, as `Page.columns` says; by default the relation's readable ones.
    Marks (`reject`, `mark_conflict`) are no steps of undo: they tell what the server said.
    """

    def __init__(self, relation: Relation, columns: Sequence[str] | None = None) -> None:
        self.relation = relation
        readable = (column.name for column in relation.columns if column.is_shown)
        self.columns: tuple[str, ...] = tuple(readable if columns is None else columns)
        self._compared = tuple(name for name in self.columns if name not in relation.masked)
        self._place = {name: index for index, name in enumerate(self.columns)}
        self._rows: dict[int, StagedRow] = {}
        self._by_key: dict[RowKey, int] = {}
        self._undo: list[_Step] = []
        self._redo: list[_Step] = []
        self._open: _Step | None = None
        self._block: _Step = {}
        self._refused: dict[tuple[int, str], str] = {}  # marks that the last save made
        self._next = 1
        self.revision = 0
        """Another number after everything staged, taken back or settled; marks do not count."""

    # ---- staging

    def edit(self, row: Row, column: str, cell: StagedCell, *, base: Mapping[str, Cell] | None = None) -> None:
        """Stage a cell of a stored row. Back to what the row holds: the edit disappears, and what it stood on.

        `base` holds whole stored values of cells that `row` holds only the beginning of (`row.is_cut`).

        Raises:
            NeedsWholeCells: when a cut cell's whole value is needed and was not given; nothing is staged.
        """
        self.edit_cells(row, {column: cell}, base=base)

    def edit_cells(self, row: Row, cells: Mapping[str, StagedCell], *, base: Mapping[str, Cell] | None = None) -> None:
        """Stage several cells of a stored row, as `edit` does one.

        Raises:
            NeedsWholeCells: as `edit`; nothing is staged.
        """
        staged = self._of(row)
        known = {**(staged.base if staged else {}), **(base or {})}
        by_all = self.relation.editing is Editing.BY_ALL_CELLS
        needed = self._compared if by_all else tuple(cells)
        stored = self._stored(row, needed, known)
        if staged is None:
            staged = StagedRow(self._number(), ChangeKind.UPDATE, row.key)
        values = {**staged.values, **cells}
        for column, cell in cells.items():
            # What is on the screen counts, not what was there when the cell was first edited.
            place = self._place[column]
            if cell == (stored[column] if row.is_cut(place) else row.cells[place]):
                del values[column]
        rejections = {name: why for name, why in staged.rejections.items() if name and name not in cells}
        seen = _first_read(staged.seen, {**self._whole(row), **(base or {})})
        # Where hidden cells keep a row without key from being told by its cells, its version tells.
        version = staged.version or row.version if by_all and self.relation.masked else staged.version
        base = _first_read(staged.base, stored)
        changed = replace(staged, values=values, base=base, rejections=rejections, seen=seen, version=version)
        self._put(self._based(changed), keep=bool(values) or staged.kind is ChangeKind.DELETE)

    def insert(self, values: Mapping[str, StagedCell] | None = None, *, keeps_identity: bool = False) -> int:
        """Stage a new row; return its draft number. Columns left out take the database's default.

        `keeps_identity`: it was there once, and what PostgreSQL numbers by itself has the number it had.
        """
        given = {name: cell for name, cell in (values or {}).items() if cell is not DEFAULT}
        draft = self._number()
        self._put(StagedRow(draft, ChangeKind.INSERT, values=given, keeps_identity=keeps_identity))
        return draft

    def edit_draft(self, draft: int, column: str, cell: StagedCell) -> None:
        """Change a cell of a staged new row; DEFAULT leaves the column to the database again."""
        staged = self._rows[draft]
        values = {**staged.values, column: cell}
        if cell is DEFAULT:
            del values[column]
        rejections = {name: why for name, why in staged.rejections.items() if name not in {column, ""}}
        self._put(replace(staged, values=values, rejections=rejections))

    def adopt(self, changes: Sequence[RowChange], *, with_deletions: bool = False) -> int:
        """Stage changes that come from elsewhere (a backup, the history), as one step of undo; return how many are new.

        What is staged already stays below them: the same new row is not staged twice, and an edit or a deletion stands
        on what the row held when it was first read. Deletions are taken over only `with_deletions`.
        """
        taken, new_rows = 0, {frozenset(draft.values.items()) for draft in self.drafts()}
        with self.as_one_step():
            for change in changes:
                if change.kind is ChangeKind.INSERT:
                    if frozenset(change.values.items()) not in new_rows:
                        self.insert(change.values, keeps_identity=change.keeps_identity)
                        taken += 1
                elif change.kind is ChangeKind.UPDATE and change.key is not None:
                    taken += self._adopt_edit(change, change.key)
                elif with_deletions and change.key is not None:
                    taken += self._adopt_deletion(change, change.key)
        return taken

    def displaced(self, changes: Sequence[RowChange]) -> tuple[int, ...]:
        """Return the drafts whose edits (cells, a deletion) `adopt` would replace by others."""
        found: dict[int, None] = {}
        for change in changes:
            staged = None if change.key is None else self._rows.get(self._by_key.get(change.key, 0))
            if staged is not None and is_displaced(staged, change):
                found[staged.draft] = None
        return tuple(found)

    def restore(self, rows: Sequence[Checked], reasons: Mapping[int, str] | None = None) -> int:
        """Stage what a draft held, as one step of undo; return how many rows are staged otherwise now.

        What is staged already stays above it. Conflicts that were found come along. `reasons` mark rows, by the draft's
        own numbers, as ones to look at before they are saved.
        """
        taken, here = 0, Counter(frozenset(draft.values.items()) for draft in self.drafts())
        with self.as_one_step():
            for each in rows:
                if each.row is None:
                    continue
                is_new, values = each.row.key is None, frozenset(each.row.values.items())
                if is_new and here[values]:
                    here[values] -= 1  # it was restored before
                    continue
                number = self._by_key.get(each.row.key) if each.row.key is not None else None
                former = None if number is None else self._rows[number]
                reason = (reasons or {}).get(each.row.draft, "")
                staged = restored(each, number or self._number(), former, self.relation, reason)
                if staged is not None and staged != former:
                    self._put(staged)
                    taken += 1
        return taken

    def delete(self, row: Row, *, base: Mapping[str, Cell] | None = None) -> None:
        """Stage the deletion of a stored row. `base` holds whole values of its cut cells.

        By key, the row must still be what the person saw: where not all of it is known, its version tells.

        Raises:
            NeedsWholeCells: when the row is found by all its cells and some are cut; nothing is staged.
        """
        staged = self._of(row)
        known = {**(staged.base if staged else {}), **(base or {})}
        if self.relation.editing is Editing.BY_ALL_CELLS:
            stored = self._stored(row, self._compared, known)
        else:
            stored = {**self._whole(row), **known}
        if staged is None:
            staged = StagedRow(self._number(), ChangeKind.DELETE, row.key)
        version = row.version if len(stored) < len(self.columns) else None
        base = _first_read(staged.base, stored)
        self._put(replace(staged, kind=ChangeKind.DELETE, base=base, rejections={}, version=version))

    def undelete(self, row: Row) -> None:
        """Take back a staged deletion; edits staged before it are there again."""
        staged = self._of(row)
        if staged is not None and staged.kind is ChangeKind.DELETE:
            restored = replace(staged, kind=ChangeKind.UPDATE, rejections={}, conflict=None, version=None)
            self._put(self._based(restored), keep=bool(staged.values))

    def revert(self, target: RowKey | int | None = None) -> None:
        """Discard the changes of one row (by key or draft), or all of them. Can be undone."""
        draft = self._by_key.get(target) if isinstance(target, RowKey) else target
        chosen = self.staged_rows() if target is None else [self._rows[draft]] if draft in self._rows else []
        with self.as_one_step():
            for staged in chosen:
                self._put(staged, keep=False)

    def discard_draft(self, draft: int) -> None:
        """Take back a staged new row (or any change, by its number)."""
        self.revert(draft)

    def clear(self) -> None:
        """Forget everything, history included: after a save."""
        self._undo.clear()
        self._redo.clear()
        self._rows.clear()
        self._by_key.clear()
        self.revision += 1

    def settle(self, frozen: Sequence[RowChange]) -> None:
        """Forget what was frozen and has been written. What was staged after that stays, on what was saved.

        The steps of undo of these rows are dropped: they lead back to values the server no longer holds.
        """
        written = {change.draft: change for change in frozen}
        left = {draft: staged for draft, staged in self._rows.items() if draft not in written}
        for draft, change in written.items():
            staged = self._rows.get(draft)
            rest = None if staged is None else remainder(staged, change, self.relation)
            if rest is not None:
                left[draft] = self._based(rest)
        self._rows = left
        self._by_key = {staged.key: draft for draft, staged in left.items() if staged.key is not None}
        self.revision += 1
        self._undo = _without(self._undo, written)
        self._redo = _without(self._redo, written)

    # ---- history

    @contextmanager
    def as_one_step(self, *, going_on: bool = False) -> Iterator[None]:
        """Make everything staged inside the block (a pasted block of cells) one step of undo. Blocks may nest.

        `going_on`: it belongs to the step of the block before, unless something was staged or taken back since.
        """
        if self._open is not None:
            yield
            return
        self._open = {}
        try:
            yield
        finally:
            step = {draft: pair for draft, pair in self._open.items() if pair[0] != pair[1]}
            self._open = None
            if going_on and self._undo and self._undo[-1] is self._block:
                self._block.update({draft: (self._block.get(draft, pair)[0], pair[1]) for draft, pair in step.items()})
            elif step:
                self._block = step
                self._push(step)

    def undo(self) -> bool:
        """Take back the last step; False when there is none."""
        if not self._undo:
            return False
        step = self._undo.pop()
        self._redo.append(step)
        self._show({draft: before for draft, (before, _) in step.items()})
        return True

    def redo(self) -> bool:
        """Do the last undone step again; False when there is none."""
        if not self._redo:
            return False
        step = self._redo.pop()
        self._undo.append(step)
        self._show({draft: after for draft, (_, after) in step.items()})
        return True

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return bool(self._redo)

    # ---- what the grid paints

    def overlay(self, row: Row) -> tuple[StagedCell, ...]:
        """Return the row's cells with the staged ones on top, in the order of `columns`. Cost: the staged cells."""
        staged = self._of(row)
        if staged is None or not staged.values:
            return row.cells
        cells: list[StagedCell] = list(row.cells)
        for name, cell in staged.values.items():
            if name in self._place:
                cells[self._place[name]] = cell
        return tuple(cells)

    def state(self, row: Row | int, column: str | None = None) -> CellState:
        """Return how a row (or a draft, by number), or one cell of it, stands. O(1)."""
        staged = self._of(row)
        return CellState.CLEAN if staged is None else staged.state(column)

    def drafts(self) -> tuple[Draft, ...]:
        """Return the staged new rows, in the order they were made."""
        return tuple(Draft(row.draft, row.values) for row in self.staged_rows() if row.kind is ChangeKind.INSERT)

    def draft_of(self, row: Row) -> int | None:
        """Return the number of a stored row's change; None when nothing is staged for it."""
        return self._by_key.get(row.key)

    def staged_rows(self) -> tuple[StagedRow, ...]:
        """Return every staged change as it stands, in the order the rows were first touched."""
        return tuple(self._rows[draft] for draft in sorted(self._rows))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is staged."""
        return not self._rows

    @property
    def counts(self) -> ChangeCounts:
        """How many rows are staged, by kind."""
        kinds = [row.kind for row in self._rows.values()]
        return ChangeCounts(
            kinds.count(ChangeKind.UPDATE), kinds.count(ChangeKind.INSERT), kinds.count(ChangeKind.DELETE)
        )

    def snapshot(self) -> ChangeSet:
        """Return what is staged now, without history, for reading in another thread. Cost: a look at each row."""
        found = ChangeSet(self.relation, self.columns)
        found._rows, found._by_key = dict(self._rows), dict(self._by_key)
        return found

    def staged_for(self, row: Row | int) -> StagedRow | None:
        """Return what is staged for a row (or a draft, by number); None when nothing is."""
        return self._of(row)

    def freeze(self) -> tuple[RowChange, ...]:
        """Return an immutable copy for the writer, in the order the rows were first touched."""
        all_cells = self.relation.editing is Editing.BY_ALL_CELLS
        frozen = []
        for row in self.staged_rows():
            values = {} if row.kind is ChangeKind.DELETE else dict(row.values)
            whole_base = row.kind is ChangeKind.DELETE or all_cells
            base = {name: cell for name, cell in row.base.items() if whole_base or name in values}
            frozen.append(
                RowChange(
                    self.relation.name, row.kind, row.draft, row.key, values, base, row.version, row.keeps_identity
                )
            )
        return tuple(frozen)

    # ---- what the server said

    def reject(self, draft: int, column: str | None, reason: str) -> None:
        """Mark a change (one cell of it when `column` is given) as refused; cleared when the cell is edited again."""
        if draft in self._rows:
            staged = self._rows[draft]
            self._rows[draft] = replace(staged, rejections={**staged.rejections, column or "": reason})

    def refuse(self, draft: int, column: str | None, reason: str) -> None:
        """Mark what a save was refused for, until `forget_refusals`: another row may be the cure."""
        self.reject(draft, column, reason)
        self._refused[draft, column or ""] = reason

    def forget_refusals(self) -> bool:
        """Take the marks of the last save away, and no others; tell whether there were any."""
        found, self._refused = self._refused, {}
        is_other = False
        for (draft, column), reason in found.items():
            staged = self._rows.get(draft)
            if staged is not None and staged.rejections.get(column) == reason:
                left = {name: why for name, why in staged.rejections.items() if name != column}
                self._rows[draft] = replace(staged, rejections=left)
                is_other = True
        return is_other

    def doubt(self, draft: int, reason: str) -> None:
        """Mark a new row as one that may be written already, which its draft on the disk is to say as well."""
        if draft in self._rows:
            self._rows[draft] = replace(self._rows[draft], is_doubtful=True)
            self.reject(draft, None, reason)
            self.revision += 1

    def rejection(self, row: Row | int, column: str | None = None) -> str:
        """Return why a row or cell was refused, empty when it was not."""
        staged = self._of(row)
        return "" if staged is None else staged.rejections.get(column or "", "")

    def mark_conflict(self, conflict: Conflict) -> None:
        """Mark a change as in conflict with what others did."""
        staged = self._rows.get(conflict.draft)
        if staged is not None:
            may_insert = conflict.is_lost and whole_row(staged, self.relation) is not None
            self._rows[conflict.draft] = replace(staged, conflict=replace(conflict, may_insert=may_insert))

    def conflict(self, row: Row | int) -> Conflict | None:
        """Return the conflict a row or draft is marked with."""
        staged = self._of(row)
        return None if staged is None else staged.conflict

    def conflicts(self) -> tuple[Conflict, ...]:
        """Return all conflicts that wait to be settled."""
        return tuple(row.conflict for row in self.staged_rows() if row.conflict is not None)

    def resolve(self, draft: int, *, keep_mine: bool | Collection[str]) -> None:
        """Settle a conflict. Mine: the server's present values become the base. Theirs: those cells are dropped.

        `keep_mine` may name the columns whose cells are kept; those of the others are theirs. A row that is lost can be
        dropped, or staged as a new one where `Conflict.may_insert` says so; otherwise keeping mine leaves everything as
        it is. Can be undone.
        """
        staged = self._rows[draft]
        if staged.conflict is None:
            return
        if staged.conflict.is_lost:
            self._resolve_lost(staged, keep_mine=bool(keep_mine))
            return
        cells: dict[str, CellConflict] = {cell.column: cell for cell in staged.conflict.cells}
        base = {**staged.base, **{name: cell.theirs for name, cell in cells.items()}}
        goes = staged.kind is ChangeKind.DELETE and bool(keep_mine)
        kept = set(cells if keep_mine is True else () if keep_mine is False else keep_mine)
        values = {
            name: cell
            for name, cell in staged.values.items()
            if name not in cells or (name in kept and (cell is DEFAULT or cell != base.get(name)))
        }
        kind = ChangeKind.DELETE if goes else ChangeKind.UPDATE
        settled = replace(staged, kind=kind, base=base, values=values, conflict=None, version=None)
        keep = goes or (bool(values) and staged.kind is ChangeKind.UPDATE)
        self._put(self._based(settled), keep=keep)

    # ---- inside

    def _adopt_edit(self, change: RowChange, key: RowKey) -> bool:
        """Stage an edit by its row's key; tell whether anything is another now."""
        draft = self._by_key.get(key)
        former = None if draft is None else self._rows[draft]
        staged = former or StagedRow(self._number(), ChangeKind.UPDATE, key)
        base = _first_read(staged.base, change.base)
        values = {**staged.values, **change.values}
        values = {name: cell for name, cell in values.items() if name not in base or cell != base[name]}
        edited = replace(staged, kind=ChangeKind.UPDATE, values=values, base=base, rejections={}, version=None)
        self._put(self._based(edited), keep=bool(values))
        return self._rows.get(staged.draft) != former

    def _adopt_deletion(self, change: RowChange, key: RowKey) -> bool:
        """Stage a deletion by its row's key; tell whether that is new."""
        draft = self._by_key.get(key)
        former = None if draft is None else self._rows[draft]
        staged = former or StagedRow(self._number(), ChangeKind.DELETE, key)
        base = _first_read(staged.base, change.base)
        self._put(replace(staged, kind=ChangeKind.DELETE, base=base, rejections={}, version=change.version))
        return self._rows.get(staged.draft) != former

    def _resolve_lost(self, staged: StagedRow, *, keep_mine: bool) -> None:
        values = whole_row(staged, self.relation)
        if not keep_mine or staged.kind is ChangeKind.DELETE:
            self._put(staged, keep=False)
        elif values is not None:
            self._put(StagedRow(staged.draft, ChangeKind.INSERT, values=values))

    def _based(self, staged: StagedRow) -> StagedRow:
        """Forget what edits stood on that are no more: the next one stands on what the row holds by then."""
        if staged.kind is not ChangeKind.UPDATE or self.relation.editing is Editing.BY_ALL_CELLS:
            return staged
        return replace(staged, base={name: cell for name, cell in staged.base.items() if name in staged.values})

    def _whole(self, row: Row) -> dict[str, Cell]:
        return {name: row.cells[index] for name, index in self._place.items() if not row.is_cut(index)}

    def _of(self, row: Row | int) -> StagedRow | None:
        draft = row if isinstance(row, int) else self._by_key.get(row.key)
        return None if draft is None else self._rows.get(draft)

    def _stored(self, row: Row, columns: Sequence[str], known: Mapping[str, Cell]) -> dict[str, Cell]:
        """Return the whole stored cells of these columns."""
        cut = tuple(name for name in columns if name not in known and row.is_cut(self._place[name]))
        if cut:
            raise NeedsWholeCells(cut)
        return {name: known[name] if name in known else row.cells[self._place[name]] for name in columns}

    def _number(self) -> int:
        self._next += 1
        return self._next - 1

    def _put(self, staged: StagedRow, *, keep: bool = True) -> None:
        """Change one row's change, as a step of history (or a part of the open one)."""
        before, after = self._rows.get(staged.draft), staged if keep else None
        if before == after:
            return
        if self._open is None:
            self._push({staged.draft: (before, after)})
        else:
            first = self._open[staged.draft][0] if staged.draft in self._open else before
            self._open[staged.draft] = (first, after)
        self._show({staged.draft: after})

    def _push(self, step: _Step) -> None:
        self._undo.append(step)
        del self._undo[:-MAX_STEPS]
        self._redo.clear()

    def _show(self, rows: Mapping[int, StagedRow | None]) -> None:
        self.revision += 1
        for draft, staged in rows.items():
            former = self._rows.pop(draft, None)
            if former is not None and former.key is not None:
                self._by_key.pop(former.key, None)
            if staged is not None:
                self._rows[draft] = staged
                if staged.key is not None:
                    self._by_key[staged.key] = draft


def _without(steps: Sequence[_Step], drafts: Container[int]) -> list[_Step]:
    """Leave these rows out of steps of history, and steps that were about nothing else."""
    kept = ({draft: pair for draft, pair in step.items() if draft not in drafts} for step in steps)
    return [step for step in kept if step]


def _first_read(base: Mapping[str, Cell], stored: Mapping[str, Cell]) -> dict[str, Cell]:
    """Add cells to a base; what was read first stays, so that a fresher row does not hide what others changed."""
    return {**base, **{name: cell for name, cell in stored.items() if name not in base}}
