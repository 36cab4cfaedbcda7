"""ScheduleDialog: backups by the system's own scheduler: what is set up, what it is told, which runs there were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QLocale, QSize, QTime, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QTabWidget,
    QTimeEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.admin.schedules import Schedule, ScheduledRun, Scheduler
from nexus_studio.core.errors import StudioError
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.scheduling import InstalledSchedule
from nexus_studio.services.backups.service import BackupService
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.moments import moment_text
from nexus_studio.ui.kit.parts import give_room, label
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.kit.wording import sentence, text_for
from nexus_studio.ui.panels.backups.frame import BackupDialog
from nexus_studio.ui.panels.backups.keep_rule import kept_rule
from nexus_studio.ui.panels.backups.words import DASH, duration_text, scheduler_word

_SIZE: Final = QSize(860, 660)
_LATER_MS: Final = 200
_DAYS: Final = range(7)
_MOST_RUNS: Final = 200


@dataclass(frozen=True, slots=True)
class _Found:
    """What there is of this connection."""

    installed: InstalledSchedule | None
    runs: tuple[ScheduledRun, ...]


class ScheduleDialog(BackupDialog):
    """Shows the texts before they are written, and takes them away again."""

    changed = Signal()  # a schedule was set up, or taken away

    def __init__(self, context: UiContext, profile: ConnectionProfile, backups: BackupService, parent: QWidget) -> None:
        super().__init__(context, profile, "schedule", parent, _SIZE)
        self._backups = backups
        self._showing = Latest(context.runner, self)
        self._rule = kept_rule(context.settings)
        self._installed: InstalledSchedule | None = None
        self.set_title(self.tr("Scheduled backups of {name}").format(name=self.profile.name or self.profile.database))
        self.at = QTimeEdit(QTime(3, 0), self)
        give_room(self.at)
        self.days = [QCheckBox(self) for _ in _DAYS]
        self.verify, self.prunes = QCheckBox(self), QCheckBox(self)
        self.copy_to = QLineEdit(self)
        self.scheduler = QComboBox(self)
        self._standing = label("", "strong", name="backups.schedule_standing")
        self._notes = label("", tone="warning", selectable=True, name="backups.schedule_notes")
        self.texts = QPlainTextEdit(self)
        self.run_list = QTreeWidget(self)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_LATER_MS)
        self._later.timeout.connect(self._ask_texts)
        self.remove = self.add_button("remove", self.tr("Take away"), self._remove)
        self.install = self.add_button("install", self.tr("Set up"), self._install, look="primary")
        self._page = self._make_page()
        self.add_page(self._page)
        self._read()

    @property
    def schedule(self) -> Schedule:
        """What is asked for."""
        at = self.at.time()
        ticked = tuple(day for day in _DAYS if self.days[day].isChecked())
        return Schedule(
            profile=self.profile.name,
            at=time(at.hour(), at.minute()),
            days=() if len(ticked) in {0, len(self.days)} else ticked,
            prune=self._rule if self.prunes.isChecked() else None,
            verify=self.verify.isChecked(),
            copy_to=self.copy_to.text().strip(),
        )

    # inside

    def _make_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self._standing)
        column.addLayout(self._make_form())
        column.addWidget(self._notes)
        tabs = QTabWidget(page)
        tabs.setObjectName("backups.schedule_tabs")
        tabs.setDocumentMode(True)
        tabs.tabBar().setAccessibleName(self.tr("What it is told, and which runs there were"))
        tabs.setAccessibleName(tabs.tabBar().accessibleName())
        self.texts.setObjectName("backups.schedule_texts")
        self.texts.setAccessibleName(self.tr("What the scheduler is told"))
        self.texts.setReadOnly(True)
        self.texts.setFont(monospace_font())
        self.texts.setTabChangesFocus(True)
        self.run_list.setObjectName("backups.schedule_runs")
        self.run_list.setAccessibleName(self.tr("Runs"))
        self.run_list.setRootIsDecorated(False)
        self.run_list.setUniformRowHeights(True)
        self.run_list.setHeaderLabels(
            [self.tr("Began"), self.tr("Took"), self.tr("Backup"), self.tr("What went wrong")]
        )
        header = self.run_list.header()
        header.setStretchLastSection(True)
        for place in range(3):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.ResizeToContents)
        tabs.addTab(self.texts, self.tr("What it is told"))
        tabs.addTab(self.run_list, self.tr("Runs"))
        column.addWidget(tabs, 1)
        return page

    def _make_form(self) -> QFormLayout:
        form = QFormLayout()
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(8)
        self.at.setObjectName("backups.schedule_at")
        self.at.setAccessibleName(self.tr("Time of day"))
        self.at.setDisplayFormat("HH:mm")
        days = QHBoxLayout()
        days.setSpacing(12)
        for day, box in enumerate(self.days):
            box.setObjectName(f"backups.schedule_day_{day}")
            box.setText(QLocale().dayName(day + 1, QLocale.FormatType.ShortFormat))
            box.setAccessibleName(QLocale().dayName(day + 1))
            box.setChecked(True)
            box.toggled.connect(self._later.start)
            days.addWidget(box)
        days.addStretch(1)
        for box, name, words in (
            (self.verify, "verify", self.tr("Prove each backup after it was made")),
            (self.prunes, "prune", self._rule_words()),
        ):
            box.setObjectName(f"backups.schedule_{name}")
            box.setText(words)
            box.setAccessibleName(words)
            box.toggled.connect(self._later.start)
        self.verify.setChecked(True)
        self.copy_to.setObjectName("backups.schedule_copy_to")
        self.copy_to.setAccessibleName(self.tr("Copy to"))
        self.copy_to.setPlaceholderText(self.tr("empty: nowhere; else a folder, or a URL such as s3://bucket/folder"))
        self.scheduler.setObjectName("backups.schedule_scheduler")
        self.scheduler.setAccessibleName(self.tr("Scheduler"))
        self.scheduler.addItem(self.tr("the one of this system"), None)
        for each in Scheduler:
            self.scheduler.addItem(scheduler_word(each.value), each.value)
        form.addRow(self.tr("At"), self.at)
        form.addRow(self.tr("On"), days)
        form.addRow("", self.verify)
        form.addRow("", self.prunes)
        form.addRow(self.tr("Copy to"), self.copy_to)
        form.addRow(self.tr("Scheduler"), self.scheduler)
        self.at.timeChanged.connect(self._later.start)
        self.copy_to.textChanged.connect(self._later.start)
        self.scheduler.currentIndexChanged.connect(self._later.start)
        return form

    def _rule_words(self) -> str:
        words = self.tr("Delete old ones by the keep rules (days {days}, weeks {weeks}, months {months})")
        return words.format(days=self._rule.daily, weeks=self._rule.weekly, months=self._rule.monthly)

    def _read(self) -> None:
        backups, profile = self._backups, self.profile.name

        def work(ctx: TaskContext) -> _Found:
            there = next((each for each in backups.schedules(ctx) if each.schedule.profile == profile), None)
            return _Found(there, backups.runs(ctx, profile))

        self.look(self.tr("Reading the schedule…"), work, self._show)

    def _show(self, found: _Found) -> None:
        self._installed = found.installed
        if found.installed is not None:
            self._fill(found.installed.schedule)
        self._say_standing()
        self._show_runs(found.runs)
        self.show_page(self._page, *([self.remove] if found.installed is not None else []), self.install)
        self.install.setText(self.tr("Set up") if found.installed is None else self.tr("Set up anew"))
        self._ask_texts()

    def _fill(self, schedule: Schedule) -> None:
        self.at.setTime(QTime(schedule.at.hour, schedule.at.minute))
        for day, box in enumerate(self.days):
            box.setChecked(not schedule.days or day in schedule.days)
        self.verify.setChecked(schedule.verify)
        self.prunes.setChecked(schedule.prune is not None)
        self._rule = schedule.prune or self._rule
        self.prunes.setText(self._rule_words())
        self.prunes.setAccessibleName(self.prunes.text())
        self.copy_to.setText(schedule.copy_to)

    def _say_standing(self) -> None:
        there = self._installed
        if there is None:
            words = self.tr("No backup is scheduled for this connection")
        elif there.is_installed:
            words = self.tr("Set up: {scheduler}").format(scheduler=scheduler_word(there.scheduler.value))
        else:
            words = self.tr("Written down here; you have to give it to the scheduler yourself")
        self._standing.setText(words)

    def _show_runs(self, known: Sequence[ScheduledRun]) -> None:
        self.run_list.clear()
        for run in sorted(known, key=lambda each: each.started_at, reverse=True)[:_MOST_RUNS]:
            took = duration_text((run.ended_at - run.started_at).total_seconds()) if run.ended_at else DASH
            why = text_for(run.code) if run.code else ""
            item = QTreeWidgetItem([moment_text(run.started_at), took, Path(run.file).name, why])
            item.setToolTip(2, run.file)
            sign = {True: ("success", "success"), False: ("error", "danger"), None: ("running", "text-muted")}[run.ok]
            item.setIcon(0, icon(*sign))
            self.run_list.addTopLevelItem(item)

    def _wanted_scheduler(self) -> Scheduler | None:
        value = self.scheduler.currentData()
        return None if value is None else Scheduler(value)

    def _ask_texts(self) -> None:
        """Ask what the scheduler would be told."""
        backups, schedule, scheduler = self._backups, self.schedule, self._wanted_scheduler()
        self._showing.start(lambda ctx: backups.shown(schedule, ctx, scheduler), self._show_texts, self._show_failure)

    def _show_texts(self, shown: InstalledSchedule) -> None:
        parts = [f"# {each.name}\n{each.text}" if each.name else each.text for each in shown.texts]
        commands = [f"$ {each}" for each in shown.commands]
        self.texts.setPlainText("\n".join([*parts, *commands]))
        self._notes.setText("\n".join(text_for(code) for code in shown.notes))
        self._notes.setVisible(bool(shown.notes))
        self.install.setEnabled(True)

    def _show_failure(self, error: StudioError) -> None:
        said = sentence(error)
        self.texts.setPlainText("")
        self._notes.setText(" ".join(filter(None, (f"{said.title}.", said.explanation))))
        self._notes.show()
        self.install.setEnabled(False)

    def _install(self) -> None:
        backups, schedule, scheduler = self._backups, self.schedule, self._wanted_scheduler()
        self._do(lambda ctx: backups.schedule(schedule, ctx, scheduler))

    def _remove(self) -> None:
        backups, profile = self._backups, self.profile.name
        self._do(lambda ctx: backups.unschedule(profile, ctx))

    def _do(self, work: Any) -> None:
        def done(_: object) -> None:
            self.changed.emit()
            self._read()

        self.look(self.tr("Telling the scheduler…"), work, done)
