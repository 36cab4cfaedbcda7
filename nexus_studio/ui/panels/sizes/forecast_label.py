"""ForecastLabel: when a size is reached, if it goes on like this, and how sure that is."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QLabel, QWidget

from nexus_studio.core.admin.growth import Forecast, Trend
from nexus_studio.ui.kit.wording import in_series
from nexus_studio.ui.panels.sizes.words import day_text, grown_text


class ForecastLabel(QLabel):
    """Says a forecast in a sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sizes.forecast")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._forecast: Forecast | None = None

    def show_forecast(self, forecast: Forecast | None) -> None:
        """Say another forecast; None: none was asked for."""
        self._forecast = forecast
        self.setText(self._words(forecast) if forecast is not None else "")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.show_forecast(self._forecast)

    # inside

    def _words(self, forecast: Forecast) -> str:
        if forecast.trend is Trend.GROWING and forecast.at is not None:
            words = self.tr("Reached about {day}, with {size} a day").format(
                day=day_text(forecast.at), size=grown_text(round(forecast.bytes_per_day or 0))
            )
            return in_series((words, self._range_words(forecast)))
        return {
            Trend.TOO_FEW: self.tr("Not known: a forecast takes samples of three days."),
            Trend.FLAT: self.tr("It does not grow: never, if it goes on like this."),
            Trend.SHRINKING: self.tr("It shrinks: never, if it goes on like this."),
            Trend.REACHED: self.tr("That size is reached already."),
            Trend.FAR: self.tr("Not within ten years, if it goes on like this."),
            Trend.GROWING: "",
        }[forecast.trend]

    def _range_words(self, forecast: Forecast) -> str:
        earliest = day_text(forecast.earliest) if forecast.earliest is not None else ""
        if forecast.latest is None:
            words = self.tr("likely not before {earliest}, and perhaps never: growth is too uneven to say more.")
            return words.format(earliest=earliest)
        if forecast.earliest == forecast.latest:
            return self.tr("if growth stays as it was.")
        words = self.tr("likely between {earliest} and {latest}, if growth stays as it was.")
        return words.format(earliest=earliest, latest=day_text(forecast.latest))
