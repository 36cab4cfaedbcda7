"""JSON that stood in SQLite -> the text PostgreSQL prints of it, as jsonb and as an array. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Final

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.textcodec import check_text, refuse

_NEEDS_QUOTES: Final = re.compile(r'[{}",\\\s]|\A\Z|\Anull\Z', re.ASCII | re.IGNORECASE)
_MOST_EXPONENT: Final = 16_383


class _Number(str):
    """A JSON number's text as jsonb prints it: it is written without quotes."""

    __slots__ = ()


def jsonb_text(text: str) -> str:
    """Return what jsonb prints: keys by length and bytes, the last of equal ones, numbers without exponents.

    Raises:
        InvalidValue: "value.not_json", "value.nul" (which jsonb can't hold, also escaped), "value.not_text".
    """
    try:
        return written_json(read_json(check_text(text)))
    except RecursionError:
        raise refuse("value.not_json") from None


def read_json(text: str) -> object:
    """Read JSON for `written_json`: a number stays the text that it is, keys stand in jsonb's order.

    Raises:
        InvalidValue: "value.not_json".
    """
    try:
        return json.loads(
            text, parse_constant=_no_constant, parse_int=_number, parse_float=_number, object_pairs_hook=_ordered
        )
    except (ValueError, RecursionError):
        raise refuse("value.not_json") from None


def written_json(value: object) -> str:
    """Write what `read_json` read as jsonb prints it.

    Raises:
        InvalidValue: "value.nul", "value.not_text" for characters that jsonb can't hold.
    """
    if isinstance(value, _Number):
        return str.__str__(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_string(key)}: {written_json(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written_json, value)) + "]"
    if isinstance(value, str):
        return _string(value)
    return "null" if value is None else "true" if value else "false"


def array_text(found: list[object], element: Callable[[object], Cell]) -> str:
    """Return an array as PostgreSQL prints it.

    Args:
        found: What JSON held; arrays in it are further dimensions.
        element: Writes an element; None for NULL.

    Raises:
        InvalidValue: "value.ragged_array" where the arrays inside differ in shape; whatever `element` raises.
    """
    if not found:
        return "{}"
    if _shape(found) is None:
        raise refuse("value.ragged_array")
    return _braced(found, element)


def _shape(value: object) -> tuple[int, ...] | None:
    """Return the lengths of an array's dimensions; None when it is not rectangular. A value alone has none."""
    if not isinstance(value, list):
        return ()
    shapes = {_shape(each) for each in value}
    if len(shapes) != 1 or None in shapes:
        return None
    (inner,) = shapes
    return (len(value), *(inner or ()))


def _braced(value: list[object], element: Callable[[object], Cell]) -> str:
    parts = [_braced(each, element) if isinstance(each, list) else _quoted(element(each)) for each in value]
    return "{" + ",".join(parts) + "}"


def _quoted(cell: Cell) -> str:
    if cell is None:
        return "NULL"
    if not _NEEDS_QUOTES.search(cell):
        return cell
    return '"' + cell.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _ordered(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return dict(sorted(dict(pairs).items(), key=lambda pair: (len(key := pair[0].encode()), key)))


def _number(text: str) -> _Number:
    """Write a number as numeric prints it: 1e2 is 100, -0 is 0, 1.50 stays."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if abs(int(number.as_tuple().exponent)) > _MOST_EXPONENT:
        raise ValueError(text)
    shown = f"{number:f}"
    return _Number(shown.removeprefix("-") if not number else shown)


def _string(text: str) -> str:
    return json.dumps(check_text(text), ensure_ascii=False)


def _no_constant(name: str) -> None:
    raise ValueError(name)
