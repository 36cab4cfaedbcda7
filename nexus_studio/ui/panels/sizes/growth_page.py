"""GrowthPage: how sizes came to be what they are, what grew most, and when a disk will be full."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QSpinBox,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.admin.growth import Forecast, Growth, Series
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import StudioError
from nexus_studio.core.settings import GROWTH_LIMIT
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.moments import moment_text
from nexus_studio.ui.kit.pages import EmptyPage, ErrorPage
from nexus_studio.ui.kit.parts import give_room, label
from nexus_studio.ui.kit.splits import fill_split
from nexus_studio.ui.kit.wording import NextStep
from nexus_studio.ui.panels.sizes.counts import Counts
from nexus_studio.ui.panels.sizes.forecast_label import ForecastLabel
from nexus_studio.ui.panels.sizes.growth_chart import MOST, GrowthChart
from nexus_studio.ui.panels.sizes.growth_list import GrowthList
from nexus_studio.ui.panels.sizes.head import Head
from nexus_studio.ui.panels.sizes.page import HealthPage
from nexus_studio.ui.panels.sizes.sampling_dialog import SamplingDialog, scheduler_words
from nexus_studio.ui.panels.sizes.words import grown_text, size_text

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.health.growing import GrowthService
    from nexus_studio.services.health.sampling import Sampling

_AGAIN: Final = "rows.refresh"
_PERIODS: Final = (1, 7, 30, 90, 0)  # days; 0: all
_GB: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class _Found:
    """What the page shows."""

    whole: Series
    tables: tuple[Series, ...]
    growths: tuple[Growth, ...]
    forecast: Forecast | None
    sampled_by: Sampling | None = None


class GrowthPage(HealthPage):
    """Shows samples of this machine. They are taken every hour while Studio is open, and by the scheduler."""

    NAME = "growth"

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._found: _Found | None = None
        self._counts = Counts(self)
        self._pages = QStackedWidget(self)
        self._error = ErrorPage(self._pages)
        self._empty = EmptyPage(self._pages)
        self._split = QSplitter(Qt.Orientation.Horizontal, self._pages)
        self.chart = GrowthChart(context, self._split)
        self.list = GrowthList(self._split)
        self.head = Head("growth", "history", self)
        self.period = QComboBox(self)
        self.take = QPushButton(self)
        self.schedule = QPushButton(self)
        self.limit = QSpinBox(self)
        give_room(self.limit)
        self._limit_label = label("", name="sizes.growth_limit_label")
        self.forecast = ForecastLabel(self)
        self._arrange()
        self.period.activated.connect(lambda _: self.read())
        self.take.clicked.connect(lambda _checked=False: self.take_sample())
        self.schedule.clicked.connect(lambda _checked=False: self.ask_schedule())
        self.limit.editingFinished.connect(self._choose_limit)
        self.list.chosen.connect(self.read)
        self._error.chosen.connect(self._choose)
        self._empty.chosen.connect(self._choose)
        self.retranslate()

    # HealthPage

    @classmethod
    def title(cls) -> str:
        return QCoreApplication.translate("GrowthPage", "Growth")

    def leave(self) -> None:
        super().leave()
        self.chart.let_go()
        self._found = None

    def on_effects(self, effects: Effects) -> None:
        if effects.touches(Kind.SIZES):
            self._is_stale = True

    def can(self) -> frozenset[str]:
        return frozenset({"read", "sample"} if self._workspace is not None else ())

    def read(self) -> None:
        workspace = self._workspace
        if workspace is None:
            return
        self._is_stale = False
        self.chart.ensure()
        growth, since, limit = workspace.health.growth, self._since(), self.limit.value() * _GB
        chosen = self.list.relations()[:MOST]

        def work(_ctx: TaskContext) -> _Found:
            whole = growth.series(None, since)
            tables = tuple(growth.series(each, since) for each in chosen)
            begin = since or (whole.samples[0].taken_at if whole.samples else datetime.now(UTC))
            grown = growth.grown_most(begin) if whole.samples else ()
            return _Found(whole, tables, grown, growth.forecast(limit) if limit else None, _sampled_by(growth))

        self._reading.start(work, self._show, self._show_failure)

    def first_widget(self) -> QWidget:
        return self.list if self.list.topLevelItemCount() else self.take

    def retranslate(self) -> None:
        self.take.setText(self.tr("Take a sample now"))
        self.take.setAccessibleName(self.take.text())
        self.schedule.setText(self.tr("Schedule…"))
        self.schedule.setAccessibleName(self.tr("Have samples taken while no window is open"))
        self.schedule.setToolTip(self.schedule.accessibleName())
        self.period.setAccessibleName(self.tr("Since when"))
        words = {
            1: self.tr("since yesterday"),
            7: self.tr("for a week"),
            30: self.tr("for 30 days"),
            90: self.tr("for 90 days"),
            0: self.tr("from the beginning"),
        }
        for number, days in enumerate(_PERIODS):
            self.period.setItemText(number, words[days])
        self._limit_label.setText(self.tr("Full at"))
        self.limit.setSuffix(self.tr(" GB"))
        self.limit.setSpecialValueText(self.tr("no size given"))
        self.limit.setAccessibleName(self.tr("Size of the disk in gigabytes"))
        if self._found is not None:
            self._show(self._found)

    # what actions do

    def take_sample(self) -> None:
        """Measure now and keep it as a sample."""
        workspace = self._workspace
        if workspace is None:
            return

        def work(ctx: TaskContext) -> bool:
            return workspace.health.growth.take(ctx, apart=timedelta(0)).is_new

        self.context.runner.query(
            work, owner=self, done=lambda _: self.read(), failed=self._show_failure, title=self.tr("Taking a sample")
        )

    def ask_schedule(self) -> SamplingDialog | None:
        """Show who takes samples while no window is open, and change that."""
        workspace = self._workspace
        if workspace is None:
            return None
        name = workspace.session.profile.name
        dialog = SamplingDialog(self.context, workspace.health.growth, name, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.changed.connect(self.read)
        dialog.open()
        return dialog

    # inside

    def _since(self) -> datetime | None:
        days = int(self.period.currentData() or 0)
        return datetime.now(UTC) - timedelta(days=days) if days else None

    def _arrange(self) -> None:
        self.period.setObjectName("sizes.growth_period")
        for days in _PERIODS:
            self.period.addItem("", days)
        self.period.setCurrentIndex(_PERIODS.index(30))
        self.take.setObjectName("sizes.take_sample")
        self.take.setIcon(icon("plus"))
        self.schedule.setObjectName("sizes.growth_schedule")
        self.schedule.setIcon(icon("running"))
        self.limit.setObjectName("sizes.growth_limit")
        self.limit.setRange(0, 1_000_000)
        self.limit.setValue(self.context.settings.get(GROWTH_LIMIT))
        self.limit.setMinimumWidth(140)
        self._limit_label.setBuddy(self.limit)
        self._limit_label.setWordWrap(False)
        self.head.add(self.period, self.schedule, self.take)
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 8, 16, 10)
        foot.setSpacing(12)
        foot.addWidget(self._limit_label)
        foot.addWidget(self.limit)
        foot.addWidget(self.forecast, 1)
        self.chart.setMinimumWidth(320)
        self.list.setMinimumWidth(300)
        fill_split(self._split, "sizes.growth_split", ((self.chart, 60), (self.list, 40)), (600, 400))
        for page in (self._split, self._empty, self._error):
            self._pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self._pages, 1)
        column.addLayout(foot)

    def _show(self, found: _Found) -> None:
        self._found = found
        samples = found.whole.samples
        if not samples:
            self._say_nothing()
            return
        self._pages.setCurrentWidget(self._split)
        if len(samples) > 1:
            words = self.tr("{size} since {moment}")
            grown = grown_text(found.whole.grown_bytes)
            self.head.title.setText(words.format(size=grown, moment=moment_text(samples[0].taken_at)))
        else:
            self.head.title.setText(self.tr("One sample so far: {size}").format(size=size_text(samples[0].total_bytes)))
        last = self.tr("the last one {moment}").format(moment=moment_text(samples[-1].taken_at))
        self.head.facts.say(*filter(None, (self._counts.samples(len(samples)), last, self._sampled_words(found))))
        self.head.facts.show()
        self.list.show_growths(found.growths)
        limit = self.limit.value() * _GB if not found.tables else 0
        self.chart.show_series(found.tables or (found.whole,), limit)
        self.forecast.show_forecast(found.forecast)

    def _sampled_words(self, found: _Found) -> str:
        by = found.sampled_by
        if by is None or not by.is_installed:
            return self.tr("taken while Studio is open")
        return self.tr("taken every hour by {scheduler}").format(scheduler=scheduler_words(by.scheduler))

    def _say_nothing(self) -> None:
        title = self.tr("No sample of sizes yet")
        explanation = self.tr(
            "While Nexus Studio is open a sample is taken every hour, and kept on this machine: names, bytes and rows. "
            "The system's scheduler can take them too: “Schedule…”."
        )
        self.head.title.setText(title)
        self.head.facts.hide()
        self._empty.show_words("history", title, explanation, (NextStep("sample.take", self.take.text()),))
        self._pages.setCurrentWidget(self._empty)
        self.forecast.show_forecast(None)

    def _show_failure(self, error: StudioError) -> None:
        self._is_stale = True
        self._error.show_error(error, (NextStep(_AGAIN, self.tr("Read again")),))
        self._pages.setCurrentWidget(self._error)

    def _choose_limit(self) -> None:
        if self.limit.value() != self.context.settings.get(GROWTH_LIMIT):
            self.context.settings.set(GROWTH_LIMIT, self.limit.value())
            self.read()

    def _choose(self, step: str) -> None:
        if step == "sample.take":
            self.take_sample()
        elif step in {_AGAIN, "connection.retry"}:
            self.read()
        else:
            self.step_asked.emit(step)


def _sampled_by(growth: GrowthService) -> Sampling | None:
    try:
        return growth.scheduled()
    except StudioError:
        return None  # the dialog says what is wrong
