"""Statements that compare a table with its like in another database: a mark of each row in key order, and rows shown.

Both sides must be read under the same settings of how values are written. Nothing is executed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, TableClause, cast, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql.base import PGDialect

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.copiedkeys import by_bytes, by_number
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.schema.types import PgType
from nexus_studio.core.sql.expressions import TEXT, ServerType, as_text, named, table_of, text_bind, text_cell
from nexus_studio.core.sql.select import key_clause

_WHOLE_NUMBERS: Final = frozenset({"int2", "int4", "int8"})
_UTF8: Final[ColumnElement[Any]] = literal_column("'UTF8'")
_BYTES: Final = ServerType("pg_catalog.bytea")


class KeyOrder(Enum):
    """How a key's column is ordered, the same on every server."""

    NUMBERS = "numbers"
    UUIDS = "uuids"
    TEXTS = "texts"


@dataclass(frozen=True, slots=True)
class Marking:
    """How the rows of two tables are marked: the columns compared, those of the key, and how these are ordered.

    `is_utf8` says that both databases store UTF-8, whose bytes are in the order of the characters.
    """

    columns: tuple[str, ...]
    key: tuple[str, ...]
    orders: tuple[KeyOrder, ...]
    is_utf8: bool = True

    def place(self, key: tuple[bytes, ...]) -> tuple[Any, ...]:
        """Return what a key is ordered by."""
        if not self.key:
            return by_bytes(key)
        return tuple(
            by_number((cell,))[0] if order is KeyOrder.NUMBERS else by_bytes((cell,))[0]
            for cell, order in zip(key, self.orders, strict=True)
        )


def key_order(then: PgType, now: PgType) -> KeyOrder:
    """Choose how a key's column is ordered: as an index on it is, where Python can tell that order from the text."""
    if {then.name, now.name} <= _WHOLE_NUMBERS and not then.domain_of and not now.domain_of:
        return KeyOrder.NUMBERS
    return KeyOrder.UUIDS if {then.name, now.name} == {"uuid"} else KeyOrder.TEXTS


def marks_query(relation: Relation, marking: Marking) -> str:
    """Write the query of all rows' marks, in order: the key's cells, and a digest of the columns compared."""
    table = table_of(relation)
    statement: Select[*tuple[Any, ...]]
    digest: ColumnElement[Any]
    if not marking.key:
        digest = digest_of(table, marking.columns)
        statement = select(digest.collate("C").label("d")).select_from(table).order_by(literal_column("1"))
    else:
        digest = _hash_of(table, marking.columns) if marking.is_utf8 else digest_of(table, marking.columns)
        keys = [as_text(table.c[name]).label(f"k{index}") for index, name in enumerate(marking.key)]
        order = [_ordered(table.c[name], how, marking) for name, how in zip(marking.key, marking.orders, strict=True)]
        statement = select(*keys, digest.label("d")).select_from(table).order_by(*order)
    return str(statement.compile(dialect=PGDialect(paramstyle="named")))  # type: ignore[no-untyped-call]


def digest_of(table: TableClause, columns: Sequence[str]) -> ColumnElement[str]:
    """Return a digest of a row's columns: SHA-256 of their text, whatever the database's encoding."""
    return func.pg_catalog.encode(_sha256(_row_text(table, columns)), literal_column("'base64'"), type_=TEXT)


def shown_rows(
    relation: Relation, columns: Sequence[str], wide: Sequence[str], keys: Sequence[RowKey]
) -> Select[*tuple[Any, ...]]:
    """Build the SELECT of some rows as they are shown: the key's cells, the columns' (cut), a digest of each wide one.

    `relation` must have the key that `keys` are of.
    """
    table = table_of(relation)
    keyed = [as_text(table.c[name]).label(f"k{index}") for index, name in enumerate(relation.key)]
    return (
        select(*keyed, *_cells(relation, table, columns, wide))
        .select_from(table)
        .where(or_(*(key_clause(relation, table, key) for key in keys)))
    )


def shown_by_digest(
    relation: Relation, columns: Sequence[str], digests: Sequence[str], *, whole: bool = False
) -> Select[*tuple[Any, ...]]:
    """Build the SELECT of one row of each digest: the digest, then its columns, cut unless `whole`. Reads the table."""
    table = table_of(relation)
    digest = digest_of(table, columns)
    cells = (
        [as_text(table.c[name]).label(f"c{index}") for index, name in enumerate(columns)]
        if whole
        else _cells(relation, table, columns, ())
    )
    same = digest.in_([text_bind(each) for each in digests])
    first = digest.label("d")
    return select(first, *cells).select_from(table).where(same).ext(distinct_on(first))


def whole_rows(relation: Relation, columns: Sequence[str], keys: Sequence[RowKey]) -> Select[*tuple[Any, ...]]:
    """Build the SELECT of some rows, whole: the key's cells, then the columns'."""
    table = table_of(relation)
    found = [as_text(table.c[name]).label(f"k{index}") for index, name in enumerate(relation.key)]
    found += [as_text(table.c[name]).label(f"c{index}") for index, name in enumerate(columns)]
    return select(*found).select_from(table).where(or_(*(key_clause(relation, table, key) for key in keys)))


def _hash_of(table: TableClause, columns: Sequence[str]) -> ColumnElement[str | None]:
    """Return 64 bits that tell whether a row of one key is still the same; half the work of a digest."""
    return as_text(func.pg_catalog.hashtextextended(_row_text(table, columns).collate("C"), literal_column("0")))


def _row_text(table: TableClause, columns: Sequence[str]) -> ColumnElement[str]:
    return cast(func.row(*(table.c[name] for name in columns)), TEXT)


def _cells(
    relation: Relation, table: TableClause, columns: Sequence[str], wide: Sequence[str]
) -> list[ColumnElement[Any]]:
    values = named(table)
    cells = [text_cell(values[name], relation.column(name).type).label(f"c{i}") for i, name in enumerate(columns)]
    digests = [as_text(_sha256(as_text(values[name]))).label(f"w{i}") for i, name in enumerate(wide)]
    return [*cells, *digests]


def _ordered(column: ColumnElement[Any], how: KeyOrder, marking: Marking) -> ColumnElement[Any]:
    if how is not KeyOrder.TEXTS:
        return column
    return as_text(column).collate("C") if marking.is_utf8 else _in_utf8(as_text(column))


def _sha256(text: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.pg_catalog.sha256(_in_utf8(text), type_=_BYTES)


def _in_utf8(text: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.pg_catalog.convert_to(text, _UTF8, type_=_BYTES)
