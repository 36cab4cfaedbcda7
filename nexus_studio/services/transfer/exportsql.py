"""What the server is asked for an export: COPY of a table or a query, whose rows it writes as they stand in the file.

Queries are SQLAlchemy's, their values put in as literals by the driver (COPY takes no parameters); names and options
are the driver's too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    TableClause,
    and_,
    case,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.sql.elements import quoted_name

from nexus_studio.core.data.rowformats import MASK
from nexus_studio.core.data.transfer import ENCODINGS, ExportRows, TextStyle
from nexus_studio.core.schema.catalog import Column, Generated, Relation, RelationKind
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.core.sql.expressions import as_text, named, table_of, text_bind
from nexus_studio.core.sql.ordering import ordering_of
from nexus_studio.core.sql.select import key_clause
from nexus_studio.core.sql.where import where

_FORMULA: Final = "^[=+@\t\r-]"
"""Beginnings that spreadsheets take for a formula (OWASP, "CSV Injection")."""

_PLAIN_KINDS: Final = frozenset(
    {TypeKind.NUMBER, TypeKind.BOOLEAN, TypeKind.DATE, TypeKind.TIME, TypeKind.TIMESTAMP, TypeKind.UUID}
)
_BARE: Final = frozenset({"int2", "int4", "int8", "bool"})
_MOST_PARTS: Final = 90  # of concat_ws: the parser takes a hundred arguments
_IN_LINES: Final = frozenset({TypeKind.JSON, TypeKind.ARRAY, TypeKind.COMPOSITE, TypeKind.OTHER})

Output = ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Cut:
    """What of a relation is exported: rows, the columns in order, and which of them show dots instead of values."""

    relation: Relation
    rows: ExportRows
    columns: tuple[Column, ...]
    masked: frozenset[str] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Whether it is the table as it stands, so that the server need not plan a query.

        COPY of a table knows no generated columns and leaves children out.
        """
        relation, query = self.relation, self.rows.query
        return (
            relation.kind is RelationKind.TABLE
            and relation.has_ctid
            and not self.masked & {column.name for column in self.columns}
            and not any(column.generated in {Generated.STORED, Generated.VIRTUAL} for column in self.columns)
            and self.rows.keys is None
            and not (query.search or query.sort or where(relation, table_of(relation), query))
        )


def cells_copy(connection: Connection, driver: psycopg.Connection, cut: Cut, style: TextStyle) -> sql.Composable:
    """COPY lines of cells as CSV, whose every octet is the server's.

    Raises:
        InvalidFilter: when filter or sort do not fit the relation.
    """
    options = sql.SQL("FORMAT csv, HEADER {}, DELIMITER {}, QUOTE {}, ESCAPE {}, NULL {}, ENCODING {}").format(
        sql.SQL("true" if style.has_header else "false"),
        sql.Literal(style.delimiter),
        sql.Literal(style.quote),
        sql.Literal(style.quote),
        sql.Literal(style.null),
        sql.Literal(ENCODINGS[style.encoding]),
    )
    if cut.is_whole and not style.is_guarded:
        return _copy(_table(cut), options)
    guard = _guarded if style.is_guarded else _as_it_is
    return _copy(_query(connection, driver, _chosen(cut, guard)), options)


def texts_copy(connection: Connection, driver: psycopg.Connection, cut: Cut) -> sql.Composable:
    r"""COPY rows in PostgreSQL's own text format: tabs, backslashes, NULL as `\N`; for files that are made here."""
    options = sql.SQL("FORMAT text, ENCODING 'UTF8'")
    source = _table(cut) if cut.is_whole else _query(connection, driver, _chosen(cut, _as_it_is))
    return _copy(source, options)


def json_copy(connection: Connection, driver: psycopg.Connection, cut: Cut) -> sql.Composable:
    """COPY each row as one line of JSON, in binary form: nothing has to be taken out of quotes again.

    Numbers and documents are as PostgreSQL writes them. Line ends within a document (those of `json` are kept as they
    were typed) become blanks: they can stand between its parts only.
    """
    alias = "nexus_row"
    while any(column.name == alias for column in cut.columns):
        alias += "_"
    rows = _chosen(cut, _as_it_is).subquery(alias)
    line: Output = as_text(func.pg_catalog.row_to_json(literal_column(alias)))
    if any(column.type.kind in _IN_LINES for column in cut.columns):
        line = func.pg_catalog.translate(line, text_bind("\n\r"), text_bind("  "))
    return _copy(_query(connection, driver, select(line).select_from(rows)), _BINARY)


