"""Where a database stands among a project's migrations: files, version table, ledger and lock, read and compared.

Nothing of the project's code is imported, and nothing is written.
"""

from __future__ import annotations

from sqlalchemy import Connection

from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.admin.migrations import MigrationState, MigrationStatus, RevisionState
from nexus_studio.core.admin.revisions import RevisionGraph
from nexus_studio.core.admin.standing import in_short, status_of
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.ledgerplace import ledger_for
from nexus_studio.services.migrations.ledgertable import VersionTable
from nexus_studio.services.migrations.lock import lock_holder
from nexus_studio.services.migrations.project import AlembicProject, bundled
from nexus_studio.services.migrations.projects import Project
from nexus_studio.services.migrations.revisionfiles import read_graph
from nexus_studio.services.migrations.versions import read_versions
from nexus_studio.services.paths import Paths
from nexus_studio.services.prisma.project import PrismaProject
from nexus_studio.services.prisma.reading import prisma_status_on
from nexus_studio.services.session import Session


def read_status(session: Session, project: AlembicProject, paths: Paths, ctx: TaskContext) -> MigrationStatus:
    """Read everything and compare it. A handful of small queries in one snapshot.

    Raises:
        PermissionDenied: without privilege on the version table.
        ConnectionLost, Cancelled.
    """
    graph = read_graph(project, ctx)
    with session.read(ctx, one_snapshot=True) as connection:
        found = status_on(connection, session, project, graph, paths)
    if any(each.state is RevisionState.INTERRUPTED for each in found.revisions):
        # A run may have ended between the snapshot and the look at who is alive: only a second look can tell.
        with session.read(ctx, one_snapshot=True) as connection:
            found = status_on(connection, session, project, graph, paths)
    return found


def status_on(
    connection: Connection, session: Session, project: AlembicProject, graph: RevisionGraph, paths: Paths
) -> MigrationStatus:
    """Do the same on an open connection of the session, with the graph in hand."""
    versions = read_versions(connection, project)
    version = VersionTable(project.version_table, versions.schema or project.version_table_schema)
    ledger = ledger_for(session, paths, connection, version, is_bundled=project.is_bundled)
    return status_of(
        project.name,
        graph,
        versions.facts,
        ledger.entries(connection) if ledger else (),
        holder=lock_holder(connection),
        ledger=ledger.place if ledger else LedgerPlace.NOWHERE,
        refusal=ledger.refusal if ledger else "",
    )


def migration_state(session: Session, ctx: TaskContext) -> MigrationState:
    """Read in short how a database stands among the bundled project's migrations.

    Raises:
        MigrationBlocked: when the bundled project is missing.
    """
    return in_short(read_status(session, bundled(), Paths.default(), ctx))


def state_on(connection: Connection, session: Session, project: Project | None = None) -> MigrationState:
    """Do the same on an open connection of the session, for any project (None: the bundled one)."""
    if isinstance(project, PrismaProject):
        return in_short(prisma_status_on(connection, session.profile, project))
    project = project or bundled()
    return in_short(status_on(connection, session, project, read_graph(project), Paths.default()))
