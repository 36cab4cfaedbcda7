"""The models' knowledge as a `ModelOverlay`: labels, descriptions, sensitive columns, defaults made in Python.

This module imports the models. It is imported by `workspace`, which a worker imports when the window already stands:
SQLAlchemy's declarative machinery is too slow to be had before the first paint.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, Connection, Table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import JSON

from models import VIEWS, View, metadata
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.overlay import Cell, ModelOverlay, ModelTable
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.session import Session

MATCHING_SHARE: Final = 0.5
"""How many of a model's columns a table must have, by name and type, to be taken for the model's."""

# A partition is known by its root's model. Types without modifiers: a length may have changed, the meaning has not.
_COLUMNS = text(
    r"""
    SELECT n.nspname, c.relname, coalesce(r.relname, c.relname) AS model, a.attname,
           pg_catalog.format_type(a.atttypid, NULL) AS spelled
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_catalog.pg_class r ON c.relispartition AND r.oid = pg_catalog.pg_partition_root(c.oid)
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
       AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
       AND coalesce(r.relname, c.relname) = ANY (CAST(:names AS text[]))
    """
)
_MODIFIER: Final = re.compile(r"\(\s*\d+(\s*,\s*\d+)?\s*\)")
_QUALIFIER: Final = re.compile(r'^(?:"(?:[^"]|"")+"|[^."\[ ]+)\.')
_SHORT_NAMES: Final = {"char": "character", "varchar": "character varying", "timestamp": "timestamp without time zone"}

Columns = Mapping[str, str]
"""Column name -> type as `_normal` spells it."""


def read_overlay(session: Session, ctx: TaskContext) -> ModelOverlay:
    """Lay the models over the tables that are theirs: one query, which the models' names limit."""
    with session.read(ctx) as connection:
        return overlay_on(connection)


def overlay_on(connection: Connection) -> ModelOverlay:
    """Do the same on an open connection.

    A table is a model's when it has the model's name (in whatever schema), the model's key with the same types, and at
    least `MATCHING_SHARE` of its columns with the same types. Only columns whose type matches too are spoken of: a
    text id made in Python must not be proposed for somebody else's bigint. Views match by name and columns.
    """
    tables = {table.name: table for table in metadata.tables.values()}
    views = {view.name: view for view in VIEWS}
    found: dict[tuple[RelationName, str], dict[str, str]] = defaultdict(dict)
    for schema, name, model, column, spelled in connection.execute(_COLUMNS, {"names": [*tables, *views]}):
        found[RelationName(schema, name), model][column] = _normal(spelled)
    laid: dict[RelationName, ModelTable] = {}
    for (relation, model), columns in found.items():
        known = _of_table(tables[model], columns) if model in tables else _of_view(views[model], columns)
        if known is not None:
            laid[relation] = known
    return ModelOverlay(laid)


def _of_table(table: Table, real: Columns) -> ModelTable | None:
    matching = [column for column in table.columns if real.get(column.name) == _type_of(column)]
    names = {column.name for column in matching}
    key = {column.name for column in table.primary_key.columns}
    if not key <= names or len(matching) < MATCHING_SHARE * len(table.columns):
        return None
    label = tuple(table.info.get("label", ()))
    return ModelTable(
        label=label if set(label) <= names else (),
        description=table.comment or "",
        sensitive=frozenset(column.name for column in matching if column.info.get("sensitive")),
        descriptions={column.name: column.comment for column in matching if column.comment},
        defaults=_makers(matching, lambda column: column.default),
        on_update=_makers(matching, lambda column: column.onupdate),
    )


def _of_view(view: View, real: Columns) -> ModelTable | None:
    if not set(view.label) | set(view.key) <= set(real):
        return None
    return ModelTable(
        label=view.label,
        description=view.comment,
        sensitive=view.sensitive & frozenset(real),
        descriptions={name: said for name, said in view.column_comments.items() if name in real},
    )


def _makers(
    columns: Iterable[Column[Any]], generator_of: Callable[[Column[Any]], Any]
) -> dict[str, Callable[[], Cell]]:
    made: dict[str, Callable[[], Cell]] = {}
    for column in columns:
        maker = _maker(generator_of(column), is_json=isinstance(column.type, JSON))
        if maker is not None:
            made[column.name] = maker
    return made


def _maker(generator: Any, *, is_json: bool) -> Callable[[], Cell] | None:
    """Turn a model's default (see models.base) into a function that gives PostgreSQL text."""
    if generator is None or not (generator.is_scalar or generator.is_callable):
        return None
    if generator.is_callable:
        return lambda: cell_of(generator.arg(None), is_json=is_json)
    return lambda: cell_of(generator.arg, is_json=is_json)


def cell_of(value: Any, *, is_json: bool = False) -> Cell:
    """Write a Python value as PostgreSQL text (ISO dates, hex bytes, JSON), None as NULL.

    Raises:
        TypeError: for a type that no model's default has.
    """
    if value is None:
        return None
    if is_json:
        return json.dumps(value, ensure_ascii=False)
    match value:
        case bool():
            return "true" if value else "false"
        case Enum():
            return str(value.value)
        case datetime():
            return value.isoformat(sep=" ")
        case bytes():
            return rf"\x{value.hex()}"
        case str() | int() | float() | Decimal() | UUID() | date() | time():
            return str(value)
    raise TypeError(type(value).__name__)


_DIALECT: Final = postgresql.dialect()  # type: ignore[no-untyped-call]


def _type_of(column: Column[Any]) -> str:
    return _normal(column.type.compile(dialect=_DIALECT))


def _normal(spelled: str) -> str:
    """Spell a type so that SQLAlchemy and PostgreSQL agree: no schema, no modifier, no quotes, lower case."""
    plain = _MODIFIER.sub("", _QUALIFIER.sub("", spelled)).replace('"', "").lower()
    base = plain.removesuffix("[]")
    return _SHORT_NAMES.get(base, base) + plain[len(base) :]
