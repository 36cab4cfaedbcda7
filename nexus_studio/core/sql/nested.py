"""Operators on what has values within: documents and arrays. Sources: manual, sections 9.16 and 9.19.

Columns stay as they are wherever their type allows it, so that GIN indexes on them are used (manual, sections 8.14.4
and 65.4).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, cast, exists, func, or_, select
from sqlalchemy.dialects.postgresql import array

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.sql.expressions import JSONB, TEXT, ServerType, searchable, text_bind, typed_bind
from nexus_studio.core.sql.operands import Clause, Operand, Render

JSONPATH: Final = ServerType("pg_catalog.jsonpath")
TEXTS: Final = ServerType("pg_catalog.text[]")
INTEGER: Final = ServerType("pg_catalog.int4")

_PART: Final = re.compile(r"""(?:\A|\.)(?:"((?:[^"]|"")*+)"(?=\.|\Z)|([^.]*))""")


def path_parts(path: str) -> tuple[str, ...]:
    """Take a path into a document apart: keys and positions with dots between them, double quotes around odd keys.

    `address.lines.0` is ("address", "lines", "0"); `"a.b".c` is ("a.b", "c"). An empty path is the document itself, and
    so is a leading `$`, as in a jsonpath.
    """
    found = [part.groups() for part in _PART.finditer(path)] if path else []
    if found and found[0][1] == "$":
        found = found[1:]
    return tuple(plain if quoted is None else quoted.replace('""', '"') for quoted, plain in found)


def _document(left: Operand) -> ColumnElement[Any]:
    return left.value if left.type.name == "jsonb" else cast(left.value, JSONB)


def _json(operator: str, type_: ServerType) -> Render:
    def render(left: Operand, values: tuple[Cell, ...]) -> Clause:
        return _document(left).op(operator, is_comparison=True)(text_value(values[0], type_))

    return render


def text_value(cell: Cell, type_: ServerType) -> ColumnElement[Any]:
    """Return a parameter that is read by a type's input function."""
    return text_bind(cell) if type_ is TEXT else cast(text_bind(cell), type_)


def _found(left: Operand, path: Cell) -> ColumnElement[Any]:
    """Return the text of what stands at a path; NULL where nothing does, and where JSON's null does."""
    keys: list[ColumnElement[Any]] = [text_bind(part) for part in path_parts(path or "")]
    return left.value.op("#>>")(cast(array(keys, type_=TEXT), TEXTS))


def _path_is(left: Operand, values: tuple[Cell, ...]) -> Clause:
    found = _found(left, values[0])
    return found.is_(None) if values[1] is None else found == text_bind(values[1])


def _path_contains(left: Operand, values: tuple[Cell, ...]) -> Clause:
    return searchable(_found(left, values[0])).icontains(values[1] or "", autoescape=True)


def _elements(left: Operand, values: tuple[Cell, ...]) -> ColumnElement[Any]:
    """Return an array of elements; of a domain's, in the column's own type, for an array of its base is another."""
    element = left.type.element or left.type
    found: list[ColumnElement[Any]] = [typed_bind(value, element) for value in values if value is not None]
    return cast(array(found, type_=ServerType(element.compared_sql)), ServerType(left.type.compared_sql))


def _has_null(left: Operand) -> Clause:
    return func.pg_catalog.array_position(left.value, None).is_not(None)


def _contains_all(left: Operand, values: tuple[Cell, ...]) -> Clause:
    """Hold every value. `@>` finds no NULL, so it is looked for by its place."""
    found = left.compared("@>", _elements(left, values))
    return and_(found, _has_null(left)) if None in values else found


def _overlaps(left: Operand, values: tuple[Cell, ...]) -> Clause:
    found = left.compared("&&", _elements(left, values))
    return or_(found, _has_null(left)) if None in values else found


def _within(left: Operand, values: tuple[Cell, ...]) -> Clause:
    return left.compared("<@", _elements(left, values))


def _length_is(left: Operand, values: tuple[Cell, ...]) -> Clause:
    return func.pg_catalog.cardinality(left.value) == text_value(values[0], INTEGER)


def _any_contains(left: Operand, values: tuple[Cell, ...]) -> Clause:
    element = func.pg_catalog.unnest(left.value).column_valued("e")
    return exists(select(1).where(searchable(element).icontains(values[0] or "", autoescape=True)))


RENDER: Final[Mapping[str, Render]] = {
    "json_has_key": _json("?", TEXT),
    "json_has_path": _json("@?", JSONPATH),
    "json_matches": _json("@@", JSONPATH),
    "json_contains": _json("@>", JSONB),
    "json_path_is": _path_is,
    "json_path_contains": _path_contains,
    "array_contains_all": _contains_all,
    "array_overlaps": _overlaps,
    "array_within": _within,
    "array_length": _length_is,
    "array_any_contains": _any_contains,
}
"""The operators of documents and arrays by key."""
