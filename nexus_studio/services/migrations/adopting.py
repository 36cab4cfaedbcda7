"""Taking a database over from Prisma: an Alembic project written from it, proven on a throwaway database, stamped.

Prisma's own table and files are only read; its lock is held meanwhile. Where anything is refused, nothing is written.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, text

from nexus_studio.core.admin import adoption
from nexus_studio.core.admin.adoption import Adopted, AdoptionPlan
from nexus_studio.core.admin.adoptiontexts import (
    INI_TEXT,
    TEMPLATE_TEXT,
    baseline_text,
    differing,
    environment_text,
)
from nexus_studio.core.admin.drafts import SchemaDifference
from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.admin.migrations import UNRESOLVED, MigrationStatus, RevisionState
from nexus_studio.core.effects import Effects
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.profiles import Capability
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.migrations import authoring, deploying
from nexus_studio.services.migrations.adoptedfiles import placed, taken
from nexus_studio.services.migrations.adoptedmodels import adopted_models
from nexus_studio.services.migrations.project import find_project
from nexus_studio.services.migrations.running import RunRequest, run_on
from nexus_studio.services.migrations.schemadump import schema_statements
from nexus_studio.services.migrations.scratch import Scratch, scratch_database
from nexus_studio.services.paths import Paths
from nexus_studio.services.prisma.connection import target_schema
from nexus_studio.services.prisma.project import PrismaProject
from nexus_studio.services.prisma.reading import read_prisma_status
from nexus_studio.services.prisma.resolving import locked
from nexus_studio.services.session import Session

_ANY = "…"  # stands for a revision that has no id yet
_WAITS = frozenset({RevisionState.PENDING, RevisionState.ROLLED_BACK})
_NOTED = {RevisionState.EDITED: "edited", RevisionState.NOT_IN_FOLDER: "missing"}
_BY_NAME = ("_index", "_constraint", "_fk")  # ends of kinds that Alembic may be told to leave out by name
_MOST = 20  # differences that are said

_COUNTS = text(
    """
    SELECT count(*) FILTER (WHERE c.relkind IN ('r', 'p')), count(*) FILTER (WHERE c.relkind IN ('v', 'm'))
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = :schema AND NOT c.relispartition AND c.relname <> ALL (:records)
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'
                          AND d.classid = CAST('pg_catalog.pg_class' AS pg_catalog.regclass))
    """
)
# Prisma's client makes ids (cuid(), uuid()) and keeps @updatedAt; the database knows nothing of either.
_CLIENT_MADE = text(
    """
    SELECT CASE WHEN a.attname IN ('updatedAt', 'updated_at') THEN 'client_time' ELSE 'client_key' END,
           c.relname || '.' || a.attname
      FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = :schema AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> ALL (:records)
       AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
       AND (a.attname IN ('updatedAt', 'updated_at')
            AND a.atttypid IN (CAST('timestamp' AS pg_catalog.regtype), CAST('timestamptz' AS pg_catalog.regtype))
         OR a.atttypid IN (CAST('text' AS pg_catalog.regtype), CAST('uuid' AS pg_catalog.regtype))
            AND EXISTS (SELECT FROM pg_catalog.pg_constraint k
                         WHERE k.conrelid = c.oid AND k.contype = 'p' AND k.conkey = ARRAY[a.attnum])
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                             WHERE k.conrelid = c.oid AND k.contype = 'f' AND a.attnum = ANY (k.conkey)))
     ORDER BY 1, 2
    """
)


def plan(
    session: Session,
    project: PrismaProject,
    folder: Path,
    ctx: TaskContext,
    *,
    ledger: LedgerPlace = LedgerPlace.DATABASE,
    is_locked: bool = False,
) -> AdoptionPlan:
    """Say what taking over would do, and refuse where it may not be. Nothing is written.

    Args:
        session: The database.
        project: Prisma's.
        folder: Where the files would be.
        ctx: Whose token stops it.
        ledger: Where Studio's ledger would be.
        is_locked: Prisma's lock is the caller's own.

    Raises:
        MigrationBlocked: "migration.adopt_failed", "migration.adopt_pending" (fact revisions),
            "migration.adopt_running", "migration.adopt_empty" (fact schema), "migration.adopt_versions" (fact
            revisions: Alembic has been at work here), "migration.adopt_files" (facts folder, files),
            "migration.pooled".
    """
    folder = folder.expanduser().resolve()
    if session.profile.pooler:
        raise MigrationBlocked("migration.pooled")
    status = read_prisma_status(session, project, ctx)
    _refuse_unfinished(status, is_locked=is_locked)
    schema = target_schema(session.profile)
    with session.read(ctx) as connection:
        _refuse_versions(connection)
        tables, views = connection.execute(_COUNTS, _asked(schema)).one()
    if not tables and not views:
        raise MigrationBlocked("migration.adopt_empty", schema=schema)
    if there := taken(folder):
        raise MigrationBlocked("migration.adopt_files", folder=str(folder), files=there)
    return AdoptionPlan(
        folder=str(folder),
        schema=schema,
        files=(adoption.INI, adoption.ENVIRONMENT, adoption.TEMPLATE, _version_file(_ANY), adoption.MODELS),
        migrations=sum(each.state not in _WAITS for each in status.revisions),
        tables=tables,
        views=views,
        ledger=ledger,
        notes=tuple((_NOTED[each.state], each.revision) for each in status.revisions if each.state in _NOTED),
    )


def adopt(
    session: Session,
    project: PrismaProject,
    paths: Paths,
    folder: Path,
    ctx: TaskContext,
    *,
    ledger: LedgerPlace = LedgerPlace.DATABASE,
    python: Path | None = None,
) -> tuple[Adopted, Effects]:
    """Write the project into a folder and stamp its baseline. Prisma's table stays as it is.

    Args:
        session: The database.
        project: Prisma's, which must be applied wholly.
        paths: Where the ledger is kept, where it is local; where throwaway databases are.
        folder: Where to write; made where it is not there.
        ctx: A cancel before the stamp leaves nothing. Progress steps "migration.describing", "migration.pulling",
            "migration.scratch", "migration.comparing".
        ledger: Where Studio's ledger is to be.
        python: The interpreter that the project's code is tried with; None: this program's own.

    Raises:
        MigrationBlocked: as `plan`; "migration.adopt_broken" (words: the baseline does not run on an empty database),
            "migration.adopt_differs" (words: what it builds is something else), "migration.adopt_models" (words: what
            models and database differ in), "migration.adopt_outside" (words: a table of another schema that a key
            leads to), "migration.adopt_unwritable" (folder, words), "migration.adopt_unread" (words of pg_dump),
            "migration.locked" (Prisma is at work).
        ToolMissing: no pg_dump for this server.
    """
    folder = folder.expanduser().resolve()
    with session.begun(Capability.MIGRATE), locked(session, ctx):
        planned = plan(session, project, folder, ctx, ledger=ledger, is_locked=True)
        with TemporaryDirectory(prefix="nexus-adopt-") as place:
            draft = Path(place)
            revision, statements = _write_draft(session, draft, planned.schema, ctx)
            proof = _prove(session, draft, paths, statements, planned.schema, ctx, python)
            with session.read(ctx) as connection:
                made = connection.execute(_CLIENT_MADE, _asked(planned.schema)).fetchall()
            ctx.token.raise_if_cancelled()
            files = [each.replace(_ANY, revision) for each in planned.files]
            with placed(draft, folder, files):
                written = find_project(folder, python=python)
                effects = deploying.stamp(session, written, paths, TaskContext(), revision, ledger=ledger)
    notes = (
        *planned.notes,
        *((kind, name) for kind, name in made),
        *(("left_out", name) for name in proof.left_out),
        ("grants", ""),
    )
    found = Adopted(
        str(folder), tuple(files), revision, len(statements), planned.tables, planned.views, proof.where, notes
    )
    return found, effects


def _refuse_unfinished(status: MigrationStatus, *, is_locked: bool) -> None:
    runs = any(each.state is RevisionState.RUNNING for each in status.revisions)
    if runs or (status.holder is not None and not is_locked):
        raise MigrationBlocked("migration.adopt_running")
    failed = tuple(each.revision for each in status.revisions if each.state in UNRESOLVED)
    pending = tuple(each.revision for each in status.revisions if each.state in _WAITS)
    if failed:
        raise MigrationBlocked("migration.adopt_failed", revisions=failed)
    if pending:
        raise MigrationBlocked("migration.adopt_pending", revisions=pending)


def _refuse_versions(connection: Connection) -> None:
    home = connection.scalar(text("SELECT pg_catalog.to_regclass('alembic_version') IS NOT NULL"))
    if not home:
        return
    rows = tuple(connection.scalars(text("SELECT version_num FROM alembic_version ORDER BY version_num")))
    if rows:
        raise MigrationBlocked("migration.adopt_versions", revisions=rows)


def _asked(schema: str) -> dict[str, object]:
    return {"schema": schema, "records": list(adoption.RECORDS)}


def _version_file(revision: str) -> str:
    return f"{adoption.VERSIONS}/{revision}_baseline.py"


def _write_draft(session: Session, place: Path, schema: str, ctx: TaskContext) -> tuple[str, tuple[str, ...]]:
    """Write the project into a folder that is gone at the end; return its revision and what the baseline runs."""
    statements = schema_statements(session, schema, ctx)
    with session.read(ctx) as connection:
        models = adopted_models(connection, ctx)
    revision = uuid.uuid4().hex[-12:]
    created = datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
    for name, source in {
        adoption.INI: INI_TEXT,
        adoption.ENVIRONMENT: environment_text(),
        adoption.TEMPLATE: TEMPLATE_TEXT,
        adoption.MODELS: models,
        _version_file(revision): baseline_text(revision, created, statements),
    }.items():
        file = place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, encoding="utf-8")
    return revision, statements


@dataclass(frozen=True, slots=True)
class _Proof:
    """Where it was proven, and which indexes and constraints the models can't say."""

    where: str
    left_out: tuple[str, ...]


