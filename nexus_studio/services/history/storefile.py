"""The SQLite file of a history: made for its owner alone, opened and closed with each use, set aside when torn.

Several processes may use it at once: SQLite's lock makes them take turns.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from nexus_studio.core.errors import HistoryFailed

log = logging.getLogger(__name__)

T = TypeVar("T")

_VERSION: Final = 1  # PRAGMA user_version
_WAIT_S: Final = 10.0
_TORN: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}  # also with an extended code above them
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
    "CREATE TABLE IF NOT EXISTS spot (key TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (key, seq)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS spot_by_set ON spot (seq)",
)


class StoreFile:
    """One file, which may not exist yet. Any thread and process.

    Raises HistoryFailed "history.store" (facts file, words) where it can't be used, "history.newer" (fact file) where
    a later Nexus Studio has written it.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def torn_files(self) -> tuple[Path, ...]:
        """Return the files that were found torn and set aside, oldest first; somebody may get something out of them."""
        return tuple(sorted(self.file.parent.glob(f"{self.file.stem}.torn-*{self.file.suffix}")))

    def read(self, work: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        """Read from the file; `nothing` is the answer where there is none yet."""
        if not self.file.exists():
            return nothing
        return self._use(work, writes=False)

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Change the file in one transaction, on disk when this returns."""
        return self._use(work, writes=True)

    def _use(self, work: Callable[[sqlite3.Connection], T], *, writes: bool) -> T:
        with _told(self.file):
            self._make_private()
            seen = _identity(self.file)
            try:
                return self._do(work, writes=writes)
            except sqlite3.DatabaseError as error:
                if not _is_torn(error):
                    raise
                self._set_aside(seen)
                self._make_private()
                return self._do(work, writes=writes)

    def _do(self, work: Callable[[sqlite3.Connection], T], *, writes: bool) -> T:
        with closing(self._opened()) as database:
            if not writes:
                return work(database)
            database.execute("BEGIN IMMEDIATE")
            try:
                result = work(database)
            except BaseException:
                database.rollback()
                raise
            database.commit()
            return result

    def _make_private(self) -> None:
        """Have folder and file be their owner's alone before anything is written into them."""
        folder = self.file.parent
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if folder.stat().st_mode & _OTHERS_RIGHTS:
            folder.chmod(0o700)
        os.close(os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600))
        if self.file.stat().st_mode & _OTHERS_RIGHTS:
            self.file.chmod(0o600)

    def _opened(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.file, timeout=_WAIT_S, isolation_level=None)
        try:
            database.create_function("folded", 1, _folded, deterministic=True)
            database.execute("PRAGMA secure_delete = ON")  # what is pruned is people's data
            self._prepare(database)
        except BaseException:
            database.close()
            raise
        return database

    def _prepare(self, database: sqlite3.Connection) -> None:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version > _VERSION:
            raise HistoryFailed("history.newer", file=str(self.file))
        if version == _VERSION:
            return
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        database.execute("BEGIN IMMEDIATE")
        for statement in _TABLES:
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {_VERSION}")
        database.execute("COMMIT")

    def _set_aside(self, seen: tuple[int, int] | None) -> None:
        """Rename a torn file, unless another process has done so meanwhile."""
        with closing(sqlite3.connect(self.file.with_suffix(".lock"), timeout=_WAIT_S, isolation_level=None)) as lock:
            lock.execute("BEGIN EXCLUSIVE")
            if seen is None or _identity(self.file) != seen:
                return
            moment = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
            self.file.replace(self.file.with_name(f"{self.file.stem}.torn-{moment}{self.file.suffix}"))
            self.file.with_name(f"{self.file.name}-journal").unlink(missing_ok=True)
            log.warning("history was torn", extra={"file": self.file.name})


def give_room_back(database: sqlite3.Connection) -> None:
    """Give the pages that are free back to the disk; somebody else may be at it: then next time."""
    with suppress(sqlite3.OperationalError):
        database.execute("PRAGMA incremental_vacuum").fetchall()


def _folded(text: object) -> str:
    return str(text).casefold()


def _is_torn(error: sqlite3.DatabaseError) -> bool:
    code = getattr(error, "sqlite_errorcode", 0)  # the module's own errors have none
    return code & 0xFF in _TORN or code == sqlite3.SQLITE_IOERR_SHORT_READ


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


@contextmanager
def _told(file: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise HistoryFailed("history.store", file=str(file), words=str(error)) from error
