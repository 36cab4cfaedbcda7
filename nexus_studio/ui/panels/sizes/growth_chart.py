"""GrowthChart: sizes over time as lines, one for the database or for each chosen table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nexus_studio.core.admin.growth import Sample, Series
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.moments import moment_text
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.sizes_said import bytes_text
from nexus_studio.ui.panels.sizes.charts import ChartLoader, dress, put_away
from nexus_studio.ui.panels.sizes.time_marks import time_marks
from nexus_studio.ui.panels.sizes.words import size_text

_INKS: Final = ("accent", "danger", "success", "warning", "default", "info")
MOST: Final = len(_INKS)
"""How many lines can be told apart."""

_TICKS: Final = 4
_WIDE: Final = 2.0
_NEAR: Final = 2.0


class GrowthChart(QWidget):
    """Lines with a point for each sample; what the mouse is near to is said below. The list beside says it in words."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sizes.growth_chart")
        self._context = context
        self._charts: Any = None
        self._plot: Any = None
        self._is_asked = self._has_answer = False
        self._series: tuple[Series, ...] = ()
        self._limit = 0
        self._waiting = label("", "muted", name="sizes.growth_waiting")
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pointed = label("", "muted", name="sizes.growth_pointed")
        self._pointed.setContentsMargins(12, 2, 12, 4)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self._waiting, 1)
        self._column.addWidget(self._pointed)
        context.theme.changed.connect(self._draw)
        self.retranslate()

    @property
    def is_drawn(self) -> bool:
        """Whether the charting library is there and has drawn."""
        return self._plot is not None

    @property
    def series(self) -> tuple[Series, ...]:
        """What is shown."""
        return self._series

    def ensure(self) -> None:
        """Load the charting library, once: somebody wants to see a chart."""
        if not self._is_asked:
            self._is_asked = True
            ChartLoader(self._context.runner, self, self._arrived)

    def show_series(self, series: Sequence[Series], limit_bytes: int = 0) -> None:
        """Show lines; `limit_bytes` is drawn as a line of its own, 0: none."""
        self._series, self._limit = tuple(series), limit_bytes
        self._draw()

    def let_go(self) -> None:
        """Put the chart away; it is made again when it is to be seen."""
        plot, self._plot, self._is_asked = self._plot, None, False
        if plot is not None:
            put_away(plot)

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.setAccessibleName(self.tr("Sizes over time"))
        missing = self.tr("The charts need pyqtgraph, which is not installed: pip install pyqtgraph")
        waiting = self.tr("Preparing the chart…")
        self._waiting.setText(missing if self._has_answer and self._charts is None else waiting)
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _arrived(self, charts: Any) -> None:
        self._charts, self._has_answer = charts, True
        if not self._is_asked or self._plot is not None:
            return  # it was let go of before it came, and maybe asked for again
        if charts is not None:
            self._plot = charts.PlotWidget(self)
            self._plot.setObjectName("sizes.growth_plot")
            self._plot.setAccessibleName(self.accessibleName())
            self._plot.setMouseEnabled(x=False, y=False)
            self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self._plot.scene().sigMouseMoved.connect(self._point)
            self._waiting.hide()
            self._column.insertWidget(0, self._plot, 1)
        self.retranslate()

    def _draw(self) -> None:
        plot, charts = self._plot, self._charts
        if plot is None:
            return
        theme = self._context.theme
        dress(plot, theme)
        item = plot.getPlotItem()
        item.clear()
        if item.legend is not None:
            item.legend.scene().removeItem(item.legend)
            item.legend = None
        if len(self._series) > 1:
            item.addLegend(offset=(12, 8), labelTextColor=theme.color("text"), brush=theme.color("raised"))
        for ink, series in zip(_INKS, self._series, strict=False):
            pen = QPen(theme.color(ink))
            pen.setWidthF(_WIDE)
            pen.setCosmetic(True)
            xs = [sample.taken_at.timestamp() for sample in series.samples]
            ys = [sample.total_bytes for sample in series.samples]
            item.plot(xs, ys, pen=pen, name=_name(series), symbol="o", symbolSize=5, symbolBrush=theme.color(ink),
                      symbolPen=None)  # fmt: skip
        if self._has_limit():
            pen = QPen(theme.color("danger"))
            pen.setStyle(Qt.PenStyle.DashLine)
            pen.setCosmetic(True)
            item.addItem(charts.InfiniteLine(self._limit, angle=0, pen=pen))
        self._scale(item)

    def _has_limit(self) -> bool:
        """Tell whether the limit is near enough to be drawn: far above, it would flatten all lines."""
        most = max((sample.total_bytes for series in self._series for sample in series.samples), default=0)
        return 0 < self._limit <= _NEAR * most

    def _scale(self, item: Any) -> None:
        samples = [sample for series in self._series for sample in series.samples]
        if not samples:
            return
        most = max(sample.total_bytes for sample in samples)
        if self._has_limit():
            most = max(most, self._limit)
        least = min(sample.total_bytes for sample in samples)
        around = max((most - least) * 0.1, most * 0.02, 1.0)
        low, high = max(0.0, least - around), most + around
        item.setYRange(low, high, padding=0)
        first, last = (pick(sample.taken_at.timestamp() for sample in samples) for pick in (min, max))
        beside = max((last - first) * 0.03, 1800.0)
        item.setXRange(first - beside, last + beside, padding=0)
        item.getAxis("bottom").setTicks([time_marks(first - beside, last + beside)])
        step = (high - low) / _TICKS
        ticks: dict[str, float] = {}  # by what they say: near to each other, two would say the same
        for place in (low + step * number for number in range(_TICKS + 1)):
            ticks.setdefault(size_text(round(place)), place)
        item.getAxis("left").setTicks([[(place, words) for words, place in ticks.items()]])

    def _point(self, place: QPointF) -> None:
        """Say the sample that is nearest to the mouse."""
        item = self._plot.getPlotItem()
        if not item.sceneBoundingRect().contains(place):
            self._pointed.setText("")
            return
        found: list[tuple[float, Series, Sample]] = []
        for series in self._series:
            for sample in series.samples:
                at = item.vb.mapViewToScene(QPointF(sample.taken_at.timestamp(), sample.total_bytes))
                found.append(((at.x() - place.x()) ** 2 + (at.y() - place.y()) ** 2, series, sample))
        if not found:
            return
        _, series, sample = min(found, key=lambda each: each[0])
        pieces = (_name(series), moment_text(sample.taken_at), size_text(sample.total_bytes),
                  bytes_text(sample.total_bytes))  # fmt: skip
        self._pointed.setText("  ·  ".join(filter(None, pieces)))


def _name(series: Series) -> str:
    return str(series.relation) if series.relation is not None else ""
