"""SeedDetails: what a seed is, the buttons that try and run it, and what came of it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSpinBox, QStackedWidget, QVBoxLayout, QWidget

from nexus_studio.core.admin.seeds import SeedProblem, SeedSpec
from nexus_studio.services.session import Session
from nexus_studio.ui.kit.elided import ElidedLabel
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.pages import EmptyPage
from nexus_studio.ui.kit.parts import give_room, label
from nexus_studio.ui.kit.wording import NextStep
from nexus_studio.ui.panels.seed_reset.seed_result import SeedResult
from nexus_studio.ui.panels.seed_reset.seed_words import (
    kind_word,
    obstacle,
    places_words,
    problem_words,
    trial_obstacle,
    twice_words,
)

_MOST_SCALE = 10_000
_OPEN_FILE = "seed.open_file"


class SeedDetails(QWidget):
    """Shows a seed, or why a file is none."""

    try_asked = Signal()
    run_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("seeds.details")
        self._shown: SeedSpec | SeedProblem | None = None
        self._session: Session | None = None
        self._is_running = False
        self._pages = QStackedWidget(self)
        self._problem = EmptyPage(self._pages)
        self._problem.chosen.connect(self._open_file)
        self._content = QWidget(self._pages)
        self._title = label("", "title", selectable=True, name="seeds.title")
        self._description = label("", selectable=True, name="seeds.description")
        self._facts = ElidedLabel(self._content)
        self._against = label("", tone="warning", name="seeds.against")
        self._scale_label = QLabel(self._content)
        self.scale = QSpinBox(self._content)
        give_room(self.scale)
        self.trying = QPushButton(icon("test"), "", self._content)
        self.running = QPushButton("", self._content)
        self.file = QPushButton(icon("external"), "", self._content)
        self.result = SeedResult(self._content)
        self._build()
        self.retranslate()

    def show_seed(self, shown: SeedSpec | SeedProblem | None, session: Session | None) -> None:
        """Show a seed or a problem; None: there is nothing to show."""
        is_other = _name(shown) != _name(self._shown)
        self._shown, self._session = shown, session
        if is_other and not self._is_running:
            self.result.show_nothing()
            self.scale.setValue(1)
        self.retranslate()

    def set_running(self, running: bool) -> None:
        """Say whether a seed runs: one at a time."""
        self._is_running = running
        self._tell_buttons()

    @property
    def seed(self) -> SeedSpec | None:
        """The seed that is shown."""
        return self._shown if isinstance(self._shown, SeedSpec) else None

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self._scale_label.setText(self.tr("S&cale:"))
        self.scale.setAccessibleName(self.tr("Scale"))
        self.scale.setToolTip(self.tr("How many times the history is laid down"))
        self.trying.setText(self.tr("&Dry run"))
        self.trying.setAccessibleName(self.tr("Dry run"))
        self.running.setText(self.tr("R&un"))
        self.running.setAccessibleName(self.tr("Run the seed"))
        self.file.setText(self.tr("&Open file"))
        self.file.setAccessibleName(self.tr("Open the seed's file"))
        shown = self._shown
        if isinstance(shown, SeedProblem):
            place = f"{shown.path}:{shown.line}" if shown.line else str(shown.path)
            said = self.tr("{reason}\n\n{place}").format(reason=problem_words(shown), place=place)
            steps = (NextStep(_OPEN_FILE, self.tr("Open the seed's file")),)
            self._problem.show_words("warning", self.tr("Not on offer"), said, steps)
        elif shown is None:
            self._problem.show_words("seed", self.tr("Choose a seed"), self.tr("What it is and does is shown here."))
        else:
            self._say(shown)
        self._pages.setCurrentWidget(self._content if isinstance(shown, SeedSpec) else self._problem)
        self._tell_buttons()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _build(self) -> None:
        self._facts.setObjectName("seeds.facts")
        self._facts.setProperty("muted", True)
        self.scale.setObjectName("seeds.scale")
        self.scale.setRange(1, _MOST_SCALE)
        self._scale_label.setBuddy(self.scale)
        self.trying.setObjectName("seeds.try")
        self.trying.clicked.connect(self.try_asked)
        self.running.setObjectName("seeds.run")
        self.running.setProperty("primary", True)
        self.running.clicked.connect(self.run_asked)
        self.file.setObjectName("seeds.open_file")
        self.file.clicked.connect(self._open_file)
        bar = QHBoxLayout()
        bar.setSpacing(8)
        for widget in (self.running, self.trying, self._scale_label, self.scale):
            bar.addWidget(widget)
        bar.addStretch(1)
        bar.addWidget(self.file)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(8)
        for each in (self._title, self._description, self._facts, self._against):
            column.addWidget(each)
        column.addLayout(bar)
        column.addSpacing(4)
        column.addWidget(self.result, 1)
        for page in (self._problem, self._content):
            self._pages.addWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)

    def _say(self, seed: SeedSpec) -> None:
        self._title.setText(seed.name)
        self._description.setText(seed.description)
        self._description.setVisible(bool(seed.description))
        place = f"{seed.path}:{seed.line}" if seed.path is not None and seed.line else str(seed.path or "")
        self._facts.say(kind_word(seed.kind), places_words(seed), twice_words(seed), *filter(None, (place,)))
        self._facts.setToolTip(place)

    def _tell_buttons(self) -> None:
        seed = self.seed
        against, against_trial = obstacle(seed, self._session), trial_obstacle(seed, self._session)
        self._against.setText(against_trial)
        self._against.setVisible(bool(against_trial) and seed is not None)
        for button, reason, hint in (
            (self.running, against, self.tr("Put its rows into the database, in one transaction")),
            (self.trying, against_trial, self.tr("Say what it would add, and take all of it back")),
        ):
            button.setEnabled(not reason and not self._is_running)
            button.setToolTip(reason or hint)
        takes_scale = seed is not None and seed.takes_scale
        for widget in (self._scale_label, self.scale):
            widget.setVisible(takes_scale)
            widget.setEnabled(not against and not self._is_running)
        self.file.setVisible(seed is not None and seed.path is not None)
        self.file.setToolTip(str(seed.path) if seed is not None and seed.path is not None else "")

    def _open_file(self) -> None:
        shown = self._shown
        if shown is not None and shown.path is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(shown.path)))


def _name(shown: SeedSpec | SeedProblem | None) -> tuple[str, Path | None]:
    """Return what tells one from another."""
    if shown is None:
        return "", None
    return (shown.name if isinstance(shown, SeedSpec) else str(shown.line)), shown.path
