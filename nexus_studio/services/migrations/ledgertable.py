"""The table `_nexus_migrations`: its columns, where it belongs, and how it is made and completed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import Connection, TextClause, text

LEDGER_TABLE = "_nexus_migrations"
VERSION_TABLE = "alembic_version"

_MAKING_KEY = 0x6E6578757301
"""Advisory lock, for a moment only: two that make the table at once would meet in the catalog's unique indexes."""


@dataclass(frozen=True, slots=True)
class LedgerColumn:
    """One column: its name, its definition in SQL, and what it says to whoever looks at the table."""

    name: str
    definition: LiteralString
    comment: LiteralString


# Prisma's eight first, with Prisma's types. What comes behind them has a default or may be NULL, so that it can be
# added to a table that has rows, and so that a row of somebody who knows fewer columns still fits.
COLUMNS = (
    LedgerColumn("id", "varchar(36) PRIMARY KEY", "Identifies the row (a random UUID)"),
    LedgerColumn("checksum", "varchar(64) NOT NULL", "SHA-256 of the revision's file as it was then"),
    LedgerColumn("finished_at", "timestamptz", "When it succeeded"),
    LedgerColumn("migration_name", "varchar(255) NOT NULL", "The revision"),
    LedgerColumn("logs", "text", "What went wrong, or the SQL that cleaned up"),
    LedgerColumn("rolled_back_at", "timestamptz", "When somebody decided that nothing of it is there"),
    LedgerColumn("started_at", "timestamptz NOT NULL DEFAULT now()", "When it began"),
    LedgerColumn("applied_steps_count", "integer NOT NULL DEFAULT 0", "Statements known to be committed"),
    LedgerColumn(
        "deed",
        "varchar(32) NOT NULL DEFAULT 'run'",
        "What the row records: run, marked_applied, marked_rolled_back, cleaned_up, stamped, baseline",
    ),
    LedgerColumn("direction", "varchar(4) NOT NULL DEFAULT 'up'", "up or down"),
    LedgerColumn("duration_ms", "bigint", "How long it ran, in milliseconds"),
    LedgerColumn("statements", "integer NOT NULL DEFAULT 0", "Statements begun"),
    LedgerColumn("who", "text NOT NULL DEFAULT ''", "The person's account, and the database role where it differs"),
    LedgerColumn("host", "text NOT NULL DEFAULT ''", "The machine it was run on"),
    LedgerColumn("tool_version", "text NOT NULL DEFAULT ''", "The program that ran it"),
    LedgerColumn(
        "run", "text NOT NULL DEFAULT ''", "The run it belongs to; application_name of its connections ends so"
    ),
    LedgerColumn("backend_pid", "integer", "The server process that ran it"),
    LedgerColumn("sqlstate", "text", "The error's SQLSTATE"),
    LedgerColumn("message", "text", "The error's message; set for every failure"),
    LedgerColumn("detail", "text", "The error's detail"),
    LedgerColumn("hint", "text", "The error's hint"),
    LedgerColumn("error_names", "jsonb", "What the error is about: schema, table, column, constraint, datatype"),
    LedgerColumn("failed_statement", "text", "The statement that failed"),
    LedgerColumn("failed_number", "integer", "Its number in the revision, from 1"),
    LedgerColumn("version_table", "text NOT NULL DEFAULT 'alembic_version'", "Alembic's version table it goes with"),
)
COLUMN_NAMES = tuple(each.name for each in COLUMNS)

_ABOUT: LiteralString = (
    "Migrations that were run here, and what was decided about them. Kept by Nexus Studio; rows stay."
)

# Where the ledger belongs: beside the version table; without one, where the project says it will be, else where an
# unqualified CREATE TABLE leads. A version table that was dropped leaves its ledger behind, to be found by its name.
_HOME = text(
    """
    WITH asked AS (
        SELECT CAST(:schema AS text) AS schema, CAST(:version_table AS text) AS version, CAST(:ledger AS text) AS ledger
    ), place AS (
        SELECT coalesce(
                   (SELECT c.relnamespace FROM pg_catalog.pg_class c
                     WHERE c.oid = pg_catalog.to_regclass(
                               coalesce(pg_catalog.quote_ident(schema) || '.', '') || pg_catalog.quote_ident(version))),
                   (SELECT c.relnamespace FROM pg_catalog.pg_class c
                     WHERE schema IS NULL AND c.oid = pg_catalog.to_regclass(ledger)),
                   CAST(pg_catalog.to_regnamespace(pg_catalog.quote_ident(schema)) AS oid),
                   CAST(pg_catalog.to_regnamespace(pg_catalog.quote_ident(pg_catalog.current_schema())) AS oid)
               ) AS id, ledger
          FROM asked
    )
    SELECT CAST(n.nspname AS text) AS schema,
           c.oid IS NOT NULL AS "exists",
           coalesce(pg_catalog.has_schema_privilege(n.oid, 'USAGE')
                    AND pg_catalog.has_table_privilege(c.oid, 'SELECT'), false) AS may_read,
           coalesce(CASE WHEN c.oid IS NULL THEN pg_catalog.has_schema_privilege(n.oid, 'CREATE')
                         ELSE pg_catalog.has_table_privilege(c.oid, 'SELECT')
                              AND pg_catalog.has_table_privilege(c.oid, 'INSERT')
                              AND pg_catalog.has_table_privilege(c.oid, 'UPDATE')
                    END, false) AS may_write,
           coalesce(pg_catalog.pg_has_role(c.relowner, 'USAGE'), false) AS may_alter,
           ARRAY(SELECT CAST(a.attname AS text) FROM pg_catalog.pg_attribute a
                  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
           CAST(current_user AS text) AS role,
           pg_catalog.pg_backend_pid() AS pid,
           pg_catalog.clock_timestamp() AS clock
      FROM place
      LEFT JOIN pg_catalog.pg_namespace n ON n.oid = place.id
      LEFT JOIN pg_catalog.pg_class c
             ON c.relnamespace = n.oid AND c.relname = place.ledger AND c.relkind IN ('r', 'p')
    """
)


