"""RowSaving: review, save, and what becomes of what was refused. One per page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QObject

from nexus_studio.core.admin.acts import Rail, act, rail
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.merge import Conflict
from nexus_studio.core.effects import Effects
from nexus_studio.core.errors import (
    ConstraintViolated,
    EditConflict,
    InvalidValue,
    RowsRefused,
    SaveInDoubt,
    StudioError,
)
from nexus_studio.core.profiles import Environment
from nexus_studio.core.schema.catalog import Editing
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.grid.locks import Lock, lock_sentence
from nexus_studio.ui.grid.review_dialog import ReviewDialog
from nexus_studio.ui.kit.confirm import Confirmation, ask
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.wording import sentence
from nexus_studio.ui.panels.data.conflict_dialog import ConflictDialog
from nexus_studio.ui.panels.data.current_record import CurrentRecord
from nexus_studio.ui.panels.data.joint import Joint
from nexus_studio.ui.panels.data.keep_dialog import KeepDialog
from nexus_studio.ui.panels.data.record_model import MASK
from nexus_studio.ui.panels.data.rows_page import RowsPage

_STAGED: Final = "rows.staged"  # key of the notice about what came from elsewhere
_NOTED_S: Final = 1.0  # a disk that takes longer keeps nobody from saving


class RowSaving(QObject):
    """Takes what is staged on a page to the server. UI thread only."""

    def __init__(self, page: RowsPage, current: CurrentRecord, context: UiContext) -> None:
        super().__init__(page)
        self._page = page
        self._current = current
        self._context = context
        self._to_stage: tuple[RowChange, ...] = ()
        self.is_running = False
        self.joint = Joint(page)

    def stage_waiting(self) -> None:
        """Stage what came before it was known what the relation is like."""
        if waiting := self._to_stage:
            self._to_stage = ()
            self.stage(waiting)

    def review(self) -> None:
        """Show what a save would write, as people read it and as SQL."""
        self._when_staged(self._review)

    def save(self) -> None:
        """Write everything staged in one transaction. Production reviews first."""
        if rail(act("rows.save"), self._page.workspace.session.profile.environment) is Rail.REVIEWED:
            self.review()
        else:
            self._when_staged(self._save_staged)

    def stage(self, changes: tuple[RowChange, ...]) -> None:
        """Stage changes that come from elsewhere, once it is known what the relation is like; review is a person's."""
        if self._page.changes is None:
            self._to_stage += changes
            return
        stager = self._page.grid.stager
        locks = {ChangeKind.INSERT: stager.insert_lock, ChangeKind.DELETE: stager.delete_lock}
        kinds = dict.fromkeys(each.kind for each in changes)
        lock = next((lock for kind in kinds if (lock := locks.get(kind, stager.edit_lock)()) is not Lock.OPEN), None)
        if lock is not None:
            self._context.notices.warning(lock_sentence(lock), key=_STAGED)
            return
        stager.finish()
        taken = self._page.changes.adopt(changes, with_deletions=True)
        self._page.grid.changes_touched()
        self._page.changes_changed()
        if drafts := self._page.changes.drafts():
            self._page.grid.go_to_draft(drafts[-1].draft)
        self._page.grid.setFocus()
        words = self.tr("%n row(s) are staged. Look at them, then save.", "", taken)
        self._context.notices.info(words, key=_STAGED)

    def discard(self) -> None:
        """Take everything staged back; undo brings it again."""
        if self._page.changes is not None and not self._page.changes.is_empty:
            self._page.changes.revert()
            self._page.grid.changes_touched()
            self._page.changes_changed()
            self._page.grid.setFocus()

    def _when_staged(self, go: Callable[[], None]) -> None:
        """Close the open editor and go on once its value, and all before it, is staged."""
        if self._page.changes is not None and not self.is_running and self._page.grid.editing.finish():
            self._page.grid.stager.when_idle(go)

    def _review(self) -> None:
        if self._page.relation is None or self._page.changes is None or self._page.changes.is_empty:
            return
        relation, frozen, writer = self._page.relation, self._page.changes.freeze(), self._page.workspace.writer
        shown = _masked(frozen, self._page.parts(relation).masked)
        self._context.runner.query(
            lambda _: writer.preview(relation, shown),
            owner=self._page,
            done=lambda lines: self._show_review(frozen, shown, lines),
            failed=self._page.show_error,
        )

    def _show_review(self, frozen: tuple[RowChange, ...], shown: tuple[RowChange, ...], lines: tuple[str, ...]) -> None:
        relation, seeds = self._page.relation, self._page.workspace.seeds
        if relation is None:
            return
        environment = self._page.workspace.session.profile.environment
        may_keep = relation.editing is Editing.BY_KEY  # its rows can be named in another database
        dialog = ReviewDialog(
            self._context,
            relation,
            shown,
            lines,
            environment,
            self._page,
            labels=self._current.labels(),
            may_keep=may_keep,
        )
        dialog.save_asked.connect(lambda: self._save_reviewed(frozen))
        dialog.keep_asked.connect(lambda: KeepDialog(self._context, seeds, relation, frozen, dialog).open())
        dialog.open()

    def _save_reviewed(self, frozen: tuple[RowChange, ...]) -> None:
        """Save what was reviewed; where rows go for good in production, the database's name is typed first."""
        profile, relation = self._page.workspace.session.profile, self._page.relation
        deleted = sum(1 for change in frozen if change.kind is ChangeKind.DELETE)
        if relation is None or profile.environment is not Environment.PRODUCTION or not deleted:
            self._save(frozen)
            return
        deletion = Confirmation(
            self.tr("Delete rows in production"),
            self.tr("%n row(s) of {table} will be deleted.", "", deleted).format(table=self._page.name),
            self.tr("Delete and save"),
            destructive=True,
        )
        ask(deletion, profile, self._page, lambda: self._save(frozen))

    def _save_staged(self) -> None:
        if self._page.changes is not None and not self._page.changes.is_empty:
            self._save(self._page.changes.freeze())

    def _save(self, frozen: tuple[RowChange, ...]) -> None:
        """Write exactly these changes: what was staged after they were frozen (or reviewed) stays staged."""
        relation = self._page.relation
        if relation is None or self.is_running:
            return
        writer, drafts = self._page.workspace.writer, self._page.workspace.drafts

        def write(ctx: TaskContext) -> Effects:
            drafts.settle(_NOTED_S)  # after a crash it is known that this save had begun
            return writer.apply(frozen, {relation.name: relation}, ctx)

        self._set_saving(True)
        self._context.runner.operate(
            self.tr("Saving {table}").format(table=relation.name),
            write,
            owner=self._page,
            done=lambda _: self.saved(frozen),
            failed=lambda error: self.refused(frozen, error),
        ).finished.connect(self._saving_ended)

    def _saving_ended(self) -> None:
        self._set_saving(False)

    def _set_saving(self, saving: bool) -> None:
        self.is_running = saving
        self._page.grid.setEnabled(not saving)
        self._page.change_bar.setEnabled(not saving)
        if not saving:
            self._page.grid.setFocus()
        self._page.state_changed.emit()

    def saved(self, frozen: tuple[RowChange, ...]) -> None:
        """Take in that these changes were written."""
        if self._page.changes is None:
            return
        self._page.changes.settle(frozen)
        if self._page.relation is not None:
            key = self._page.relation.key
            self._page.grid.freshness.leave_out(written for change in frozen for written in change.keys_written(key))
        self._page.changes_changed()
        self._context.notices.withdraw("save")
        self._context.notices.success(self.tr("Saved %n row(s)", "", len(frozen)), key="save")

    def refused(self, frozen: tuple[RowChange, ...], error: StudioError) -> None:
        """Take in that these changes were not written, and why."""
        changes = self._page.changes
        if changes is None:
            return
        if isinstance(error, EditConflict):
            conflicts = tuple(found for found in error.conflicts if isinstance(found, Conflict))
            for conflict in conflicts:
                changes.mark_conflict(conflict)
            self.resolve()
        elif isinstance(error, ConstraintViolated | InvalidValue | RowsRefused):
            _mark(changes, frozen, error)
        else:
            self._page.failed.emit(error)
        if isinstance(error, SaveInDoubt):
            self._page.grid.refresh()  # what the server holds now tells whether it was saved
        self._page.grid.changes_touched()
        self._page.changes_changed()
        self._page.change_bar.show_refusal(error)

    def resolve(self) -> None:
        """Ask whose values shall stand, for every row in conflict."""
        conflicts = self._page.changes.conflicts() if self._page.changes is not None else ()
        if self._page.relation is None or not conflicts:
            return
        masked = self._page.parts(self._page.relation).masked
        dialog = ConflictDialog(
            self._context, self._page.relation, conflicts, self._page, masked, self._current.row_names()
        )
        dialog.decided.connect(self._settle)
        dialog.open()

    def _settle(self, decisions: Mapping[int, bool]) -> None:
        if self._page.changes is None:
            return
        for draft, keep_mine in decisions.items():
            self._page.changes.resolve(draft, keep_mine=keep_mine)
        self._page.grid.refresh()
        self._page.changes_changed()


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
