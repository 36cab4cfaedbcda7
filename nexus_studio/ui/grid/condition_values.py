"""Values of a condition: from what was typed to what an operator takes, and lists as one line of text."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from typing import Final

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.codecs import CodecRegistry
from nexus_studio.core.data.filters import Arity, Operator
from nexus_studio.core.errors import InvalidValue
from nexus_studio.core.schema.types import PgType, TypeKind
from nexus_studio.ui.grid.condition_hints import AT_PATH

_OF_ELEMENTS: Final = frozenset({"array_contains", "array_contains_all", "array_overlaps", "array_within"})


def checked(operator: Operator, type_: PgType, texts: Sequence[str], codecs: CodecRegistry) -> tuple[Cell, ...]:
    """Return typed texts as the operator's values; none when one is missing.

    An empty text is a value of text columns alone, and the path of a whole document.

    Raises:
        InvalidValue: when the type of the column, or of its elements, refuses one.
    """
    if operator.key in AT_PATH:
        return tuple(texts)
    if operator.key == "array_length" and texts[0].strip() and not texts[0].strip().isdecimal():
        raise InvalidValue(reason="value.not_integer")
    inner = value_type(operator, type_)
    if inner is None:
        return tuple(texts) if texts and all(texts) else ()
    if inner.kind is not TypeKind.TEXT and "" in texts:
        return ()
    codec = codecs.for_type(inner)
    return tuple(codec.check(text, inner) for text in texts)


def value_type(operator: Operator, type_: PgType) -> PgType | None:
    """Return the type that an operator's values have on a column: its own, its elements', None for plain text."""
    if operator.key in _OF_ELEMENTS:
        return type_.element
    return type_ if operator.takes_column_type else None


def choices_for(operator: Operator, type_: PgType) -> tuple[str, ...]:
    """Return the values there are to choose from; none where they can't be listed."""
    if operator.arity not in {Arity.ONE, Arity.MANY}:
        return ()
    inner = value_type(operator, type_)
    if inner is None:
        return ()
    if inner.kind is TypeKind.BOOLEAN:
        return ("true", "false")
    return inner.labels if inner.kind is TypeKind.ENUM else ()


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