@dataclass(frozen=True, slots=True)
class VersionTable:
    """Alembic's version table of a project: its name, and its schema where the project names one."""

    name: str = VERSION_TABLE
    schema: str | None = None


@dataclass(frozen=True, slots=True)
class LedgerHome:
    """Where the ledger of a database is or would be, and what the role may do there.

    `schema` is "" where there is none to make a table in. `columns` are those the table has. `pid` is the server's
    process that was asked; behind a pooler it is not the one the driver was told.
    """

    schema: str
    exists: bool
    may_read: bool
    may_write: bool
    may_alter: bool
    columns: tuple[str, ...]
    role: str
    pid: int
    clock: datetime

    @property
    def missing(self) -> tuple[LedgerColumn, ...]:
        """The columns that a table made by an older version lacks."""
        return tuple(each for each in COLUMNS if each.name not in self.columns) if self.exists else ()

    @property
    def takes_rows(self) -> bool:
        """Whether rows can be written, once the table was made or completed."""
        return bool(self.schema) and self.may_write and (not self.missing or self.may_alter)

    @property
    def table(self) -> sql.Identifier:
        """The table's qualified name."""
        return sql.Identifier(self.schema, LEDGER_TABLE)


def read_home(connection: Connection, version: VersionTable) -> LedgerHome:
    """Find the ledger's place. One query on the catalog."""
    return _home(connection.execute(_HOME, _asked(version)).one())


def find_home(driver: psycopg.Connection, version: VersionTable) -> LedgerHome:
    """Do the same on a driver's connection. Errors are the driver's."""
    return _home(driver.execute(for_driver(_HOME), _asked(version)).fetchall()[0])


def make_table(driver: psycopg.Connection, home: LedgerHome) -> None:
    """Make the table, or add what it lacks, in one message and so in one transaction. Errors are the driver's.

    It does not wait for the disk: a row that does has the table before it in the server's log.
    """
    statements: list[sql.SQL | sql.Composed] = [
        sql.SQL("SELECT pg_catalog.set_config('synchronous_commit', 'off', true)"),
        sql.SQL("SELECT pg_catalog.pg_advisory_xact_lock({})").format(sql.Literal(_MAKING_KEY)),
    ]
    if home.exists:
        new = home.missing
        statements += [
            sql.SQL("ALTER TABLE {} ADD COLUMN IF NOT EXISTS {} {}").format(
                home.table, sql.Identifier(each.name), sql.SQL(each.definition)
            )
            for each in new
        ]
    else:
        new = COLUMNS
        columns = (sql.SQL("{} {}").format(sql.Identifier(each.name), sql.SQL(each.definition)) for each in new)
        statements.append(sql.SQL("CREATE TABLE IF NOT EXISTS {} ({})").format(home.table, sql.SQL(", ").join(columns)))
        statements.append(sql.SQL("COMMENT ON TABLE {} IS {}").format(home.table, sql.Literal(_ABOUT)))
    statements += [
        sql.SQL("COMMENT ON COLUMN {}.{} IS {}").format(
            home.table, sql.Identifier(each.name), sql.Literal(each.comment)
        )
        for each in new
    ]
    driver.execute(sql.SQL("; ").join(statements), prepare=False)


def for_driver(query: TextClause) -> bytes:
    """Return a constant query as the driver takes it: `:name` is `%(name)s` there."""
    return re.sub(r"(?<!:):(\w+)", r"%(\1)s", query.text.replace("%", "%%")).encode()


def _asked(version: VersionTable) -> dict[str, str | None]:
    return {"schema": version.schema, "version_table": version.name, "ledger": LEDGER_TABLE}


def _home(row: Sequence[Any]) -> LedgerHome:
    schema, exists, may_read, may_write, may_alter, columns, role, pid, clock = row
    return LedgerHome(schema or "", exists, may_read, may_write, may_alter, tuple(columns), role, pid, clock)
