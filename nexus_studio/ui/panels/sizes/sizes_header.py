"""SizesHeader: how big the database is and how it grew, and what can be done with what was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from nexus_studio.core.admin.maintenance import Job
from nexus_studio.core.admin.sizes import SizeReport
from nexus_studio.ui.kit.elided import ElidedLabel
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.moments import moment_text
from nexus_studio.ui.kit.parts import Sign
from nexus_studio.ui.kit.sizes_said import bytes_text
from nexus_studio.ui.kit.wording_health import job_title
from nexus_studio.ui.panels.sizes.counts import Counts
from nexus_studio.ui.panels.sizes.words import grown_text, size_text

_SIGN: Final = 28
READ, EXPORT_CSV, EXPORT_JSON = "read", "export_csv", "export_json"


class SizesHeader(QFrame):
    """Says the sum, and offers jobs on what is chosen."""

    asked = Signal(str)  # READ, EXPORT_CSV or EXPORT_JSON
    job_asked = Signal(object)  # Job

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sizes.header")
        self.setProperty("strip", True)
        self._report: SizeReport | None = None
        self._grown: int | None = None
        self._chosen = 0
        self._counts = Counts(self)
        self._title = QLabel(self)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._facts = ElidedLabel(self)
        self.vacuum = QPushButton(self)
        self.maintain = QPushButton(self)
        self._jobs = QMenu(self)
        self.more = QToolButton(self)
        self._menu = QMenu(self)
        self._actions: dict[str, QAction] = {}
        self._job_actions: dict[Job, QAction] = {}
        self._build()
        self.retranslate()

    def show_report(self, report: SizeReport | None, grown_bytes: int | None = None) -> None:
        """Show sums; `grown_bytes` is what was gained in a week, None where nobody knows."""
        self._report, self._grown = report, grown_bytes
        self._say()

    def show_chosen(self, tables: int) -> None:
        """Say how many tables the jobs would be done on; 0: all."""
        self._chosen = tables
        self._say_jobs()

    def allow(self, *, reads: bool, exports: bool, against: Mapping[Job, str]) -> None:
        """Enable what can be done now; `against` says of jobs why they can't be."""
        self._actions[READ].setEnabled(reads)
        for name in (EXPORT_CSV, EXPORT_JSON):
            self._actions[name].setEnabled(exports)
        for job, action in self._job_actions.items():
            action.setEnabled(not against.get(job))
            action.setToolTip(against.get(job) or "")
        self.maintain.setEnabled(any(not against.get(job) for job in Job))
        self.maintain.setToolTip("" if self.maintain.isEnabled() else next(iter(against.values()), ""))
        self.vacuum.setEnabled(not against.get(Job.VACUUM_ANALYZE))
        self.vacuum.setToolTip(against.get(Job.VACUUM_ANALYZE) or "")

    def retranslate(self) -> None:
        """Say everything in the current language."""
        words = {
            READ: self.tr("Read again"),
            EXPORT_CSV: self.tr("Export as CSV…"),
            EXPORT_JSON: self.tr("Export as JSON…"),
        }
        for name, action in self._actions.items():
            action.setText(words[name])
        self.more.setAccessibleName(self.tr("More"))
        self.more.setToolTip(self.tr("More"))
        self._say()
        self._say_jobs()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _build(self) -> None:
        self._title.setObjectName("sizes.total")
        self._title.setProperty("subtitle", True)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._facts.setObjectName("sizes.summary")
        self._facts.setProperty("muted", True)
        self.vacuum.setObjectName("sizes.vacuum_analyze")
        self.vacuum.clicked.connect(lambda _checked=False: self.job_asked.emit(Job.VACUUM_ANALYZE))
        self.maintain.setObjectName("sizes.maintain")
        self._jobs.setObjectName("sizes.maintain_menu")
        self._jobs.setToolTipsVisible(True)
        for job in Job:
            if job is Job.VACUUM_FULL:
                self._jobs.addSeparator()
            action = QAction(self._jobs)
            action.setObjectName(f"sizes.job_{job.value}")
            action.triggered.connect(lambda _checked=False, job=job: self.job_asked.emit(job))
            self._jobs.addAction(action)
            self._job_actions[job] = action
        self.more.setObjectName("sizes.more")
        self.more.setIcon(icon("more"))
        self._menu.setObjectName("sizes.more_menu")
        for name, sign in ((READ, "refresh"), (EXPORT_CSV, "save"), (EXPORT_JSON, "save")):
            action = QAction(icon(sign), "", self._menu)
            action.setObjectName(f"sizes.{name}")
            action.triggered.connect(lambda _checked=False, name=name: self.asked.emit(name))
            self._menu.addAction(action)
            self._actions[name] = action
        self.maintain.setMenu(self._jobs)
        self.more.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(self._menu)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._facts)
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 10, 12, 10)
        line.setSpacing(12)
        line.addWidget(Sign("sizes", "text-muted", _SIGN, self), 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        for widget in (self.vacuum, self.maintain, self.more):
            line.addWidget(widget)

    def _say(self) -> None:
        report = self._report
        if report is None:
            self._title.setText(self.tr("Measuring…"))
            self._facts.say("")
            return
        words = self.tr("{database}: {size}")
        self._title.setText(words.format(database=report.database, size=size_text(report.database_bytes)))
        self._title.setToolTip(bytes_text(report.database_bytes))
        facts = [self._counts.tables(sum(1 for each in report.relations if each.parent is None))]
        if self._grown is not None:
            facts.insert(0, self.tr("{size} in a week").format(size=grown_text(self._grown)))
        bloat = sum(each.bloat_bytes or 0 for each in report.relations if each.parent is None)
        if bloat:  # none may also be that nobody knows of any
            facts.append(self.tr("about {size} of it hold nothing").format(size=size_text(bloat)))
        if report.counted_since is not None:
            facts.append(self.tr("scans counted since {moment}").format(moment=moment_text(report.counted_since)))
        self._facts.say(*facts)
        self.setAccessibleName(self._title.text())

    def _say_jobs(self) -> None:
        on = self._counts.chosen(self._chosen) if self._chosen else self.tr("all tables")
        for job, action in self._job_actions.items():
            action.setText(f"{job_title(job)}…")
        title = job_title(Job.VACUUM_ANALYZE)
        self.vacuum.setText(f"{title}…")
        self.vacuum.setAccessibleName(self.tr("{job} on {tables}").format(job=title, tables=on))
        maintain = self.tr("Maintain")
        self.maintain.setText(f"{maintain}      ")  # the sign of a menu stands there
        self.maintain.setAccessibleName(self.tr("Maintain {tables}").format(tables=on))
