"""Databases that are being made and do not yet say what they are: noted on this machine until they do.

CREATE DATABASE is no part of a transaction. Whoever is killed between it and the comment, or the renames, would leave a
database that nothing tells from anybody else's.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from nexus_studio.core.admin.shelves import read_mark
from nexus_studio.core.errors import ResetRefused, StudioError
from nexus_studio.core.redact import loggable
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import write_whole
from nexus_studio.services.databases import drop_database, maintenance, new_name, read_facts
from nexus_studio.services.session import Session

log = logging.getLogger(__name__)

_NEW: Final = new_name("new").rpartition("_")[0]
_GONE_S: Final = 5.0
_POLL_S: Final = 0.02

# A server goes on for a while with what a killed program has asked for. The name is nobody else's.
_MAKERS: Final = """
    SELECT a.pid FROM pg_catalog.pg_stat_activity a
     WHERE a.pid <> pg_catalog.pg_backend_pid() AND a.state = 'active' AND pg_catalog.strpos(a.query, %s) > 0
"""


class HalfMade:
    """The note of one database's copies that are being made. Only for whoever holds the lock of its resets."""

    def __init__(self, journal: Path) -> None:
        """Keep the note beside the journal of resets."""
        self._file = journal.with_suffix(".making")

    @contextmanager
    def noted(self, name: str) -> Iterator[None]:
        """Note a database for as long as it is being made. Where the block raises, or never ends, the note stays.

        Raises:
            ResetRefused: "reset.journal_unwritable" (facts file, words).
        """
        before = self._names()  # what a sweep could not remove is for the next one
        self._write([*before, name])
        yield
        if not before:
            self._forget()
            return
        with suppress(ResetRefused):  # noted for longer, it is found to be a shelf, or gone
            self._write(before)

    def sweep(self, session: Session, ctx: TaskContext) -> None:
        """Remove what killed programs have left half made. What can't be removed now stays noted.

        Where there is no note, nothing but that is asked.
        """
        names = self._names()
        if not names:
            return
        try:
            with maintenance(session, ctx) as driver:
                for name in names:
                    _remove(driver, name)
        except StudioError as error:
            log.warning("half made database not removed", extra=loggable(error))
            return
        self._forget()

    def _names(self) -> list[str]:
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        return [str(each) for each in found] if isinstance(found, list) else []

    def _write(self, names: Sequence[str]) -> None:
        try:
            write_whole(self._file, json.dumps(names))
        except OSError as error:
            raise ResetRefused("reset.journal_unwritable", file=str(self._file), words=error.strerror or "") from error

    def _forget(self) -> None:
        with suppress(FileNotFoundError):
            self._file.unlink()


def close(driver: psycopg.Connection, name: str) -> None:
    """Let nobody connect to a shelf: it stays as taken, and can be copied at any time. Errors are the driver's."""
    driver.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))


def _remove(driver: psycopg.Connection, name: str) -> None:
    """Remove a database unless it is a shelf by now; then it is closed, which may be what was not done.

    A new one that waits for its name is none, whatever its comment says: that is the other's already.
    """
    end_makers(driver, name)
    found = read_facts(driver, name)
    if found is None:
        return
    if not name.startswith(_NEW) and read_mark(name, found.row["comment"], 0) is not None:
        close(driver, name)
        return
    drop_database(driver, name, found.oid)
    log.info("half made database removed", extra={"database": name})


def end_makers(driver: psycopg.Connection, name: str) -> None:
    """End what a server still does for a killed program that made a database. Errors are the driver's.

    Raises:
        ResetRefused: "reset.connected": it does not end.
    """
    deadline = time.monotonic() + _GONE_S
    while makers := driver.execute(_MAKERS, (name,)).fetchall():
        for (pid,) in makers:
            driver.execute("SELECT pg_catalog.pg_terminate_backend(%s)", (pid,))
        if time.monotonic() > deadline:
            raise ResetRefused("reset.connected", count=len(makers), names=tuple(str(pid) for (pid,) in makers))
        time.sleep(_POLL_S)
