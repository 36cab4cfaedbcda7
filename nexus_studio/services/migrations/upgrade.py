"""Bringing a database up to the bundled project's newest revision: a deploy whose failure is an error."""

from __future__ import annotations

from nexus_studio.core.effects import Effects
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.tasks import Cancelled, TaskContext
from nexus_studio.services.migrations.deploying import deploy
from nexus_studio.services.migrations.project import bundled
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session


def upgrade(session: Session, ctx: TaskContext) -> Effects:
    """Apply all pending revisions, each in a transaction of its own.

    Raises:
        ForbiddenHere: where the profile doesn't allow migrating.
        MigrationBlocked: as `MigrationService.deploy`, and "migration.failed" (fact revision, with the server's
            report): those before it are applied.
        Cancelled: it was stopped; what was applied before is.
    """
    result, effects = deploy(session, bundled(), Paths.default(), ctx)
    if result.cancelled:
        raise Cancelled
    if result.failed is not None:
        raise MigrationBlocked("migration.failed", report=result.failed.error, revision=result.failed.migration_name)
    return effects
