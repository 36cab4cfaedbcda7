"""What a backup of a part stands on: the schema its rows go into, the types and functions that its tables use.

That is not in the backup. It is taken from the database as it is today.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from psycopg import sql

from nexus_studio.core.admin.archives import ArchiveKind, ArchivePreview
from nexus_studio.core.admin.backups import Contents
from nexus_studio.core.errors import RestoreRefused
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.archivefiles import restore_program, toc_of
from nexus_studio.services.backups.choosing import chosen_dump
from nexus_studio.services.dberrors import translated
from nexus_studio.services.migrations.copies import schema_copy
from nexus_studio.services.migrations.scratch import Scratch, Where
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from nexus_studio.services.tools import conninfo_of, run_tool, secret_environment

_LOCK_WAIT_MS: Final = 5_000
_CHOOSING: Final = frozenset({"--schema", "--table"})
_GROUND: Final = frozenset(
    {
        "SCHEMA", "EXTENSION", "TYPE", "SHELL TYPE", "DOMAIN", "FUNCTION", "PROCEDURE", "AGGREGATE", "OPERATOR",
        "OPERATOR CLASS", "OPERATOR FAMILY", "COLLATION", "CAST", "TEXT SEARCH PARSER", "TEXT SEARCH DICTIONARY",
        "TEXT SEARCH TEMPLATE", "TEXT SEARCH CONFIGURATION", "SEQUENCE",
    }
)  # fmt: skip
_NO_RELATION: Final = re.compile(r'relation "(?P<name>.+)" does not exist$')


def is_of_rows_alone(preview: ArchivePreview) -> bool:
    """Tell whether a backup holds rows and no tables to put them into."""
    if preview.record is not None and preview.record.contents == Contents.DATA.value:
        return True
    kinds = {item.kind for item in preview.items}
    return "TABLE DATA" in kinds and "TABLE" not in kinds


def is_of_a_part(preview: ArchivePreview) -> bool:
    """Tell whether a backup is of chosen tables or schemas, as far as anybody said."""
    return preview.record is not None and bool(_CHOOSING & set(preview.record.options))


@contextmanager
def tables_alone(
    session: Session | None, paths: Paths, where: Where, preview: ArchivePreview, ctx: TaskContext
) -> Iterator[Scratch]:
    """Make a scratch database with today's tables, empty, for a backup of rows alone. No trigger fires there.

    Raises:
        RestoreRefused: "restore.needs_schema" (fact file): there is no database to take the tables from.
        MigrationBlocked: as `copies.schema_copy`.
    """
    if session is None:
        raise RestoreRefused("restore.needs_schema", file=preview.file)
    with schema_copy(session, paths, ctx, prefer=where) as scratch:
        if scratch.session.server.superuser:  # foreign keys are not checked either: rows come in no order of theirs
            with scratch.session.alone(ctx, purpose="scratch") as driver, translated(ctx.token):
                statement = sql.SQL("ALTER DATABASE {} SET session_replication_role TO replica")
                driver.execute(statement.format(sql.Identifier(scratch.profile.database)))
        yield scratch


def lay_ground(session: Session, scratch: Scratch, preview: ArchivePreview, ctx: TaskContext) -> None:
    """Make today's schemas, types and functions in a scratch database, but for those that a backup brings itself.

    What can't be made there (a function on a table) is left out: whether the backup needs it is seen when it is loaded.

    Raises:
        ToolMissing: no program fits.
    """
    dump = Path(chosen_dump(session.server.version_num).path)
    with tempfile.TemporaryDirectory(prefix="nexus-studio-") as folder:
        file = Path(folder) / "schema"
        arguments = ["--schema-only", "--format=custom", "--no-owner", "--no-privileges", f"--file={file}"]
        arguments += [f"--lock-wait-timeout={_LOCK_WAIT_MS}"]
        arguments += [f"--role={session.profile.role}"] if session.profile.role else []
        arguments.append(f"--dbname={conninfo_of(session.profile, purpose='pg_dump')}")
        environment = {**secret_environment(session.profile, session.secret), "PGCLIENTENCODING": "UTF8"}
        ran = run_tool(dump, arguments, ctx, environment=environment)
        if ran.status != 0:
            return
        toc = toc_of(file, ArchiveKind.CUSTOM)
        brought = {(item.kind, _in_a_line(item.schema), _in_a_line(item.name)) for item in preview.items}
        wanted = [
            each.dump_id
            for each in toc.entries
            if each.kind in _GROUND and (each.kind, _in_a_line(each.schema), _in_a_line(each.name)) not in brought
        ]
        listed = Path(folder) / "list"
        listed.write_text("".join(f"{each};\n" for each in wanted), encoding="ascii")
        target = f"--dbname={conninfo_of(scratch.profile, purpose='pg_restore')}"
        run_tool(
            restore_program(toc),
            ["--no-password", f"--use-list={listed}", target, str(file)],
            ctx,
            environment=secret_environment(scratch.profile, scratch.secret),
        )


def _in_a_line(name: str) -> str:
    """Return a name as plain dumps have it in their comments."""
    return name.replace("\r", " ").replace("\n", " ")


def of_the_part(problems: Iterable[str], preview: ArchivePreview) -> tuple[str, ...]:
    """Leave out that tables are missing which are not in the backup: foreign keys to them can't be made."""
    there = {f"{table.schema}.{table.name}" for table in preview.tables}
    return tuple(
        each for each in problems if not (found := _NO_RELATION.search(each)) or _unquoted(found["name"]) in there
    )


def _unquoted(name: str) -> str:
    return name.replace('"', "")
