"""Schedules: told to the system's own scheduler, shown, taken away again. What is due is the scheduler's business.

No secret is written: `backup run` takes the password where every connection does (`services/profile_store.py`). Where
the scheduler's program is missing, nothing is written either: the texts are for the person to put where they belong.
"""

from __future__ import annotations

import logging
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from nexus_studio.core.admin.schedulertexts import Job, Text, texts
from nexus_studio.core.admin.schedules import Schedule, Scheduler
from nexus_studio.core.errors import BackupFailed
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups import library, schedulers
from nexus_studio.services.backups.backupsettings import BackupSettings, KnownSchedule
from nexus_studio.services.backups.copying import require_place
from nexus_studio.services.backups.encrypting import require_encryption
from nexus_studio.services.backups.localtime import local_now
from nexus_studio.services.backups.schedulerjobs import job_of
from nexus_studio.services.paths import Paths
from nexus_studio.services.profile_store import ProfileStore
from nexus_studio.services.tools import run_tool

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InstalledSchedule:
    """A schedule and what its scheduler was, or is to be, told.

    `files` are where the texts stand, or belong (a line of a crontab has no file of its own). `commands` are what a
    person would type after that. `is_installed` False: nobody but the person can do it.

    `notes` are codes: "schedule.by_hand" (the scheduler's program is not here), "schedule.linger" (systemd runs it only
    while the person is logged in, until `loginctl enable-linger`), "schedule.no_catching_up" (cron leaves out what was
    due while the machine was off), "schedule.no_keyring" (cron's jobs can't ask the keyring for a password),
    "schedule.home" (Windows must know NEXUS_STUDIO_HOME itself), "schedule.changed" (what stands there is not what was
    written), "schedule.gone" (nothing stands there any more), "schedule.still_loaded" (taken away, but the scheduler
    could not be told; it forgets at the next login).
    """

    schedule: Schedule
    scheduler: Scheduler
    texts: tuple[Text, ...]
    files: tuple[Path, ...]
    commands: tuple[str, ...]
    is_installed: bool
    notes: tuple[str, ...] = ()


def default_scheduler(ctx: TaskContext) -> Scheduler:
    """Return this system's own scheduler: on Linux systemd where it runs for this person, else cron where it is."""
    if sys.platform == "darwin":
        return Scheduler.LAUNCHD
    if sys.platform == "win32":
        return Scheduler.TASKS
    systemctl, crontab = shutil.which("systemctl"), shutil.which("crontab")
    if systemctl and run_tool(Path(systemctl), ["--user", "show-environment"], ctx).status == 0:
        return Scheduler.SYSTEMD
    return Scheduler.CRON if crontab else Scheduler.SYSTEMD


def shown(paths: Paths, schedule: Schedule, ctx: TaskContext, scheduler: Scheduler | None = None) -> InstalledSchedule:
    """Return what would be written, where, and what would be run; nothing is.

    Raises:
        BackupFailed: "backup.schedule_too_long" (a line that cron would refuse), "backup.copy_secret", …
    """
    require_place(schedule.copy_to)
    return _described(paths, schedule, scheduler or default_scheduler(ctx), is_installed=False)


def install(
    paths: Paths, schedule: Schedule, ctx: TaskContext, scheduler: Scheduler | None = None
) -> InstalledSchedule:
    """Have a scheduler make the backup from now on, instead of what its profile had before.

    A folder of its own belongs to the library then: its backups are listed, and readiness knows of them.

    Raises:
        BackupFailed: "backup.profile_unsaved" (fact profile), "backup.scheduler_refused" (facts scheduler, words),
            "backup.schedule_unwritable" (facts file, words), "backup.schedule_too_long", "backup.copy_secret",
            "backup.settings_broken", "backup.settings_unwritable", and what `encrypting.require_encryption` raises,
            since each run would. All is as it was.
        ToolMissing: the program that encrypts is not installed.
        InvalidProfile: the file of profiles can't be understood.
    """
    require_place(schedule.copy_to)
    require_encryption(schedule.spec)
    if schedule.profile not in {each.name for each in ProfileStore(paths).load()}:
        raise BackupFailed("backup.profile_unsaved", profile=schedule.profile)
    settings = BackupSettings(paths)
    former = next((each for each in settings.schedules() if each.schedule.profile == schedule.profile), None)
    chosen = scheduler or default_scheduler(ctx)
    is_possible = shutil.which(schedulers.PROGRAMS[chosen]) is not None
    known = KnownSchedule(_begun(schedule, former), chosen, is_possible)
    found = _described(paths, known.schedule, chosen, is_installed=is_possible)
    settings.keep(known)
    try:
        if is_possible:
            schedulers.tell(chosen, _job(known), found.files, found.texts, ctx)
    except BaseException:
        if former is not None:
            settings.keep(former)
        else:
            settings.forget(schedule.profile)
        raise
    if former is not None and former.is_installed and (former.scheduler is not chosen or not is_possible):
        with suppress(BackupFailed):
            schedulers.untell(former.scheduler, _job(former), _files(paths, former), ctx)
    if schedule.folder:
        library.add_folder(paths, Path(schedule.folder), must_exist=False)  # its disk may not be mounted now
    log.info("backup scheduled", extra={"scheduler": chosen.value, "installed": is_possible})
    return found


