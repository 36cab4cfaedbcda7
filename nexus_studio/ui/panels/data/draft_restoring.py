"""DraftRestoring: offers what was left of a table's edits above its rows: restore it, look at it, discard it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from nexus_studio.core.data.draftfit import Fitting, fitted
from nexus_studio.core.data.draftjournal import Journal, with_typing
from nexus_studio.core.errors import StudioError
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.draftchecking import CheckedDraft, check_draft
from nexus_studio.ui.grid.locks import Lock, lock_sentence
from nexus_studio.ui.kit.confirm import Confirmation, ask
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.moments import moment_text
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.panels.data.draft_dialog import DraftDialog
from nexus_studio.ui.panels.data.draft_offer import DraftOffer

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.drafts import KeptDraft
    from nexus_studio.ui.panels.data.table_page import TablePage

RESTORED = "drafts.restored"  # key of the notice
_SETTLE_S = 10.0


@dataclass(frozen=True, slots=True)
class _Ready:
    """A draft that is this process's own by now, and what of it can be staged."""

    draft: KeptDraft
    fitting: Fitting
    checked: CheckedDraft


class DraftRestoring(QObject):
    """One draft of one page. UI thread only."""

    ended = Signal()  # it was restored or discarded, or somebody else has it

    def __init__(self, page: TablePage, context: UiContext, draft: KeptDraft) -> None:
        super().__init__(page)
        self._page, self._context, self._draft = page, context, draft
        self._work = Latest(context.runner, self)
        self.offer = DraftOffer(page)
        self.offer.restore_asked.connect(self.restore)
        self.offer.look_asked.connect(self.look)
        self.offer.discard_asked.connect(self.ask_discard)
        page.show_above(self.offer)
        self._show()

    def _show(self) -> None:
        journal, relation = self._draft.journal, self._page.relation
        if journal is None or relation is None:
            return
        rows = with_typing(journal)
        words = [self.tr("%Ln row(s) edited here were not saved when Nexus Studio ended", "", len(rows))]
        if journal.at:
            words = [f"{words[0]} ({_moment(journal.at)})"]
        notes = [*self._damage(journal), *self._misfits(fitted(journal.head, rows, relation))]
        if journal.saving or any(row.is_doubtful for row in rows):
            notes.append(self.tr("A save was under way: it is looked up what of it was written."))
        self.offer.show_words(words[0], " ".join(notes))

    def _damage(self, journal: Journal) -> list[str]:
        if journal.is_part:
            return [self.tr("The file of these edits was cut: what is whole in it is here.")]
        if journal.is_damaged:
            return [self.tr("The end of their file can't be read: the last edits before the crash are missing.")]
        return []

    def _misfits(self, fitting: Fitting) -> list[str]:
        notes = []
        if fitting.gone:
            notes.append(self.tr("Columns that are gone are left out: {names}.").format(names=", ".join(fitting.gone)))
        if fitting.retyped:
            names = ", ".join(fitting.retyped)
            notes.append(self.tr("Columns that are of another type now: {names}.").format(names=names))
        if fitting.lost:
            notes.append(self.tr("%Ln row(s) no longer fit the table.", "", fitting.lost))
        return notes

    # ---- restore

    def restore(self) -> None:
        """Compare the edits with the rows as they are now, then stage them as one step of undo."""
        page, journal, relation = self._page, self._draft.journal, self._page.relation
        if journal is None or relation is None or page.changes is None:
            return
        stager = page.grid.stager
        rows = with_typing(journal)
        lock = stager.insert_lock() if any(row.key is None for row in rows) else stager.edit_lock()
        if lock is not Lock.OPEN:
            self._context.notices.warning(lock_sentence(lock), key=RESTORED)
            return
        draft, workspace = self._draft, page.workspace
        store, session = workspace.drafts, workspace.session

        def work(ctx: TaskContext) -> _Ready:
            fitting = fitted(journal.head, rows, relation)
            checked = check_draft(session, relation, fitting.rows, ctx, saving=journal.saving)
            for identifier in journal.takes_back:
                workspace.history.recall(identifier, workspace.catalog, ctx)
            return _Ready(store.take(draft, ctx), fitting, checked)

        self.offer.setEnabled(False)
        self._work.start(work, self._stage, self._refused, self.tr("Restoring edits"))

    def _stage(self, ready: _Ready) -> None:
        page, changes = self._page, self._page.changes
        if changes is None:
            return
        page.grid.editing.finish()
        page.grid.stager.finish()
        changes.restore(ready.checked.rows, self._reasons(ready.checked))
        if (journal := ready.draft.journal) is not None:
            page.saving.note_taken_back(*journal.takes_back)
        page.grid.changes_touched()
        page.changes_changed()
        page.grid.setFocus()
        self._tell(ready)
        self._end()  # the keeper hands the edits over to be written
        store, draft = page.workspace.drafts, ready.draft
        self._context.runner.query(
            lambda _: store.let_go(draft, _SETTLE_S), owner=page.window(), done=lambda _: None, failed=lambda _: None
        )

    def _reasons(self, checked: CheckedDraft) -> dict[int, str]:
        """Say of new rows that a save may have written what was found when they were looked for."""
        unsure = self.tr("Perhaps this row is written already: a save of it had begun. Look before you save it.")
        alike = self.tr(
            "Perhaps this row is written already: a save of it had begun, and a row with its values is there."
        )
        return {draft: alike if draft in checked.alike else unsure for draft in checked.unsure}

    def _tell(self, ready: _Ready) -> None:
        checked = ready.checked
        conflicts = sum(1 for each in checked.rows if each.conflict is not None)
        parts = self._misfits(ready.fitting)
        if checked.done:
            parts.append(self.tr("%Ln row(s) were that way already.", "", checked.done))
        if conflicts:
            parts.append(self.tr("%Ln row(s) were changed by somebody else: resolve them first.", "", conflicts))
        if checked.unsure:
            count = len(checked.unsure)
            parts.append(self.tr("%Ln new row(s) may be saved already: look before you save.", "", count))
        text = self.tr("%Ln row(s) are staged again. Look at them, then save.", "", len(checked.rows))
        if conflicts or checked.unsure or not ready.fitting.is_whole:
            self._context.notices.warning(text, explanation=" ".join(parts), key=RESTORED)
        else:
            self._context.notices.info(text, explanation=" ".join(parts), key=RESTORED)

    def _refused(self, error: StudioError) -> None:
        self.offer.setEnabled(True)
        if error.code == "draft.taken":
            self._context.notices.failed(error, key=RESTORED)
            self._end()
        else:
            self._page.failed.emit(error)  # the offer stays: it can be tried again

    # ---- look, discard

    def look(self) -> None:
        """Show what the draft holds."""
        journal, relation = self._draft.journal, self._page.relation
        if journal is not None and relation is not None:
            masked = self._page.parts(relation).masked
            dialog = DraftDialog(journal.head, with_typing(journal), masked, self._page)
            dialog.open()

    def ask_discard(self) -> None:
        """Ask once, then forget the draft for good."""
        rows = len(with_typing(self._draft.journal)) if self._draft.journal is not None else 0
        question = Confirmation(
            self.tr("Discard edits"),
            self.tr("%Ln row(s) of {table} with edits that were not saved will be lost.", "", rows).format(
                table=self._page.name
            ),
            self.tr("Discard them"),
            destructive=True,
            writes=False,
            act="drafts.discard",
        )
        ask(question, self._page.workspace.session.profile, self._page, self._discard)

    def _discard(self) -> None:
        store, draft = self._page.workspace.drafts, self._draft
        self.offer.setEnabled(False)
        self._work.start(lambda _: store.discard(draft), lambda _: self._end(), self._refused)

    def _end(self) -> None:
        self.offer.hide()
        self.offer.deleteLater()
        self.ended.emit()


def _moment(at: str) -> str:
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return at
    return moment_text(moment)
