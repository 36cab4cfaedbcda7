"""The ledger on this machine, for a database that is not ours or that refuses it: one SQLite file per database.

What a failure said is not kept here, since it may quote rows: of an error only SQLSTATE and the names of objects are.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from nexus_studio.core.admin.ledgerentries import LedgerEntry, LedgerPlace
from nexus_studio.core.errors import MigrationBlocked, ServerReport
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.ledger import entry_of, read_entries
from nexus_studio.services.migrations.ledgerchanges import Added, Change, Completed, Pen
from nexus_studio.services.migrations.ledgerpen import columns_of, row_of
from nexus_studio.services.migrations.ledgertable import COLUMN_NAMES, LedgerHome
from nexus_studio.services.migrations.lock import with_liveness

_FOLDER = "migrations"
_MAY_QUOTE_ROWS = frozenset({"message", "detail", "hint", "failed_statement"})
_KEPT = (*(name for name in COLUMN_NAMES if name not in _MAY_QUOTE_ROWS), "has_failed")
_TIMES = ("started_at", "finished_at", "rolled_back_at")
_WAIT_S = 5.0
_TICK = timedelta(microseconds=1)

# SQLite has no types to declare: each value is what it is. Names are this module's own.
_CREATE = f"CREATE TABLE IF NOT EXISTS entries (id PRIMARY KEY, {', '.join(n for n in _KEPT if n != 'id')})"
_INSERT = f"INSERT OR IGNORE INTO entries ({', '.join(_KEPT)}) VALUES ({', '.join(f':{n}' for n in _KEPT)})"  # noqa: S608
_SETTLE = """
    UPDATE entries SET rolled_back_at = :at
     WHERE migration_name = :revision AND version_table = :version AND finished_at IS NULL AND rolled_back_at IS NULL
"""


def local_file(data: Path, profile: ConnectionProfile) -> Path:
    """Return the file of a database's local ledger below the data folder; it may not exist.

    Args:
        data: `Paths.data`.
        profile: Whose host, port and database count.
    """
    identity = json.dumps([profile.host, profile.port, profile.database]).encode()
    readable = re.sub(r"[^A-Za-z0-9_-]+", "_", profile.database)[:40]
    return data / _FOLDER / f"{readable}-{hashlib.sha256(identity).hexdigest()[:16]}.sqlite"


@dataclass(frozen=True, slots=True)
class LocalLedger:
    """A ledger on this machine.

    `refusal` says why it is not in the database. `shared` is the table in the database that may be read and not
    written; its rows are shown with ours. `role` is the database role, for `who`.
    """

    file: Path
    version_table: str
    refusal: str
    role: str = ""
    shared: LedgerHome | None = None

    @property
    def place(self) -> LedgerPlace:
        """On this machine."""
        return LedgerPlace.LOCAL

    def entries(self, connection: Connection) -> tuple[LedgerEntry, ...]:
        """Return all rows, oldest first. Which are alive, the server knows, as of the ledger in the database."""
        mine = with_liveness(connection, self._own_entries())
        theirs = read_entries(connection, self.shared, self.version_table) if self.shared else ()
        return tuple(sorted((*theirs, *mine), key=lambda each: each.started_at))

    def open(self, ctx: TaskContext) -> Pen:
        """Open the file for writing, and make it where it is missing.

        Raises:
            MigrationBlocked: "migration.local_ledger" (facts file, words): the file can't be used.
        """
        del ctx  # nothing to wait for
        return _LocalPen(self.file, self.version_table, self.role)

    def _own_entries(self) -> tuple[LedgerEntry, ...]:
        if not self.file.exists():
            return ()
        with _told(self.file), closing(_open(self.file)) as database:
            question = "SELECT * FROM entries WHERE version_table = ? ORDER BY started_at, id"
            return tuple(_entry(row) for row in database.execute(question, (self.version_table,)))


class _LocalPen:
    """The file, open for writing."""

    def __init__(self, file: Path, version_table: str, role: str) -> None:
        self.role = role
        self._file = file
        self._version_table = version_table
        self._last = datetime.min.replace(tzinfo=UTC)
        with _told(file):
            file.parent.mkdir(parents=True, exist_ok=True)
            self._database = _open(file)

    def now(self) -> datetime:
        self._last = max(datetime.now(UTC), self._last + _TICK)
        return self._last

    def write(self, *changes: Change, waits: bool = True) -> None:
        del waits  # SQLite always does
        with _told(self._file), self._database:
            for change in changes:
                self._write(change)

    def close(self) -> None:
        self._database.close()

    def _write(self, change: Change) -> None:
        if isinstance(change, Added):
            entry = replace(change.entry, logs="") if change.entry.error is not None else change.entry
            row = _kept(row_of(entry)) | {"version_table": self._version_table}
            self._database.execute(_INSERT, dict.fromkeys(_KEPT) | row)
        elif isinstance(change, Completed):
            values = {name: value for name, value in change.values.items() if name != "logs"}
            row = _kept(columns_of(values)) | {"has_failed": int("error" in values)}
            pairs = ", ".join(f"{name} = :{name}" for name in row)
            self._database.execute(f"UPDATE entries SET {pairs} WHERE id = :id", row | {"id": change.id})  # noqa: S608
        else:
            settled = {"at": _stored(change.at), "revision": change.revision, "version": self._version_table}
            self._database.execute(_SETTLE, settled)


def _kept(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _stored(value) for name, value in row.items() if name in _KEPT}


def _stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return json.dumps(value.obj) if isinstance(value, Jsonb) else value


def _entry(row: sqlite3.Row) -> LedgerEntry:
    values = {name: row[name] for name in row.keys() if name in COLUMN_NAMES}  # noqa: SIM118 - a Row iterates values
    for name in _TIMES:
        if values[name] is not None:
            values[name] = datetime.fromisoformat(values[name])
    if values["error_names"] is not None:
        values["error_names"] = json.loads(values["error_names"])
    entry = entry_of(values)
    return replace(entry, error=ServerReport()) if row["has_failed"] and entry.error is None else entry


def _open(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file, timeout=_WAIT_S)
    database.row_factory = sqlite3.Row
    try:
        database.execute(_CREATE)
    except sqlite3.Error:
        database.close()
        raise
    return database


@contextmanager
def _told(file: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise MigrationBlocked("migration.local_ledger", file=str(file), words=str(error)) from error
