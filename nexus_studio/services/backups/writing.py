"""Writing what a backup is made of: pg_dump into a file or folder, counting beside it; then whether it can be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from nexus_studio.core.admin.backups import BackupFormat, BackupSpec, ChosenTool, Contents, SequenceState, TableState
from nexus_studio.core.admin.dumpargs import dump_arguments, options_of
from nexus_studio.core.admin.dumpprogress import DumpProgress
from nexus_studio.core.errors import BackupFailed, ConnectionLost
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import size_of
from nexus_studio.services.backups.choosing import chosen_restore, compresses
from nexus_studio.services.backups.compressing import zstd_into
from nexus_studio.services.backups.copywatch import copies_watched
from nexus_studio.services.backups.counting import counting
from nexus_studio.services.backups.dumping import raise_for, run_dump
from nexus_studio.services.backups.extent import Extent
from nexus_studio.services.backups.hashing import followed, settled
from nexus_studio.services.backups.sequences import positions, spans
from nexus_studio.services.backups.snapshot import Snapshot, exported
from nexus_studio.services.connecting import APPLICATION_NAME
from nexus_studio.services.session import Session
from nexus_studio.services.tools import conninfo_of, run_tool

Look = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, in the words of a sidecar (`core.admin.backupfiles.BackupRecord`)."""

    size_bytes: int
    sha256: str
    options: tuple[str, ...]
    snapshot: str
    states: tuple[TableState, ...] | None
    sequences: tuple[SequenceState, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Job:
    session: Session
    spec: BackupSpec
    tool: ChosenTool
    extent: Extent
    part: Path
    ctx: TaskContext


def write(
    session: Session, spec: BackupSpec, tool: ChosenTool, extent: Extent, part: Path, ctx: TaskContext
) -> Written:
    """Write a dump over an empty file, or into an empty folder, and to the disk. What fails leaves it half written.

    Progress steps "backup.dumping" (bytes of tables) and "backup.tables" in turn, "backup.counting", "backup.checking".

    Raises:
        BackupFailed, ConnectionFailed, TimedOut, ToolMissing, Cancelled: see `creating.create`.
        OSError: it can't be written.
    """
    job = _Job(session, spec, tool, extent, part, ctx)
    try:
        with ExitStack() as stack:
            is_plain = spec.format is BackupFormat.PLAIN
            # only plain text is written from its beginning to its end: archives get their list of contents at last
            growing = stack.enter_context(followed(part)) if is_plain else None
            options, snapshot, states, sequences = _dump(job)
            if not is_plain:
                _require_readable(job)
            found = settled(part, growing, ctx)
    except ConnectionLost as error:
        raise BackupFailed("backup.server_gone", words=error.report.message if error.report else "") from error
    return Written(size_of(part), found, options, snapshot, states, sequences)


def version_of(tool: ChosenTool, ctx: TaskContext) -> str:
    """Return what a pg_dump says of itself: "pg_dump 16.4"."""
    said = run_tool(Path(tool.path), ["--version"], ctx).output.decode("utf-8", "replace").split()
    return f"pg_dump {said[2]}" if len(said) > 2 else "pg_dump"  # noqa: PLR2004 - "pg_dump (PostgreSQL) 16.4"


def _dump(
    job: _Job,
) -> tuple[tuple[str, ...], str, tuple[TableState, ...] | None, tuple[SequenceState, ...] | None]:
    """Run pg_dump, counting beside it; return its options, the snapshot, what was counted, where sequences stood."""
    session, spec, ctx = job.session, job.spec, job.ctx
    if session.profile.pooler:
        return _run(job, None), "", None, None
    with exported(session, ctx, relations=job.extent.relations) as snapshot:
        if not spec.counts or spec.contents is Contents.SCHEMA:
            return _run(job, snapshot), snapshot.id, None, None
        relations = job.extent.relations if spec.schemas or spec.tables else None
        before = positions(snapshot.driver)
        with counting(snapshot.driver, relations, ctx) as counts:
            options = _run(job, snapshot, counts.raise_if_failed)
            states = counts.result(ctx)
        return options, snapshot.id, states, spans(before, positions(snapshot.driver))


def _run(job: _Job, snapshot: Snapshot | None, look: Look | None = None) -> tuple[str, ...]:
    session, spec = job.session, job.spec
    is_piped = not compresses(Path(job.tool.path), spec.compression, job.tool.major)
    purpose = f"pg_dump {token_hex(4)}"
    arguments = dump_arguments(
        spec,
        major=job.tool.major,
        dbname=conninfo_of(session.profile, purpose=purpose),
        file="" if is_piped else str(job.part),
        tables=job.extent.named,
        extensions=job.extent.extensions,
        snapshot=snapshot.id if snapshot else "",
        role=session.profile.role or "",
        server_major=session.server.version_num // 10_000,
    )
    progress = DumpProgress(
        job.extent.sizes, spec.compression, spec.jobs if spec.format is BackupFormat.DIRECTORY else 1
    )
    looks = [look] if look else []
    with ExitStack() as stack:
        if spec.format is BackupFormat.PLAIN:
            application = f"{APPLICATION_NAME} {purpose}"
            looks.append(stack.enter_context(copies_watched(session, application, progress, job.ctx)).look)
        run_dump(
            session, Path(job.tool.path), arguments, job.part, progress, job.ctx,
            takes=zstd_into(job.part) if is_piped else None,
            look=lambda: _all(looks),
        )  # fmt: skip
    return options_of(arguments)


def _all(looks: Sequence[Look]) -> None:
    for each in looks:
        each()


def _require_readable(job: _Job) -> None:
    """See that pg_restore can read what was written."""
    restore = Path(chosen_restore(job.tool.major).path)
    ran = run_tool(restore, ["--list", str(job.part)], job.ctx)
    raise_for(ran, restore.stem, job.part.parent, job.session.server.user)
