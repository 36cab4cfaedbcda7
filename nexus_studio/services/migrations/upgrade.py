"""Bringing a database up to the project's newest revision, in this process and in one transaction."""

from __future__ import annotations

from alembic.util.exc import CommandError

from alembic import command
from nexus_studio.core.admin.migrations import MigrationStanding
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.profiles import Capability
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.bundled_project import alembic_config
from nexus_studio.services.migrations.status import state_on
from nexus_studio.services.session import Session

_FOREIGN = {
    MigrationStanding.PRISMA: "migration.prisma",
    MigrationStanding.NOT_MANAGED: "migration.not_managed",
    MigrationStanding.AHEAD: "migration.unknown_revision",
    MigrationStanding.VERSIONS_LOST: "migration.versions_lost",
}


def upgrade(session: Session, ctx: TaskContext) -> Effects:
    """Apply all pending revisions: all of them, or after a failure or a cancel none.

    Raises:
        ForbiddenHere: where the profile doesn't allow migrating.
        MigrationBlocked: codes "migration.prisma", "migration.not_managed", "migration.unknown_revision" (the database
            is not this project's), "migration.failed" (Alembic refused).
    """
    with session.write(ctx, needs=Capability.MIGRATE) as connection:
        state = state_on(connection, session)
        if state.standing in _FOREIGN:
            raise MigrationBlocked(_FOREIGN[state.standing], revisions=state.current)
        if not state.pending:
            return Effects()
        ctx.report(Progress("migration.applying", 0, state.pending, "steps"))
        try:
            command.upgrade(alembic_config(connection), "heads")
        except CommandError as error:
            raise MigrationBlocked("migration.failed") from error
        ctx.report(Progress("migration.applying", state.pending, state.pending, "steps"))
    return Effects(Kind.CATALOG | Kind.LEDGER | Kind.ROWS | Kind.SIZES)
