"""The journal of a reset on disk: one file a database, there from before the first phase until all is done.

Whoever works on a reset holds a lock beside the file, which ends with the process: a journal without a holder is that
of a reset that stopped.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import fasteners  # type: ignore[import-untyped]

from nexus_studio.core.admin.backupfiles import identity_of, safe_name
from nexus_studio.core.admin.resetjournal import journal_text, read_journal
from nexus_studio.core.admin.resets import ResetJournal
from nexus_studio.core.errors import ResetRefused
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.services.backupfiles import remove_parts, write_whole
from nexus_studio.services.paths import Paths

FOLDER = "resets"

# A file's lock excludes other processes only, and closing any handle on the file lets go of it.
_guard = threading.Lock()
_held: set[Path] = set()


class JournalFile:
    """Where the journal of one database's reset is."""

    def __init__(self, paths: Paths, profile: ConnectionProfile) -> None:
        name = f"{safe_name(profile.database)}-{identity_of(profile)}"
        self._paths = paths
        self._profile = profile
        self._folder = paths.data / FOLDER
        self._file = self._folder / f"{name}.json"
        self._lock = self._folder / f"{name}.lock"
        self._work = paths.cache / FOLDER / name

    @property
    def path(self) -> Path:
        """The file; it is there while a reset is not done."""
        return self._file

    def read(self) -> ResetJournal | None:
        """Return the journal; None: there is no reset that is not done.

        Raises:
            ResetRefused: "reset.journal_broken" (facts file, words).
        """
        try:
            return read_journal(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise ResetRefused("reset.journal_broken", file=str(self._file), words=str(error)) from error

    def write(self, journal: ResetJournal) -> None:
        """Write it, so that a crash leaves this one or the one before.

        Raises:
            ResetRefused: "reset.journal_unwritable" (facts file, words).
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self._file, journal_text(journal))
        except OSError as error:
            raise ResetRefused("reset.journal_unwritable", file=str(self._file), words=error.strerror or "") from error

    def remove(self) -> None:
        """Take it away: all is done, or nothing was."""
        with suppress(FileNotFoundError):
            self._file.unlink()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Be the one who works on the reset. What a killed one has left of the database's rows is removed first.

        Raises:
            ResetRefused: "reset.running": somebody else does.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ResetRefused(
                "reset.journal_unwritable", file=str(self._folder), words=error.strerror or ""
            ) from error
        with _guard:
            lock = fasteners.InterProcessLock(self._lock)
            if self._lock in _held or not lock.acquire(blocking=False):
                raise ResetRefused("reset.running")
            _held.add(self._lock)
        try:
            shutil.rmtree(self._work, ignore_errors=True)
            remove_parts(self._paths, self._profile)
            yield
        finally:
            with _guard:
                _held.discard(self._lock)
                lock.release()

    @contextmanager
    def working_folder(self) -> Iterator[Path]:
        """Lend a folder for passing files, private and removed at the end. Only for whoever holds the lock.

        Raises:
            OSError: it can't be made.
        """
        self._work.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._work) as folder:
            yield Path(folder)

    @property
    def is_held(self) -> bool:
        """Whether somebody works on the reset just now."""
        with _guard:
            if self._lock in _held or not self._lock.exists():
                return self._lock in _held
            lock = fasteners.InterProcessLock(self._lock)
            if lock.acquire(blocking=False):
                lock.release()
                return False
            return True
