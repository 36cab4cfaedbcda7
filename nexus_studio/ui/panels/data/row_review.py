"""RowReview: shows what a save would write and what else the database will do, and asks once. One per page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.impact import Impact, may_reach_further
from nexus_studio.core.profiles import Environment
from nexus_studio.core.schema.catalog import Editing
from nexus_studio.ui.grid.impact_view import REFUSALS
from nexus_studio.ui.grid.reason_field import ReasonField
from nexus_studio.ui.grid.review_dialog import ReviewDialog
from nexus_studio.ui.kit.confirm import Confirmation, ask
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.data.current_record import CurrentRecord
from nexus_studio.ui.panels.data.joint import Bundle
from nexus_studio.ui.panels.data.keep_dialog import KeepDialog
from nexus_studio.ui.panels.data.record_model import MASK
from nexus_studio.ui.panels.data.rows_page import RowsPage
from nexus_studio.ui.panels.data.save_notes import SaveNotes, lost_for_good


@dataclass(frozen=True, slots=True)
class Why:
    """What a person said about a save, for the history. `must_keep`: without an entry there it is not to be written."""

    reason: str = ""
    ticket: str = ""
    must_keep: bool = True


class RowReview(QObject):
    """Asks before a save. UI thread only."""

    approved = Signal(object, object)  # Bundle, Why: write exactly this

    def __init__(self, page: RowsPage, current: CurrentRecord, context: UiContext) -> None:
        super().__init__(page)
        self._page = page
        self._current = current
        self._context = context
        self._why = Why()
        self._notes = SaveNotes(self)
        self._is_asked = False  # a review is on its way, or in sight

    def open(self, bundle: Bundle, impact: Impact | None = None) -> None:
        """Show what would be written. `impact` is what else the database will do, where that is known already."""
        if self._is_asked:
            return
        self._is_asked = True
        writer, relations, shown = self._page.workspace.writer, bundle.relations, _masked(bundle)
        dialogs: list[ReviewDialog] = []
        self._context.runner.query(
            lambda ctx: writer.preview(relations, shown, ctx),
            owner=self._page,
            done=lambda lines: dialogs.extend(self._show(bundle, shown, lines, impact)),
            failed=self._page.show_error,
        ).finished.connect(lambda: self._over(unless=bool(dialogs)))

    def when_harmless(self, bundle: Bundle, go: Callable[[], None], done: Callable[[], None]) -> None:
        """Go on where nothing but the staged rows is written, and can be taken back; otherwise show that, and ask.

        A save that will be refused goes on: it says where and why. `done` is called before anything else is.
        """
        if not may_reach_further(bundle.relations, bundle.changes):
            done()
            go()
            return
        if lost_for_good(bundle):
            done()
            self.open(bundle)
            return

        is_over = False

        def end() -> None:
            nonlocal is_over
            if not is_over:
                is_over = True
                done()

        def judge(impact: Impact) -> None:
            end()
            if impact.is_nothing or isinstance(impact.unknown, REFUSALS):
                go()
            else:
                self.open(bundle, impact)

        writer, changes, relations = self._page.workspace.writer, bundle.changes, bundle.relations
        self._context.runner.query(
            lambda ctx: writer.impact(changes, relations, ctx),
            owner=self._page,
            done=judge,
            failed=self._page.show_error,
        ).finished.connect(end)  # the only word of a query that was stopped

    def forget(self) -> None:
        """Forget what was said: it was about what is saved by now."""
        self._why = Why()

    def _show(
        self, bundle: Bundle, shown: tuple[RowChange, ...], lines: tuple[str, ...], impact: Impact | None
    ) -> tuple[ReviewDialog, ...]:
        relation, workspace = self._page.relation, self._page.workspace
        if relation is None or not bundle.parts:
            return ()
        own = next((part for part in bundle.parts if part.page is self._page), bundle.parts[0])
        labels = self._current.labels()
        numbers = _numbers(bundle)
        dialog = ReviewDialog(
            self._context,
            own.relation,
            shown,
            lines,
            workspace.session.profile.environment,
            self._page,
            labels={numbers[id(change)]: labels[change.draft] for change in own.frozen if change.draft in labels},
            # its rows can be named in another database
            may_keep=len(bundle.parts) == 1 and relation.editing is Editing.BY_KEY,
            others=bundle.relations,
            reason=ReasonField(self._why.reason, self._why.ticket, required=workspace.session.profile.requires_reason),
        )
        dialog.save_asked.connect(lambda: self._agreed(bundle, Why(dialog.reason, dialog.ticket)))
        dialog.keep_asked.connect(
            lambda: KeepDialog(self._context, workspace.seeds, own.relation, own.frozen, dialog).open()
        )
        dialog.finished.connect(lambda _: self._remember(dialog))
        dialog.finished.connect(lambda _: self._over())
        dialog.open()
        dialog.show_lasting(self._notes.of(bundle, workspace.overlay, impact))
        if impact is not None:
            dialog.show_impact(impact)
        elif may_reach_further(bundle.relations, bundle.changes):
            self._try(dialog, bundle)
        return (dialog,)

    def _over(self, *, unless: bool = False) -> None:
        self._is_asked = unless

    def _try(self, dialog: ReviewDialog, bundle: Bundle) -> None:
        """Find out what else the database will do; a trial still running when the dialog closes is stopped."""
        writer, changes, relations = self._page.workspace.writer, bundle.changes, bundle.relations
        dialog.expect_impact()

        def show(impact: Impact) -> None:
            dialog.show_impact(impact)
            dialog.show_lasting(self._notes.of(bundle, self._page.workspace.overlay, impact))

        trial = self._context.runner.query(lambda ctx: writer.impact(changes, relations, ctx), owner=dialog, done=show)
        dialog.finished.connect(trial.cancel)

    def _remember(self, dialog: ReviewDialog) -> None:
        self._why = Why(dialog.reason, dialog.ticket)

    def _agreed(self, bundle: Bundle, why: Why) -> None:
        """Save what was reviewed; where rows go for good in production, the database's name is typed first."""
        profile = self._page.workspace.session.profile
        deleted = sum(1 for change in bundle.changes if change.kind is ChangeKind.DELETE)
        if profile.environment is not Environment.PRODUCTION or not deleted:
            self.approved.emit(bundle, why)
            return
        deletion = Confirmation(
            self.tr("Delete rows in production"),
            self.tr("%Ln row(s) of {table} will be deleted.", "", deleted).format(
                table=", ".join(str(name) for name in bundle.relations)
            ),
            self.tr("Delete and save"),
            destructive=True,
        )
        ask(deletion, profile, self._page, lambda: self.approved.emit(bundle, why))


def _numbers(bundle: Bundle) -> dict[int, int]:
    """Number the changes of all parts as the bundle does."""
    every = (change for part in bundle.parts for change in part.frozen)
    return {id(change): number for number, change in enumerate(every, start=1)}


def _masked(bundle: Bundle) -> tuple[RowChange, ...]:
    """Hide stored values of masked columns for the screen; what is written keeps them."""
    masks = {part.relation.name: part.page.parts(part.relation).masked for part in bundle.parts}
    return tuple(_hidden(change, hidden) if (hidden := masks[change.relation]) else change for change in bundle.changes)


def _hidden(change: RowChange, hidden: frozenset[str]) -> RowChange:
    """Nobody types into a masked column of a stored row: what is to be written there was stored before."""
    base = {name: MASK if name in hidden else cell for name, cell in change.base.items()}
    if change.kind is ChangeKind.INSERT and not change.keeps_identity:
        return replace(change, base=base)
    values = {name: MASK if name in hidden and isinstance(cell, str) else cell for name, cell in change.values.items()}
    return replace(change, base=base, values=values)
