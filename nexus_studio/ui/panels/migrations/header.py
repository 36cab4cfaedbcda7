"""StandingHeader: where the database stands, in words with a sign; the button that fits, and all the others."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.admin.migrations import MigrationStatus
from nexus_studio.ui.kit.elided import ElidedLabel
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.panels.migrations.offers import ICONS, Limits, Verb, hint_of, label_of, main_verb, why_not
from nexus_studio.ui.panels.migrations.prisma_offers import LEFT_OUT, is_prismas
from nexus_studio.ui.panels.migrations.standing import standing_words
from nexus_studio.ui.panels.migrations.words import holder_words, ledger_words

_BAR = (Verb.DEPLOY, Verb.CREATE, Verb.CHECK, Verb.TEST)
_MORE = (Verb.PUSH, Verb.DOWNGRADE, Verb.STAMP, Verb.MERGE, Verb.PULL, Verb.ADOPT)
_SIGN = 28
_GAP = 4  # pixels between buttons
_LEAST_WORDS = 500  # pixels for sign, words, margins and the two small buttons
_REFRESH = "refresh"


class StandingHeader(QFrame):
    """Shows a status; before the first one, that it is being read."""

    asked = Signal(object)  # Verb
    refresh_asked = Signal()
    reset_asked = Signal()  # the database is to be emptied and built anew
    project_asked = Signal()  # another project is to be chosen

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._status: MigrationStatus | None = None
        self._limits: Limits | None = None
        self._folder: Path | None = None
        self.setObjectName("migrations.header")
        self.setProperty("strip", True)
        self._sign = QLabel(self)
        self._title = self._label("title", "subtitle")
        self._explanation = self._label("explanation", "")
        self._facts = ElidedLabel(self)
        self.main = QPushButton(self)
        self.buttons = {verb: QToolButton(self) for verb in _BAR}
        self.more = QToolButton(self)
        self.refresh = QToolButton(self)
        self._menu = QMenu(self)
        self._build()
        self.retranslate()

    def show_limits(self, limits: Limits | None) -> None:
        """Show the same standing under other limits: production was unlocked, or locked."""
        self.show_status(self._status, limits, self._folder)

    def show_status(self, status: MigrationStatus | None, limits: Limits | None, folder: Path | None = None) -> None:
        """Show a status; None: it is being read."""
        self._status, self._limits, self._folder = status, limits, folder
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything in the current language and draw it in the current colours."""
        status = self._status
        if status is None:
            self._say("migrations", "text-muted", self.tr("Migrations"), self.tr("Reading where the database stands…"))
            self._facts.say("")
        else:
            words = standing_words(status)
            self._say(words.icon, words.tone, words.title, words.explanation)
            self._facts.say(*self._facts_of(status))
            self._facts.setToolTip("\n".join(self._facts_of(status)))
        self._tell_buttons()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.LanguageChange, QEvent.Type.PaletteChange}:
            self.retranslate()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    # inside

    def _build(self) -> None:
        self._facts.setObjectName("migrations.facts")
        self._facts.setProperty("muted", True)
        self._facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.main.setObjectName("migrations.main")
        self.main.setProperty("primary", True)
        self.main.clicked.connect(self._ask_main)
        words = QVBoxLayout()
        words.setSpacing(2)
        for label in (self._title, self._explanation):
            words.addWidget(label)
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 10, 12, 10)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._sign, 0, 0, 2, 1, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(words, 0, 1)
        grid.addLayout(self._make_bar(), 0, 2)
        grid.addWidget(self._facts, 1, 1, 1, 2)  # below the buttons too: it ends with a folder, which may be long

    def _make_bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setSpacing(_GAP)
        bar.addWidget(self.main)
        bar.addSpacing(4)
        for verb, button in self.buttons.items():
            button.setObjectName(f"migrations.{verb.value}")
            button.setIcon(icon(ICONS[verb]))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.clicked.connect(partial(self._ask, verb))
            bar.addWidget(button)
        self.more.setObjectName("migrations.more")
        self.more.setIcon(icon("more"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(self._menu)
        self._menu.setObjectName("migrations.more_menu")
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.refresh.setObjectName("migrations.refresh")
        self.refresh.setIcon(icon(_REFRESH))
        self.refresh.clicked.connect(self.refresh_asked)
        for button in (self.more, self.refresh):
            button.setIconSize(QSize(16, 16))
            bar.addWidget(button)
        return bar

    def _label(self, name: str, look: str) -> QLabel:
        label = QLabel(self)
        label.setObjectName(f"migrations.standing.{name}")
        if look:
            label.setProperty(look, True)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label

    def _say(self, sign: str, tone: str, title: str, explanation: str) -> None:
        self._sign.setPixmap(icon(sign, tone).pixmap(_SIGN, _SIGN))
        self._title.setText(title)
        self._title.setProperty("tone", tone if tone in {"danger", "warning", "success", "info"} else "")
        self._title.style().polish(self._title)
        self._explanation.setText(explanation)
        self.setAccessibleName(title)
        self.setAccessibleDescription(explanation)

    def _facts_of(self, status: MigrationStatus) -> tuple[str, ...]:
        facts = [holder_words(status.holder)] if status.holder is not None else []
        if self._limits is not None and self._limits.is_locked:
            facts.append(self.tr("Locked: nothing can be run before production is unlocked"))
        elif self._limits is not None and self._limits.is_read_only:
            facts.append(self.tr("Read-only: nothing can be run here"))
        facts += [status.project, ledger_words(status)]
        if self._folder is not None:
            facts.append(str(self._folder))
        return tuple(facts)

    def _tell_buttons(self) -> None:
        status = self._status
        verb = main_verb(status) if status is not None else None
        self.main.setVisible(verb is not None)
        if verb is not None:
            label = label_of(verb, status) if verb is not Verb.CREATE else self.tr("Create migration…")
            against = why_not(verb, status, self._limits)
            self.main.setText(label)
            self.main.setAccessibleName(label)
            self.main.setEnabled(not against)
            self.main.setToolTip(against or hint_of(verb, status))
        for each, button in self.buttons.items():
            against = why_not(each, status, self._limits)
            button.setVisible(each is not verb and not self._is_left_out(each))  # it stands there once, large
            button.setText(label_of(each))
            button.setAccessibleName(label_of(each))
            button.setEnabled(not against)
            button.setToolTip(against or hint_of(each, status))
        self._fit()
        self.more.setToolTip(self.tr("More that can be done"))
        self.more.setAccessibleName(self.tr("More that can be done"))
        self.refresh.setToolTip(self.tr("Read again (F5)"))
        self.refresh.setAccessibleName(self.tr("Read again"))

    def _fit(self) -> None:
        """Leave the words room: where there is little, the buttons show their icons only."""
        with_text, icon_only = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly
        shown = [button for button in self.buttons.values() if not button.isHidden()]
        taken = 0 if self.main.isHidden() else self.main.sizeHint().width()
        for button in shown:
            button.setToolButtonStyle(with_text)
            taken += button.sizeHint().width() + _GAP
        if self.width() - taken < _LEAST_WORDS:
            for button in shown:
                button.setToolButtonStyle(icon_only)

    def _fill_menu(self) -> None:
        self._menu.clear()
        for verb in _MORE:
            if self._is_left_out(verb):
                continue
            against = why_not(verb, self._status, self._limits)
            label = label_of(verb, self._status)
            action = self._menu.addAction(icon(ICONS[verb]), label, partial(self._ask, verb))
            action.setObjectName(f"migrations.more.{verb.value}")
            action.setEnabled(not against)
            action.setToolTip(against or hint_of(verb, self._status))
        if is_prismas(self._status):
            action = self._menu.addAction(icon("seed"), self.tr("Reset…"), self.reset_asked.emit)
            action.setObjectName("migrations.more.reset")
            action.setToolTip(self.tr("Empty the database and run all migrations anew: on the page Seed & reset"))
        self._menu.addSeparator()
        action = self._menu.addAction(icon("folder"), self.tr("Choose another project…"), self.project_asked.emit)
        action.setObjectName("migrations.more.project")
        action.setToolTip(self.tr("Its folder is part of the connection"))

    def _is_left_out(self, verb: Verb) -> bool:
        return verb in LEFT_OUT if is_prismas(self._status) else verb is Verb.ADOPT

    def _ask_main(self) -> None:
        verb = main_verb(self._status) if self._status is not None else None
        if verb is not None:
            self._ask(verb)

    def _ask(self, verb: Verb, _checked: bool = False) -> None:
        self.asked.emit(verb)
