"""Puts rows into tables through COPY: straight where nothing can be in the way, else around what is there already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.dialects.postgresql import ARRAY, insert

from models.base import metadata

Row: TypeAlias = tuple[object, ...]

_ROWS_PER_REPORT = 2_000


class Writer:
    """Writes rows on one connection, in its open transaction, and counts what it added.

    Not for several threads at once. Nothing is committed; temporary tables go with the transaction.
    """

    def __init__(self, connection: sa.Connection, passed: Callable[[str, int], None]) -> None:
        """Take the connection and whom to tell: `passed(table, rows)` after every few rows; it may raise."""
        self.added: dict[str, int] = {}
        self._connection = connection
        self._passed = passed
        self._driver = _driver_of(connection)
        self._staged: set[str] = set()

    def copy(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> int:
        """Add rows that cannot be there yet and whose parents are; any conflict is an error. Return their number."""
        self._copy(table, table, columns, rows)
        self._count(table, len(rows))
        return len(rows)

    def merge(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> int:
        """Add the rows that are missing and can be there; return their number.

        A row is left out when its key, or anything else that must be unique, is taken, or when a row it points to is
        not there (someone has deleted it, or it was left out itself).
        """
        target = metadata.tables[table]
        missing = self._missing(target, columns, rows)
        self._passed(table, len(rows) - len(missing))
        if not missing:
            return 0
        stage = self._stage(table, columns)
        self._copy(stage.name, table, columns, missing)
        reachable = [_has_parent(constraint, stage) for constraint in target.foreign_key_constraints]
        statement = (
            insert(target)
            .from_select(list(columns), sa.select(*stage.columns).where(*reachable), include_defaults=False)
            .on_conflict_do_nothing()
        )
        added = self._connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount
        self._driver.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(stage.name)))
        self._count(table, added)
        return added

    def _missing(self, target: sa.Table, columns: Sequence[str], rows: Sequence[Row]) -> Sequence[Row]:
        """Return the rows whose id is not taken: a quick look that saves most of the work of a second run."""
        if "id" not in columns or not rows:
            return rows
        at = list(columns).index("id")
        key = target.c.id
        ids = [row[at] for row in rows]
        taken = set(
            self._connection.scalars(sa.select(key).where(key == sa.any_(sa.bindparam(None, ids, ARRAY(key.type)))))
        )
        return [row for row in rows if row[at] not in taken] if taken else rows

    def _stage(self, table: str, columns: Sequence[str]) -> Any:
        """Return a temporary table with the given columns of another, empty."""
        name = f"nexus_seed_{table}"
        target = metadata.tables[table]
        if table not in self._staged:
            self._driver.execute(
                sql.SQL(
                    "CREATE TEMPORARY TABLE IF NOT EXISTS {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA"
                ).format(sql.Identifier(name), _names(columns), sql.Identifier(table))
            )
            self._staged.add(table)
        return sa.table(name, *(sa.column(column, target.c[column].type) for column in columns))

    def _copy(self, into: str, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(into), _names(columns))
        with self._driver.cursor() as cursor, cursor.copy(statement) as copy:
            for start in range(0, len(rows), _ROWS_PER_REPORT):
                part = rows[start : start + _ROWS_PER_REPORT]
                for row in part:
                    copy.write_row(row)
                self._passed(table, len(part))

    def _count(self, table: str, added: int) -> None:
        self.added[table] = self.added.get(table, 0) + added


def _driver_of(connection: sa.Connection) -> psycopg.Connection[Any]:
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("seeds need a connection of psycopg 3")
    if driver.autocommit:
        raise ValueError("seeds need a transaction; the connection is in autocommit mode")
    return driver


def _names(columns: Sequence[str]) -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _has_parent(constraint: sa.ForeignKeyConstraint, stage: Any) -> sa.ColumnElement[bool]:
    """Say that the row a staged row points to is in the database, or beside it in the stage, or not asked for."""
    (key,) = constraint.elements
    child = stage.c.get(key.parent.name)
    if child is None:
        return sa.true()
    parent = key.column.table.alias()
    ways = [child.is_(None), sa.exists().where(parent.c[key.column.name] == child)]
    if key.column.table is key.parent.table:
        beside = stage.alias()
        ways.append(sa.exists().where(beside.c[key.column.name] == child))
    return sa.or_(*ways)
