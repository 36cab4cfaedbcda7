"""What a database is, in one look: server, rights, relations by kind, migrations, size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text

from nexus_studio.core.admin.migrations import MigrationState
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.schema.catalog import RelationKind
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.projects import Project, any_project_for
from nexus_studio.services.migrations.status import state_on
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.session import Session

# pg_stat_ssl shows everybody their own connection. pg_database_size needs CONNECT, which a connected role has.
_FACTS = text(
    """
    SELECT coalesce((SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()), false) AS tls,
           pg_catalog.pg_database_size(current_database()) AS size_bytes
    """
)


@dataclass(frozen=True, slots=True)
class DatabaseStatus:
    """The facts. `relations` counts relations of user schemas by kind, every kind present; partitions are tables.

    `read_only` says whether this connection can write: the profile, the server's default or a standby forbid it.
    `migrations` are those of the project that the profile names, else of the bundled one; None: its configuration can't
    be read.
    """

    server_version: str
    version_num: int
    database: str
    user: str
    environment: Environment
    read_only: bool
    standby: bool
    tls: bool
    size_bytes: int
    relations: Mapping[RelationKind, int]
    migrations: MigrationState | None


def status(profile: ConnectionProfile, secret: str | None, ctx: TaskContext) -> DatabaseStatus:
    """Connect, look, and leave.

    Raises:
        ConnectionFailed: with the cause as its code.
    """
    session = Session.open(profile, secret, ctx)
    try:
        return status_of(session, ctx)
    finally:
        session.close()


def status_of(session: Session, ctx: TaskContext) -> DatabaseStatus:
    """Look through an open session."""
    tree = CatalogReader(session).tree(ctx)
    project = _project(session.profile)
    kinds = Counter(summary.kind for summary in tree.summaries.values())
    with session.read(ctx) as connection:
        facts = connection.execute(_FACTS).mappings().one()
        migrations = state_on(connection, session, project) if project else None
    server = session.server
    return DatabaseStatus(
        server_version=server.version,
        version_num=server.version_num,
        database=server.database,
        user=server.user,
        environment=session.profile.environment,
        read_only=session.is_read_only,
        standby=server.standby,
        tls=facts["tls"],
        size_bytes=facts["size_bytes"],
        relations={kind: kinds[kind] for kind in RelationKind},
        migrations=migrations,
    )


def _project(profile: ConnectionProfile) -> Project | None:
    try:
        return any_project_for(profile)
    except MigrationBlocked:
        return None
