"""DraftKeeper: what is staged in the panel's tables is on disk while it is typed, and offered again after a crash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.draftjournal import Typing
from nexus_studio.core.data.staging import StagedRow
from nexus_studio.core.errors import StudioError, UserError
from nexus_studio.core.names import RelationName
from nexus_studio.ui.grid.editors.big import BigEditor
from nexus_studio.ui.grid.editors.binary import BinaryEditor
from nexus_studio.ui.grid.editors.cell_editor import Special
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.notices import NoticeButton
from nexus_studio.ui.panels.data.draft_restoring import DraftRestoring

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.drafts import DraftStore, KeptDraft
    from nexus_studio.services.workspace import Workspace
    from nexus_studio.ui.panels.data.table_page import TablePage

DELAY_MS: Final = 200
"""How long after an edit it is on its way to the disk, at the latest."""

AGAIN_MS: Final = 3_000
"""How long after a failure writing is tried again."""

LEFT: Final = "drafts.left"  # keys of notices
TROUBLE: Final = "drafts.trouble"
JOINED: Final = "drafts.joined"
_UNSTAGED: Final = 0  # stands for the number of a row of which nothing is staged but what is being typed


class DraftKeeper(QObject):
    """One for a data panel. UI thread only: it hands what is staged to the store, whose thread writes."""

    _told = Signal(object)  # UserError or None, from the store's thread

    def __init__(self, panel: QWidget, context: UiContext, show_table: Callable[[RelationName], None]) -> None:
        super().__init__(panel)
        self._context, self._show_table = context, show_table
        self._store: DraftStore | None = None
        self._kept: dict[TablePage, _Kept] = {}
        self._left: dict[RelationName, list[KeptDraft]] = {}
        self._delay = self._timer(DELAY_MS, self.keep)
        self._again = self._timer(AGAIN_MS, self._keep_again)
        self._told.connect(self._tell_trouble, Qt.ConnectionType.QueuedConnection)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.applicationStateChanged.connect(self._state_changed)
            application.focusChanged.connect(self._focus_changed)

    def _timer(self, ms: int, run: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(ms)
        timer.timeout.connect(run)
        return timer

    def open(self, workspace: Workspace) -> None:
        """Keep what is staged in this database from now on, and look for what a process left behind."""
        if self._store is workspace.drafts:
            return  # connected again
        self._store = store = workspace.drafts
        store.told = self._told.emit
        self._context.runner.query(store.left, owner=self, done=self._found, failed=self._cannot_look)

    def watch(self, page: TablePage) -> None:
        """Follow a table from when it is opened."""
        if self._store is None:
            return
        self._kept[page] = _Kept(self._store.new_tab())
        page.state_changed.connect(partial(self._look, page))
        self._offer(page)

    def drop(self, page: TablePage) -> None:
        """Forget a table: whoever closed it let its edits go, or had none."""
        kept = self._kept.pop(page, None)
        if kept is not None and self._store is not None and page.relation is not None:
            self._store.put(kept.tab, page.relation, ())

    def leave(self, *, discards: bool) -> None:
        """Let go of the database. What is staged is forgotten where a person said so, else it is offered again."""
        if discards:
            for page in tuple(self._kept):
                self.drop(page)
        else:
            self.keep()
        self._kept.clear()
        self._left.clear()
        self._delay.stop()
        self._again.stop()
        if self._store is not None:
            self._store.told = lambda _error: None
        self._store = None
        self._context.notices.withdraw(LEFT)
        self._context.notices.withdraw(TROUBLE)

    def keep(self) -> None:
        """Hand over what is another by now; what is so already costs next to nothing."""
        self._delay.stop()
        for page, kept in self._kept.items():
            if self._store is not None and page.relation is not None and page.changes is not None:
                kept.hand_over(self._store, page, saving=self._is_saving(page))
                if page.open_editor is not None:
                    self._delay.start()  # it tells nobody of its letters

    def _is_saving(self, page: TablePage) -> bool:
        """Tell whether a save of the page's edits runs, by itself or along with those of other tabs."""
        running = [each.saving for each in self._kept if each.saving.is_running]
        return any(saving is page.saving or page in saving.joint.pages() for saving in running)

    # ---- when

    def _look(self, page: TablePage) -> None:
        kept = self._kept.get(page)
        if kept is None:
            return
        self._offer(page)
        if kept.saving is not self._is_saving(page):
            self.keep()  # at once: whether it was saved is what matters after a crash
        elif kept.is_behind(page) and not self._delay.isActive():
            self._delay.start()

    def _state_changed(self, state: Qt.ApplicationState) -> None:
        if state is not Qt.ApplicationState.ApplicationActive:
            self.keep()

    def _focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        if self._kept and not self._delay.isActive():
            is_editing = any(page.open_editor is not None for page in self._kept)
            if is_editing or now is None:
                self._delay.start()

    # ---- what cannot be written

    def _tell_trouble(self, error: UserError | None) -> None:
        if error is None:
            self._context.notices.withdraw(TROUBLE)
            self._again.stop()
            return
        self._context.notices.failed(error, key=TROUBLE)
        self._again.start()

    def _keep_again(self) -> None:
        for kept in self._kept.values():
            kept.revision = -1
        self.keep()

    # ---- what was left

    def _found(self, drafts: tuple[KeptDraft, ...]) -> None:
        self._left = {}
        for draft in drafts:
            if draft.relation is not None:
                self._left.setdefault(draft.relation, []).append(draft)
        self._tell_left(drafts)
        for page in self._kept:
            self._offer(page)

    def _cannot_look(self, error: StudioError) -> None:
        self._context.notices.failed(error, key=LEFT)

    def _tell_left(self, drafts: Sequence[KeptDraft]) -> None:
        if not drafts:
            self._context.notices.withdraw(LEFT)
            return
        lines = [
            self.tr("{table}: %Ln row(s)", "", sum(max(1, each.counts.total) for each in found)).format(table=name)
            for name, found in self._left.items()
        ]
        lines.extend(self._problem(draft) for draft in drafts if draft.problem)
        text = self.tr("Edits that were not saved when Nexus Studio ended are kept")
        button = NoticeButton(self.tr("Show them"), self.show_left)
        buttons = (button,) if self._left else ()
        self._context.notices.warning(text, explanation="\n".join(lines), buttons=buttons, key=LEFT)

    def _problem(self, draft: KeptDraft) -> str:
        if draft.problem == "draft.newer":
            words = self.tr("{file} was written by a newer Nexus Studio, which can read it")
        else:
            words = self.tr("{file} is damaged and can't be read")
        return words.format(file=draft.file)

    def show_left(self) -> None:
        """Open the tables whose edits were left behind; the first one is in sight."""
        self._context.notices.withdraw(LEFT)
        for name in reversed(tuple(self._left)):
            self._show_table(name)

    def _offer(self, page: TablePage) -> None:
        """Offer the oldest draft of a page's table above its rows, once it is known what it is like."""
        kept, drafts = self._kept.get(page), self._left.get(page.name)
        if not drafts or kept is None or kept.offered is not None or page.relation is None:
            return
        if any(other.offered is not None and each.name == page.name for each, other in self._kept.items()):
            return  # in another tab of the table
        kept.offered = DraftRestoring(page, self._context, drafts[0])
        kept.offered.ended.connect(partial(self._offer_ended, page))

    def _offer_ended(self, page: TablePage) -> None:
        """Go on to the next draft of the table."""
        kept, drafts = self._kept.get(page), self._left.get(page.name, [])
        if kept is None or kept.offered is None:
            return
        kept.offered.deleteLater()
        kept.offered = None
        del drafts[:1]
        if not drafts:
            self._left.pop(page.name, None)
        if not self._left:
            self._context.notices.withdraw(LEFT)
        self._join(page)
        self.keep()
        self._offer(page)

    def _join(self, page: TablePage) -> None:
        """Have what takes one saved set back saved together again."""
        mine = set(page.saving.takes_back)
        pages = [each for each in self._kept if not mine.isdisjoint(each.saving.takes_back)]
        for each in pages:
            each.saving.joint.join(pages)
        if len(pages) > 1:
            words = self.tr("They take a save back in {tables}, and are saved together, from any of these tabs.")
            names = ", ".join(str(each.name) for each in pages)
            self._context.notices.info(words.format(tables=names), key=JOINED)


