"""ResetPage: reset, empty tables, recreate the database. Says what will be lost, and where an earlier one stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from nexus_studio.core.admin.acts import Rail, act, rail
from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.admin.resets import LossReport, Others
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ConnectionFailed, ConnectionLost, ResetStopped, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.confirm import Confirmation, ask
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.parts import Card, label
from nexus_studio.ui.kit.tasks import Latest, Task
from nexus_studio.ui.kit.wording import sentence
from nexus_studio.ui.kit.work_view import WorkView
from nexus_studio.ui.panels.seed_reset.loss_view import LossView
from nexus_studio.ui.panels.seed_reset.page import SeedResetPage
from nexus_studio.ui.panels.seed_reset.reset_choices import ResetChoices
from nexus_studio.ui.panels.seed_reset.reset_words import (
    EMPTY,
    RECREATE,
    RESET,
    chosen_line,
    connected_line,
    elsewhere_line,
    kind_words,
    loss_headline,
    obstacle,
    phase_word,
)

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.resetting.service import EmptyResult, ResetResult, Unfinished
    from nexus_studio.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class _Found:
    """What the page offers."""

    schemas: tuple[str, ...]
    tables: tuple[RelationName, ...]
    seeds: tuple[str, ...]
    asks_for_ledger: bool
    unfinished: Unfinished | None


class ResetPage(SeedResetPage):
    """Begins anew, after saying what will be lost."""

    NAME = "reset"

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._unfinished: Unfinished | None = None
        self._loss: LossReport | None = None
        self._counting = Latest(context.runner, self)
        self._is_answered = False
        self.choices = ResetChoices(self)
        self.loss = LossView(self)
        self.outcome = WorkView("reset.work", self)
        self._against = label("", tone="warning", name="reset.against")
        self._stands = QVBoxLayout()
        self._card: Card | None = None
        self.buttons = {each: QPushButton(self) for each in (RESET, EMPTY, RECREATE)}
        self._build()
        self.retranslate()

    # SeedResetPage

    @classmethod
    def title(cls) -> str:
        return QCoreApplication.translate("ResetPage", "Reset")

    def leave(self) -> None:
        super().leave()
        self._counting.cancel()
        self._unfinished = self._loss = None
        self.outcome.clear()
        self.loss.say("")
        self._show_unfinished()

    def on_effects(self, effects: Effects) -> None:
        if self._workspace is None or not effects.touches(Kind.ROWS | Kind.CATALOG):
            return
        self._is_stale = True
        if self.isVisible() and self._task is None:
            self.read()

    def may_close(self) -> bool:
        return self._task is None

    def read(self) -> None:
        workspace = self._workspace
        if workspace is None or self._task is not None:
            return
        self._is_stale = False
        self._loss = None
        self._tell()

        def work(ctx: TaskContext) -> _Found:
            resets, environment = workspace.resets, workspace.session.profile.environment
            seeds = tuple(each.name for each in _seeds(workspace) if environment in each.environments)
            refused = rail(act(RESET), environment) is Rail.REFUSED
            asks = not refused and resets.asks_for_ledger(ctx)
            return _Found(resets.schemas(ctx), resets.tables(ctx), seeds, asks, resets.unfinished(ctx))

        self._reading.start(work, self._show, self._show_failure)

    def retranslate(self) -> None:
        for each, button in self.buttons.items():
            button.setText(kind_words(each)[2])
            button.setAccessibleName(kind_words(each)[0])
        self._show_unfinished()
        self._tell()

    # inside

    def _build(self) -> None:
        split = QSplitter(self)
        split.setObjectName("reset.split")
        split.setChildrenCollapsible(False)
        right = QWidget(split)
        column = QVBoxLayout(right)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(8)
        column.addLayout(self._stands)
        column.addWidget(self._against)
        column.addWidget(self.loss, 1)
        column.addWidget(self.outcome)
        bar = QHBoxLayout()
        bar.addStretch(1)
        for each, button in self.buttons.items():
            button.setObjectName(each)
            button.setProperty("danger", True)
            button.clicked.connect(partial(self._ask, each))
            bar.addWidget(button)
        column.addLayout(bar)
        self.choices.setMinimumWidth(280)
        right.setMinimumWidth(380)
        for widget in (self.choices, right):
            split.addWidget(widget)
        split.setSizes([320, 800])
        split.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)
        self.choices.changed.connect(self._count)
        self.choices.others.currentIndexChanged.connect(self._tell)
        self.choices.ledger.currentIndexChanged.connect(self._tell)
        self.choices.migrates.toggled.connect(self._tell)
        self.outcome.cancel_asked.connect(self._cancel)

    def _show(self, found: _Found) -> None:
        workspace = self._workspace
        if workspace is None:
            return
        self._unfinished = found.unfinished
        self.choices.show_database(
            found.schemas,
            workspace.session.profile.schema or "public",
            found.tables,
            found.seeds,
            asks_for_ledger=found.asks_for_ledger,
        )
        self._show_unfinished()
        self._count()

    def _count(self) -> None:
        """Ask what would be lost by what is chosen now."""
        workspace, choices = self._workspace, self.choices
        self._loss = None
        self._counting.cancel()
        if workspace is None or self._task is not None:
            self._tell()
            return
        if rail(act(choices.act), workspace.session.profile.environment) is Rail.REFUSED:
            self.loss.say_nothing()  # and nobody's rows are counted for nothing
            self._tell()
            return
        if not choices.is_complete:
            self.loss.say(self.tr("Choose what goes"))
            self._tell()
            return
        self.loss.say(self.tr("Counting what would be lost…"))
        self._tell()
        resets, tables, scope = workspace.resets, choices.chosen_tables, choices.scope
        if choices.act == EMPTY:
            self._counting.start(lambda ctx: resets.emptying(tables, ctx), self._show_loss, self._show_failure)
        else:
            self._counting.start(lambda ctx: resets.loss(scope, ctx), self._show_loss, self._show_failure)

    def _show_loss(self, loss: LossReport) -> None:
        self._loss = loss
        self.loss.show_loss(loss)
        self._tell()

    def _show_failure(self, error: StudioError) -> None:
        if isinstance(error, ConnectionLost | ConnectionFailed):
            self.failed.emit(error)
            return
        said = sentence(error)
        self.loss.say(f"{said.title}\n{said.explanation}")
        self._tell()

    def _tell(self) -> None:
        """Show the button of what is chosen, and whether it can be pressed."""
        chosen = self.choices.act
        session = self._session
        against = obstacle(session, chosen) if session is not None else ""
        if not against and self._unfinished is not None:
            against = self.tr("Go on with the reset that is not done, or give it up, first.")
        elif not against and self._loss is not None and self._loss.others and self.choices.wish is Others.REFUSE:
            against = self.tr("Others are connected. Have them leave, or choose what is done about them.")
        elif not against and self.choices.is_ledger_wanted and self.choices.chosen_ledger is None:
            against = self.tr("Choose where the ledger of migrations is kept.")
        self._against.setText(against)
        self._against.setVisible(bool(against))
        ready = self._loss is not None and not against and self._task is None
        for each, button in self.buttons.items():
            button.setVisible(each == chosen)
            button.setEnabled(each == chosen and ready)
        self.choices.setEnabled(self._task is None)
        self.state_changed.emit()

    # an earlier one

    def _show_unfinished(self) -> None:
        if self._card is not None:
            self._card.hide()
            self._card.setParent(None)  # what bears the same names comes in its place at once
            self._card.deleteLater()
            self._card = None
        found = self._unfinished
        if found is None:
            return
        card = Card(self._stands_words(found), sign="interrupted", ink="warning", severity="warning")
        card.setObjectName("reset.unfinished")
        card.setAccessibleName(self.tr("A reset that is not done"))
        old = {
            True: self.tr("The old rows are gone."),
            False: self.tr("Nothing was lost: the database is as it was. Going on begins anew, with a new backup."),
            None: self.tr("Whether the old rows are gone can't be told."),
        }
        card.add(label(old[found.has_lost], selectable=True))
        done = ", ".join(phase_word(each) for each in found.journal.done) or "–"
        left = ", ".join(phase_word(each) for each in found.left)
        card.add(label(self.tr("Done: {phases}").format(phases=done), "muted", selectable=True))
        card.add(label(self.tr("Left: {phases}").format(phases=left), "muted", selectable=True))
        if found.journal.words or found.journal.failure:
            words = found.journal.words or found.journal.failure
            card.add(label(self.tr("It stopped because: {words}").format(words=words), selectable=True))
        if found.journal.backup:
            card.add(label(self.tr("Backup: {file}").format(file=found.journal.backup), "muted", selectable=True))
        resume = QPushButton(self.tr("Go on…"), card)
        resume.setObjectName("reset.resume")
        resume.setProperty("primary", True)
        give_up = QPushButton(self.tr("Give up…"), card)
        give_up.setObjectName("reset.give_up")
        line = QHBoxLayout()
        for button, call in ((resume, self._ask_resume), (give_up, self._ask_give_up)):
            button.setAccessibleName(button.text())
            button.setEnabled(not found.is_running and self._task is None)
            button.clicked.connect(call)
            line.addWidget(button)
        line.addStretch(1)
        card.body.addLayout(line)
        self._card = card
        self._stands.addWidget(card)

    def _stands_words(self, found: Unfinished) -> str:
        phase = found.journal.phase
        if found.is_running:
            return self.tr("This database is being reset just now")
        if phase is None:
            return self.tr("A reset is not done: it stopped before its first phase")
        return self.tr("A reset is not done: it stopped at “{phase}”").format(phase=phase_word(phase))

    def _ask_resume(self) -> None:
        workspace, found = self._workspace, self._unfinished
        if workspace is None or found is None or self._task is not None:
            return
        is_reset = found.journal.scope.kind.value == "reset"
        others = self.choices.wish
        self._confirm(
            RESET if is_reset else RECREATE,
            self.tr("Go on with the reset"),
            self._stands_words(found),
            self.tr("Go on"),
            tuple(phase_word(each) for each in found.left),
            lambda: self._operate(
                self.tr("Going on with a reset"),
                lambda ctx: workspace.resets.resume(ctx, others=None if others is Others.REFUSE else others),
                self._reset_done,
            ),
        )

    def _ask_give_up(self) -> None:
        workspace = self._workspace
        if workspace is None or self._task is not None:
            return
        self._confirm(
            RESET,
            self.tr("Give the reset up"),
            self.tr("Nothing is undone: the database stays as it is now. Only the note of the reset goes."),
            self.tr("Give up"),
            (),
            lambda: self._operate(self.tr("Giving a reset up"), workspace.resets.forget, self._given_up),
        )

    # doing

    def _ask(self, act_id: str, _checked: bool = False) -> None:
        workspace, loss, scope = self._workspace, self._loss, self.choices.scope
        if workspace is None or loss is None or self._task is not None or act_id != self.choices.act:
            return
        tables, backs_up, others = self.choices.chosen_tables, scope.backs_up, scope.others
        resets, place = workspace.resets, self.choices.chosen_ledger
        if act_id == EMPTY:
            work: Callable[[TaskContext], tuple[Any, Effects]] = lambda ctx: resets.empty(  # noqa: E731
                tables, loss, ctx, backs_up=backs_up, others=others
            )
            done: Callable[[Any], None] = self._emptied
        else:
            work = lambda ctx: resets.reset(scope, loss, ctx, ledger=place)  # noqa: E731
            done = self._reset_done
        backup = self.tr("A safety backup is made first.") if backs_up else self.tr("No backup is made.")
        ends = connected_line(loss.others) if others is Others.END else ""
        kept = {
            LedgerPlace.DATABASE: self.tr("Migrations are recorded in the database (_nexus_migrations)."),
            LedgerPlace.LOCAL: self.tr("Migrations are recorded on this machine only."),
        }
        ledger = kept[place] if place is not None else ""
        beside = self.tr("What others write meanwhile goes too.") if others is Others.LEAVE else ""
        chosen = chosen_line(loss) if act_id == EMPTY else ""
        said = (loss_headline(loss), chosen, elsewhere_line(loss), backup, ends, beside, ledger)
        title, explained, _ = kind_words(act_id)
        self._confirm(
            act_id, title, explained, title, tuple(filter(None, said)), lambda: self._operate(title, work, done)
        )

    def _confirm(
        self, act_id: str, title: str, text: str, button: str, said: tuple[str, ...], accepted: Callable[[], None]
    ) -> None:
        workspace = self._workspace
        if workspace is None:
            return
        confirmation = Confirmation(title, text, button, said, destructive=True, act=act_id)
        ask(confirmation, workspace.session.profile, self, accepted)

    def _operate(self, title: str, work: Callable[[TaskContext], Any], done: Callable[[Any], None]) -> None:
        if self._task is not None:
            return
        self._counting.cancel()
        self._reading.cancel()
        self.outcome.start()
        task: Task = self.context.runner.operate(title, work, owner=self, done=done, failed=self._failed)
        self._task, self._is_answered = task, False
        task.progressed.connect(self.outcome.show_progress)
        task.finished.connect(self._ended)
        self._show_unfinished()
        self._tell()

    def _reset_done(self, result: ResetResult) -> None:
        locale = QLocale()
        lines = []
        if result.revisions:
            lines.append(self.tr("Applied: {revisions}").format(revisions=", ".join(result.revisions)))
        if result.rows_seeded:
            rows = locale.toString(sum(result.rows_seeded.values()))
            lines.append(self.tr("Rows of the seed: {rows}").format(rows=rows))
        if result.is_seed_in_doubt:
            lines.append(self.tr("Rows were there already, so that the seed was not run again."))
        if result.not_given:
            names = ", ".join(result.not_given)
            lines.append(self.tr("These could not have their owner or privileges again: {names}").format(names=names))
        if result.left:
            lines.append(self.tr("These databases stay: {names}").format(names=", ".join(result.left)))
        self._answered(self.tr("The database is new"), (*lines, *self._ends_of(result)))

    def _emptied(self, result: EmptyResult) -> None:
        self._answered(self.tr("The tables are empty"), self._ends_of(result))

    def _ends_of(self, result: ResetResult | EmptyResult) -> tuple[str, ...]:
        names = ", ".join(result.written)
        said = self.tr("Others wrote to these meanwhile, which is gone and in no backup: {names}").format(names=names)
        backup = self.tr("Backup: {file}").format(file=result.backup) if result.backup else ""
        return tuple(filter(None, (said if names else "", backup)))

    def _given_up(self, left: tuple[str, ...]) -> None:
        lines = (self.tr("These databases stay: {names}").format(names=", ".join(left)),) if left else ()
        self._answered(self.tr("The reset is given up"), lines)

    def _answered(self, words: str, lines: tuple[str, ...]) -> None:
        self._is_answered = True
        self.outcome.show_done(words, lines)

    def _failed(self, error: StudioError) -> None:
        self._is_answered = True
        self.outcome.show_error(error)
        if isinstance(error, ResetStopped):  # rows, tables and all may be gone
            self.context.bus.publish(Effects(Kind.CATALOG | Kind.LEDGER | Kind.ROWS | Kind.SIZES))
        if isinstance(error, ConnectionLost | ConnectionFailed):
            self.failed.emit(error)

    def _ended(self) -> None:
        """Come after the answer; alone after a cancel."""
        self._task = None
        if not self._is_answered:
            self.outcome.show_stopped()
        self._is_stale = True
        if self.isVisible():
            self.read()
        else:
            self._tell()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()


def _seeds(workspace: Workspace) -> tuple[Any, ...]:
    """Return the seeds on offer, none where the project's can't be read: the page of seeds says why.

    None either for a Prisma project, whose seeds Prisma runs: npx prisma db seed.
    """
    try:
        if workspace.resets.is_prismas:
            return ()
        return workspace.seeds.available()
    except StudioError:
        return ()
