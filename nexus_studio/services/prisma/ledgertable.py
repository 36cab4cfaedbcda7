"""The table `_prisma_migrations`: found, read, made, and written as Prisma writes it.

What reads takes a SQLAlchemy connection of the session's, what writes a driver's connection in autocommit: the one that
holds the lock and runs the scripts. Names stand without a schema there, as Prisma's do: a script that moves the search
path moves them too.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import Connection, column, select, table, text

from nexus_studio.core.admin.prisma import LEDGER, PrismaRow

COLUMNS: Final = (
    "id",
    "checksum",
    "finished_at",
    "migration_name",
    "logs",
    "rolled_back_at",
    "started_at",
    "applied_steps_count",
)

_MAKE = """
CREATE TABLE _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
)
"""
_READ = sql.SQL("SELECT {} FROM _prisma_migrations ORDER BY started_at ASC").format(
    sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
)

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

# Where the ledger is: in the schema that is asked for, else where a name without one leads.
_HOME = text(
    """
    SELECT CAST(n.nspname AS text)
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = CASE WHEN CAST(:schema AS text) = '' THEN CAST(pg_catalog.to_regclass(:ledger) AS oid)
                        ELSE CAST(pg_catalog.to_regclass(pg_catalog.quote_ident(:schema) || '.' || :ledger) AS oid) END
    """
)

# Tables that make a schema one that is not empty: Prisma counts plain ones alone, and not those of PostGIS.
_OTHERS = """
    SELECT CAST(c.relname AS text)
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname = ANY(CAST(%(schemas)s AS text[])) AND c.relname <> '_prisma_migrations'
       AND lower(c.relname) NOT IN
           ('spatial_ref_sys', 'geometry_columns', 'geography_columns', 'raster_columns', 'raster_overviews')
     LIMIT 1
"""


# Reading, for looking


def ledger_schema(connection: Connection, schema: str) -> str | None:
    """Return the schema that the ledger is in; None where there is none.

    Args:
        connection: Of the session.
        schema: Where it must be; "": where a name without a schema leads.
    """
    found: str | None = connection.execute(_HOME, {"schema": schema, "ledger": LEDGER}).scalar()
    return found


def read_rows(connection: Connection, schema: str) -> tuple[PrismaRow, ...]:
    """Return all rows by `started_at`.

    Raises:
        PermissionDenied: by the session's block, without the privilege.
    """
    ledger = table(LEDGER, *map(column, COLUMNS), schema=schema)
    found = connection.execute(select(*ledger.c).order_by(ledger.c.started_at)).all()
    return tuple(PrismaRow(*row) for row in found)


def has_other_tables(connection: Connection, schemas: Iterable[str]) -> bool:
    """Tell whether Prisma would call the schemas not empty."""
    return connection.exec_driver_sql(_OTHERS, {"schemas": list(schemas)}).first() is not None


# On the driver's connection that holds the lock. Errors are the driver's.


def is_there(driver: psycopg.Connection, schema: str) -> bool:
    """Tell whether the ledger is where Prisma looks for it."""
    found = driver.execute(
        "SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind IN ('r', 'p') AND c.relname = %s"
        " AND (n.nspname = %s OR c.oid = pg_catalog.to_regclass(%s))",
        (LEDGER, schema, LEDGER),
    ).fetchone()
    return found is not None


def is_empty(driver: psycopg.Connection, schemas: Iterable[str]) -> bool:
    """Tell whether schemas hold no table that makes Prisma refuse them."""
    return driver.execute(_OTHERS, {"schemas": list(schemas)}).fetchone() is None


def make(driver: psycopg.Connection) -> None:
    """Make the ledger."""
    driver.execute(_MAKE)


def rows_on(driver: psycopg.Connection) -> tuple[PrismaRow, ...]:
    """Return all rows by `started_at`."""
    return tuple(PrismaRow(*row) for row in driver.execute(_READ).fetchall())


@dataclass(slots=True)
class LedgerPen:
    """Writes rows with the times of this machine's clock, each later than the one before."""

    driver: psycopg.Connection
    _last: datetime = _LONG_AGO

    def now(self) -> datetime:
        """Return the time, in UTC."""
        self._last = max(datetime.now(UTC), self._last + timedelta(microseconds=1))
        return self._last

    def begin(self, name: str, checksum: str) -> PrismaRow:
        """Add the row of an attempt, before its script is run."""
        row = PrismaRow(str(uuid.uuid4()), checksum, None, name, None, None, self.now(), 0)
        self._insert(id=row.id, checksum=checksum, started_at=row.started_at, migration_name=name)
        return row

    def succeed(self, row: PrismaRow) -> None:
        """Record that the script went through: two statements, as Prisma sends them."""
        self.driver.execute(
            "UPDATE _prisma_migrations SET applied_steps_count = applied_steps_count + 1 WHERE id = %s", (row.id,)
        )
        self.driver.execute("UPDATE _prisma_migrations SET finished_at = %s WHERE id = %s", (self.now(), row.id))

    def fail(self, row: PrismaRow, logs: str) -> None:
        """Record why it did not."""
        self.driver.execute("UPDATE _prisma_migrations SET logs = %s WHERE id = %s", (logs, row.id))

    def roll_back(self, rows: Iterable[PrismaRow]) -> None:
        """Decide on failed rows: nothing else of them changes."""
        for row in rows:
            self.driver.execute("UPDATE _prisma_migrations SET rolled_back_at = %s WHERE id = %s", (self.now(), row.id))

    def mark_applied(self, name: str, checksum: str) -> PrismaRow:
        """Add the row that says it is there, without having been run."""
        now = self.now()
        row = PrismaRow(str(uuid.uuid4()), checksum, now, name, "", None, now, 0)
        self._insert(
            id=row.id,
            checksum=checksum,
            started_at=now,
            finished_at=now,
            migration_name=name,
            applied_steps_count=0,
            logs="",
        )
        return row

    def _insert(self, **values: Any) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, values))
        places = sql.SQL(", ").join(map(sql.Placeholder, values))
        self.driver.execute(sql.SQL("INSERT INTO _prisma_migrations ({}) VALUES ({})").format(names, places), values)
