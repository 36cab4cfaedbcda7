"""The safety backup: one of the whole database, before anything is lost. And dumps without a sidecar of a backup."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from nexus_studio.core.admin.backupfiles import SUFFIX, BackupRecord
from nexus_studio.core.admin.backups import BackupSpec
from nexus_studio.core.errors import BackupFailed, ResetRefused
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backupfiles import backup_folder, keep_part
from nexus_studio.services.backups.choosing import chosen_dump
from nexus_studio.services.backups.creating import create
from nexus_studio.services.backups.extent import read_extent
from nexus_studio.services.backups.places import held
from nexus_studio.services.backups.writing import write
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session

_ERRORS = {"backup.disk_full": errno.ENOSPC, "backup.no_room": errno.ENOSPC, "backup.exists": errno.EEXIST}


def back_up(
    session: Session, paths: Paths, reason: str, revisions: Sequence[str], ctx: TaskContext
) -> tuple[Path, BackupRecord]:
    """Back a database up into its folder of backups. Progress steps "reset.backup" and those of `creating.create`.

    Args:
        session: The database; it is only read.
        paths: Where backups are.
        reason: What it is made for.
        revisions: The migrations that are applied.
        ctx: Cancelling ends pg_dump; nothing is left behind.

    Raises:
        ResetRefused: "reset.backup_failed" (facts words, folder).
        ToolMissing: no pg_dump is new enough for the server.
        ConnectionFailed, TimedOut: see `creating.create`.
    """
    ctx.report(Progress("reset.backup"))
    try:
        return create(session, paths, BackupSpec(reason=reason), ctx, revisions=revisions)
    except BackupFailed as error:
        raise _refused(error, backup_folder(paths, session.profile)) from error


def dump_to(
    file: Path, session: Session, spec: BackupSpec, ctx: TaskContext, describe: Callable[[], None] | None = None
) -> None:
    """Dump into a file, and see that it can be read. No extension is in it that does not belong to what is chosen.

    Args:
        file: A new one. It has its name when all is done.
        session: The database; it is only read.
        spec: What of it.
        ctx: Cancelling leaves nothing behind.
        describe: Writes the sidecar, when the file is whole and before it has its name.

    Raises:
        BackupFailed, ToolMissing, ConnectionFailed, TimedOut: see `creating.create`.
    """
    with held(file.parent, iter((file.name,)), is_folder=False) as place:
        extent = replace(read_extent(session, spec, ctx), extensions=())
        write(session, spec, chosen_dump(session.server.version_num, spec), extent, place.part, ctx)
        try:
            if describe is not None:
                describe()
            keep_part(place.part)
        except BaseException:
            file.with_name(file.name + SUFFIX).unlink(missing_ok=True)
            raise


def _refused(error: BackupFailed, folder: Path) -> ResetRefused:
    """Say why there is no backup: in a program's words, else by the names that are in its way, else in the system's."""
    facts = error.facts
    names = facts.get("names")
    words = str(facts.get("words") or facts.get("signal") or "")
    if isinstance(names, tuple):
        words = ", ".join(names)
    elif error.code in _ERRORS:
        words = os.strerror(_ERRORS[error.code])
    return ResetRefused("reset.backup_failed", words=words or error.code, folder=str(folder))
