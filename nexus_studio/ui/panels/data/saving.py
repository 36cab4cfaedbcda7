"""RowSaving: review, save, and what becomes of what was refused. One per page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from nexus_studio.core.admin.acts import Rail, act, rail
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.images import RowImage
from nexus_studio.core.data.merge import Conflict
from nexus_studio.core.effects import Effects
from nexus_studio.core.errors import (
    ConstraintViolated,
    EditConflict,
    HistoryUnwritten,
    InvalidValue,
    ReasonMissing,
    RowsRefused,
    SaveInDoubt,
    StudioError,
    TimedOut,
)
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.grid.locks import Lock, lock_sentence
from nexus_studio.ui.kit.confirm import Confirmation, ask
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.tasks import Task
from nexus_studio.ui.kit.wording import sentence
from nexus_studio.ui.panels.data.blocking import Blocking
from nexus_studio.ui.panels.data.conflict_dialog import ConflictDialog
from nexus_studio.ui.panels.data.cures import Cures
from nexus_studio.ui.panels.data.current_record import CurrentRecord
from nexus_studio.ui.panels.data.joint import Bundle, Joint
from nexus_studio.ui.panels.data.row_review import RowReview, Why
from nexus_studio.ui.panels.data.rows_page import RowsPage
from nexus_studio.ui.panels.data.save_images import InsertsNoted
from nexus_studio.ui.panels.data.save_watch import SaveWatch

_STAGED: Final = "rows.staged"  # key of the notice about what came from elsewhere
_LOCK: Final = "timeout.lock"
_NOTED_S: Final = 1.0  # a disk that takes longer keeps nobody from saving


class RowSaving(QObject):
    """Takes what is staged on a page to the server. UI thread only."""

    waiting = Signal(object)  # tuple[int, ...]: backends whose locks the save waits for just now; () when no more
    blocked = Signal(object)  # TimedOut: the save gave up on somebody's lock; nothing was written

    def __init__(self, page: RowsPage, current: CurrentRecord, context: UiContext) -> None:
        super().__init__(page)
        self._page = page
        self._current = current
        self._context = context
        self._to_stage: tuple[RowChange, ...] = ()
        self._is_told = True
        self._once_staged: list[Callable[[], None]] = []
        self.takes_back: tuple[str, ...] = ()  # the saved sets whose inverse is staged here
        self.is_running = False
        self.joint = Joint(page)
        self._review = RowReview(page, current, context)
        self._review.approved.connect(self._save)
        self._watch = SaveWatch(context, self)
        self._watch.waiting.connect(self.waiting)
        self._task: Task | None = None
        self._cures = Cures(page, context)
        self.blocking = Blocking(page, context)
        self.waiting.connect(self.blocking.show_waiting)
        self.blocked.connect(self.blocking.show_given_up)
        self.blocking.again.connect(self.save)
        self.blocking.stopped.connect(self.stop)

    @property
    def is_waiting(self) -> bool:
        """Whether something is to be staged as soon as it is known what the relation is like."""
        return bool(self._to_stage)

    def stage_waiting(self) -> None:
        """Stage what came before it was known what the relation is like."""
        if waiting := self._to_stage:
            self._to_stage = ()
            self.stage(waiting, is_told=self._is_told)
            wishes, self._once_staged = self._once_staged, []
            for go in wishes:
                go()

    def when_staged(self, go: Callable[[], None]) -> None:
        """Close the open editor and go on once its value, and all before it, is staged; not at all if it can't be."""
        if self._page.changes is None:
            if self.is_waiting:
                self._once_staged = [go]  # asked for twice it is done once
        elif not self.is_running and self._page.finish_edit():
            self._page.grid.stager.when_idle(go)

    def forget_wishes(self) -> None:
        """Do not go on later: what the relation is like could not be read."""
        self._once_staged.clear()

    def review(self) -> None:
        """Show what a save would write, as people read it and as SQL, and what else the database will do."""
        self.when_staged(lambda: self._with_staged(self._review.open))

    def save(self) -> None:
        """Write everything staged in one transaction.

        Production reviews first, and so does a connection that asks for a reason; elsewhere it is asked where the
        database would write more than what is staged.
        """
        profile = self._page.workspace.session.profile
        if profile.requires_reason or rail(act("rows.save"), profile.environment) is Rail.REVIEWED:
            self.review()
        else:
            self.when_staged(lambda: self._with_staged(self._save_staged))

    def stage(self, changes: tuple[RowChange, ...], *, is_told: bool = True) -> None:
        """Stage changes that come from elsewhere, once it is known what the relation is like; review is a person's.

        Args:
            changes: What to stage.
            is_told: Say how many they are; whoever stages in several tabs says so once.
        """
        if self._page.changes is None:
            self._to_stage, self._is_told = self._to_stage + changes, is_told
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
        if is_told:
            words = self.tr("%Ln row(s) are staged. Look at them, then save.", "", taken)
            self._context.notices.info(words, key=_STAGED)

    def note_taken_back(self, *sets: str) -> None:
        """Learn which saved sets it takes back what is staged here, or will be in a moment."""
        self.takes_back = tuple(dict.fromkeys((*self.takes_back, *filter(None, sets))))

    def discard(self) -> None:
        """Take everything staged back; undo brings it again."""
        if self._page.changes is not None and not self._page.changes.is_empty:
            self._page.changes.revert()
            self._page.grid.changes_touched()
            self._page.changes_changed()
            self._page.grid.setFocus()

    def _with_staged(self, go: Callable[[Bundle], None]) -> None:
        pages = self.joint.pages()
        if any(page.is_saving for page in pages):
            return  # from another tab, or it was asked for twice
        others = (page for page in pages if page is not self._page)
        if late := [page for page in others if page.changes is None or page.grid.stager.holds_edits]:
            words = self.tr("{tables} are still being read: what belongs together is saved together.")
            tables = ", ".join(str(page.name) for page in late)
            self._context.notices.info(words.format(tables=tables), key="save")
            late[0].when_staged(lambda: self._with_staged(go))
            return
        bundle = Bundle.of(pages)
        if bundle.parts and self._page.is_dirty:
            go(bundle)

    def _save_staged(self, bundle: Bundle) -> None:
        _set_saving(bundle, True)
        self._review.when_harmless(bundle, lambda: self._save(bundle, Why()), lambda: _set_saving(bundle, False))

    def _save(self, bundle: Bundle, why: Why) -> None:
        """Write exactly these changes: what was staged after they were frozen (or reviewed) stays staged."""
        workspace = self._page.workspace
        if not bundle.parts or any(part.page.is_saving for part in bundle.parts):
            return
        if not all(part.is_staged for part in bundle.parts):
            words = self.tr("What was asked about is not staged any more. Nothing was written.")
            self._context.notices.info(words, key="save")
            return
        witness = InsertsNoted(workspace.history.witness(why.reason, why.ticket, must_keep=why.must_keep))
        changes, relations = bundle.changes, bundle.relations

        def write(ctx: TaskContext) -> Effects:
            workspace.drafts.settle(_NOTED_S)  # after a crash it is known that this save had begun
            return workspace.writer.apply(changes, relations, ctx, witness=witness, began=self._watch.began)

        for part in bundle.parts:
            part.page.forget_refusals()  # this save says anew what it is refused for
        _set_saving(bundle, True)
        self._watch.start(workspace.writer)
        self._task = self._context.runner.operate(
            self.tr("Saving {table}").format(table=", ".join(str(name) for name in relations)),
            write,
            owner=self._page,
            done=lambda _: self._written(bundle, witness.images),
            failed=lambda error: self._not_written(bundle, why, error),
        )
        self._task.finished.connect(lambda: self._saving_ended(bundle))

    def stop(self) -> None:
        """Stop a save that runs: nothing is written then, and all stays staged."""
        if self._task is not None:
            self._task.cancel()

    def _written(self, bundle: Bundle, new_rows: tuple[RowImage, ...]) -> None:
        self._review.forget()
        for part in bundle.parts:
            part.page.saved(part.frozen)
            part.page.inserted.emit(part.frozen, new_rows)
        if len(bundle.parts) > 1:
            self._context.notices.success(self.tr("Saved %Ln row(s)", "", len(bundle.changes)), key="save")

    def _not_written(self, bundle: Bundle, why: Why, error: StudioError) -> None:
        if isinstance(error, HistoryUnwritten):
            self._ask_to_save_unkept(bundle, why, error)
        for part, mine in bundle.refusals(error):
            part.page.refused(part.frozen, mine)
        if isinstance(error, SaveInDoubt):
            self._doubt(bundle)
        if isinstance(error, ReasonMissing):
            self._review.open(bundle)
        if isinstance(error, TimedOut) and error.code == _LOCK:
            self.blocked.emit(error)

    def _doubt(self, bundle: Bundle) -> None:
        """Read again: what the server holds tells what was saved. Saved once more, new rows would be there twice."""
        reason = self.tr("It is not known whether this row was saved: look whether it is there before you save again.")
        for part in bundle.parts:
            for change in part.frozen:
                if change.kind is ChangeKind.INSERT and part.page.changes is not None:
                    part.page.changes.doubt(change.draft, reason)
            part.page.grid.refresh()
            part.page.grid.changes_touched()
            part.page.state_changed.emit()  # what is on disk says it too, from now on

    def _ask_to_save_unkept(self, bundle: Bundle, why: Why, error: HistoryUnwritten) -> None:
        said = sentence(error)
        question = Confirmation(
            self.tr("Save without history?"),
            said.title,
            self.tr("Save without it"),
            (said.explanation, self.tr("This save could not be taken back then.")),
        )
        profile = self._page.workspace.session.profile
        ask(question, profile, self._page, lambda: self._save(bundle, replace(why, must_keep=False)))

    def _saving_ended(self, bundle: Bundle) -> None:
        self._task = None
        self._watch.stop()
        _set_saving(bundle, False)

    def set_running(self, running: bool) -> None:
        """Take in that a save of what is staged here begins, or is over."""
        self.is_running = running
        self._page.grid.setEnabled(not running)
        self._page.change_bar.setEnabled(not running)
        if not running and self._page.isVisible():
            self._page.grid.setFocus()
        self._page.state_changed.emit()

    def saved(self, frozen: tuple[RowChange, ...]) -> None:
        """Take in that these changes were written."""
        if self._page.changes is None:
            return
        self._page.changes.settle(frozen)
        if self._page.changes.is_empty:
            self.takes_back = ()
        if self._page.relation is not None:
            key = self._page.relation.key
            self._page.grid.freshness.leave_out(written for change in frozen for written in change.keys_written(key))
        self._page.changes_changed()
        self._context.notices.withdraw("save")
        self._context.notices.success(self.tr("Saved %Ln row(s)", "", len(frozen)), key="save")

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
        elif error.code != _LOCK:  # the strip above the rows says it, and who holds it
            self._page.failed.emit(error)
        self._page.grid.changes_touched()
        self._page.changes_changed()
        self._page.change_bar.show_refusal(error)
        self._cures.offer(frozen, error)

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

    def _settle(self, decisions: Mapping[int, bool | frozenset[str]]) -> None:
        if self._page.changes is None:
            return
        for draft, keep_mine in decisions.items():
            self._page.changes.resolve(draft, keep_mine=keep_mine)
        self._page.grid.refresh()
        self._page.changes_changed()


def _set_saving(bundle: Bundle, saving: bool) -> None:
    """Tell all tabs that are saved together: none saves, changes or closes what another one is writing."""
    for part in bundle.parts:
        if isValid(part.page):
            part.page.set_saving(saving)


def _mark(changes: ChangeSet, frozen: tuple[RowChange, ...], error: StudioError) -> None:
    """Mark the refused cell, or the row when the server named no column."""
    number = error.facts.get("change")
    if not isinstance(number, int) or not 0 <= number < len(frozen):
        return
    columns = error.facts.get("columns")
    named = error.facts.get("column") or (frozen[number].to_blame(columns) if isinstance(columns, tuple) else None)
    said = sentence(error)
    reason = said.server_message or said.title
    column = named if isinstance(named, str) and named in changes.columns else None
    changes.refuse(frozen[number].draft, column, reason)
