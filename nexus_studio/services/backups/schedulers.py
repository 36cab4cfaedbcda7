"""The schedulers themselves: where their files are, and the programs that have to be told about them."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from nexus_studio.core.admin.schedulertexts import (
    TASK_FOLDER,
    Job,
    Text,
    cron_lines,
    cron_marker,
    with_cron,
    without_cron,
)
from nexus_studio.core.admin.schedules import Scheduler
from nexus_studio.core.errors import BackupFailed, ToolMissing
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.paths import HOME_VARIABLE, Paths
from nexus_studio.services.settings_store import write_private
from nexus_studio.services.tools import Ran, run_tool

PROGRAMS: Final = {
    Scheduler.SYSTEMD: "systemctl",
    Scheduler.LAUNCHD: "launchctl",
    Scheduler.TASKS: "schtasks",
    Scheduler.CRON: "crontab",
}
"""What each scheduler is told with."""

_Words = tuple[str, ...]
_LINGERING: Final = Path("/var/lib/systemd/linger")


def folder(scheduler: Scheduler, paths: Paths) -> Path | None:
    """Return where a scheduler's files are; None of cron, which has one of its own."""
    if scheduler is Scheduler.SYSTEMD:
        config = os.environ.get("XDG_CONFIG_HOME", "")
        return (Path(config) if config.startswith("/") else Path.home() / ".config") / "systemd" / "user"
    if scheduler is Scheduler.LAUNCHD:
        return Path.home() / "Library" / "LaunchAgents"
    return paths.config / "schedules" if scheduler is Scheduler.TASKS else None


def notes(scheduler: Scheduler) -> _Words:
    """Return what is to be known of a scheduler here, as codes; see `scheduling.InstalledSchedule`."""
    found = [] if shutil.which(PROGRAMS[scheduler]) else ["schedule.by_hand"]
    if scheduler is Scheduler.SYSTEMD and not _lingers():
        found.append("schedule.linger")
    if scheduler is Scheduler.CRON:
        found += ["schedule.no_catching_up", "schedule.no_keyring"]
    if scheduler is Scheduler.TASKS and os.environ.get(HOME_VARIABLE):
        found.append("schedule.home")
    return tuple(found)


def are_as_written(scheduler: Scheduler, files: Sequence[Path], texts: Sequence[Text]) -> str:
    """Compare what stands where with what was written: "" the same, else "schedule.gone" or "schedule.changed"."""
    for file, text in zip(files, texts, strict=False):
        try:
            is_same = file.read_bytes() == encoded(scheduler, text)
        except OSError:
            return "schedule.gone"
        if not is_same:
            return "schedule.changed"
    return ""


def _lingers() -> bool:
    name = os.environ.get("USER") or os.environ.get("LOGNAME") or ""
    return bool(name) and (_LINGERING / name).exists()


def commands(scheduler: Scheduler, job: Job, files: Sequence[Path]) -> _Words:
    """Return what has a scheduler take its files up, as a person types it."""
    if scheduler is Scheduler.CRON:
        return ("crontab -e",)
    return tuple(_typed(scheduler, words) for words in _steps(scheduler, job, files))


def commands_away(scheduler: Scheduler, job: Job, files: Sequence[Path]) -> _Words:
    """Return what has a scheduler forget, as a person types it; files are to be removed then."""
    if scheduler is Scheduler.CRON:
        return ("crontab -e",)
    return tuple(_typed(scheduler, words) for words in _steps_away(scheduler, job))


def tell(scheduler: Scheduler, job: Job, files: Sequence[Path], texts: Sequence[Text], ctx: TaskContext) -> None:
    """Write a scheduler's files and have it take them up.

    Raises:
        BackupFailed: "backup.schedule_unwritable", "backup.scheduler_refused": files are as they were.
        Cancelled: so they are too.
    """
    if scheduler is Scheduler.CRON:
        _set_crontab(with_cron(_crontab(ctx), cron_lines(job)), ctx)
        return
    former = {file: file.read_bytes() if file.exists() else None for file in files}
    try:
        for file, text in zip(files, texts, strict=True):
            _write(file, encoded(scheduler, text))
        if scheduler is Scheduler.LAUNCHD:  # it refuses what it has already
            _run(scheduler, _steps_away(scheduler, job)[0], ctx)
        for words in _steps(scheduler, job, files):
            _require(scheduler, _run(scheduler, words, ctx))
    except BaseException:
        _put_back(scheduler, job, former)
        raise


