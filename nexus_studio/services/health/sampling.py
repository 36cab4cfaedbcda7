"""Samples of sizes taken while no window is open: told to the system's own scheduler, every hour, as backups are.

It calls `growth --take` of a saved connection. No secret is written: the password comes from where every connection has
it. Where the scheduler's program is missing nothing is written either: the texts are for the person to put somewhere.
"""

from __future__ import annotations

import logging
import shutil
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import tomli_w

from nexus_studio.core.admin.schedulertexts import Job, Text, texts
from nexus_studio.core.admin.schedules import Scheduler
from nexus_studio.core.errors import BackupFailed
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups import schedulers
from nexus_studio.services.backups.schedulerjobs import sampling_job_of
from nexus_studio.services.backups.scheduling import default_scheduler
from nexus_studio.services.paths import Paths
from nexus_studio.services.profile_store import ProfileStore
from nexus_studio.services.settings_store import write_private

FILE_NAME: Final = "growth.toml"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sampling:
    """Who takes samples of a connection, and what they were, or are to be, told.

    `files` are where the texts stand, or belong (a line of a crontab has no file of its own); `commands` are what a
    person would type after that. `notes` are codes as of `backups.scheduling.InstalledSchedule`. `is_installed` False:
    nobody but the person can do it, or nothing stands there any more.
    """

    profile: str
    scheduler: Scheduler
    texts: tuple[Text, ...]
    files: tuple[Path, ...]
    commands: tuple[str, ...]
    is_installed: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Known:
    scheduler: Scheduler
    is_installed: bool


def shown(paths: Paths, profile: str, ctx: TaskContext, scheduler: Scheduler | None = None) -> Sampling:
    """Return what would be written, where, and what would be run; nothing is.

    Raises:
        BackupFailed: "backup.schedule_too_long" (a line that cron would refuse).
    """
    return _described(paths, profile, scheduler or default_scheduler(ctx), is_installed=False)


def install(paths: Paths, profile: str, ctx: TaskContext, scheduler: Scheduler | None = None) -> Sampling:
    """Have a scheduler take a sample of a saved connection every hour from now on.

    Raises:
        BackupFailed: "backup.profile_unsaved" (fact profile), "backup.scheduler_refused" (facts scheduler, words),
            "backup.schedule_unwritable" (facts file, words), "backup.schedule_too_long", "backup.settings_broken",
            "backup.settings_unwritable" (fact file). All is as it was.
        InvalidProfile: the file of profiles can't be understood.
    """
    if profile not in {each.name for each in ProfileStore(paths).load()}:
        raise BackupFailed("backup.profile_unsaved", profile=profile)
    former = _known(paths).get(profile)
    chosen = scheduler or default_scheduler(ctx)
    is_possible = shutil.which(schedulers.PROGRAMS[chosen]) is not None
    found = _described(paths, profile, chosen, is_installed=is_possible)
    _keep(paths, profile, _Known(chosen, is_possible))
    try:
        if is_possible:
            schedulers.tell(chosen, sampling_job_of(profile, chosen), found.files, found.texts, ctx)
    except BaseException:
        _keep(paths, profile, former)
        raise
    if former is not None and former.is_installed and former.scheduler is not chosen:
        job = sampling_job_of(profile, former.scheduler)
        with suppress(BackupFailed):
            schedulers.untell(former.scheduler, job, _files(paths, job, former.scheduler), ctx)
    log.info("sampling scheduled", extra={"scheduler": chosen.value, "installed": is_possible})
    return found


def installed(paths: Paths, profile: str) -> Sampling | None:
    """Return who takes samples of a connection; None: nobody. Files are compared, and no scheduler is asked.

    Raises:
        BackupFailed: "backup.settings_broken" (fact file).
    """
    known = _known(paths).get(profile)
    if known is None:
        return None
    found = _described(paths, profile, known.scheduler, is_installed=known.is_installed)
    code = schedulers.are_as_written(known.scheduler, found.files, found.texts) if known.is_installed else ""
    if not code:
        return found
    return replace(found, is_installed=code != "schedule.gone", notes=(*found.notes, code))


def remove(paths: Paths, profile: str, ctx: TaskContext) -> Sampling | None:
    """Have nobody take samples any more, and return what it was; None: nobody did.

    `commands` are then what takes it away, as of `backups.scheduling.remove`.

    Raises:
        BackupFailed: "backup.scheduler_refused": the crontab could not be changed, and all is as it was.
            "backup.settings_broken", "backup.settings_unwritable", "backup.schedule_unwritable".
    """
    known = _known(paths).get(profile)
    if known is None:
        return None
    found = _described(paths, profile, known.scheduler, is_installed=known.is_installed)
    job = sampling_job_of(profile, known.scheduler)
    notes: tuple[str, ...] = () if known.is_installed else ("schedule.by_hand",)
    if known.is_installed and not schedulers.untell(known.scheduler, job, found.files, ctx):
        notes = ("schedule.still_loaded",)
    _keep(paths, profile, None)
    log.info("sampling unscheduled", extra={"scheduler": known.scheduler.value})
    commands = schedulers.commands_away(known.scheduler, job, found.files)
    return replace(found, commands=commands, is_installed=False, notes=notes)


def _described(paths: Paths, profile: str, scheduler: Scheduler, *, is_installed: bool) -> Sampling:
    job = sampling_job_of(profile, scheduler)
    files = _files(paths, job, scheduler)
    try:
        said = texts(job, scheduler)
    except ValueError as error:
        raise BackupFailed("backup.schedule_too_long", profile=profile) from error
    commands, notes = schedulers.commands(scheduler, job, files), schedulers.notes(scheduler)
    return Sampling(profile, scheduler, said, files, commands, is_installed, notes)


def _files(paths: Paths, job: Job, scheduler: Scheduler) -> tuple[Path, ...]:
    folder = schedulers.folder(scheduler, paths)
    return () if folder is None else tuple(folder / each.name for each in texts(job, scheduler))


# --- on disk


def _known(paths: Paths) -> dict[str, _Known]:
    """Read who takes samples of which connection; what makes no sense is left out."""
    found = {}
    for profile, values in _tables(paths).items():
        try:
            found[profile] = _Known(Scheduler(values.get("scheduler")), bool(values.get("installed", True)))
        except (ValueError, AttributeError):
            log.info("schedule of samples not understood")
    return found


def _keep(paths: Paths, profile: str, known: _Known | None) -> None:
    tables: dict[str, Mapping[str, Any]] = _tables(paths)
    tables.pop(profile, None)
    if known is not None:
        tables[profile] = {"scheduler": known.scheduler.value, "installed": known.is_installed}
    file = paths.config / FILE_NAME
    try:
        write_private(file, tomli_w.dumps({"schedules": tables}).encode())
    except OSError as error:
        raise BackupFailed("backup.settings_unwritable", file=str(file), words=error.strerror or "") from error


def _tables(paths: Paths) -> dict[str, Any]:
    file = paths.config / FILE_NAME
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8")).get("schedules", {})
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise BackupFailed("backup.settings_broken", file=str(file)) from error
    return dict(found) if isinstance(found, dict) else {}
