"""SqliteFile: a SQLite database on disk, read only, as tables and batches of rows. Nothing is ever written to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import ColumnElement, Select, case, column, func, literal_column, select, table
from sqlalchemy.dialects import sqlite

from nexus_studio.core.admin.sqliteimport import SqliteColumn, SqliteTable
from nexus_studio.core.admin.sqlitemoments import NumberRange
from nexus_studio.core.admin.sqlitevalues import SqliteValue
from nexus_studio.core.errors import ImportRefused
from nexus_studio.core.tasks import Cancelled, CancelToken

BATCH: Final = 1_000
"""Rows that are read, turned and sent at a time."""

_MAGIC: Final = b"SQLite format 3\0"
_ROWIDS: Final = ("rowid", "_rowid_", "oid")
_DIALECT: Final = sqlite.dialect()
_TABLES: Final = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1"
)
_COLUMNS: Final = "SELECT name, type, hidden FROM pragma_table_xinfo(?) ORDER BY cid"
_VIRTUAL: Final = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%'"
# Tables in which full-text and spatial indexes keep what they know (https://www.sqlite.org/fts5.html, section 9).
_SHADOWS: Final = (
    *("content", "segments", "segdir", "docsize", "stat", "data", "idx", "config"),
    *("node", "rowid", "parent"),
)
_IS_HIDDEN: Final = 1  # of pragma_table_xinfo: a column of a virtual table; 2 and 3 are generated ones

Rows = list[tuple[SqliteValue, ...]]


class SqliteFile:
    """An open file, of which one state is seen from beginning to end. One thread at a time."""

    def __init__(self, path: Path, connection: sqlite3.Connection, token: CancelToken) -> None:
        self.path = path
        self._connection = connection
        self._token = token

    def tables(self) -> tuple[SqliteTable, ...]:
        """Return the tables with their columns and number of rows; virtual tables and what they keep are left out."""
        with self._asking():
            names = [name for (name,) in self._connection.execute(_TABLES)]
            virtual = [name for (name,) in self._connection.execute(_VIRTUAL)]
            kept = {*virtual, *(f"{name}_{ending}" for name in virtual for ending in _SHADOWS)}
            return tuple(self._table(name) for name in names if name not in kept)

    def ranges(self, source: SqliteTable, names: Sequence[str]) -> dict[str, NumberRange]:
        """Return the bounds of the numbers in some columns. One look at the whole table, two where they are mixed."""
        if not names:
            return {}
        bounds = self._asked(source, [part(column(name)) for name in names for part in (func.min, func.max)])
        found: dict[str, NumberRange] = {}
        for name, low, high in zip(names, bounds[::2], bounds[1::2], strict=True):
            if isinstance(low, int) and isinstance(high, int):
                found[name] = NumberRange((low, high))
            elif isinstance(low, int | float):
                found[name] = self._mixed(source, name)
            else:  # numbers stand before text and bytes: there are none
                found[name] = NumberRange()
        return found

    def _mixed(self, source: SqliteTable, name: str) -> NumberRange:
        found = self._asked(source, [part for kind in ("integer", "real") for part in _bounds(name, kind)])
        integers = None if found[0] is None else (found[0], found[1])
        return NumberRange(integers, None if found[2] is None else (found[2], found[3]))

    def _asked(self, source: SqliteTable, columns: Sequence[ColumnElement[Any]]) -> tuple[Any, ...]:
        statement: Select[Any] = select(*columns).select_from(table(source.name))
        with self._asking():
            found: tuple[Any, ...] = self._connection.execute(_sql(statement)).fetchone()
        return found

    def batches(self, source: SqliteTable, names: Sequence[str], *, numbered: bool = False) -> Iterator[Rows]:
        """Yield the rows of a table, `BATCH` at a time, in the order of their rowid.

        Args:
            source: The table.
            names: Which columns.
            numbered: Whether the rowid (else the row's number, from 1) is to stand in front of each row.

        Text that is no UTF-8 has lone surrogates where its odd bytes are.
        """
        asked: list[ColumnElement[Any]] = [column(name) for name in names]
        if numbered and source.has_rowid:
            asked.insert(0, literal_column(_rowid(source) or _ROWIDS[0]))
        statement: Select[Any] = select(*asked).select_from(table(source.name))
        done = 0
        for rows in self._rows(statement):
            if numbered and not source.has_rowid:
                yield [(number, *row) for number, row in enumerate(rows, start=done + 1)]
            else:
                yield rows
            done += len(rows)

    def _rows(self, statement: Select[Any]) -> Iterator[Rows]:
        done = 0
        try:
            for rows in self._fetched(_sql(statement)):
                yield rows
                done += len(rows)
        except sqlite3.OperationalError as error:
            if "decode" not in str(error):  # its words quote the value: they go nowhere
                raise
            is_text = False
        else:
            is_text = True
        if not is_text:
            self._connection.text_factory = _loosely
            try:
                yield from self._fetched(f"{_sql(statement)} LIMIT -1 OFFSET {done:d}")
            finally:
                self._connection.text_factory = str

    def _fetched(self, statement: str) -> Iterator[Rows]:
        with self._asking(), closing(self._connection.execute(statement)) as cursor:
            while rows := cursor.fetchmany(BATCH):
                yield rows

    def _table(self, name: str) -> SqliteTable:
        columns = tuple(
            SqliteColumn(each, declared)
            for each, declared, hidden in self._connection.execute(_COLUMNS, (name,))
            if hidden != _IS_HIDDEN
        )
        (rows,) = self._connection.execute(_sql(select(func.count()).select_from(table(name)))).fetchone()
        found = SqliteTable(name, columns, rows)
        return SqliteTable(name, columns, rows, has_rowid=self._has_rowid(found))

    def _has_rowid(self, source: SqliteTable) -> bool:
        rowid = _rowid(source)
        if rowid is None:
            return False
        # A quoted name that is no column would be taken for text: a bare one is not.
        statement: Select[Any] = (
            select(literal_column(rowid)).select_from(table(source.name)).where(literal_column("0"))
        )
        try:
            self._connection.execute(_sql(statement))
        except sqlite3.OperationalError:
            return False
        return True

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Have a cancel interrupt what SQLite does, and SQLite's errors become the house's own."""
        with self._token.calling(self._connection.interrupt):
            try:
                yield
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError) and "decode" in str(error):
                    raise
                if self._token.is_cancelled:
                    raise Cancelled from error
                raise _refused(error, self.path) from error


