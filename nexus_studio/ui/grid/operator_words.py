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
