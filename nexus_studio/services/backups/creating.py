"""Making a backup: pg_dump's file, found whole, with what every table held in the very snapshot it was read in.

It is written aside and gets its name when it is whole and on the disk. Whatever goes wrong before leaves nothing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from nexus_studio.core.admin.backupfiles import SUFFIX, BackupRecord, server_of
from nexus_studio.core.admin.backups import BackupFormat, BackupSpec, ChosenTool
from nexus_studio.core.profiles import Capability
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import backup_folder, read_record, who
from nexus_studio.services.backups.choosing import chosen_dump
from nexus_studio.services.backups.diskspace import require_room, room
from nexus_studio.services.backups.encrypting import encrypt, require_encryption
from nexus_studio.services.backups.extent import Extent, read_extent
from nexus_studio.services.backups.origin import needs_of, system_of
from nexus_studio.services.backups.places import held, names_of
from nexus_studio.services.backups.roles import write_globals
from nexus_studio.services.backups.writing import version_of, write
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session


def create(
    session: Session,
    paths: Paths,
    spec: BackupSpec,
    ctx: TaskContext,
    *,
    folder: Path | None = None,
    name: str = "",
    revisions: Sequence[str] = (),
) -> tuple[Path, BackupRecord]:
    """Make a backup of a database, and return where it is and what its sidecar says.

    Progress steps "backup.globals", "backup.dumping" (bytes of tables) and "backup.tables" in turn, "backup.counting",
    "backup.checking".

    Args:
        session: The database; it is only read.
        paths: Where backups are kept.
        spec: What is wanted.
        ctx: Cancelling ends pg_dump; nothing is left.
        folder: Where else it is to be; made where it is missing.
        name: Of the file, its ending may be left out; "": by date or by database and moment, so that it is new.
        revisions: The migrations that are applied.

    Raises:
        BackupFailed: before anything is written: "backup.compression", "backup.both_chosen", "backup.unknown",
            "backup.may_not_read", "backup.row_security", "backup.no_room", "backup.exists", "backup.name",
            "backup.unwritable"; later: "backup.disk_full", "backup.server_gone", "backup.killed", "backup.failed";
            and what `encrypting.encrypt` raises.
        ConnectionFailed: no second connection could be made; the password is another by now.
        TimedOut: "timeout.lock": somebody holds a table.
        ToolMissing: no pg_dump is new enough for the server.
        Cancelled: the token was cancelled.
    """
    session.require(Capability.BROWSE)
    begun, made_at = time.monotonic(), datetime.now(UTC)
    where = folder or backup_folder(paths, session.profile)
    tool = chosen_dump(session.server.version_num, spec)
    names = names_of(session.profile, spec, made_at, name)
    require_encryption(spec)
    extent = read_extent(session, spec, ctx)
    with held(where, names, is_folder=spec.format is BackupFormat.DIRECTORY) as place:
        warnings = _warnings(session, tool, extent, where)
        needs = None if spec.schemas or spec.tables else needs_of(session, ctx)
        if spec.globals:
            write_globals(session, spec, place.globals_part, ctx)
        written = write(session, spec, tool, extent, place.part, ctx)
        record = BackupRecord(
            file=place.file.name,
            server=server_of(session.profile),
            database=session.server.database,
            made_at=made_at,
            size_bytes=written.size_bytes,
            sha256=written.sha256,
            tool=version_of(tool, ctx),
            revision=", ".join(revisions),
            who=who(),
            reason=spec.reason,
            format=spec.format.value,
            compression=spec.compression.value,
            contents=spec.contents.value,
            options=written.options,
            server_version=session.server.version,
            snapshot=written.snapshot,
            duration_s=round(time.monotonic() - begun, 3),
            states=written.states,
            sequences=written.sequences,
            profile=session.profile.name,
            warnings=warnings,
            system=system_of(session, ctx),
            extensions=needs.extensions if needs else None,
            roles=needs.roles if needs else None,
            tables=needs.tables if needs and written.states is None else None,
            objects=needs.objects if needs else None,
        )
        record = place.publish(record)
    return _encrypted(place.file, record, spec, ctx) if spec.encrypt_for else (place.file, record)


def _encrypted(file: Path, record: BackupRecord, spec: BackupSpec, ctx: TaskContext) -> tuple[Path, BackupRecord]:
    """Encrypt a backup; where that fails, the plain one does not stay either: nobody wanted it."""
    try:
        target = encrypt(file, spec.encrypt_for, ctx)
    except BaseException:
        for name in filter(None, (record.file, record.file + SUFFIX, record.globals_file)):
            file.with_name(name).unlink(missing_ok=True)
        raise
    return target, read_record(target.with_name(target.name + SUFFIX)) or record


def _warnings(session: Session, tool: ChosenTool, extent: Extent, folder: Path) -> tuple[str, ...]:
    """Refuse where there is clearly no room; return what is to be said."""
    require_room(folder, extent.least)
    found = list(tool.warnings)
    if session.profile.pooler:
        found.append("backup.pooler")
    if room(folder)[0] < extent.likely:
        found.append("backup.room")
    return tuple(found)
