"""ShelvesPage: named states of the database - taken, listed, put back, dropped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.admin.resets import Others
from nexus_studio.core.admin.shelves import LONGEST_NAME, Shelf, is_usable
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ConnectionFailed, ConnectionLost, StudioError
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.confirm import Confirmation, ask, ask_where_wanted
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.moments import moment_text
from nexus_studio.ui.kit.pages import EmptyPage
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.sizes_said import size_text
from nexus_studio.ui.kit.tasks import Task
from nexus_studio.ui.kit.work_view import WorkView
from nexus_studio.ui.panels.seed_reset.page import SeedResetPage
from nexus_studio.ui.panels.seed_reset.reset_words import age_word, obstacle, others_word, shelf_kind

TAKE, PUT_BACK, DROP = "shelf.take", "shelf.put_back", "shelf.drop"
_END = "sessions.end"
_ROLE = Qt.ItemDataRole.UserRole


class ShelvesPage(SeedResetPage):
    """Takes named states of the database, and puts them back."""

    NAME = "shelves"

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._shelves: tuple[Shelf, ...] = ()
        self._is_answered = False
        self.name = QLineEdit(self)
        self.take = QPushButton(icon("plus", "accent-text"), "", self)
        self._others_title = QLabel(self)
        self.others = QComboBox(self)
        self._against = label("", tone="warning", name="shelves.against")
        self._pages = QStackedWidget(self)
        self.list = QTreeWidget(self._pages)
        self._nothing = EmptyPage(self._pages)
        self._keep_title = QLabel(self)
        self.keep_as = QLineEdit(self)
        self.put_back = QPushButton("", self)
        self.drop = QPushButton(icon("trash"), "", self)
        self.outcome = WorkView("shelves.work", self)
        self._build()
        self.retranslate()

    # SeedResetPage

    @classmethod
    def title(cls) -> str:
        return QCoreApplication.translate("ShelvesPage", "Shelves")

    def leave(self) -> None:
        super().leave()
        self._show(())
        self.outcome.clear()

    def on_effects(self, effects: Effects) -> None:
        if self._workspace is not None and effects.touches(Kind.CATALOG):
            self._is_stale = True

    def may_close(self) -> bool:
        return self._task is None

    def read(self) -> None:
        workspace = self._workspace
        if workspace is None or self._task is not None:
            return
        self._is_stale = False
        self._reading.start(workspace.shelves.shelves, self._show, self._show_failure)

    @property
    def chosen(self) -> Shelf | None:
        """The shelf that is chosen."""
        items = self.list.selectedItems()
        return items[0].data(0, _ROLE) if items else None

    def retranslate(self) -> None:
        self.name.setPlaceholderText(self.tr("Name of the state, such as “before the import”"))
        self.name.setAccessibleName(self.tr("Name of the state"))
        self.take.setText(self.tr("Keep on a shelf"))
        self.take.setAccessibleName(self.tr("Keep the database's state on a shelf"))
        self._others_title.setText(self.tr("Other connections"))
        self.others.setAccessibleName(self.tr("Other connections"))
        wish = self.others.currentData()
        self.others.clear()
        for each in (Others.REFUSE, Others.END):
            self.others.addItem(others_word(each), each.value)
        self.others.setCurrentIndex(max(0, self.others.findData(wish)))
        self._keep_title.setText(self.tr("Keep what is there now as"))
        self.keep_as.setPlaceholderText(self.tr("empty: it is gone"))
        self.keep_as.setAccessibleName(self.tr("Keep what is there now as"))
        self.put_back.setText(self.tr("Put back"))
        self.put_back.setAccessibleName(self.tr("Put the chosen state back"))
        self.drop.setText(self.tr("Drop"))
        self.drop.setAccessibleName(self.tr("Drop the chosen state"))
        self.list.setAccessibleName(self.tr("States of the database"))
        self._nothing.show_words(
            "database",
            self.tr("Nothing is on a shelf"),
            self.tr("Keep the database's state under a name, and put it back within seconds, as often as you like."),
        )
        self._show(self._shelves)

    # inside

    def _build(self) -> None:
        names = {
            self.name: "name", self.take: "take", self.others: "others", self.list: "list", self.keep_as: "keep_as",
            self.put_back: "put_back", self.drop: "drop",
        }  # fmt: skip
        for widget, name in names.items():
            widget.setObjectName(f"shelves.{name}")
        self.name.setMaxLength(LONGEST_NAME)
        self.keep_as.setMaxLength(LONGEST_NAME)
        self._others_title.setBuddy(self.others)
        self._keep_title.setBuddy(self.keep_as)
        self.take.setProperty("primary", True)
        self.put_back.setProperty("danger", True)
        self.list.setProperty("framed", True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        for page in (self._nothing, self.list):
            self._pages.addWidget(page)
        above, below = QHBoxLayout(), QHBoxLayout()
        for bar, widgets in (
            (above, (self.name, self.take, self._others_title, self.others)),
            (below, (self._keep_title, self.keep_as, self.put_back, self.drop)),
        ):
            bar.setSpacing(8)
            for widget in widgets:
                bar.addWidget(widget, int(isinstance(widget, QLineEdit)))
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addLayout(above)
        column.addWidget(self._against)
        column.addWidget(self._pages, 1)
        column.addWidget(self.outcome)
        column.addLayout(below)
        for edit in (self.name, self.keep_as):
            edit.textChanged.connect(self._tell)
        self.name.returnPressed.connect(self._ask_take)
        self.list.itemSelectionChanged.connect(self._tell)
        self.take.clicked.connect(self._ask_take)
        self.put_back.clicked.connect(self._ask_put_back)
        self.drop.clicked.connect(self._ask_drop)
        self.outcome.cancel_asked.connect(self._cancel)
        self.setFocusProxy(self.name)

    def _show(self, shelves: tuple[Shelf, ...]) -> None:
        chosen, self._shelves = self.chosen, shelves
        now = datetime.now(UTC)
        self.list.clear()
        self.list.setHeaderLabels(
            [self.tr("Name"), self.tr("Age"), self.tr("Size"), self.tr("Revision"), self.tr("Kept as")]
        )
        for each in shelves:
            age = age_word(max(0, int((now - each.made_at).total_seconds())))
            words = [each.name, age, size_text(each.size_bytes), each.revision, shelf_kind(each)]
            item = QTreeWidgetItem(self.list, words)
            item.setData(0, _ROLE, each)
            item.setIcon(0, icon("database", "text-muted"))
            item.setToolTip(1, f"{moment_text(each.made_at)}  {each.who}")
            item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if chosen is not None and chosen.place == each.place:
                item.setSelected(True)
        self.list.headerItem().setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, header.ResizeMode.Stretch)
        for place in range(1, 5):
            header.setSectionResizeMode(place, header.ResizeMode.ResizeToContents)
        self._pages.setCurrentWidget(self.list if shelves else self._nothing)
        self._tell()

    def _show_failure(self, error: StudioError) -> None:
        if isinstance(error, ConnectionLost | ConnectionFailed):
            self.failed.emit(error)
        else:
            self.outcome.show_error(error)

    def _tell(self) -> None:
        session = self._session
        against = obstacle(session, TAKE) if session is not None else ""
        self._against.setText(against)
        self._against.setVisible(bool(against))
        ready = session is not None and not against and self._task is None
        names = {each.name for each in self._shelves}
        name, keep_as = self.name.text().strip(), self.keep_as.text().strip()
        self.take.setEnabled(ready and is_usable(name) and name not in names)
        self.take.setToolTip(self.tr("There is a shelf of that name already") if name in names else "")
        is_chosen = ready and self.chosen is not None
        self.put_back.setEnabled(is_chosen and keep_as not in names)
        self.drop.setEnabled(is_chosen)
        for widget in (self.name, self.others, self.keep_as, self.list):
            widget.setEnabled(ready)
        self.state_changed.emit()

    @property
    def _wish(self) -> Others:
        return Others(self.others.currentData())

    def _ask_take(self) -> None:
        workspace, name, wish = self._workspace, self.name.text().strip(), self._wish
        if workspace is None or not self.take.isEnabled():
            return
        title = self.tr("Keep “{name}” on a shelf").format(name=name)
        self._confirmed(
            TAKE,
            Confirmation(title, self.tr("The connections of others are ended."), self.tr("Keep"), act=TAKE),
            lambda: self._operate(title, lambda ctx: workspace.shelves.take(name, ctx, others=wish), self._taken),
        )

    def _ask_put_back(self) -> None:
        workspace, shelf, wish, keep_as = self._workspace, self.chosen, self._wish, self.keep_as.text().strip()
        if workspace is None or shelf is None or self._task is not None:
            return
        title = self.tr("Put “{name}” back").format(name=shelf.name)
        now = (
            self.tr("What is in the database now is kept as “{name}”.").format(name=keep_as)
            if keep_as
            else self.tr("What is in the database now is gone for good.")
        )
        ends = (self.tr("The connections of others are ended."),) if wish is Others.END else ()
        self._confirmed(
            PUT_BACK,
            Confirmation(
                title,
                self.tr("The database gets the state of “{name}”.").format(name=shelf.name),
                self.tr("Put back"),
                (now, *ends),
                destructive=not keep_as,
                act=PUT_BACK,
            ),
            lambda: self._operate(
                title,
                lambda ctx: workspace.shelves.put_back(shelf.name, ctx, keep_as=keep_as, others=wish),
                self._is_back,
            ),
        )

    def _ask_drop(self) -> None:
        workspace, shelf = self._workspace, self.chosen
        if workspace is None or shelf is None or self._task is not None:
            return
        title = self.tr("Drop “{name}”").format(name=shelf.name)
        text = self.tr("The kept state is gone for good. The database itself is not touched.")
        ask_where_wanted(
            Confirmation(title, text, self.tr("Drop"), destructive=True, act=DROP),
            workspace.session.profile,
            self,
            lambda: self._operate(title, lambda ctx: workspace.shelves.drop(shelf.name, ctx), self._dropped),
        )

    def _confirmed(self, act_id: str, confirmation: Confirmation, accepted: Callable[[], None]) -> None:
        """Ask as the act's rail says, and for the name where others are ended as well."""
        workspace = self._workspace
        if workspace is None:
            return
        profile = workspace.session.profile
        if self._wish is Others.END:
            said = Confirmation(
                confirmation.title,
                confirmation.text,
                confirmation.action,
                confirmation.consequences,
                destructive=confirmation.destructive,
                act=_END,
            )
            ask(said, profile, self, accepted)
        else:
            ask_where_wanted(confirmation, profile, self, accepted)

    def _operate(self, title: str, work: Callable[[TaskContext], Any], done: Callable[[Any], None]) -> None:
        if self._task is not None:
            return
        self._reading.cancel()
        self.outcome.start()
        task: Task = self.context.runner.operate(title, work, owner=self, done=done, failed=self._failed)
        self._task, self._is_answered = task, False
        task.progressed.connect(self.outcome.show_progress)
        task.finished.connect(self._ended)
        self._tell()

    def _taken(self, shelf: Shelf) -> None:
        self.name.clear()
        self._answered(self.tr("“{name}” is on its shelf").format(name=shelf.name))

    def _is_back(self, shelf: Shelf) -> None:
        self.keep_as.clear()
        self._answered(self.tr("“{name}” is put back").format(name=shelf.name))

    def _dropped(self, shelf: Shelf) -> None:
        self._answered(self.tr("“{name}” is dropped").format(name=shelf.name))

    def _answered(self, words: str) -> None:
        self._is_answered = True
        self.outcome.show_done(words)

    def _failed(self, error: StudioError) -> None:
        self._is_answered = True
        self.outcome.show_error(error)
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
        self._tell()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
