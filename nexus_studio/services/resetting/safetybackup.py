"""The safety backup: a dump of the whole database, found to be readable, with its sidecar, before anything is lost."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from nexus_studio.core.admin.backupfiles import SUFFIX, BackupRecord, file_name, server_of
from nexus_studio.core.errors import ResetRefused
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backupfiles import PART, backup_folder, checksum, keep_part, who, write_record
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from nexus_studio.services.tools import conninfo_of, find_tool, run_tool, secret_environment

_LOCK_WAIT_MS = 10_000


def back_up(
    session: Session, paths: Paths, reason: str, revisions: Sequence[str], ctx: TaskContext
) -> tuple[Path, BackupRecord]:
    """Dump a database into its folder of backups. Progress step "reset.backup".

    Args:
        session: The database; it is only read.
        paths: Where backups are.
        reason: What it is made for.
        revisions: The migrations that are applied.
        ctx: Cancelling ends pg_dump; nothing is left behind.

    Raises:
        ResetRefused: "reset.backup_failed" (facts words, folder).
        ToolMissing: no pg_dump is new enough for the server.
    """
    ctx.report(Progress("reset.backup"))
    made_at = datetime.now(UTC)
    folder = backup_folder(paths, session.profile)
    file = folder / file_name(session.profile, made_at, reason, secrets.token_hex(2))
    made: list[BackupRecord] = []

    def describe(part: Path, tool: str) -> None:
        record = BackupRecord(
            file=file.name,
            server=server_of(session.profile),
            database=session.server.database,
            made_at=made_at,
            size_bytes=part.stat().st_size,
            sha256=checksum(part, ctx),
            tool=tool,
            revision=", ".join(revisions),
            who=who(),
            reason=reason,
        )
        write_record(record, folder)
        made.append(record)

    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        dump_to(file, session, (), ctx, describe)
    except OSError as error:
        raise ResetRefused("reset.backup_failed", words=error.strerror or "", folder=str(folder)) from error
    return file, made[0]


def dump_to(
    file: Path,
    session: Session,
    options: Sequence[str],
    ctx: TaskContext,
    describe: Callable[[Path, str], None] | None = None,
) -> None:
    """Dump into a file of pg_dump's custom format, and see that it can be read.

    Args:
        file: A new one. It has its name when all is done.
        session: The database; it is only read.
        options: More arguments of pg_dump.
        ctx: Cancelling leaves nothing behind.
        describe: Writes the sidecar, of the finished file under its passing name and of what made it.

    Raises:
        ResetRefused: "reset.backup_failed".
        ToolMissing, OSError; FileExistsError: there is such a file, which is left alone.
    """
    if file.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(file))
    profile, version = session.profile, session.server.version_num
    dump, restore = find_tool("pg_dump", version), find_tool("pg_restore", version)
    part = file.with_name(file.name + PART)
    arguments = ["--format=custom", f"--file={part}", f"--lock-wait-timeout={_LOCK_WAIT_MS}", *options]
    if profile.role:
        arguments.append(f"--role={profile.role}")
    arguments.append(f"--dbname={conninfo_of(profile, purpose='pg_dump')}")
    environment = secret_environment(profile, session.secret)
    try:
        part.touch(mode=0o600)
        ran = run_tool(dump, arguments, ctx, environment=environment)
        if ran.status == 0:
            ran = run_tool(restore, ["--list", str(part)], ctx)
        if ran.status != 0:
            raise ResetRefused("reset.backup_failed", words=ran.words, folder=str(file.parent))
        if describe is not None:
            describe(part, _tool_of(dump, ctx))
        keep_part(part)
    finally:
        part.unlink(missing_ok=True)
        if not file.exists():
            file.with_name(file.name + SUFFIX).unlink(missing_ok=True)


def _tool_of(dump: Path, ctx: TaskContext) -> str:
    said = run_tool(dump, ["--version"], ctx).output.decode("utf-8", "replace").split()
    return f"pg_dump {said[2]}" if len(said) > 2 else "pg_dump"  # noqa: PLR2004 - "pg_dump (PostgreSQL) 16.4"
