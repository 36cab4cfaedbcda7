"""SqlTab: what a revision runs, up and down, as soon as the project has said it; the reason where it can't be said."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from nexus_studio.core.admin.ledgerentries import Direction
from nexus_studio.core.admin.migrations import Step
from nexus_studio.core.errors import StudioError
from nexus_studio.ui.kit.elided import ElidedLabel
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.theme import Theme
from nexus_studio.ui.kit.wording import sentence
from nexus_studio.ui.panels.migrations.prisma_words import STEP_REASONS, translated
from nexus_studio.ui.panels.migrations.source_view import SourceView, framed

_SHOWN = 200_000  # characters that are laid out; copying takes all


class SqlTab(QWidget):
    """Up or Down, the statements, and a button that copies them. `again_asked`: an error is to be tried again."""

    again_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: tuple[Step, Step] | None = None
        self._error: StudioError | None = None
        self._is_waiting = False
        self._sql = ""
        self.up, self.down = QPushButton(self), QPushButton(self)
        self.copy = QPushButton(self)
        self._body = QStackedWidget(self)
        self.text = SourceView(theme, "sql", "migrations.sql", self._body)
        self._facts = ElidedLabel(self)
        self._words = QLabel(self)
        self._again = QPushButton(self)
        self._build()
        self.retranslate()

    def show_waiting(self) -> None:
        """Say that the SQL is on its way."""
        self._steps, self._error, self._is_waiting = None, None, True
        self._show()

    def show_nothing(self) -> None:
        """Show that there is nothing to be said: the revision has no file."""
        self._steps, self._error, self._is_waiting = None, None, False
        self._show()

    def show_steps(self, steps: tuple[Step, Step]) -> None:
        """Show what runs, up and down."""
        self._steps, self._error, self._is_waiting = steps, None, False
        self._show()

    def show_error(self, error: StudioError) -> None:
        """Say why it can't be shown."""
        self._steps, self._error, self._is_waiting = None, error, False
        self._show()

    @property
    def direction(self) -> Direction:
        """Which of the two is shown."""
        return Direction.DOWN if self.down.isChecked() else Direction.UP

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.up.setText(self.tr("Up"))
        self.down.setText(self.tr("Down"))
        self.copy.setText(self.tr("Copy SQL"))
        self._again.setText(self.tr("Try again"))
        self.up.setAccessibleName(self.tr("What applying it runs"))
        self.down.setAccessibleName(self.tr("What taking it back runs"))
        for button in (self.copy, self._again):
            button.setAccessibleName(button.text())
        self.text.setAccessibleName(self.tr("SQL of the migration"))
        self._show()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def _build(self) -> None:
        group = QButtonGroup(self)
        for button, name in ((self.up, "up"), (self.down, "down")):
            button.setObjectName(f"migrations.sql.{name}")
            button.setCheckable(True)
            group.addButton(button)
        self.up.setChecked(True)
        group.buttonToggled.connect(self._show)
        self.copy.setObjectName("migrations.sql.copy")
        self.copy.setIcon(icon("copy"))
        self.copy.setProperty("flat", True)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._sql))
        self._again.setObjectName("migrations.sql.again")
        self._again.clicked.connect(self.again_asked)
        self._facts.setProperty("muted", True)
        self._words.setObjectName("migrations.sql.words")
        self._words.setProperty("muted", True)
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 8)
        head.setSpacing(6)
        for widget in (self.up, self.down):
            head.addWidget(widget)
        head.addWidget(self._facts, 1)
        head.addWidget(self.copy)
        said = QWidget(self._body)
        column = QVBoxLayout(said)
        column.setContentsMargins(12, 4, 12, 12)
        column.addWidget(self._words)
        column.addWidget(self._again, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        self._said, self._shown = said, framed(self.text)
        for page in (self._shown, said):
            self._body.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self._body, 1)

    def _show(self) -> None:
        step = self._steps[self.direction is Direction.DOWN] if self._steps is not None else None
        shown = step is not None and bool(step.statements)
        sql = step.sql if step is not None and shown else ""
        self._sql = sql
        self.text.show_text(sql if len(sql) <= _SHOWN else f"{sql[:_SHOWN]}\n\n-- …")
        self.copy.setEnabled(shown)
        self._facts.say(self._facts_of(step) if step is not None and shown else "")
        self._facts.setToolTip(self._facts.whole)
        self._words.setText("" if shown else self._words_of(step))
        self._again.setVisible(self._error is not None)
        self._body.setCurrentWidget(self._shown if shown else self._said)

    def _facts_of(self, step: Step) -> str:
        facts = [self.tr("%Ln statement(s)", "", len(step.statements))]
        if not any(each.in_transaction for each in step.statements):
            facts.append(self.tr("outside of a transaction"))
        elif not all(each.in_transaction for each in step.statements):
            facts.append(self.tr("some outside of a transaction"))
        if step.reason:
            facts.append(self.tr("incomplete: it asks the database and decides by the answer"))
        return " · ".join(facts)

    def _words_of(self, step: Step | None) -> str:
        if self._error is not None:
            said = sentence(self._error)
            return "\n".join(filter(None, (said.title, said.explanation, said.server_message)))
        if self._is_waiting:
            return self.tr("Asking the project for its SQL…")
        if step is None:
            return self.tr("There is no file of this revision, and so no SQL.")
        reasons = {
            "reads_database": self.tr(
                "It asks the database and decides by the answer: its SQL is not known beforehand."
            ),
            "failed": self.tr("Its SQL can't be written without running it."),
            "environment": self.tr("The project's env.py can't be loaded."),
            **{code: translated(text) for code, text in STEP_REASONS.items()},
        }
        if not step.reason:
            return self.tr("It runs nothing.")
        return "\n\n".join(filter(None, (reasons.get(step.reason, step.reason), step.words)))
