"""BackupsHeader: how safe the database is, in one line with a sign; and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.ui.kit.elided import ElidedLabel
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.moments import moment_text
from nexus_studio.ui.kit.parts import Sign
from nexus_studio.ui.kit.sizes_said import size_text
from nexus_studio.ui.panels.backups.counts import Counts
from nexus_studio.ui.panels.backups.words import age_text

if TYPE_CHECKING:
    from nexus_studio.core.admin.retention import LibraryEntry

_SIGN: Final = 28
_PROVEN: Final = "proven"

CREATE, RULES, SCHEDULE, FOLDERS, OPEN_FILE, READ = "create", "rules", "schedule", "folders", "open_file", "read"


class BackupsHeader(QFrame):
    """Says how the newest backups of the open database stand."""

    asked = Signal(str)  # CREATE, RULES, SCHEDULE, FOLDERS, OPEN_FILE or READ
    only_own_asked = Signal(bool)  # show backups of the open database alone

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("backups.header")
        self.setProperty("strip", True)
        self._own: tuple[LibraryEntry, ...] | None = None
        self._counts = Counts(self)
        self._sign = Sign("backups", "text-muted", _SIGN, self)
        self._title = QLabel(self)
        self._facts = ElidedLabel(self)
        self.only_own = QCheckBox(self)
        self.buttons = {each: QPushButton(self) for each in (CREATE, RULES, SCHEDULE)}
        self.more = QToolButton(self)
        self._menu = QMenu(self)
        self._build()
        self.retranslate()

    def show_entries(self, own: Sequence[LibraryEntry] | None) -> None:
        """Show how the open database is backed up; None: that is being read."""
        self._own = None if own is None else tuple(own)
        self.retranslate()

    def allow(self, can: frozenset[str]) -> None:
        """Enable what can be done now."""
        for name, button in self.buttons.items():
            button.setEnabled(name in can)
        for action in self._menu.actions():
            action.setEnabled(action.data() in can)

    def retranslate(self) -> None:
        """Say everything in the current language."""
        words = {
            CREATE: (self.tr("Create…"), self.tr("Make a backup of this database")),
            RULES: (self.tr("Keep rules…"), self.tr("See which backups are kept, and delete the others")),
            SCHEDULE: (self.tr("Schedule…"), self.tr("Have backups made by this machine's own scheduler")),
        }
        for name, button in self.buttons.items():
            button.setText(words[name][0])
            button.setAccessibleName(words[name][0])
            button.setToolTip(words[name][1])
        titles = {
            FOLDERS: self.tr("Folders of the library…"),
            OPEN_FILE: self.tr("Open a backup from a file…"),
            READ: self.tr("Read again"),
        }
        for action in self._menu.actions():
            action.setText(titles[str(action.data())])
        self.more.setAccessibleName(self.tr("More"))
        self.more.setToolTip(self.tr("More"))
        self.only_own.setText(self.tr("Only of this database"))
        self.only_own.setAccessibleName(self.only_own.text())
        self._say()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _build(self) -> None:
        self._title.setObjectName("backups.overall")
        self._title.setProperty("subtitle", True)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setWordWrap(True)
        self._facts.setObjectName("backups.summary")
        self._facts.setProperty("muted", True)
        self.only_own.setObjectName("backups.only_own")
        self.only_own.setChecked(True)
        self.only_own.toggled.connect(self.only_own_asked)
        for name, button in self.buttons.items():
            button.setObjectName(f"backups.open_{name}")
            button.clicked.connect(lambda _checked=False, name=name: self.asked.emit(name))
        self.buttons[CREATE].setProperty("primary", True)
        self.more.setObjectName("backups.more")
        self.more.setIcon(icon("more"))
        self.more.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(self._menu)
        self._menu.setObjectName("backups.more_menu")
        for name, sign in ((FOLDERS, "folder"), (OPEN_FILE, "external"), (READ, "refresh")):
            action = QAction(icon(sign), "", self._menu)
            action.setObjectName(f"backups.{name}")
            action.setData(name)
            action.triggered.connect(lambda _checked=False, name=name: self.asked.emit(name))
            self._menu.addAction(action)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._facts)
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 10, 12, 10)
        line.setSpacing(12)
        line.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.only_own)
        for widget in (self.buttons[SCHEDULE], self.buttons[RULES], self.buttons[CREATE], self.more):
            buttons.addWidget(widget)
        line.addLayout(buttons)

    def _say(self) -> None:
        own = self._own
        if own is None:
            self._show("backups", "text-muted", self.tr("Reading the library…"))
            return
        there = sorted((each for each in own if each.size_bytes), key=lambda each: each.made_at, reverse=True)
        if not there:
            self._show("warning", "warning", self.tr("This database has no backup"))
            return
        newest = there[0]
        proven = next((each for each in there if each.standing.value == _PROVEN), None)
        facts = [
            self.tr("newest {moment}").format(moment=moment_text(newest.made_at)),
            self._counts.backups(len(there)),
            size_text(sum(each.size_bytes for each in there)),
        ]
        if proven is None:
            self._show("warning", "warning", self.tr("No backup of this database is proven"), *facts)
        elif proven is newest:
            age = age_text(proven.made_at, datetime.now(UTC))
            self._show("success", "success", self.tr("The newest backup is proven ({age})").format(age=age), *facts)
        else:
            age = age_text(proven.made_at, datetime.now(UTC))
            self._show("success", "success", self.tr("The newest proven backup: {age}").format(age=age), *facts)

    def _show(self, sign: str, tone: str, title: str, *facts: str) -> None:
        self._sign.set_sign(sign, tone)
        self._title.setText(title)
        self._title.setProperty("tone", tone if tone != "text-muted" else "")
        self._title.style().polish(self._title)
        self._facts.say(*facts)
        self._facts.setVisible(bool(facts))
        self.setAccessibleName(title)
