"""Writing a planned import: COPY table by table inside one transaction, sums compared, sequences moved on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg import sql
from sqlalchemy import Connection, text

from nexus_studio.core.admin.sqliteimport import ImportPlan, TablePlan, TableResult
from nexus_studio.core.errors import BugError, ImportRefused
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import ForeignKey
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.ownsequences import move_sequences
from nexus_studio.services.sqliteimport.comparing import has_rows, stored_by_column, stored_sums
from nexus_studio.services.sqliteimport.sheets import Sheet, Sums
from nexus_studio.services.sqliteimport.sqlitefile import SqliteFile

# What the texts that are sent, and those that are compared, rely on; and no time-out: a person waits and can cancel.
_SETTINGS: Final = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "bytea_output": "hex",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "statement_timeout": "0",
}
_MOST_WAITING: Final = 8  # batches that are turned and not sent yet
_SET: Final = text("SELECT pg_catalog.set_config(:name, :value, true)")


def settle(connection: Connection) -> None:
    """Have the transaction print and read values in one way, and take the time it needs."""
    for name, value in _SETTINGS.items():
        connection.execute(_SET, {"name": name, "value": value})


def driver_of(connection: Connection) -> psycopg.Connection:
    """Return the driver's connection, for COPY."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise BugError("bug.driver")
    return driver


def filled_targets(connection: Connection, plan: ImportPlan) -> tuple[RelationName, ...]:
    """Name the targets that hold rows already."""
    return tuple(table.target.name for table in plan.tables if has_rows(connection, table.target))


class Loader:
    """Writes a plan's tables in its transaction. `load` each, then `finish` once."""

    def __init__(self, connection: Connection, plan: ImportPlan, file: SqliteFile, encoding: str) -> None:
        self._connection = connection
        self._driver = driver_of(connection)
        self._plan = plan
        self._file = file
        self._encoding = encoding
        self._done = 0

    def lock(self) -> None:
        """Keep others from writing to the targets until the end: what is compared must be ours alone."""
        for name in sorted(table.target.name for table in self._plan.tables):
            self._driver.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(_named(name)))

    @contextmanager
    def circles_open(self) -> Iterator[None]:
        """Have the foreign keys that go round in a circle looked at when all tables are loaded."""
        firm = [key for key in self._plan.circular if not key.deferrable]
        for key in firm:
            self._alter(key, sql.SQL("DEFERRABLE"))
        for key in self._plan.circular:
            name = sql.Identifier(key.table.schema, key.name)
            self._driver.execute(sql.SQL("SET CONSTRAINTS {} DEFERRED").format(name))
        yield
        self._driver.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for key in firm:
            self._alter(key, sql.SQL("NOT DEFERRABLE"))

    def load(self, table: TablePlan, ctx: TaskContext, *, is_filled: bool) -> TableResult:
        """Copy one table and compare what is there with what was sent.

        Raises:
            InvalidValue: of the first value that a rule refuses; nothing more is read.
            ImportRefused: "import.differs".
        """
        sheet = Sheet(table)
        before = stored_sums(self._connection, sheet, self._encoding) if is_filled else None
        target = _named(table.target.name)
        columns = sql.SQL(", ").join(sql.Identifier(pair.target.name) for pair in table.columns)
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(target, columns)
        names = [pair.source for pair in table.columns]
        with self._driver.cursor() as cursor, cursor.copy(statement) as copy, _sending(copy) as send:
            for rows in self._file.batches(table.source, names):
                send(sheet.written(sheet.texts(rows)))
                self._done += len(rows)
                ctx.report(Progress("import.rows", self._done, max(self._plan.rows, self._done), "rows"))
        self._compare(sheet, before, ctx)
        return TableResult(
            table.source.name, table.target.name, table.source.rows, sheet.sums.rows, True, sheet.uncompared
        )

    def move_sequences(self) -> int:
        """Have sequences go on behind the highest value of the columns that use them; returns how many were moved.

        They are not put back by a rollback, so this comes last.
        """
        return sum(
            move_sequences(self._connection, table.target, {pair.target.name for pair in table.columns})
            for table in self._plan.tables
        )

    def _compare(self, sheet: Sheet, before: Sums | None, ctx: TaskContext) -> None:
        ctx.report(Progress("import.comparing", self._done, max(self._plan.rows, self._done), "rows"))
        stored = stored_sums(self._connection, sheet, self._encoding)
        found = stored if before is None else stored.minus(before)
        if found == sheet.sums:
            return
        pairs = zip(sheet.plan.columns, sheet.sums.present, found.present, strict=True)
        columns = [pair.target.name for pair, sent, there in pairs if sent != there]
        if before is None and found.rows == sheet.sums.rows:
            columns = self._differing(sheet)
        raise ImportRefused(
            "import.differs",
            table=str(sheet.plan.target.name),
            columns=tuple(columns),
            sent=sheet.sums.rows,
            found=found.rows,
        )

    def _differing(self, sheet: Sheet) -> list[str]:
        """Name the columns that are not as they were sent, by reading the file once more."""
        sent: Sequence[int] = [0] * len(sheet.rules)
        for rows in self._file.batches(sheet.plan.source, [pair.source for pair in sheet.plan.columns]):
            batch = sheet.by_column(sheet.texts(rows))
            sent = [mine + more for mine, more in zip(sent, batch, strict=True)]
        stored = stored_by_column(self._connection, sheet, self._encoding)
        pairs = zip(sheet.plan.columns, sent, stored, strict=True)
        return [pair.target.name for pair, mine, there in pairs if mine != there]

    def _alter(self, key: ForeignKey, how: sql.SQL) -> None:
        statement = sql.SQL("ALTER TABLE {} ALTER CONSTRAINT {} ").format(_named(key.table), sql.Identifier(key.name))
        self._driver.execute(statement + how)


def _named(name: RelationName) -> sql.Identifier:
    return sql.Identifier(name.schema, name.name)


@contextmanager
def _sending(copy: psycopg.Copy) -> Iterator[Callable[[bytes], None]]:
    """Yield a function that sends on another thread, so that the next rows are turned while the server takes these.

    A few batches may wait; what fails is raised by a later call, or at the end of the block.
    """
    waiting: deque[Future[None]] = deque()
    with ThreadPoolExecutor(1, "import") as pool:

        def send(octets: bytes) -> None:
            waiting.append(pool.submit(copy.write, octets))
            if len(waiting) > _MOST_WAITING:
                waiting.popleft().result()

        yield send
        for each in waiting:
            each.result()
