"""What to type into a condition's fields: examples by operator and type, and lists of values as one line of text."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QCoreApplication

from nexus_studio.core.data.filters import Arity, Operator
from nexus_studio.core.schema.types import PgType, TypeKind
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP

_CONTEXT: Final = "condition"

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
    "full_text": 'word "two words" -without',
    "json_has_key": "key",
}
_TEXTS: Final = {
    "contains": QT_TRANSLATE_NOOP("condition", "A part of it"),
    "not_contains": QT_TRANSLATE_NOOP("condition", "A part of it"),
    "starts_with": QT_TRANSLATE_NOOP("condition", "Its beginning"),
    "ends_with": QT_TRANSLATE_NOOP("condition", "Its end"),
}
_NOTES: Final = {
    "matches": QT_TRANSLATE_NOOP("condition", "A regular expression of PostgreSQL; capitals count."),
    "full_text": QT_TRANSLATE_NOOP("condition", "Words in any order; “quotes” for phrases, - for what must not be."),
}


@dataclass(frozen=True, slots=True)
class Hints:
    """Placeholders and accessible names of a condition's two fields, and a sentence below (possibly empty)."""

    first: str = ""
    second: str = ""
    note: str = ""
    first_name: str = ""
    second_name: str = ""

    def __post_init__(self) -> None:
        """Give the fields names where none were given: they must have one."""
        if not self.first_name:
            object.__setattr__(self, "first_name", _tr(QT_TRANSLATE_NOOP("condition", "Value")))
        if not self.second_name:
            object.__setattr__(self, "second_name", _tr(QT_TRANSLATE_NOOP("condition", "Upper value")))


def hints_for(operator: Operator, type_: PgType) -> Hints:
    """Return what to say about the values of an operator on a column of a type."""
    if operator.key in _TEXTS and type_.kind is not TypeKind.JSON:
        return Hints(_tr(_TEXTS[operator.key]))
    note = _tr(_NOTES[operator.key]) if operator.key in _NOTES else ""
    example = _OPERATOR_EXAMPLES.get(operator.key, "") or _example(operator, type_)
    if operator.arity is Arity.MANY:
        several = QT_TRANSLATE_NOOP("condition", "Values, with commas or line ends between them")
        note = note or _tr(QT_TRANSLATE_NOOP("condition", 'A value with a comma in it stands in quotes: "a, b".'))
        return Hints(_tr(several), note=note)
    if operator.arity is Arity.TWO and operator.key.startswith("json"):
        return Hints(
            "address.city",
            "Paris",
            note or _tr(QT_TRANSLATE_NOOP("condition", "Keys with dots between them, and the value found there.")),
            _tr(QT_TRANSLATE_NOOP("condition", "Path")),
            _tr(QT_TRANSLATE_NOOP("condition", "Value")),
        )
    if operator.arity is Arity.TWO:
        low, high = _tr(QT_TRANSLATE_NOOP("condition", "from")), _tr(QT_TRANSLATE_NOOP("condition", "to"))
        return Hints(low, high, note, _tr(QT_TRANSLATE_NOOP("condition", "Lower value")))
    return Hints(example, note=note)


def listed(text: str) -> tuple[str, ...]:
    """Take a line of values apart: commas and line ends part them, double quotes hold them together.

    A column copied from a spreadsheet pastes as it is. What is empty between commas is left out.
    """
    found: list[str] = []
    for line in text.replace("\u2028", "\n").splitlines():  # a QLineEdit shows a pasted line end so
        for cells in csv.reader([line], skipinitialspace=True):
            found += [cell.strip() for cell in cells]
    return tuple(cell for cell in found if cell)


def list_text(values: Iterable[str]) -> str:
    """Write values as the line that `listed` takes apart."""
    return ", ".join(_quoted(value) for value in values)


def _quoted(value: str) -> str:
    if any(sign in value for sign in ',"\n\r') or value != value.strip():
        doubled = value.replace('"', '""')
        return f'"{doubled}"'
    return value


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
