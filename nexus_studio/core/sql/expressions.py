"""The bricks of every statement on rows: a relation as a table, a column as a cell's text, a cell as a typed value.

Everything a person named or typed enters a statement here: names through SQLAlchemy's quoting, values as parameters.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, TableClause, bindparam, case, cast, column, func, literal_column, table
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import TypeCompiler
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.types import UserDefinedType

from nexus_studio.core.data.cells import PREVIEW, Cell
from nexus_studio.core.data.rowformats import MASK
from nexus_studio.core.schema.catalog import Relation, RelationKind
from nexus_studio.core.schema.types import PgType, TypeKind

# The names of system columns (manual, section 5.6); no column of a table may have them.
PLACE: Final = "ctid"
VERSION: Final = "xmin"

# Kinds whose text has the database's own collation, which is always deterministic.
_WITHOUT_COLLATION: Final = frozenset(
    {
        TypeKind.NUMBER,
        TypeKind.BOOLEAN,
        TypeKind.DATE,
        TypeKind.TIME,
        TypeKind.TIMESTAMP,
        TypeKind.INTERVAL,
        TypeKind.UUID,
        TypeKind.ENUM,
        TypeKind.JSON,
        TypeKind.BINARY,
        TypeKind.NETWORK,
    }
)

_MAY_BE_ROWS: Final = frozenset({"composite", "other"})
"""Kinds of types whose values may have fields."""

_MOST_CONVERTED: Final = 128 * 1024
"""Octets a bulky value may be stored in for its beginning to be shown."""

_DOTS: Final = f"'{MASK}'"

_PREVIEW_BYTES: Final = PREVIEW // 2  # "\x" and two digits a byte: one byte more than is shown


class ServerType(UserDefinedType[str]):
    """A type by PostgreSQL's own spelling. Values pass as they are, untyped: the server reads them as a literal's text.

    SQLAlchemy's String would send a varchar, and a CAST from varchar is not in every case what the type's own input
    does (`"char"`, domains over varchar(n)).
    """

    cache_ok = True

    def __init__(self, sql: str) -> None:
        self.sql = sql

    @property
    def python_type(self) -> type[str]:
        """Cells are text."""
        return str


@compiles(ServerType)
def _spell(type_: ServerType, compiler: TypeCompiler, **_: Any) -> str:
    """Write the type's name; percent signs are doubled where the driver would take them for a parameter."""
    doubled = compiler.dialect.paramstyle in {"format", "pyformat"}
    return type_.sql.replace("%", "%%") if doubled else type_.sql


TEXT: Final = ServerType("pg_catalog.text")
TID: Final = ServerType("pg_catalog.tid")
JSONB: Final = ServerType("pg_catalog.jsonb")


def has_version(relation: Relation) -> bool:
    """Tell whether rows have an xmin that may be read: system columns need the right to read the whole table."""
    return relation.kind in {RelationKind.TABLE, RelationKind.MATERIALIZED_VIEW} and all(
        column.is_shown for column in relation.columns
    )


def has_place(relation: Relation) -> bool:
    """Tell whether rows have a ctid that identifies them and may be read."""
    return relation.has_ctid and has_version(relation)


def table_of(relation: Relation) -> TableClause:
    """Return the relation as a table; `.c` has its columns by name, and ctid and xmin where it has them."""
    columns = [column(quoted_name(each.name, quote=True), ServerType(each.type.sql)) for each in relation.columns]
    if has_version(relation):
        columns.append(column(VERSION))
    if has_place(relation):
        columns.append(column(PLACE))
    return table(
        quoted_name(relation.name.name, quote=True), *columns, schema=quoted_name(relation.name.schema, quote=True)
    )


def named(table: TableClause) -> dict[str, ColumnElement[Any]]:
    """Return a table's columns by name."""
    return {column.name: column for column in table.c}


def as_text(value: ColumnElement[Any]) -> ColumnElement[str | None]:
    """Return a value's whole text form."""
    return cast(value, TEXT)


