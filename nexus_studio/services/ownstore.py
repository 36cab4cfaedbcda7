"""A SQLite file of Studio's own: opened and closed with each use, put aside and begun anew when it is torn.

Several processes may use it at once: SQLite's lock makes them take turns.
"""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import ClassVar, Final, TypeVar

from nexus_studio.core.errors import UserError

T = TypeVar("T")

_WAIT_S: Final = 10.0
_TORN: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}  # also with an extended code above them


class OwnStore(ABC):
    """One file, which may not exist yet. Any thread and process."""

    version: ClassVar[int]
    """PRAGMA user_version of the tables."""

    tables: ClassVar[tuple[str, ...]]
    """The statements that make them."""

    settings: ClassVar[tuple[str, ...]] = ()
    """Pragmas of each connection, and those that only count while the file has no tables."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @abstractmethod
    def _unusable(self, words: str) -> UserError:
        """Return the error that says that the file can't be used."""

    @abstractmethod
    def _newer(self) -> UserError:
        """Return the error that says that a later Nexus Studio has written it."""

    @abstractmethod
    def _aside(self) -> Path:
        """Return where a torn file goes."""

    @abstractmethod
    def _noted(self, torn: Path) -> None:
        """Take note that the file was torn and is there now."""

    def _make_room(self) -> None:
        """Make what the file needs before it is opened."""
        self.file.parent.mkdir(parents=True, exist_ok=True)

    def _use(self, work: Callable[[sqlite3.Connection], T], *, writes: bool = False) -> T:
        """Do something with the file, in one transaction where it writes; where it turns out torn, with a new one."""
        with self._told():
            self._make_room()
            seen = _identity(self.file)
            try:
                return self._do(work, writes=writes)
            except sqlite3.DatabaseError as error:
                if not _is_torn(error):
                    raise
                self._put_aside(seen)
                self._make_room()
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

    def _opened(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.file, timeout=_WAIT_S, isolation_level=None)
        try:
            for pragma in self.settings:
                database.execute(pragma)
            self._prepare(database)
        except BaseException:
            database.close()
            raise
        return database

    def _prepare(self, database: sqlite3.Connection) -> None:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version > self.version:
            raise self._newer()
        if version == self.version:
            return
        database.execute("BEGIN IMMEDIATE")
        for statement in self.tables:
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {self.version}")
        database.execute("COMMIT")

    def _put_aside(self, seen: tuple[int, int] | None) -> None:
        """Rename a torn file, unless another process has done so meanwhile."""
        with closing(sqlite3.connect(self.file.with_suffix(".lock"), timeout=_WAIT_S, isolation_level=None)) as lock:
            lock.execute("BEGIN EXCLUSIVE")
            if seen is None or _identity(self.file) != seen:
                return
            torn = self._aside()
            self.file.replace(torn)
            self.file.with_name(f"{self.file.name}-journal").unlink(missing_ok=True)
            self._noted(torn)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(str(error)) from error


def _is_torn(error: sqlite3.DatabaseError) -> bool:
    code = getattr(error, "sqlite_errorcode", 0)  # the module's own errors have none
    return code & 0xFF in _TORN or code == sqlite3.SQLITE_IOERR_SHORT_READ


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
