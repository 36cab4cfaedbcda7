"""Bringing a database to the models without a file, while a schema is being invented."""

from __future__ import annotations

from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ForbiddenHere
from nexus_studio.core.profiles import ALLOWED, Capability, Environment
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.migrations.asking import ask
from nexus_studio.services.migrations.authoring import COMPARING
from nexus_studio.services.migrations.project import AlembicProject
from nexus_studio.services.session import Session

PLACES = frozenset(each for each in Environment if Capability.PROTOTYPE in ALLOWED[each])
"""Environments in which nobody minds when the schema has no history."""


def push(
    session: Session, project: AlembicProject, ctx: TaskContext, *, dry_run: bool = False
) -> tuple[tuple[str, ...], Effects]:
    """Make the database what the models say, in one transaction; return the SQL. With `dry_run` nothing is changed.

    Raises:
        ForbiddenHere: "forbidden.environment" outside of `PLACES`, "forbidden.read_only".
        MigrationBlocked: "migration.no_metadata", "migration.push_failed" (fact words: the SQL can't be told).
    """
    environment = session.profile.environment
    if environment not in PLACES:
        raise ForbiddenHere(
            "forbidden.environment", capability=Capability.PROTOTYPE.name, environment=environment.value
        )
    if not dry_run:
        session.require(Capability.PROTOTYPE)
    ctx.report(Progress(COMPARING, 0, None, "steps"))
    statements = tuple(ask(session, project, "push", {"dry_run": dry_run}, ctx)["statements"])
    changed = Effects(Kind.CATALOG | Kind.ROWS | Kind.SIZES) if statements and not dry_run else Effects()
    return statements, changed