def searchable(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a value's text for LIKE and regular expressions, which refuse nondeterministic collations before 18.

    The database's own collation is what most columns have anyway, so that trigram indexes are used.
    """
    return as_text(value).collate("default")


def dots(value: ColumnElement[Any]) -> ColumnElement[str | None]:
    """Return what stands for a value that is hidden: whether there is one is no secret."""
    return case((value.is_not(None), literal_column(_DOTS, TEXT)))


def whole_text(relation: Relation, table: TableClause, name: str) -> ColumnElement[str | None]:
    """Return a column (or a system column) as its whole text, or dots where the connection hides it."""
    value = table.c[name]
    is_masked = relation.has_column(name) and relation.column(name).masked
    return dots(value) if is_masked else as_text(value)


def text_cell(value: ColumnElement[Any], type_: PgType) -> ColumnElement[str | None]:
    """Return a column as a grid's cell: its text, of wide types at most `PREVIEW` characters and one or two more.

    bytea is cut before it is written as hex, so that a large one is never read whole.
    """
    if not type_.is_wide:
        return as_text(value)
    if type_.kind is TypeKind.BINARY:
        return as_text(func.pg_catalog.substr(value, literal_column("1"), literal_column(str(_PREVIEW_BYTES))))
    return func.pg_catalog.left(as_text(value), literal_column(str(PREVIEW + 1)))


def is_bulky(type_: PgType) -> bool:
    """Tell whether a value has to be converted whole to show its beginning: all wide ones but text and bytea."""
    return type_.is_wide and type_.kind not in {TypeKind.TEXT, TypeKind.BINARY}


def bounded_cell(value: ColumnElement[Any], type_: PgType) -> ColumnElement[str | None]:
    """Return a column as a page's cell: as `text_cell`, but empty where it is bulky and stored in too many octets.

    A page of documents would take seconds otherwise; `octets` tells them from empty texts.
    """
    if not is_bulky(type_):
        return text_cell(value, type_)
    return case((_is_huge(value), literal_column("''")), else_=text_cell(value, type_))


def octets(value: ColumnElement[Any], type_: PgType) -> ColumnElement[int] | None:
    """Return a value's size in octets, None where it is not cheap: octet_length reads only the header of a long value.

    Types of kind TEXT are binary-compatible with text (varchar, citext, domains over them), so the CAST is free. Of
    bulky values it is what they are stored in, and only where `bounded_cell` leaves them empty.
    """
    if not type_.is_wide:
        return None
    if type_.kind is TypeKind.BINARY:
        return func.pg_catalog.octet_length(value, type_=Integer)
    if type_.kind is TypeKind.TEXT:
        return func.pg_catalog.octet_length(as_text(value), type_=Integer)
    if type_.name == "xml":
        return case((_is_huge(value), _stored(value)), else_=func.pg_catalog.octet_length(as_text(value)))
    return case((_is_huge(value), _stored(value)))


def _stored(value: ColumnElement[Any]) -> ColumnElement[int]:
    """Return what a value takes in the table, compressed as it is: this does not read it."""
    return func.pg_catalog.pg_column_size(value, type_=Integer)


def _is_huge(value: ColumnElement[Any]) -> ColumnElement[bool]:
    return _stored(value) > literal_column(str(_MOST_CONVERTED))


def text_bind(cell: Cell) -> ColumnElement[str | None]:
    """Return a parameter that the server takes as text."""
    return cast(bindparam(None, cell, type_=TEXT), TEXT)


def typed_bind(cell: Cell, type_: PgType) -> ColumnElement[str | None]:
    """Return a parameter to compare with, read by the type's own input function: indexes are used, nothing is lost.

    A domain's is read by its base type: values stored before a constraint that is NOT VALID must be found too.
    """
    server_type = ServerType(type_.compared_sql)
    return cast(bindparam(None, cell, type_=server_type), server_type)


def assigned_bind(cell: Cell, type_: PgType) -> ColumnElement[str | None]:
    """Return a parameter to be stored, read by the type itself; a domain checks it."""
    server_type = ServerType(type_.sql)
    return cast(bindparam(None, cell, type_=server_type), server_type)


def is_still(value: ColumnElement[Any], cell: Cell, type_: PgType) -> ColumnElement[bool]:
    """Tell whether a column still holds exactly the text that was read.

    Not by the type's `=`, which overlooks changes: 1.0 is 1.00, a month is 30 days, citext and nondeterministic
    collations take a for A. A row of NULLs "is NULL" to PostgreSQL, and holds something all the same.
    """
    if cell is None:
        return (as_text(value) if type_.kind.value in _MAY_BE_ROWS else value).is_(None)
    text = as_text(value)
    exact = text if type_.kind in _WITHOUT_COLLATION else text.collate("C")
    return exact.is_not_distinct_from(text_bind(cell))


def equals(value: ColumnElement[Any], cell: Cell, type_: PgType) -> ColumnElement[bool]:
    """Compare with a cell, as text where the type has no equality. NULL equals NULL."""
    if cell is None:
        return value.is_(None)
    if not type_.has_equality:
        return as_text(value) == text_bind(cell)
    return value == typed_bind(cell, type_)