def values_copy(connection: Connection, driver: psycopg.Connection, cut: Cut) -> sql.Composable:
    """COPY each row as the values of an INSERT, between parentheses, in binary form."""
    table = table_of(cut.relation)
    literals = [_literal(_shown(cut, column, table.c[column.name]), column, cut) for column in cut.columns]
    line = func.pg_catalog.concat(text_bind("("), _joined(literals), text_bind(")"))
    return _copy(_query(connection, driver, _rows(cut, table, [line])), _BINARY)


_BINARY: Final = sql.SQL("FORMAT binary")


def _copy(source: sql.Composable, options: sql.Composable) -> sql.Composable:
    return sql.SQL("COPY {} TO STDOUT ({})").format(source, options)


def _table(cut: Cut) -> sql.Composable:
    name = cut.relation.name
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in cut.columns)
    return sql.SQL("{} ({})").format(sql.Identifier(name.schema, name.name), columns)


def _query(connection: Connection, driver: psycopg.Connection, statement: Select[Any]) -> sql.Composable:
    """Write a SELECT with its values in it, as the driver quotes them."""
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    written = psycopg.ClientCursor(driver).mogrify(str(compiled), compiled.construct_params())
    return sql.SQL("({})").format(sql.SQL(written))


def _chosen(cut: Cut, write: Any) -> Select[Any]:
    table = table_of(cut.relation)
    outputs = [
        write(_shown(cut, column, table.c[column.name]), column, cut).label(quoted_name(column.name, quote=True))
        for column in cut.columns
    ]
    return _rows(cut, table, outputs)


def _rows(cut: Cut, table: TableClause, outputs: Sequence[Output]) -> Select[Any]:
    """Select the rows; ordered where an order is wished for, or some rows were chosen, else as they come."""
    relation, query = cut.relation, cut.rows.query
    statement = select(*outputs).select_from(table).where(*where(relation, table, query))
    if cut.rows.keys is not None:
        statement = statement.where(or_(*(key_clause(relation, table, key) for key in cut.rows.keys)))
    if query.sort or cut.rows.keys is not None:
        items = ordering_of(relation, named(table), query).items
        statement = statement.order_by(*(item.clause() for item in items))
    return statement


def _shown(cut: Cut, column: Column, value: Output) -> Output:
    """Return a value, or dots where it is hidden: the value itself is never sent. Whether there is one is no secret."""
    if column.name not in cut.masked:
        return value
    return case((value.is_not(None), text_bind(MASK)))


def _as_it_is(value: Output, _column: Column, _cut: Cut) -> Output:
    return value


def _guarded(value: Output, column: Column, cut: Cut) -> Output:
    """Put an apostrophe before what a spreadsheet would compute."""
    if column.type.kind in _PLAIN_KINDS and not column.type.domain_of and column.name not in cut.masked:
        return value
    text = as_text(value)
    is_formula = text.op("~", is_comparison=True)(text_bind(_FORMULA))
    return case((is_formula, func.pg_catalog.concat(text_bind("'"), text)), else_=text)


def _literal(value: Output, column: Column, cut: Cut) -> Output:
    """Write a value as SQL reads it: whole numbers and booleans bare, numeric too where it is a number, else quoted."""
    text, null = as_text(value), text_bind("NULL")
    if column.name in cut.masked:
        return func.pg_catalog.quote_nullable(text)
    if column.type.name in _BARE:
        return func.coalesce(text, null)
    quoted = func.pg_catalog.quote_nullable(text)
    if column.type.name == "numeric":
        is_number = text.op("~", is_comparison=True)(text_bind(r"^-?[0-9.]+$"))
        return case((and_(text.is_not(None), is_number), text), else_=quoted)
    return quoted


def _joined(parts: Sequence[Output]) -> Output:
    """Join texts by commas; many in several steps."""
    while len(parts) > 1:
        ranges = range(0, len(parts), _MOST_PARTS)
        parts = [func.pg_catalog.concat_ws(text_bind(", "), *parts[at : at + _MOST_PARTS]) for at in ranges]
    return parts[0]
