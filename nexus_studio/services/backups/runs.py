"""The journal of scheduled runs: a line when one begins, a line when it ends; and which of them runs right now."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import fasteners  # type: ignore[import-untyped]

from nexus_studio.core.admin.schedulertexts import job_id
from nexus_studio.core.admin.schedules import ScheduledRun, Trouble, read_runs, run_line, troubles
from nexus_studio.core.errors import BackupFailed
from nexus_studio.services.backups.backupsettings import BackupSettings
from nexus_studio.services.backups.localtime import local_now
from nexus_studio.services.paths import Paths

JOURNAL = "backup-runs.jsonl"
LOCKS = "backup-locks"

# A process's locks of a file are one: it would not see its own, and end it by looking.
_guard = threading.Lock()
_held: set[Path] = set()

_READ_BYTES = 1 << 20  # the last few thousand runs
_PATIENCE_S = 5.0  # somebody may just be looking whether it runs


def record_run(paths: Paths, run: ScheduledRun) -> None:
    """Write a run at the end of the journal: once when it begins, once when it has ended.

    Raises:
        BackupFailed: "backup.journal_unwritable" (facts file, words).
    """
    file = paths.data / JOURNAL
    line = run_line(run).encode()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600), "rb+", buffering=0) as stream:
            if stream.seek(0, os.SEEK_END):
                stream.seek(-1, os.SEEK_END)
                if stream.read(1) != b"\n":  # torn: what is written now begins a line of its own
                    line = b"\n" + line
            stream.write(line)  # at the end, in one piece, whoever else writes
            os.fsync(stream.fileno())
    except OSError as error:
        raise BackupFailed("backup.journal_unwritable", file=str(file), words=error.strerror or "") from error


def runs(paths: Paths, profile: str | None = None) -> tuple[ScheduledRun, ...]:
    """Return the runs that are known, oldest first; of one profile, where it is named."""
    try:
        with (paths.data / JOURNAL).open("rb") as stream:
            stream.seek(max(0, stream.seek(0, os.SEEK_END) - _READ_BYTES))
            found = read_runs(stream.read().decode("utf-8", "replace"))
    except OSError:
        return ()
    return tuple(each for each in found if profile is None or each.profile == profile)


def runs_and_troubles(
    paths: Paths, now: datetime | None = None, profile: str | None = None
) -> tuple[tuple[ScheduledRun, ...], tuple[Trouble, ...]]:
    """Return the runs, and what failed or was missed since each schedule's last good one.

    Raises:
        BackupFailed: "backup.settings_broken" (fact file).
    """
    known_schedules = (each.schedule for each in BackupSettings(paths).schedules())
    schedules = [each for each in known_schedules if profile is None or each.profile == profile]
    known = runs(paths, profile)
    running = {each.profile for each in schedules if is_running(paths, each.profile)}
    return known, troubles(schedules, known, now or local_now(), running)


def outstanding(paths: Paths, now: datetime | None = None, profile: str | None = None) -> tuple[Trouble, ...]:
    """Return what failed or was missed since each schedule's last good run: what is shown at the next start.

    Raises:
        BackupFailed: "backup.settings_broken" (fact file).
    """
    return runs_and_troubles(paths, now, profile)[1]


@contextmanager
def only_run(paths: Paths, profile: str) -> Iterator[None]:
    """Be the only run of a profile in the block, on this machine; a killed one leaves nothing behind.

    Raises:
        BackupFailed: "backup.running" (fact profile): another run goes on. "backup.journal_unwritable" (file, words).
    """
    file = _lock_file(paths, profile)
    with _guard:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            lock = None if file in _held else _taken(file, _PATIENCE_S)
        except OSError as error:
            raise BackupFailed("backup.journal_unwritable", file=str(file), words=error.strerror or "") from error
        if lock is None:
            raise BackupFailed("backup.running", profile=profile)
        _held.add(file)
    try:
        yield
    finally:
        with _guard:
            _held.discard(file)
            lock.release()


def is_running(paths: Paths, profile: str) -> bool:
    """Tell whether a run of a profile goes on right now."""
    file = _lock_file(paths, profile)
    with _guard:
        if file in _held or not file.exists():
            return file in _held
        with suppress(OSError):
            lock = _taken(file, 0)
            if lock is None:
                return True
            lock.release()
    return False


def _taken(file: Path, patience_s: float) -> fasteners.InterProcessLock | None:
    """Take a lock; None: another process has it."""
    lock = fasteners.InterProcessLock(str(file))
    if lock.acquire(blocking=patience_s > 0, timeout=patience_s):
        return lock
    lock.lockfile.close()  # fasteners leaves it open
    return None


def _lock_file(paths: Paths, profile: str) -> Path:
    return paths.data / LOCKS / f"{job_id(profile, '')}.lock"
