"""ReadinessHeader: what the look came to, in words with a sign; looking again, and the ways to take it along."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.admin.readiness import ReadinessReport
from nexus_studio.ui.kit.elided import ElidedLabel
from nexus_studio.ui.kit.environments import environment_name
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.moments import moment_text
from nexus_studio.ui.panels.readiness.words import SIGNS, overall

_SIGN = 28


class ReadinessHeader(QFrame):
    """Shows a report; before the first one, and while there is another look, how far that is."""

    look_asked = Signal()
    stop_asked = Signal()
    copy_asked = Signal()
    save_asked = Signal(str)  # "md" or "html"
    only_faults_asked = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("readiness.header")
        self.setProperty("strip", True)
        self._report: ReadinessReport | None = None
        self._is_looking = False
        self._is_stale = False
        self._sign = QLabel(self)
        self._title = QLabel(self)
        self._counts = QLabel(self)
        self._facts = ElidedLabel(self)
        self._bar = QProgressBar(self)
        self.only_faults = QCheckBox(self)
        self.look = QPushButton(self)
        self.take = QToolButton(self)
        self._menu = QMenu(self)
        self._build()
        self.retranslate()

    def show_report(self, report: ReadinessReport | None) -> None:
        """Show what a look came to; None: there was none yet."""
        self._report, self._is_looking, self._is_stale = report, False, False
        self.retranslate()

    def show_looking(self, done: float, total: float | None) -> None:
        """Show how far a look is."""
        self._is_looking = True
        self._bar.setMaximum(round(total or 0))
        self._bar.setValue(round(done))
        self.retranslate()

    def show_stopped(self) -> None:
        """Show that the look ended before its end."""
        self._is_looking = False
        self.retranslate()

    def show_stale(self) -> None:
        """Say that something has changed since."""
        self._is_stale = True
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything in the current language and draw it in the current colours."""
        report = self._report
        if report is None:
            title = self.tr("Looking whether the database is ready…") if self._is_looking else self.tr("Readiness")
            self._say("readiness", "text-muted", title, "")
            self._facts.say("")
        else:
            title, counts = overall(report)
            sign, tone = SIGNS[report.verdict]
            self._say(sign, tone, title, counts)
            self._facts.say(*self._facts_of(report))
        self._counts.setVisible(bool(self._counts.text()))
        self._bar.setVisible(self._is_looking)
        self.look.setText(self.tr("Stop") if self._is_looking else self.tr("Look again"))
        self.look.setAccessibleName(self.look.text())
        self.look.setToolTip("" if self._is_looking else self.tr("Look again (F5)"))
        self.only_faults.setText(self.tr("Only what is to be done"))
        self.only_faults.setAccessibleName(self.only_faults.text())
        self.take.setText(self.tr("Export"))
        self.take.setAccessibleName(self.tr("Export"))
        self.take.setToolTip(self.tr("For a release ticket"))
        self.take.setEnabled(report is not None and not self._is_looking)
        for action, text in zip(
            self._menu.actions(),
            (self.tr("Copy as Markdown"), self.tr("Save as Markdown…"), self.tr("Save as HTML…")),
            strict=True,
        ):
            action.setText(text)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.LanguageChange, QEvent.Type.PaletteChange}:
            self.retranslate()

    # inside

    def _build(self) -> None:
        for label, name in ((self._title, "overall"), (self._counts, "counts")):
            label.setObjectName(f"readiness.{name}")
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setWordWrap(True)
        self._title.setProperty("subtitle", True)
        self._facts.setObjectName("readiness.facts")
        self._facts.setProperty("muted", True)
        self._bar.setObjectName("readiness.progress")
        self._bar.setTextVisible(False)
        self.only_faults.setObjectName("readiness.only_faults")
        self.only_faults.toggled.connect(self.only_faults_asked)
        self.look.setObjectName("readiness.look")
        self.look.setProperty("primary", True)
        self.look.clicked.connect(self._look)
        self.take.setObjectName("readiness.export")
        self.take.setIcon(icon("external"))
        self.take.setIconSize(QSize(16, 16))
        self.take.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.take.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.take.setMenu(self._menu)
        self._menu.setObjectName("readiness.export_menu")
        for name, run in (
            ("copy", self.copy_asked.emit),
            ("markdown", lambda: self.save_asked.emit("md")),
            ("html", lambda: self.save_asked.emit("html")),
        ):
            self._menu.addAction("", run).setObjectName(f"readiness.export.{name}")
        words = QVBoxLayout()
        words.setSpacing(2)
        for widget in (self._title, self._counts, self._facts, self._bar):
            words.addWidget(widget)
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 10, 12, 10)
        line.setSpacing(12)
        line.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(12)
        for button in (self.only_faults, self.take, self.look):
            buttons.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout()
        column.addLayout(buttons)
        column.addStretch(1)
        line.addLayout(column)

    def _say(self, sign: str, tone: str, title: str, counts: str) -> None:
        self._sign.setPixmap(icon(sign, tone).pixmap(_SIGN, _SIGN))
        self._title.setText(title)
        self._title.setProperty("tone", tone if tone != "text-muted" else "")
        self._title.style().polish(self._title)
        self._counts.setText(counts)
        self.setAccessibleName(title)
        self.setAccessibleDescription(counts)

    def _facts_of(self, report: ReadinessReport) -> tuple[str, ...]:
        facts = [self.tr("Something has changed since")] if self._is_stale else []
        facts += [
            environment_name(report.environment),
            report.place,
            f"PostgreSQL {report.server_version}",
            moment_text(report.made_at),
        ]
        return tuple(facts)

    def _look(self) -> None:
        (self.stop_asked if self._is_looking else self.look_asked).emit()
