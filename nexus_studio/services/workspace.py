"""Workspace: one session and every service built on it, made together and handed down to panels and commands.

A worker imports this module (`composition.open_workspace`), or the command line: with the models, Alembic and psycopg
behind it, it takes longer than the first paint may.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from nexus_studio.core.data.transferkeeping import Why
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.schema.overlay import ModelOverlay
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.service import BackupService
from nexus_studio.services.celljudging import CellJudge
from nexus_studio.services.drafts import DraftStore
from nexus_studio.services.health.service import HealthService
from nexus_studio.services.history.service import HistoryService
from nexus_studio.services.history.witnessing import FileWitness
from nexus_studio.services.migrations.projects import any_project_for
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.model_overlay import read_overlay
from nexus_studio.services.paths import Paths
from nexus_studio.services.readiness.service import ReadinessService
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.resetting.service import ResetService, applied_revisions
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.seeding import SeedService
from nexus_studio.services.session import Session
from nexus_studio.services.shelves import ShelfService
from nexus_studio.services.sqliteimport.service import SqliteImportService
from nexus_studio.services.transfer.service import TransferService


@dataclass(frozen=True, slots=True)
class Workspace:
    """One database and all that can be done with it. Any thread may use the services."""

    session: Session
    catalog: CatalogReader
    rows: RowSource
    writer: RowWriter
    judge: CellJudge
    overlay: ModelOverlay
    health: HealthService
    seeds: SeedService
    migrations: MigrationService
    resets: ResetService
    shelves: ShelfService
    backups: BackupService
    imports: SqliteImportService
    transfers: TransferService
    readiness: ReadinessService
    history: HistoryService
    drafts: DraftStore

    def close(self) -> None:
        """End the session: running work goes on to its end and closes its connection, new work is refused."""
        self.session.close()
        self.drafts.close()


def open_workspace(
    profile: ConnectionProfile, secret: str | None, ctx: TaskContext, *, is_assumed: bool = False
) -> Workspace:
    """Connect, learn what the models know of this database, build the services.

    Raises:
        ConnectionFailed: with the cause as its code.
    """
    session = Session.open(profile, secret, ctx, is_assumed=is_assumed)
    try:
        return workspace_on(session, ctx)
    except BaseException:
        session.close()
        raise


def workspace_on(session: Session, ctx: TaskContext) -> Workspace:
    """Build the services on an open session, which stays the caller's to close if this fails."""
    migrations = _migrations_on(session)
    history = HistoryService(session, Paths.default())
    overlay = replace(read_overlay(session, ctx), masking=session.profile.masking)
    catalog = CatalogReader(session, overlay)
    return Workspace(
        session=session,
        catalog=catalog,
        rows=RowSource(session),
        writer=RowWriter(session, catalog),
        judge=CellJudge(session),
        overlay=overlay,
        health=HealthService(session, Paths.default()),
        seeds=SeedService(session),
        migrations=migrations,
        resets=ResetService(session, Paths.default(), _migrations_on, SeedService),
        shelves=ShelfService(session, Paths.default(), applied_revisions(_migrations_on)),
        backups=BackupService(session, Paths.default(), _migrations_on),
        imports=SqliteImportService(session, CatalogReader(session)),
        transfers=TransferService(session, overlay, partial(_kept_import, history)),
        readiness=ReadinessService(session, migrations, Paths.default()),
        history=history,
        drafts=DraftStore(Paths.default(), session.profile),
    )


def _kept_import(history: HistoryService, relation: RelationName, path: Path, why: Why) -> FileWitness:
    return history.imports(relation, path, why.reason, why.ticket, must_keep=why.must_keep)


def _migrations_on(session: Session) -> MigrationService:
    return MigrationService(session, partial(any_project_for, session.profile), Paths.default())
