"""What a new database gets of the old one: extensions in the same version, and whole schemas with their rows."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql
from sqlalchemy import text

from nexus_studio.core.admin.backups import BackupSpec
from nexus_studio.core.errors import ResetRefused
from nexus_studio.core.profiles import Capability
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.loss_sql import SCHEMAS
from nexus_studio.services.resetting.dropping import driver_of
from nexus_studio.services.resetting.journal import JournalFile
from nexus_studio.services.resetting.safetybackup import dump_to
from nexus_studio.services.session import Session
from nexus_studio.services.tools import conninfo_of, find_tool, run_tool, secret_environment

# In the order they were made: one may need another.
_EXTENSIONS = text(
    """
    SELECT e.extname, e.extversion, n.nspname FROM pg_catalog.pg_extension e
      JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
     WHERE e.extname <> 'plpgsql' ORDER BY e.oid
    """
)


def bring_extensions(source: Session, target: Session, ctx: TaskContext) -> None:
    """Make the extensions of one database in another, in their schemas, which are made where they are missing.

    Raises:
        StudioError: PermissionDenied among them; nothing was made.
    """
    with source.read(ctx) as connection:
        found = connection.execute(_EXTENSIONS).all()
    if not found:
        return
    with target.write(ctx, needs=Capability.RESET) as connection:
        driver = driver_of(connection)
        for name, version, schema in found:
            if not schema.startswith("pg_"):
                driver.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
            driver.execute(
                sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA {} VERSION {}").format(
                    sql.Identifier(name), sql.Identifier(schema), sql.Literal(version)
                )
            )


def bring_schemas(
    source: Session, target: Session, schemas: Sequence[str], journal: JournalFile, ctx: TaskContext
) -> None:
    """Copy whole schemas with their rows, owners and privileges, all or nothing. The journal's lock is held.

    Raises:
        ResetRefused: "reset.keep_failed" (facts schemas, words): something in them needs what is not kept.
        ToolMissing: no pg_dump is new enough for the server.
    """
    if not schemas:
        return
    with journal.working_folder() as folder:
        file = folder / "schemas.dump"
        dump_to(file, source, BackupSpec(schemas=tuple(schemas), counts=False), ctx)
        with target.read(ctx) as connection:
            there = list(connection.scalars(SCHEMAS))
        contents = folder / "contents"
        program = find_tool("pg_restore", source.server.version_num)
        listed = run_tool(program, ["--list", str(file)], ctx).output.decode("utf-8", "replace").splitlines()
        # a new database has a schema public, and those of its extensions
        wanted = [line for line in listed if not any(f" SCHEMA - {each} " in line for each in there)]
        contents.write_text("\n".join(wanted) + "\n", encoding="utf-8")
        profile = target.profile
        arguments = ["--single-transaction", "--exit-on-error", f"--use-list={contents}"]
        arguments += [f"--dbname={conninfo_of(profile, purpose='pg_restore')}"]
        if profile.role:
            arguments.append(f"--role={profile.role}")
        environment = secret_environment(profile, target.secret)
        ran = run_tool(program, [*arguments, str(file)], ctx, environment=environment)
        if ran.status != 0:
            raise ResetRefused("reset.keep_failed", schemas=tuple(schemas), words=ran.words)
