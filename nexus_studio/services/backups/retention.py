"""Deleting old backups by a rule: first the plan, then what the plan says, each once more looked at.

What can't be deleted (read-only, in use) is named, and the rest goes on.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from nexus_studio.core.admin.backupfiles import SUFFIX, BackupRecord
from nexus_studio.core.admin.retention import LibraryEntry, PrunePlan, RetentionRule
from nexus_studio.core.admin.retention import plan as planned
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backupfiles import PART, read_record, size_of, sync_folder
from nexus_studio.services.backups.leftovers import GLOBALS
from nexus_studio.services.backups.localtime import local_now

STEP = "backup.pruning"
"""The progress step; in files."""

CHANGED = "changed"
"""Why a backup was left where it was: it is not as it was when the plan was made; it may have been proven meanwhile."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was deleted. `left` are those that should have been, each with the system's words, or "changed"."""

    removed: tuple[Path, ...] = ()
    left: tuple[tuple[Path, str], ...] = ()
    freed_bytes: int = 0
    effects: Effects = field(default_factory=Effects)


def plan(
    entries: Iterable[LibraryEntry],
    rule: RetentionRule,
    profile: ConnectionProfile,
    now: datetime | None = None,
    *,
    system: str = "",
) -> PrunePlan:
    """Say which backups of a database stay and which may go, by the calendar of this machine's zone."""
    return planned(entries, rule, now or local_now(), profile, system)


def prune(found: PrunePlan, ctx: TaskContext) -> Pruned:
    """Delete what a plan drops, with sidecars and the files of roles that go with them. Progress step `STEP`.

    Cancelled, it stops between two backups: what was deleted is deleted, whole.

    Raises:
        Cancelled: the token was cancelled.
    """
    removed: list[Path] = []
    left: list[tuple[Path, str]] = []
    freed = 0
    for number, entry in enumerate(found.dropped):
        ctx.report(Progress(STEP, number, len(found.dropped), "files"))
        try:
            is_removed = _remove(entry)
        except OSError as error:
            left.append((entry.file, error.strerror or type(error).__name__))
            continue
        if is_removed:
            removed.append(entry.file)
            freed += entry.size_bytes
        else:
            left.append((entry.file, CHANGED))
    ctx.report(Progress(STEP, len(found.dropped), len(found.dropped), "files"))
    log.info("backups pruned", extra={"removed": len(removed), "left": len(left), "size_bytes": freed})
    return Pruned(tuple(removed), tuple(left), freed, Effects(Kind.BACKUPS) if removed else Effects())


def _remove(entry: LibraryEntry) -> bool:
    """Delete a backup, then what is beside it; False: it is another one by now.

    Raises:
        OSError: the backup itself can't be deleted, and is whole.
    """
    file, record = entry.file, entry.record
    sidecar = file.with_name(file.name + SUFFIX)
    if record is None or read_record(sidecar) != record or size_of(file) != entry.size_bytes:
        return False
    if file.is_dir() and not file.is_symlink():
        part = file.with_name(file.name + PART)
        file.replace(part)  # half a folder would be taken for a damaged backup
        shutil.rmtree(part)
    else:
        file.unlink()
    # first the backup: without its sidecar it would be taken for somebody else's, and never be deleted
    with suppress(OSError):
        sidecar.unlink()
    _remove_globals(file.parent, record)
    sync_folder(file.parent)
    return True


def _remove_globals(folder: Path, record: BackupRecord) -> None:
    """Delete the file of roles of a backup that is gone, unless another one's sidecar names it too."""
    name = record.globals_file
    if GLOBALS not in name or Path(name).name != name:  # whatever a sidecar says, only a file of roles
        return
    others = (read_record(each) for each in folder.glob(f"*{SUFFIX}"))
    if not any(each is not None and each.globals_file == name for each in others):
        with suppress(OSError):
            (folder / name).unlink()