def _prove(
    session: Session,
    draft: Path,
    paths: Paths,
    statements: tuple[str, ...],
    schema: str,
    ctx: TaskContext,
    python: Path | None,
) -> _Proof:
    """Build a throwaway database by the baseline; it must be the same, and Alembic must find nothing to do there."""
    with scratch_database(session, paths, ctx) as scratch:
        _build(scratch, draft, python, ctx)
        mine, other = session.server.version_num, scratch.session.server.version_num
        again = schema_statements(scratch.session, schema, ctx, at_least=mine)
        if other > mine:  # both by one pg_dump: what it writes depends on it
            statements = schema_statements(session, schema, ctx, at_least=other)
        if found := differing(statements, again):
            raise MigrationBlocked("migration.adopt_differs", words=_some(found))
        left_out = tuple(sorted({each.name.rpartition(".")[2] for each in _compared(scratch, draft, python, ctx)}))
        if left_out:
            (draft / adoption.ENVIRONMENT).write_text(environment_text(left_out), encoding="utf-8")
            if rest := [_said(each) for each in _compared(scratch, draft, python, ctx)]:
                raise MigrationBlocked("migration.adopt_models", words=_some(rest))
        return _Proof(scratch.where, left_out)


def _compared(scratch: Scratch, draft: Path, python: Path | None, ctx: TaskContext) -> tuple[SchemaDifference, ...]:
    """Return in which indexes and constraints models and database differ; nothing else may.

    Raises:
        MigrationBlocked: "migration.adopt_models".
    """
    found = authoring.draft(scratch.session, find_project(draft, python=python), "check", ctx).differences
    if others := [_said(each) for each in found if not each.kind.endswith(_BY_NAME)]:
        raise MigrationBlocked("migration.adopt_models", words=_some(others))
    return found


def _said(difference: SchemaDifference) -> str:
    return " ".join(filter(None, (difference.kind, difference.name, difference.detail)))


def _build(scratch: Scratch, draft: Path, python: Path | None, ctx: TaskContext) -> None:
    project = find_project(draft, python=python)
    ctx.report(Progress("migration.proving"))
    try:
        outcome = run_on(project, scratch.profile, scratch.secret, RunRequest(), lambda _event: None, ctx)
    except MigrationBlocked as error:
        if error.code != "migration.project_broken" or python is not None:
            raise
        words = " ".join(filter(None, (Path(str(error.facts.get("where"))).name, str(error.facts.get("words")))))
        raise MigrationBlocked("migration.adopt_models", words=words) from error  # the models don't load
    ctx.token.raise_if_cancelled()
    if outcome.failed is not None:
        report = outcome.failed.report
        said = f"{report.message} ({report.sqlstate})" if report.sqlstate else report.message
        raise MigrationBlocked("migration.adopt_broken", words=said, report=report)


def _some(found: Iterable[str]) -> str:
    lines = list(found)
    more = [f"… and {len(lines) - _MOST} more"] if len(lines) > _MOST else []
    return "\n".join([*lines[:_MOST], *more])
