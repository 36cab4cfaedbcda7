"""What a question costs, in words: what has to be done, for how long, and the index that would spare it."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QCoreApplication, QLocale

from nexus_studio.core.data.cost import CostReason, MissingIndex, QueryCost
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86_400
_FINE: Final = 10
"""Seconds below which each one is said; above, fives: nobody knows it better."""

DOING: Final = {
    CostReason.SORT: QT_TRANSLATE_NOOP("cost", "Sorting ~{rows} rows by {columns}: {time}."),
    CostReason.FILTER: QT_TRANSLATE_NOOP("cost", "Looking through ~{rows} rows for those that match: {time}."),
    CostReason.SEARCH: QT_TRANSLATE_NOOP("cost", "Searching the texts of ~{rows} rows: {time}."),
    CostReason.FILTER_AND_SORT: QT_TRANSLATE_NOOP(
        "cost", "Looking through ~{rows} rows and sorting ~{sorted} of them by {columns}: {time}."
    ),
    CostReason.COMPUTE: QT_TRANSLATE_NOOP("cost", "Reading ~{rows} rows before the first can be shown: {time}."),
}
"""The English words of every reason; a test holds them together."""

_UNINDEXED: Final = QT_TRANSLATE_NOOP("cost", "Sorting ~{rows} rows by {columns} without an index: {time}.")
_UNCERTAIN: Final = QT_TRANSLATE_NOOP("cost", "Looking through up to ~{rows} rows for those that match: {time}.")
_AT_MOST: Final = QT_TRANSLATE_NOOP("cost", "{time} at most")
_LIMIT: Final = QT_TRANSLATE_NOOP("cost", "The server gives up after {seconds} seconds.")

_LONGER: Final = QT_TRANSLATE_NOOP("cost", "more than a day")
_TIMES: Final = {
    1: (QT_TRANSLATE_NOOP("cost", "about a second"), QT_TRANSLATE_NOOP("cost", "about {number} seconds")),
    _MINUTE: (QT_TRANSLATE_NOOP("cost", "about a minute"), QT_TRANSLATE_NOOP("cost", "about {number} minutes")),
    _HOUR: (QT_TRANSLATE_NOOP("cost", "about an hour"), QT_TRANSLATE_NOOP("cost", "about {number} hours")),
}
"""By the unit in seconds: one of it and several. lupdate knows no plural outside of `tr`."""

_BY_METHOD: Final = {
    "btree": QT_TRANSLATE_NOOP("cost", "An index on {columns} would make this quick."),
    "gin": QT_TRANSLATE_NOOP("cost", "A GIN index on {columns} would make this quick."),
    "gist": QT_TRANSLATE_NOOP("cost", "A GiST index on {columns} would make this quick."),
}
_TRIGRAMS: Final = QT_TRANSLATE_NOOP("cost", "A trigram index (pg_trgm) on {columns} would make this quick.")


def cost_words(cost: QueryCost) -> str:
    """Say what a question costs: "Sorting ~10,000,000 rows by name without an index: about 5 seconds."."""
    doing, rows, time = DOING[cost.reason], cost.rows_read, time_words(cost.seconds)
    if cost.is_uncertain:
        doing, rows = _UNCERTAIN, cost.rows_at_most
        time = _translated(_AT_MOST).format(time=time_words(cost.seconds_at_most))
    elif cost.reason is CostReason.SORT and cost.missing_index is not None:
        doing = _UNINDEXED
    words = _translated(doing).format(
        rows=_rounded(rows), sorted=_rounded(cost.rows_sorted), columns=", ".join(cost.sorted_by), time=time
    )
    if not cost.exceeds_limit or cost.limit_s is None:
        return words
    return f"{words} {_translated(_LIMIT).format(seconds=round(cost.limit_s))}"


def time_words(seconds: float) -> str:
    """Say a time as roughly as it is known: "about 5 seconds", "about 3 minutes"."""
    if seconds >= _DAY:
        return _translated(_LONGER)
    unit = next(unit for unit in (_HOUR, _MINUTE, 1) if seconds >= unit or unit == 1)
    number = max(1, round(seconds / unit))
    if unit == 1 and number > _FINE:
        number = round(number / 5) * 5
    one, many = _TIMES[unit]
    return _translated(one if number == 1 else many).format(number=number)


def index_words(index: MissingIndex) -> str:
    """Say which index would help: "An index on amount, id would make this quick."."""
    words = _TRIGRAMS if index.trigrams else _BY_METHOD.get(index.method, _BY_METHOD["btree"])
    return _translated(words).format(columns=", ".join(column.name for column in index.columns))


def _rounded(rows: int) -> str:
    """Write a number with the two digits that an estimate may have."""
    step = 10 ** max(0, math.floor(math.log10(rows)) - 1) if rows > 0 else 1
    return QLocale().toString(round(rows / step) * step)


def _translated(text: str) -> str:
    return QCoreApplication.translate("cost", text)
