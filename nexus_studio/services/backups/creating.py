"""Making a backup: pg_dump's file, found whole, with what every table held in the very snapshot it was read in.

It is written aside and gets its name when it is whole and on the disk. Whatever goes wrong before leaves nothing.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from nexus_studio.core.admin.backupfiles import SUFFIX, BackupRecord, server_of
from nexus_studio.core.admin.backups import (
    BackupFormat,
    BackupSpec,
    ChosenTool,
    Contents,
    TableState,
)
from nexus_studio.core.admin.dumpargs import dump_arguments, options_of
from nexus_studio.core.admin.dumpprogress import DumpProgress
from nexus_studio.core.errors import BackupFailed, ConnectionLost, ToolMissing
from nexus_studio.core.profiles import Capability
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import backup_folder, checksum, read_record, size_of, who
from nexus_studio.services.backups.choosing import chosen_dump, chosen_restore, compresses
from nexus_studio.services.backups.compressing import zstd_into
from nexus_studio.services.backups.copywatch import copies_watched
from nexus_studio.services.backups.counting import counting
from nexus_studio.services.backups.diskspace import require_room, room
from nexus_studio.services.backups.dumping import raise_for, run_dump
from nexus_studio.services.backups.encrypting import encrypt, program_for
from nexus_studio.services.backups.extent import Extent, read_extent
from nexus_studio.services.backups.places import Place, held, names_of
from nexus_studio.services.backups.roles import write_globals
from nexus_studio.services.backups.snapshot import Snapshot, exported
from nexus_studio.services.connecting import APPLICATION_NAME
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from nexus_studio.services.tools import conninfo_of, run_tool


@dataclass(frozen=True, slots=True)
class _Job:
    """What is needed to make one backup."""

    session: Session
    spec: BackupSpec
    tool: ChosenTool
    extent: Extent
    place: Place
    ctx: TaskContext


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
    _require_encryption(spec)
    extent = read_extent(session, spec, ctx)
    with held(where, names, is_folder=spec.format is BackupFormat.DIRECTORY) as place:
        job = _Job(session, spec, tool, extent, place, ctx)
        warnings = _warnings(job, where)
        if spec.globals:
            write_globals(session, spec, place.globals_part, ctx)
        try:
            arguments, snapshot, states = _dump(job)
        except ConnectionLost as error:
            raise BackupFailed("backup.server_gone", words="") from error
        _require_readable(job)
        record = BackupRecord(
            file=place.file.name,
            server=server_of(session.profile),
            database=session.server.database,
            made_at=made_at,
            size_bytes=size_of(place.part),
            sha256=checksum(place.part, ctx),
            tool=_version_of(tool, ctx),
            revision=", ".join(revisions),
            who=who(),
            reason=spec.reason,
            format=spec.format.value,
            compression=spec.compression.value,
            contents=spec.contents.value,
            options=options_of(arguments),
            server_version=session.server.version,
            snapshot=snapshot,
            duration_s=round(time.monotonic() - begun, 3),
            states=states,
            profile=session.profile.name,
            warnings=warnings,
        )
        record = place.publish(record)
    return _encrypted(place.file, record, spec, ctx) if spec.encrypt_for else (place.file, record)


def _require_encryption(spec: BackupSpec) -> None:
    """Refuse before hours of work what could not be encrypted at its end."""
    if not spec.encrypt_for:
        return
    program = program_for(spec.encrypt_for)
    if spec.format is BackupFormat.DIRECTORY:
        raise BackupFailed("backup.encrypt_directory", file="")
    if shutil.which(program) is None:
        raise ToolMissing(tool=program)


def _encrypted(file: Path, record: BackupRecord, spec: BackupSpec, ctx: TaskContext) -> tuple[Path, BackupRecord]:
    """Encrypt a backup; where that fails, the plain one does not stay either: nobody wanted it."""
    try:
        target = encrypt(file, spec.encrypt_for, ctx)
    except BaseException:
        for name in filter(None, (record.file, record.file + SUFFIX, record.globals_file)):
            file.with_name(name).unlink(missing_ok=True)
        raise
    return target, read_record(target.with_name(target.name + SUFFIX)) or record


def _warnings(job: _Job, folder: Path) -> tuple[str, ...]:
    """Refuse where there is clearly no room; return what is to be said."""
    require_room(folder, job.extent.least)
    found = list(job.tool.warnings)
    if job.session.profile.pooler:
        found.append("backup.pooler")
    if room(folder)[0] < job.extent.likely:
        found.append("backup.room")
    return tuple(found)


def _dump(job: _Job) -> tuple[tuple[str, ...], str, tuple[TableState, ...] | None]:
    """Run pg_dump, counting beside it; return its arguments, the snapshot, and what was counted."""
    session, spec, ctx = job.session, job.spec, job.ctx
    if session.profile.pooler:
        return _run(job, None, _nothing), "", None
    with exported(session, ctx, relations=job.extent.relations) as snapshot:
        if not spec.counts or spec.contents is Contents.SCHEMA:
            return _run(job, snapshot, _nothing), snapshot.id, None
        relations = job.extent.relations if spec.schemas or spec.tables else None
        with counting(snapshot.driver, relations, ctx) as counts:
            arguments = _run(job, snapshot, counts.raise_if_failed)
            return arguments, snapshot.id, counts.result(ctx)


def _run(job: _Job, snapshot: Snapshot | None, look: Callable[[], None]) -> tuple[str, ...]:
    """Run pg_dump and return its arguments."""
    session, spec, part = job.session, job.spec, job.place.part
    program = Path(job.tool.path)
    is_piped = not compresses(program, spec.compression, job.tool.major)
    purpose = f"pg_dump {token_hex(4)}"
    arguments = dump_arguments(
        spec,
        major=job.tool.major,
        dbname=conninfo_of(session.profile, purpose=purpose),
        file="" if is_piped else str(part),
        tables=job.extent.named,
        extensions=job.extent.extensions,
        snapshot=snapshot.id if snapshot else "",
        role=session.profile.role or "",
        server_major=session.server.version_num // 10_000,
    )
    jobs = spec.jobs if spec.format is BackupFormat.DIRECTORY else 1
    progress = DumpProgress(job.extent.sizes, spec.compression, jobs)
    with ExitStack() as stack:
        looks = [look]
        if spec.format is BackupFormat.PLAIN:
            application = f"{APPLICATION_NAME} {purpose}"
            looks.append(stack.enter_context(copies_watched(session, application, progress, job.ctx)).look)
        takes = zstd_into(part) if is_piped else None
        run_dump(session, program, arguments, part, progress, job.ctx, takes=takes, look=lambda: _all(looks))
    return arguments


def _nothing() -> None:
    """There is nothing to look at."""


def _all(looks: Sequence[Callable[[], None]]) -> None:
    for each in looks:
        each()


def _require_readable(job: _Job) -> None:
    """See that pg_restore can read what was written; of plain text pg_dump's own word has to do."""
    if job.spec.format is BackupFormat.PLAIN:
        return
    restore = Path(chosen_restore(job.tool.major).path)
    ran = run_tool(restore, ["--list", str(job.place.part)], job.ctx)
    raise_for(ran, restore.stem, job.place.part.parent, job.session.server.user)


def _version_of(tool: ChosenTool, ctx: TaskContext) -> str:
    said = run_tool(Path(tool.path), ["--version"], ctx).output.decode("utf-8", "replace").split()
    return f"pg_dump {said[2]}" if len(said) > 2 else "pg_dump"  # noqa: PLR2004 - "pg_dump (PostgreSQL) 16.4"
