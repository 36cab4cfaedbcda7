"""What a schema is made of, as the statements that pg_dump writes for it: without rows, owners and privileges."""

from __future__ import annotations

from typing import Final

from psycopg import sql
from sqlalchemy import text

from nexus_studio.core.admin.adoption import RECORDS
from nexus_studio.core.admin.adoptiontexts import statements_of
from nexus_studio.core.admin.dumpargs import LOCK_WAIT_MS, pattern
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.session import Session
from nexus_studio.services.tools import conninfo_of, find_tool, run_tool, secret_environment

DESCRIBING: Final = "migration.describing"

# What looks after a server, and is no part of a schema.
_OF_THE_SERVER = (
    "plpgsql",
    "pg_stat_statements",
    "pg_stat_kcache",
    "pg_buffercache",
    "pg_prewarm",
    "pgstattuple",
    "pg_cron",
    "pgaudit",
    "pg_repack",
    "hypopg",
    "pg_wait_sampling",
)
_EXTENSIONS = text(
    """
    SELECT e.extname, n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
     WHERE e.extname <> ALL (:others) ORDER BY e.oid
    """
)


def schema_statements(session: Session, schema: str, ctx: TaskContext, *, at_least: int = 0) -> tuple[str, ...]:
    """Return the statements that build a schema of a session's database, the extensions it may use before them.

    Args:
        session: The database; only read.
        schema: Which one.
        ctx: A cancel ends pg_dump. Progress step "migration.describing".
        at_least: A server_version_num that pg_dump must fit too: two dumps that are compared are written by the same.

    Raises:
        ToolMissing: no pg_dump is new enough.
        MigrationBlocked: "migration.adopt_unread" (fact words): pg_dump was refused.
    """
    ctx.report(Progress(DESCRIBING))
    with session.read(ctx) as connection:
        extensions = connection.execute(_EXTENSIONS, {"others": list(_OF_THE_SERVER)}).fetchall()
    program = find_tool("pg_dump", max(session.server.version_num, at_least))
    arguments = [
        "--schema-only",
        "--no-owner",
        "--no-privileges",
        "--no-tablespaces",
        "--no-security-labels",
        "--no-publications",
        "--no-subscriptions",
        f"--schema={pattern(schema)}",
        "--strict-names",
        *(f"--exclude-table={pattern(schema)}.{pattern(name)}" for name in RECORDS),
        f"--lock-wait-timeout={LOCK_WAIT_MS}",
        "--no-password",
        "--encoding=UTF8",
        *((f"--role={session.profile.role}",) if session.profile.role else ()),
        f"--dbname={conninfo_of(session.profile, purpose='adopt')}",
    ]
    environment = secret_environment(session.profile, session.secret)
    ran = run_tool(program, arguments, ctx, environment=environment)
    if ran.status:
        raise MigrationBlocked("migration.adopt_unread", words=ran.words[-2000:])
    made = [each for name, home in extensions for each in _extension(name, home)]
    return (*made, *statements_of(ran.output.decode()))


def _extension(name: str, home: str) -> tuple[str, ...]:
    place, what = sql.Identifier(home), sql.Identifier(name)
    made = sql.SQL("CREATE EXTENSION IF NOT EXISTS {} WITH SCHEMA {}").format(what, place).as_string()
    if home in {"public", "pg_catalog"}:
        return (made,)
    return sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(place).as_string(), made