def installed(paths: Paths) -> tuple[InstalledSchedule, ...]:
    """Return all schedules, with what stands where; files are compared, and no scheduler is asked.

    Raises:
        BackupFailed: "backup.settings_broken" (fact file).
    """
    return tuple(_checked(paths, each) for each in BackupSettings(paths).schedules())


def remove(paths: Paths, profile: str, ctx: TaskContext) -> InstalledSchedule | None:
    """Take a schedule away and return what it was; None: there was none.

    `commands` are then what takes it away: for the person where they have installed it themselves, or where the note
    "schedule.still_loaded" says that the scheduler could not be told.

    Raises:
        BackupFailed: "backup.scheduler_refused": the crontab could not be changed, and the schedule is as it was.
            "backup.settings_broken", "backup.settings_unwritable", "backup.schedule_unwritable".
    """
    settings = BackupSettings(paths)
    known = next((each for each in settings.schedules() if each.schedule.profile == profile), None)
    if known is None:
        return None
    found = _described(paths, known.schedule, known.scheduler, is_installed=known.is_installed)
    notes: tuple[str, ...] = () if known.is_installed else ("schedule.by_hand",)
    if known.is_installed and not schedulers.untell(known.scheduler, _job(known), found.files, ctx):
        notes = ("schedule.still_loaded",)
    settings.forget(profile)
    log.info("backup unscheduled", extra={"scheduler": known.scheduler.value})
    commands = schedulers.commands_away(known.scheduler, _job(known), found.files)
    return replace(found, commands=commands, is_installed=False, notes=notes)


def _begun(schedule: Schedule, former: KnownSchedule | None) -> Schedule:
    """Return a schedule with its beginning: the former one's where it is at the same times."""
    if schedule.since is not None:
        return schedule
    if former is not None and (former.schedule.at, former.schedule.days) == (schedule.at, schedule.days):
        return replace(schedule, since=former.schedule.since)
    return replace(schedule, since=local_now().replace(microsecond=0))


def _described(paths: Paths, schedule: Schedule, scheduler: Scheduler, *, is_installed: bool) -> InstalledSchedule:
    known = KnownSchedule(schedule, scheduler)
    job, files = _job(known), _files(paths, known)
    try:
        said = texts(job, scheduler)
    except ValueError as error:
        raise BackupFailed("backup.schedule_too_long", profile=schedule.profile) from error
    commands, notes = schedulers.commands(scheduler, job, files), schedulers.notes(scheduler)
    return InstalledSchedule(schedule, scheduler, said, files, commands, is_installed, notes)


def _checked(paths: Paths, known: KnownSchedule) -> InstalledSchedule:
    found = _described(paths, known.schedule, known.scheduler, is_installed=known.is_installed)
    if not known.is_installed:
        return found
    if not (code := schedulers.are_as_written(known.scheduler, found.files, found.texts)):
        return found
    return replace(found, is_installed=code != "schedule.gone", notes=(*found.notes, code))


def _job(known: KnownSchedule) -> Job:
    return job_of(known.schedule, known.scheduler)


def _files(paths: Paths, known: KnownSchedule) -> tuple[Path, ...]:
    folder = schedulers.folder(known.scheduler, paths)
    if folder is None:
        return ()
    return tuple(folder / each.name for each in texts(_job(known), known.scheduler))
