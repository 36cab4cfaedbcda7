"""Lines of JSON as cells: numbers digit for digit, documents as JSON, lists as PostgreSQL's arrays. Pure."""

from __future__ import annotations

import json
from typing import Any, Final

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.schema.types import PgType, TypeKind

_EDGES: Final = " \t\r\n,["
_LAST: Final = " \t\r\n,]"


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


class _Twice(dict[str, Any]):
    """An object in which a name stands twice: PostgreSQL's `json` keeps both."""

    __slots__ = ("pairs",)
    pairs: list[tuple[str, Any]]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    twice = _Twice(found)
    twice.pairs = pairs
    return twice


def object_of(line: str) -> dict[str, Any] | None:
    """Read the object of a line; None where the line is empty, or the beginning or end of an array of such lines.

    Raises:
        ValueError: it is no JSON, or no object.
    """
    text = line.lstrip(_EDGES).rstrip(_LAST) if line[:1] in {"[", ","} or line.rstrip()[-1:] in {",", "]"} else line
    if not text.strip():
        return None
    found = json.loads(text, object_pairs_hook=_object, parse_int=_Number, parse_float=_Number, parse_constant=_Number)
    if not isinstance(found, dict):
        raise ValueError(type(found).__name__)  # noqa: TRY004 - as what is no JSON at all
    return found


def cell_of(value: Any, type_: PgType | None) -> Cell:
    """Return a value as the text that PostgreSQL reads it from."""
    if type_ is not None and type_.kind is TypeKind.JSON:
        return None if value is None else _json(value)
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return str(value)
    if isinstance(value, list) and type_ is not None and type_.kind is TypeKind.ARRAY:
        return _array(value, type_.element)
    return _json(value)


def _json(value: Any) -> str:
    """Write JSON again; numbers are the text they were."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        pairs = value.pairs if isinstance(value, _Twice) else value.items()
        return "{" + ", ".join(f"{json.dumps(name, ensure_ascii=False)}: {_json(v)}" for name, v in pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _array(values: list[Any], element: PgType | None) -> str:
    """Write an array as PostgreSQL reads it (manual, section 8.15.6)."""
    parts = []
    for value in values:
        if isinstance(value, list) and (element is None or element.kind is not TypeKind.JSON):
            parts.append(_array(value, element))
            continue
        cell = cell_of(value, element)
        parts.append("NULL" if cell is None else '"' + cell.replace("\\", "\\\\").replace('"', '\\"') + '"')
    return "{" + ",".join(parts) + "}"
