"""Where a database stands among Prisma's migrations: folder, ledger and lock, read and compared. Nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from nexus_studio.core.admin.migrations import MigrationStatus
from nexus_studio.core.admin.prisma import PrismaFolder
from nexus_studio.core.admin.prismastanding import PrismaFacts, graph_of, prisma_status
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.prisma.connection import is_schema_named, lock_holder, target_schema
from nexus_studio.services.prisma.folders import read_folders
from nexus_studio.services.prisma.ledgertable import has_other_tables, ledger_schema, read_rows
from nexus_studio.services.prisma.project import PrismaProject
from nexus_studio.services.session import Session


def read_prisma_status(session: Session, project: PrismaProject, ctx: TaskContext) -> MigrationStatus:
    """Read everything and compare it. A handful of small queries in one snapshot.

    Raises:
        PermissionDenied: without privilege on the ledger.
        ConnectionLost, Cancelled.
    """
    folders = read_folders(project)
    with session.read(ctx, one_snapshot=True) as connection:
        return prisma_status_on(connection, session.profile, project, folders)


def prisma_status_on(
    connection: Connection,
    profile: ConnectionProfile,
    project: PrismaProject,
    folders: Sequence[PrismaFolder] | None = None,
) -> MigrationStatus:
    """Do the same on an open connection of the session."""
    if folders is None:
        folders = read_folders(project)
    provider = project.locked_provider
    status = prisma_status(
        project.name,
        folders,
        read_prisma_facts(connection, profile, project),
        project.version,
        graph=graph_of(folders, provider, project.lock_file),
        provider=provider,
    )
    others = tuple(name for name in dict.fromkeys(project.schemas) if name != target_schema(profile))
    if status.verdict is None or not others:
        return status
    return replace(status, verdict=replace(status.verdict, others=others))


def read_prisma_facts(connection: Connection, profile: ConnectionProfile, project: PrismaProject) -> PrismaFacts:
    """Read ledger and lock."""
    home = prisma_ledger_schema(connection, profile)
    rows = read_rows(connection, home) if home is not None else None
    schemas = {target_schema(profile), *project.schemas}
    return PrismaFacts(
        rows=rows,
        has_tables=rows is None and has_other_tables(connection, schemas),
        holder=lock_holder(connection),
    )


def prisma_ledger_schema(connection: Connection, profile: ConnectionProfile) -> str | None:
    """Return the schema that the ledger is in; None where there is none."""
    schema = target_schema(profile)
    return ledger_schema(connection, schema if is_schema_named(profile) else "") or ledger_schema(connection, schema)
