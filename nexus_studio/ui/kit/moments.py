"""How a moment is written for people: in the locale's form and this machine's time."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from PySide6.QtCore import QDate, QDateTime, QLocale, QTime


def moment_text(moment: datetime) -> str:
    """Write a moment to the minute in the locale's short form; one without a zone as it is."""
    return _written(moment, QLocale().name())


def exact_moment_text(moment: datetime) -> str:
    """Write a moment to the second, with its zone, for whoever compares it with logs (ISO 8601)."""
    return (moment.astimezone() if moment.tzinfo is not None else moment).isoformat(" ", "seconds")


# Lists of thousands ask for the same ones with every look; the locale's name is part of the question.
@lru_cache(maxsize=4096)
def _written(moment: datetime, _locale: str) -> str:
    local = moment.astimezone() if moment.tzinfo is not None else moment
    shown = QDateTime(QDate(local.year, local.month, local.day), QTime(local.hour, local.minute, local.second))
    return QLocale().toString(shown, QLocale.FormatType.ShortFormat)
