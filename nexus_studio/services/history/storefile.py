"""The SQLite file of a history: made for its owner alone, and searched without regard to case."""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from nexus_studio.core.errors import HistoryFailed
from nexus_studio.services.ownstore import OwnStore

log = logging.getLogger(__name__)

T = TypeVar("T")

_OTHERS_RIGHTS: Final = stat.S_IRWXG | stat.S_IRWXO

_TABLES: Final = (
    # `at` is milliseconds since 1970, `number` the transaction's; `columns` are those of a reveal, a JSON list
    """
    CREATE TABLE IF NOT EXISTS saved (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL,
        standing TEXT NOT NULL, action TEXT NOT NULL, identity TEXT NOT NULL, place TEXT NOT NULL,
        database TEXT NOT NULL, profile TEXT NOT NULL, environment TEXT NOT NULL, role TEXT NOT NULL,
        account TEXT NOT NULL, machine TEXT NOT NULL, reason TEXT NOT NULL, ticket TEXT NOT NULL,
        number TEXT, reverts TEXT NOT NULL, columns TEXT NOT NULL, size INTEGER NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS saved_by_time ON saved (at, id)",
    "CREATE INDEX IF NOT EXISTS saved_by_database ON saved (identity, at, id)",
    "CREATE INDEX IF NOT EXISTS saved_reverts ON saved (reverts) WHERE reverts <> ''",
    "CREATE INDEX IF NOT EXISTS saved_pending ON saved (identity) WHERE standing = 'pending'",
    """
    CREATE TABLE IF NOT EXISTS touched (
        seq INTEGER NOT NULL, place INTEGER NOT NULL, schema TEXT NOT NULL, name TEXT NOT NULL,
        inserted INTEGER NOT NULL, updated INTEGER NOT NULL, deleted INTEGER NOT NULL, along INTEGER NOT NULL,
        PRIMARY KEY (seq, place)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX IF NOT EXISTS touched_by_name ON touched (schema, name, seq)",
    """
    CREATE TABLE IF NOT EXISTS part (
        seq INTEGER NOT NULL, place INTEGER NOT NULL, images BLOB NOT NULL, PRIMARY KEY (seq, place)
    )
    """,
    # asked for a key and a set at a time; a set's keys lie side by side, so that thousands are written in one stroke
    "CREATE TABLE IF NOT EXISTS spot (key TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (seq, key)) WITHOUT ROWID",
)


class StoreFile(OwnStore):
    """One file, which may not exist yet. Any thread and process.

    Raises HistoryFailed "history.store" (facts file, words) where it can't be used, "history.newer" (fact file) where
    a later Nexus Studio has written it.
    """

    version = 1
    tables = _TABLES
    settings = ("PRAGMA secure_delete = ON", "PRAGMA auto_vacuum = INCREMENTAL")  # what is pruned is people's data

    def torn_files(self) -> tuple[Path, ...]:
        """Return the files that were found torn and set aside, oldest first; somebody may get something out of them."""
        return tuple(sorted(self.file.parent.glob(f"{self.file.stem}.torn-*{self.file.suffix}")))

    def read(self, work: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        """Read from the file; `nothing` is the answer where there is none yet."""
        if not self.file.exists():
            return nothing
        return self._use(work)

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Change the file in one transaction, on disk when this returns."""
        return self._use(work, writes=True)

    def _make_room(self) -> None:
        """Have folder and file be their owner's alone before anything is written into them."""
        folder = self.file.parent
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if folder.stat().st_mode & _OTHERS_RIGHTS:
            folder.chmod(0o700)
        os.close(os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600))
        if self.file.stat().st_mode & _OTHERS_RIGHTS:
            self.file.chmod(0o600)

    def _opened(self) -> sqlite3.Connection:
        database = super()._opened()
        database.create_function("folded", 1, _folded, deterministic=True)
        return database

    def _aside(self) -> Path:
        return self.file.with_name(f"{self.file.stem}.torn-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}{self.file.suffix}")

    def _noted(self, torn: Path) -> None:
        log.warning("history was torn", extra={"file": self.file.name})

    def _unusable(self, words: str) -> HistoryFailed:
        return HistoryFailed("history.store", file=str(self.file), words=words)

    def _newer(self) -> HistoryFailed:
        return HistoryFailed("history.newer", file=str(self.file))


def give_room_back(database: sqlite3.Connection) -> None:
    """Give the pages that are free back to the disk; somebody else may be at it: then next time."""
    with suppress(sqlite3.OperationalError):
        database.execute("PRAGMA incremental_vacuum").fetchall()


def _folded(text: object) -> str:
    return str(text).casefold()
