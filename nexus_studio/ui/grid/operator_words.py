"""Words for the filter's operators; for dates and times "less" reads "before"."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QCoreApplication

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.filters import AllOf, AnyOf, Condition, Filter, Not, Raw
from nexus_studio.core.schema.types import PgType, TypeKind
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP

WORDS: Final = {
    "contains": QT_TRANSLATE_NOOP("operators", "contains"),
    "matches_any_case": QT_TRANSLATE_NOOP("operators", "matches expression, any case"),
    "json_path_is": QT_TRANSLATE_NOOP("operators", "value at path is"),
    "json_path_contains": QT_TRANSLATE_NOOP("operators", "value at path contains"),
    "json_contains": QT_TRANSLATE_NOOP("operators", "contains document"),
    "json_has_path": QT_TRANSLATE_NOOP("operators", "has path"),
    "json_matches": QT_TRANSLATE_NOOP("operators", "fulfils path condition"),
    "array_contains_all": QT_TRANSLATE_NOOP("operators", "has all of"),
    "array_overlaps": QT_TRANSLATE_NOOP("operators", "has any of"),
    "array_within": QT_TRANSLATE_NOOP("operators", "has only"),
    "array_any_contains": QT_TRANSLATE_NOOP("operators", "has element containing"),
    "array_length": QT_TRANSLATE_NOOP("operators", "has length"),
    "range_within": QT_TRANSLATE_NOOP("operators", "lies within"),
    "range_before": QT_TRANSLATE_NOOP("operators", "lies before"),
    "range_after": QT_TRANSLATE_NOOP("operators", "lies after"),
    "network_within": QT_TRANSLATE_NOOP("operators", "lies in network"),
    "network_contains": QT_TRANSLATE_NOOP("operators", "includes address"),
    "within_last": QT_TRANSLATE_NOOP("operators", "in the last"),
    "within_next": QT_TRANSLATE_NOOP("operators", "in the next"),
    "today": QT_TRANSLATE_NOOP("operators", "is today"),
    "yesterday": QT_TRANSLATE_NOOP("operators", "is yesterday"),
    "this_week": QT_TRANSLATE_NOOP("operators", "is this week"),
    "this_month": QT_TRANSLATE_NOOP("operators", "is this month"),
    "last_month": QT_TRANSLATE_NOOP("operators", "is last month"),
    "this_year": QT_TRANSLATE_NOOP("operators", "is this year"),
    "full_text": QT_TRANSLATE_NOOP("operators", "matches words"),
    "array_contains": QT_TRANSLATE_NOOP("operators", "has element"),
    "range_contains": QT_TRANSLATE_NOOP("operators", "includes"),
    "range_overlaps": QT_TRANSLATE_NOOP("operators", "overlaps"),
    "is": QT_TRANSLATE_NOOP("operators", "is"),
    "is_not": QT_TRANSLATE_NOOP("operators", "is not"),
    "in": QT_TRANSLATE_NOOP("operators", "is one of"),
    "not_in": QT_TRANSLATE_NOOP("operators", "is none of"),
    "lt": QT_TRANSLATE_NOOP("operators", "less than"),
    "lte": QT_TRANSLATE_NOOP("operators", "at most"),
    "gt": QT_TRANSLATE_NOOP("operators", "more than"),
    "gte": QT_TRANSLATE_NOOP("operators", "at least"),
    "between": QT_TRANSLATE_NOOP("operators", "between"),
    "not_contains": QT_TRANSLATE_NOOP("operators", "does not contain"),
    "starts_with": QT_TRANSLATE_NOOP("operators", "starts with"),
    "ends_with": QT_TRANSLATE_NOOP("operators", "ends with"),
    "matches": QT_TRANSLATE_NOOP("operators", "matches expression"),
    "json_has_key": QT_TRANSLATE_NOOP("operators", "has key"),
    "is_empty": QT_TRANSLATE_NOOP("operators", "is empty"),
    "is_null": QT_TRANSLATE_NOOP("operators", "is NULL"),
    "is_not_null": QT_TRANSLATE_NOOP("operators", "is not NULL"),
}
"""The English words of every operator; a test holds this and `OPERATORS` together."""

_MOMENT_WORDS: Final = {
    "lt": QT_TRANSLATE_NOOP("operators", "before"),
    "lte": QT_TRANSLATE_NOOP("operators", "until"),
    "gt": QT_TRANSLATE_NOOP("operators", "after"),
    "gte": QT_TRANSLATE_NOOP("operators", "from"),
}
_AT_PATH: Final = {
    "json_path_is": QT_TRANSLATE_NOOP("operators", "{column} at {path} is {value}"),
    "json_path_contains": QT_TRANSLATE_NOOP("operators", "{column} at {path} contains {value}"),
}
_MOMENTS: Final = frozenset({TypeKind.DATE, TypeKind.TIME, TypeKind.TIMESTAMP})
_LONGEST: Final = 40


def operator_words(operator: str, type_: PgType | None = None) -> str:
    """Return an operator in words, as fits a column's type."""
    is_moment = type_ is not None and type_.kind in _MOMENTS
    words = _MOMENT_WORDS.get(operator, "") if is_moment else ""
    return QCoreApplication.translate("operators", words or WORDS.get(operator, operator))


def condition_words(condition: Condition, type_: PgType | None = None) -> str:
    """Return a condition in words: "role is one of COACH, ADMIN"."""
    values = ", ".join(_value(value) for value in condition.values)
    if condition.operator == "between" and len(condition.values) > 1:
        words = QCoreApplication.translate("operators", "{low} and {high}")
        values = words.format(low=_value(condition.values[0]), high=_value(condition.values[1]))
    if condition.operator in _AT_PATH and len(condition.values) > 1:
        words = QCoreApplication.translate("operators", _AT_PATH[condition.operator])
        path, value = condition.values[0] or "$", _value(condition.values[1])
        return words.format(column=condition.column, path=_short(path), value=value)
    return " ".join(part for part in (condition.column, operator_words(condition.operator, type_), values) if part)


def filter_words(condition: Filter) -> str:
    """Return any filter in words."""
    match condition:
        case Condition():
            return condition_words(condition)
        case AllOf(parts):
            return QCoreApplication.translate("operators", " and ").join(_inner(part) for part in parts)
        case AnyOf(parts):
            return QCoreApplication.translate("operators", " or ").join(_inner(part) for part in parts)
        case Not(part):
            return QCoreApplication.translate("operators", "not ({filter})").format(filter=filter_words(part))
        case Raw(text):
            return _short(" ".join(text.split()))


def _inner(part: Filter) -> str:
    return filter_words(part) if isinstance(part, Condition | Not | Raw) else f"({filter_words(part)})"


def _value(cell: Cell) -> str:
    if cell is None:
        return "NULL"
    if cell == "":
        return "“”"
    return _short(cell)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