class _Kept:
    """What the store has of a page."""

    def __init__(self, tab: int) -> None:
        self.tab = tab
        self.revision = 0
        self.changes: object = None
        self.saving = False
        self.typing: Typing | None = None
        self.takes_back: tuple[str, ...] = ()
        self.offered: DraftRestoring | None = None

    def is_behind(self, page: TablePage) -> bool:
        """Whether something else is staged by now."""
        changes = page.changes
        return changes is not None and (changes is not self.changes or changes.revision != self.revision)

    def hand_over(self, store: DraftStore, page: TablePage, *, saving: bool) -> None:
        """Have the store write what is staged and typed now, if it is another."""
        changes, relation, typing = page.changes, page.relation, typed_in(page)
        if changes is None or relation is None:
            return
        now = saving, typing, page.saving.takes_back
        if not self.is_behind(page) and now == (self.saving, self.typing, self.takes_back):
            return
        self.changes, self.revision = changes, changes.revision
        self.saving, self.typing, self.takes_back = now
        store.put(self.tab, relation, changes.staged_rows(), saving=saving, typing=typing, takes_back=self.takes_back)


def typed_in(page: TablePage) -> Typing | None:
    """Return what stands in the open editor of a page as far as it is a text and was touched."""
    editor, changes, column = page.open_editor, page.changes, page.grid.current_column()
    shown = page.grid.current_row() if editor is not None else None
    if editor is None or changes is None or column is None or shown is None:
        return None
    is_text = editor.special is Special.TEXT and not isinstance(editor, BigEditor | BinaryEditor)
    if not editor.is_touched or not is_text or editor.place.column.name != column.name:
        return None
    text = editor.typed
    if shown.draft is not None:
        staged = changes.staged_for(shown.draft)
        return None if staged is None else Typing(_bare(staged), column.name, text)
    row = shown.row
    if row is None:
        return None
    cells = {name: row.cells[place] for place, name in enumerate(changes.columns) if not row.is_cut(place)}
    staged = changes.staged_for(row)
    if staged is None:
        if column.name not in cells:
            return None  # its whole value is known to the editor alone
        staged = StagedRow(_UNSTAGED, ChangeKind.UPDATE, row.key, seen=cells)
    base = {**({column.name: cells[column.name]} if column.name in cells else {}), **staged.base}
    if row.key.by_place:
        base = {**cells, **base}
    return Typing(replace(_bare(staged), base=base), column.name, text)


def _bare(row: StagedRow) -> StagedRow:
    return replace(row, rejections={}, conflict=None)