def untell(scheduler: Scheduler, job: Job, files: Sequence[Path], ctx: TaskContext) -> bool:
    """Have a scheduler forget, and remove its files; False: they are removed, but it could not be told.

    Raises:
        BackupFailed: "backup.scheduler_refused" (the crontab is as it was), "backup.schedule_unwritable".
    """
    if scheduler is Scheduler.CRON:
        before = _crontab(ctx)
        after = without_cron(before, cron_marker(job.id, job.kind))
        if after != before:
            _set_crontab(after, ctx)
        return True
    steps = _steps_away(scheduler, job) if any(file.exists() for file in files) else ()
    was_told = True
    for number, words in enumerate(steps):
        if number:  # the last one, for systemd, which is to see that the files are gone
            _remove(files)
        try:
            was_told = _run(scheduler, words, ctx).status == 0 and was_told
        except ToolMissing:
            was_told = False
    _remove(files)
    return was_told


def encoded(scheduler: Scheduler, text: Text) -> bytes:
    """Return a text as its file holds it."""
    return text.text.encode("utf-16" if scheduler is Scheduler.TASKS else "utf-8")


def _steps(scheduler: Scheduler, job: Job, files: Sequence[Path]) -> tuple[_Words, ...]:
    timer = f"{job.name}.timer"
    if scheduler is Scheduler.SYSTEMD:  # started again, so that a new time counts at once
        return (("--user", "daemon-reload"), ("--user", "enable", timer), ("--user", "restart", timer))
    if scheduler is Scheduler.LAUNCHD:
        return (("bootstrap", _domain(), str(files[0])),)
    return (("/Create", "/F", "/TN", f"{TASK_FOLDER}\\{job.name}", "/XML", str(files[0])),)


def _steps_away(scheduler: Scheduler, job: Job) -> tuple[_Words, ...]:
    if scheduler is Scheduler.SYSTEMD:
        return (("--user", "disable", "--now", f"{job.name}.timer"), ("--user", "daemon-reload"))
    if scheduler is Scheduler.LAUNCHD:
        return (("bootout", f"{_domain()}/{job.label}"),)
    return (("/Delete", "/F", "/TN", f"{TASK_FOLDER}\\{job.name}"),)


def _domain() -> str:
    return f"gui/{os.getuid() if hasattr(os, 'getuid') else 0}"


def _typed(scheduler: Scheduler, words: _Words) -> str:
    return shlex.join((PROGRAMS[scheduler], *words))


def _run(scheduler: Scheduler, words: Sequence[str], ctx: TaskContext, stdin: bytes = b"") -> Ran:
    program = shutil.which(PROGRAMS[scheduler])
    if program is None:
        raise ToolMissing(tool=PROGRAMS[scheduler])
    return run_tool(Path(program), words, ctx, stdin=stdin)


def _require(scheduler: Scheduler, ran: Ran) -> None:
    if ran.status != 0:
        raise BackupFailed("backup.scheduler_refused", scheduler=scheduler.value, words=ran.words)


def _crontab(ctx: TaskContext) -> str:
    """Return the person's crontab; "" where there is none."""
    ran = _run(Scheduler.CRON, ["-l"], ctx)
    if ran.status != 0 and "no crontab" in ran.words.lower():
        return ""
    _require(Scheduler.CRON, ran)
    return ran.output.decode("utf-8", "surrogateescape")


def _set_crontab(text: str, ctx: TaskContext) -> None:
    _require(Scheduler.CRON, _run(Scheduler.CRON, ["-"], ctx, text.encode("utf-8", "surrogateescape")))


def _write(file: Path, content: bytes) -> None:
    try:
        write_private(file, content)
    except OSError as error:
        raise BackupFailed("backup.schedule_unwritable", file=str(file), words=error.strerror or "") from error


def _put_back(scheduler: Scheduler, job: Job, former: Mapping[Path, bytes | None]) -> None:
    """Have files as they were before a scheduler refused them, and the scheduler, as far as it listens."""
    with suppress(OSError, BackupFailed):
        _remove([file for file, content in former.items() if content is None])
        for file, content in former.items():
            if content is not None:
                write_private(file, content)
    is_known = all(content is not None for content in former.values())
    ctx = TaskContext()  # also where the person has cancelled
    for words in _steps(scheduler, job, list(former)) if is_known else _steps_away(scheduler, job):
        with suppress(ToolMissing):
            _run(scheduler, words, ctx)


def _remove(files: Sequence[Path]) -> None:
    for file in files:
        wanted = file.parent / "timers.target.wants" / file.name  # of `enable`; nobody may have disabled it
        try:
            wanted.unlink(missing_ok=True)
            file.unlink(missing_ok=True)
        except OSError as error:
            raise BackupFailed("backup.schedule_unwritable", file=str(file), words=error.strerror or "") from error
