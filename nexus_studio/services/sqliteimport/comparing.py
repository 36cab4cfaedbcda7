"""What is in a table, added up by the server in the same way as what was sent: the proof that nothing went astray."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Connection, TableClause, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import BIT

from nexus_studio.core.admin.sqlitevalues import Compared, Rule
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.core.sql.expressions import as_text, table_of
from nexus_studio.services.sqliteimport.sheets import Sheet, Sums

_MOST_ARGUMENTS: Final = 90  # a function takes a hundred (FUNC_MAX_ARGS)
_DIGITS: Final = 16  # hexadecimal, of md5: eight bytes
_NULL: Final[ColumnElement[Any]] = literal_column(r"'\N'")
_TAB: Final[ColumnElement[Any]] = literal_column(r"E'\t'")
_FLOATS: Final = {Compared.DOUBLE: "float8send", Compared.SINGLE: "float4send"}
_UTF8: Final = "UTF8"


def stored_sums(connection: Connection, sheet: Sheet, encoding: str) -> Sums:
    """Add up all rows of a sheet's target. One look at the whole table, in parallel where the server can.

    Args:
        connection: With TimeZone UTC, DateStyle ISO and bytea_output hex.
        sheet: Tells the columns, and how each is compared.
        encoding: The server's encoding.
    """
    target, pairs = _pairs(sheet)
    parts = [_compared(value, rule) for value, rule in pairs if rule.compared is not Compared.NOT]
    asked: list[ColumnElement[Any]] = [func.count(), func.sum(_digest(parts, encoding))]
    asked += [func.count(value) if rule.nullable else func.count() for value, rule in pairs]
    rows, digest, *present = connection.execute(select(*asked).select_from(target)).one()
    return Sums(rows, int(digest or 0), tuple(present))


def stored_by_column(connection: Connection, sheet: Sheet, encoding: str) -> list[int]:
    """Add up each column of a sheet's target by itself, to tell which one differs."""
    target, pairs = _pairs(sheet)
    parts = [[] if rule.compared is Compared.NOT else [_compared(value, rule)] for value, rule in pairs]
    asked = [func.sum(_digest(part, encoding)) for part in parts]
    return [int(digest or 0) for digest in connection.execute(select(*asked).select_from(target)).one()]


def has_rows(connection: Connection, relation: Relation) -> bool:
    """Tell whether a table holds any row."""
    return connection.execute(select(literal_column("1")).select_from(table_of(relation)).limit(1)).first() is not None


def _compared(value: ColumnElement[Any], rule: Rule) -> ColumnElement[Any]:
    if rule.compared in _FLOATS:
        sent = getattr(func.pg_catalog, _FLOATS[rule.compared])(value)
        text: ColumnElement[Any] = func.pg_catalog.encode(sent, literal_column("'hex'"))
    elif not rule.nullable and rule.type.kind is not TypeKind.BOOLEAN and rule.compared is Compared.TEXT:
        return value  # concat_ws prints it as a CAST does, but for booleans and char(n)
    else:
        text = as_text(value)
    return func.coalesce(text, _NULL) if rule.nullable else text


def _digest(parts: list[ColumnElement[Any]], encoding: str) -> ColumnElement[Any]:
    """Return the first eight bytes of the md5 of a row's text, as a bigint."""
    if not parts:
        text: ColumnElement[Any] = literal_column("''")
    while len(parts) > _MOST_ARGUMENTS:
        parts = [func.pg_catalog.concat_ws(_TAB, *parts[:_MOST_ARGUMENTS]), *parts[_MOST_ARGUMENTS:]]
    if parts:
        text = func.pg_catalog.concat_ws(_TAB, *parts)
    if encoding != _UTF8:
        text = func.pg_catalog.convert_to(text, literal_column("'UTF8'"))
    digits = func.pg_catalog.left(func.pg_catalog.md5(text), literal_column(str(_DIGITS)))
    return cast(cast(literal_column("'x'").concat(digits), BIT(64)), BigInteger)


def _pairs(sheet: Sheet) -> tuple[TableClause, list[tuple[ColumnElement[Any], Rule]]]:
    target = table_of(sheet.plan.target)
    pairs = zip(sheet.plan.columns, sheet.rules, strict=True)
    return target, [(target.c[pair.target.name], rule) for pair, rule in pairs]
