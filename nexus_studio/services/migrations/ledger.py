"""The ledger of migrations: what was done and decided, read from the database; who writes it is in `recording.py`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg
from sqlalchemy import Connection, column, select, table

from nexus_studio.core.admin.ledgerentries import Deed, Direction, LedgerEntry, LedgerPlace
from nexus_studio.core.errors import ServerReport
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.ledgerchanges import ERROR_NAMES, Pen
from nexus_studio.services.migrations.ledgerpen import DatabasePen
from nexus_studio.services.migrations.ledgertable import COLUMN_NAMES, LEDGER_TABLE, LedgerHome, VersionTable, read_home
from nexus_studio.services.migrations.lock import with_liveness

Opener = Callable[[TaskContext], AbstractContextManager[psycopg.Connection]]
"""Opens a driver's connection of its own in autocommit, such as `Session.alone`."""


class Ledger(Protocol):
    """Where what was done to one database is kept, and is read and written."""

    @property
    def place(self) -> LedgerPlace:
        """In the database or on this machine."""
        ...

    @property
    def refusal(self) -> str:
        """Why it is not in the database: "permission", "read_only", "declined"; empty where it is."""
        ...

    def entries(self, connection: Connection) -> tuple[LedgerEntry, ...]:
        """Return all rows, oldest first, with `is_alive`. One query, and one more when a row is open.

        Args:
            connection: Any to the database; it may be in a READ ONLY transaction.
        """
        ...

    def open(self, ctx: TaskContext) -> Pen:
        """Open it for writing. The caller closes it.

        Raises:
            StudioError: ConnectionFailed or PermissionDenied among them.
        """
        ...


@dataclass(frozen=True, slots=True)
class DatabaseLedger:
    """The ledger in the database itself, table `_nexus_migrations`. The table is made with the first row.

    `home` is where it is (None: looked up when reading), `opener` makes the connection that writes. `role` is what a
    pooled connection has to become in each transaction, since nothing lives in its session.
    """

    home: LedgerHome | None
    opener: Opener
    version: VersionTable
    role: str = ""

    @property
    def place(self) -> LedgerPlace:
        """In the database."""
        return LedgerPlace.DATABASE

    @property
    def refusal(self) -> str:
        """Nothing refuses it."""
        return ""

    def entries(self, connection: Connection) -> tuple[LedgerEntry, ...]:
        """Return all rows of this version table, oldest first."""
        home = self.home
        if home is None or not home.exists or home.missing:  # it may have been made or completed since
            home = read_home(connection, self.version)
        return read_entries(connection, home, self.version.name)

    def open(self, ctx: TaskContext) -> Pen:
        """Open a connection of its own to write on."""
        return DatabasePen(self.opener, self.version, ctx, role=self.role)


def read_entries(connection: Connection, home: LedgerHome, version_table: str) -> tuple[LedgerEntry, ...]:
    """Read the table where it is; empty while there is none, or none that may be read.

    Columns it lacks have their defaults, others are ignored. Rows of other version tables (of another project in the
    same schema) are left out.
    """
    if not home.exists or not home.may_read:
        return ()
    names = [name for name in COLUMN_NAMES if name in home.columns]
    ledger = table(LEDGER_TABLE, *(column(name) for name in names), schema=home.schema)
    question = select(*ledger.c).order_by(ledger.c.started_at, ledger.c.id)
    if "version_table" in names:
        question = question.where(ledger.c.version_table == version_table)
    rows = connection.execute(question).mappings().all()
    return with_liveness(connection, tuple(entry_of(dict(row)) for row in rows))


def entry_of(row: dict[str, Any]) -> LedgerEntry:
    """Make the value of a row, whatever it lacks."""
    names = row.pop("error_names", None) or {}
    said = {name: row.pop(name, None) or "" for name in ("sqlstate", "message", "detail", "hint")}
    error = ServerReport(**said, **{name: str(names.get(name) or "") for name in ERROR_NAMES})
    known = {name: value for name, value in row.items() if value is not None and name in _PLAIN}
    known["deed"] = _DEEDS.get(row.get("deed", ""), Deed.RUN)
    known["direction"] = Direction.DOWN if row.get("direction") == Direction.DOWN.value else Direction.UP
    return LedgerEntry(**known, error=error if any((*said.values(), names)) else None)


_PLAIN = frozenset(LedgerEntry.__dataclass_fields__) - {"deed", "direction", "error", "is_alive"}
_DEEDS = {each.value: each for each in Deed}
