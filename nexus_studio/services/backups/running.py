"""What a scheduler calls: the backup of a saved connection, proven, encrypted, copied, old ones deleted, written down.

Nobody watches. So whatever fails stops the rest: nothing old is deleted before the new one is where it should be.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from nexus_studio.core.admin.schedules import Schedule, ScheduledRun
from nexus_studio.core.errors import BackupDamaged, BackupFailed, StudioError, UserError
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.redact import loggable
from nexus_studio.core.tasks import Cancelled, TaskContext
from nexus_studio.services.backups import library, retention
from nexus_studio.services.backups.backupsettings import BackupSettings
from nexus_studio.services.backups.copying import copy
from nexus_studio.services.backups.encrypting import encrypt, require_encryption
from nexus_studio.services.backups.localtime import local_now
from nexus_studio.services.backups.origin import system_of
from nexus_studio.services.backups.runs import only_run, record_run
from nexus_studio.services.backups.service import BackupService
from nexus_studio.services.migrations.projects import any_project_for
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.profile_store import ProfileStore
from nexus_studio.services.session import Session

CANCELLED: Final = "backup.cancelled"
BUG: Final = "bug"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run went, as it is in the journal, and what failed, None where nothing did."""

    run: ScheduledRun
    error: StudioError | None = None


def run(paths: Paths, profile: str, ctx: TaskContext) -> Outcome:
    """Make the scheduled backup of a saved connection now, and do all that its schedule says besides.

    What fails is in the outcome and in the journal. Progress steps are those of what is done.

    Args:
        paths: Where profiles, schedules and backups are.
        profile: The name of the connection.
        ctx: Cancelling leaves no half backup; the journal says so.

    Raises:
        BackupFailed: "backup.not_scheduled", "backup.running" (fact profile), "backup.journal_unwritable",
            "backup.settings_broken". Nothing was done.
        Cancelled: the token was cancelled.
    """
    schedule = _schedule(paths, profile)
    with only_run(paths, profile):
        job = _Job(paths, schedule, ScheduledRun(profile, local_now()))
        record_run(paths, job.run)
        error: StudioError | None = None
        try:
            job.work(ctx)
        except Cancelled:
            job.end(CANCELLED)
            raise
        except StudioError as failure:
            error = failure
            log.info("scheduled backup failed", extra=loggable(failure))
            job.end(failure.code)
        except BaseException:
            job.end(BUG)
            raise
        else:
            job.end("")
        return Outcome(job.run, error)


def _schedule(paths: Paths, profile: str) -> Schedule:
    for each in BackupSettings(paths).schedules():
        if each.schedule.profile == profile:
            return each.schedule
    raise BackupFailed("backup.not_scheduled", profile=profile)


class _Job:
    """A run under way: `run` says how far it has come."""

    def __init__(self, paths: Paths, schedule: Schedule, run: ScheduledRun) -> None:
        self.run = run
        self._paths = paths
        self._schedule = schedule

    def work(self, ctx: TaskContext) -> None:
        """Do all of it.

        Raises:
            StudioError: the first thing that failed; the rest was not tried.
        """
        schedule = self._schedule
        folder = self._folder()
        require_encryption(schedule.spec)
        profile, secret = self._connection()
        with closing(Session.open(profile, secret, ctx)) as session:
            service = BackupService(session, self._paths, _migrations(self._paths))
            file, _ = service.create(replace(schedule.spec, encrypt_for=()), ctx, folder=folder)
            self.run = replace(self.run, file=str(file))
            if schedule.verify:
                _require_proven(service, file, ctx)
            system = system_of(session, ctx)
        if schedule.spec.encrypt_for:
            file = encrypt(file, schedule.spec.encrypt_for, ctx)
            self.run = replace(self.run, file=str(file))
        if schedule.copy_to:
            self.run = replace(self.run, copied_to=copy(file, schedule.copy_to, ctx).where)
        if schedule.prune is not None:
            self._prune(profile, system, ctx)

    def end(self, code: str) -> None:
        """Write down how it ended; "" for well."""
        self.run = replace(self.run, ended_at=local_now(), ok=not code, code=code)
        record_run(self._paths, self.run)

    def _folder(self) -> Path | None:
        """Return where the backup goes; a folder that was named must be there: its disk may not be mounted."""
        if not self._schedule.folder:
            return None
        folder = Path(self._schedule.folder)
        if not folder.is_dir():
            raise BackupFailed("backup.no_folder", folder=str(folder))
        return folder

    def _connection(self) -> tuple[ConnectionProfile, str | None]:
        store = ProfileStore(self._paths)
        for each in store.load():
            if each.name == self._schedule.profile:
                return each, store.secret_for(each)
        raise UserError("profile.unknown", name=self._schedule.profile)

    def _prune(self, profile: ConnectionProfile, system: str, ctx: TaskContext) -> None:
        rule = self._schedule.prune
        if rule is None:
            return
        where = [*library.folders(self._paths), *([Path(self._schedule.folder)] if self._schedule.folder else ())]
        found = retention.plan(library.entries(self._paths, where, ctx, profile), rule, profile, system=system)
        pruned = retention.prune(found, ctx)
        self.run = replace(self.run, removed=len(pruned.removed))
        if left := [file.name for file, words in pruned.left if words != retention.CHANGED]:
            raise BackupFailed("backup.not_pruned", files=tuple(left), words=pruned.left[0][1])


def _require_proven(service: BackupService, file: Path, ctx: TaskContext) -> None:
    record = service.verify(file, ctx)
    if record.proof is None or not record.proof.is_good:
        raise BackupDamaged("backup.not_proven", file=file.name)


def _migrations(paths: Paths) -> Callable[[Session], MigrationService]:
    return lambda session: MigrationService(session, partial(any_project_for, session.profile), paths)
