"""Roles and tablespaces of a server beside a backup: no dump of a database holds them."""

from __future__ import annotations

import os
from pathlib import Path

from nexus_studio.core.admin.backups import BackupSpec
from nexus_studio.core.admin.dumpargs import globals_arguments
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backups.dumping import raise_for
from nexus_studio.services.session import Session
from nexus_studio.services.tools import conninfo_of, find_tool, run_tool, secret_environment


def write_globals(session: Session, spec: BackupSpec, file: Path, ctx: TaskContext) -> None:
    """Write pg_dumpall's SQL into a new file. Progress step "backup.globals".

    Raises:
        BackupFailed: see `dumping.run_dump`; that the role may not read password hashes is among the words.
        ToolMissing: no pg_dumpall is new enough for the server.
        OSError: the file can't be written; FileExistsError: there is one, which is left alone.
    """
    ctx.report(Progress("backup.globals"))
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    profile = session.profile
    program = find_tool("pg_dumpall", session.server.version_num)
    arguments = globals_arguments(
        spec,
        dbname=conninfo_of(profile, purpose="pg_dumpall"),
        database=session.server.database,
        file=str(file),
        role=profile.role or "",
    )
    ran = run_tool(program, arguments, ctx, environment=secret_environment(profile, session.secret))
    raise_for(ran, program.stem, file.parent, session.server.user)
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())
