"""Whether models and database agree, as a readable list."""

from __future__ import annotations

from nexus_studio.core.admin.drafts import SchemaDifference
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.migrations.asking import ask
from nexus_studio.services.migrations.authoring import COMPARING, listed
from nexus_studio.services.migrations.project import AlembicProject
from nexus_studio.services.session import Session


def check(session: Session, project: AlembicProject, ctx: TaskContext) -> tuple[SchemaDifference, ...]:
    """Compare the models with the database as it is, whatever is pending. Changes nothing.

    Raises:
        MigrationBlocked: "migration.no_metadata".
    """
    ctx.report(Progress(COMPARING, 0, None, "steps"))
    return listed(ask(session, project, "check", {}, ctx)["differences"])