@contextmanager
def opened_file(path: Path, token: CancelToken) -> Iterator[SqliteFile]:
    """Open a SQLite file for reading, and close it at the end.

    Raises:
        ImportRefused: "import.file_missing", "import.not_sqlite", "import.unreadable".
    """
    _check_file(path)
    try:
        connection = sqlite3.connect(
            f"file:{quote(str(path.absolute()))}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise _refused(error, path) from error
    with closing(connection):
        try:
            connection.execute("PRAGMA query_only = on")
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_master")
        except sqlite3.Error as error:
            raise _refused(error, path) from error
        yield SqliteFile(path, connection, token)


def _check_file(path: Path) -> None:
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except FileNotFoundError:
        raise ImportRefused("import.file_missing", file=path.name) from None
    except OSError as error:
        raise ImportRefused("import.unreadable", file=path.name, reason="system", words=error.strerror or "") from error
    if magic != _MAGIC:
        raise ImportRefused("import.not_sqlite", file=path.name)


def _refused(error: sqlite3.Error, path: Path) -> ImportRefused:
    """Say why SQLite gave up, by its own code: its words may quote values."""
    code = getattr(error, "sqlite_errorname", "") or ""
    reasons = {"SQLITE_BUSY": "busy", "SQLITE_LOCKED": "busy", "SQLITE_CORRUPT": "damaged", "SQLITE_CANTOPEN": "system"}
    if code.startswith("SQLITE_NOTADB"):
        return ImportRefused("import.not_sqlite", file=path.name)
    reason = next((reason for name, reason in reasons.items() if code.startswith(name)), "sqlite")
    return ImportRefused("import.unreadable", file=path.name, reason=reason, words=code)


def _bounds(name: str, kind: str) -> Iterable[ColumnElement[Any]]:
    only = case((func.typeof(column(name)) == literal_column(f"'{kind}'"), column(name)))
    return func.min(only), func.max(only)


def _rowid(source: SqliteTable) -> str | None:
    """Return a name for the rowid that no column of the table has taken."""
    taken = {each.name.lower() for each in source.columns}
    return next((name for name in _ROWIDS if name not in taken), None)


def _sql(statement: Select[Any]) -> str:
    """Write a statement for SQLite; names are quoted by SQLAlchemy."""
    return str(statement.compile(dialect=_DIALECT))


def _loosely(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogateescape")
