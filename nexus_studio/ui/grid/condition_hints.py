"""What to type into a condition's fields: examples and notes by operator and type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QCoreApplication

from nexus_studio.core.data.filters import Arity, Operator
from nexus_studio.core.schema.types import PgType, TypeKind
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP

_CONTEXT: Final = "condition"

AT_PATH: Final = frozenset({"json_path_is", "json_path_contains"})
"""Operators whose two values are a path and what stands there. An empty path is the whole document."""

# Examples are values as PostgreSQL writes them, the same in every language; only words are translated.
_EXAMPLES: Final = {
    TypeKind.NUMBER: "42",
    TypeKind.DATE: "2026-02-01",
    TypeKind.TIMESTAMP: "2026-02-01 10:00",
    TypeKind.TIME: "10:00",
    TypeKind.INTERVAL: "1 day 02:00",
    TypeKind.UUID: "550e8400-e29b-41d4-a716-446655440000",
    TypeKind.JSON: '{"key": 1}',
    TypeKind.NETWORK: "192.168.0.0/24",
    TypeKind.BINARY: "\\x00ff",
}
_OPERATOR_EXAMPLES: Final = {
    "matches": "^[A-Z].*@example\\.org$",
    "matches_any_case": "^a.*@example\\.org$",
    "full_text": '"two words" -without',
    "within_last": "7 days",
    "within_next": "24 hours",
    "json_has_key": "key",
    "json_contains": '{"key": 1}',
    "json_has_path": "$.address.city",
    "json_matches": "$.price > 10",
    "array_length": "3",
    "network_within": "192.168.0.0/16",
    "network_contains": "192.168.0.1",
}
_TEXTS: Final = {
    "contains": QT_TRANSLATE_NOOP("condition", "A part of it"),
    "not_contains": QT_TRANSLATE_NOOP("condition", "A part of it"),
    "starts_with": QT_TRANSLATE_NOOP("condition", "Its beginning"),
    "ends_with": QT_TRANSLATE_NOOP("condition", "Its end"),
}
_PATH_NOTE: Final = QT_TRANSLATE_NOOP("condition", "Keys and positions with dots between them; $ is the whole value.")
_NOTES: Final = {
    "matches": QT_TRANSLATE_NOOP("condition", "A regular expression of PostgreSQL; capitals count."),
    "matches_any_case": QT_TRANSLATE_NOOP("condition", "A regular expression of PostgreSQL; capitals don't count."),
    "full_text": QT_TRANSLATE_NOOP("condition", "Words in any order; “quotes” for phrases, - for what must not be."),
    "within_last": QT_TRANSLATE_NOOP("condition", "A span of time that ends now: 30 minutes, 7 days, 1 month."),
    "within_next": QT_TRANSLATE_NOOP("condition", "A span of time that begins now: 30 minutes, 7 days, 1 month."),
    "json_path_is": _PATH_NOTE,
    "json_path_contains": _PATH_NOTE,
    "json_has_path": QT_TRANSLATE_NOOP("condition", "An SQL/JSON path that finds something."),
    "json_matches": QT_TRANSLATE_NOOP("condition", "An SQL/JSON path that is a condition and true."),
}


@dataclass(frozen=True, slots=True)
class Hints:
    """Placeholders and accessible names of a condition's two fields, and a sentence below (possibly empty)."""

    first: str = ""
    second: str = ""
    note: str = ""
    first_name: str = ""
    second_name: str = ""
    is_words: bool = False
    """Whether `first` says what to type rather than being an example of it."""

    def __post_init__(self) -> None:
        """Give the fields names where none were given: they must have one."""
        if not self.first_name:
            object.__setattr__(self, "first_name", _tr(QT_TRANSLATE_NOOP("condition", "Value")))
        if not self.second_name:
            object.__setattr__(self, "second_name", _tr(QT_TRANSLATE_NOOP("condition", "Upper value")))


def hints_for(operator: Operator, type_: PgType) -> Hints:
    """Return what to say about the values of an operator on a column of a type."""
    if operator.key in _TEXTS and type_.kind is not TypeKind.JSON:
        return Hints(_tr(_TEXTS[operator.key]), is_words=True)
    note = _tr(_NOTES[operator.key]) if operator.key in _NOTES else ""
    example = _OPERATOR_EXAMPLES.get(operator.key, "") or _example(operator, type_)
    if operator.arity is Arity.MANY:
        several = QT_TRANSLATE_NOOP("condition", "Values, with commas between them")
        comma = QT_TRANSLATE_NOOP("condition", 'A value with a comma in it stands in quotes: "a, b".')
        pasted = QT_TRANSLATE_NOOP("condition", "Line ends part them too: paste a column of a spreadsheet.")
        inner = type_.element if type_.kind is TypeKind.ARRAY and type_.element is not None else type_
        return Hints(_tr(several), note=_tr(comma if inner.kind is TypeKind.TEXT else pasted), is_words=True)
    if operator.key in AT_PATH:
        path, value = QT_TRANSLATE_NOOP("condition", "Path"), QT_TRANSLATE_NOOP("condition", "Value")
        return Hints("address.city", "Paris", note, _tr(path), _tr(value))
    if operator.arity is Arity.TWO:
        low, high = _tr(QT_TRANSLATE_NOOP("condition", "from")), _tr(QT_TRANSLATE_NOOP("condition", "to"))
        if example:
            note = _tr(QT_TRANSLATE_NOOP("condition", "For example {example}")).format(example=example)
        return Hints(low, high, note, _tr(QT_TRANSLATE_NOOP("condition", "Lower value")), is_words=True)
    return Hints(example, note=note)


def _example(operator: Operator, type_: PgType) -> str:
    if operator.takes_column_type:
        if type_.kind is TypeKind.RANGE:
            return _range_example(type_)
        if type_.kind is TypeKind.ARRAY:
            return "{a,b}"
        return _EXAMPLES.get(type_.kind, "")
    inner = type_.element if type_.kind in {TypeKind.ARRAY, TypeKind.RANGE} else None
    return _EXAMPLES.get(inner.kind, "") if inner is not None else ""


def _range_example(type_: PgType) -> str:
    kind = type_.element.kind if type_.element is not None else TypeKind.NUMBER
    ends = {TypeKind.DATE: ("2026-02-01", "2026-03-01"), TypeKind.TIMESTAMP: ("2026-02-01 10:00", "2026-02-01 11:00")}
    low, high = ends.get(kind, ("1", "10"))
    return f"[{low},{high})"


def _tr(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)
