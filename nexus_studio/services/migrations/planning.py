"""What would run, in order, with its SQL: Alembic's own plan and its offline mode. Nothing is changed."""

from __future__ import annotations

from typing import Any

from nexus_studio.core.admin.ledgerentries import Direction
from nexus_studio.core.admin.migrations import MigrationPlan, Statement, Step
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.migrations.conversation import Event
from nexus_studio.services.migrations.project import AlembicProject
from nexus_studio.services.migrations.projectcode import ask_project
from nexus_studio.services.migrations.versions import read_versions
from nexus_studio.services.session import Session


def plan(
    session: Session, project: AlembicProject, ctx: TaskContext, target: str, direction: Direction
) -> MigrationPlan:
    """Say what would run from where the database stands to a target.

    Raises:
        MigrationBlocked: "migration.target_unknown" (fact target), "migration.project_broken".
    """
    with session.read(ctx) as connection:
        current = read_versions(connection, project).current
    asked = {"target": target, "direction": direction.value, "current": list(current)}
    try:
        return MigrationPlan(target, direction, _steps(session, project, asked, ctx))
    except MigrationBlocked as error:
        if error.code == "migration.target_unknown":
            error.facts["target"] = target
        raise


def steps_of(session: Session, project: AlembicProject, revision: str, ctx: TaskContext) -> tuple[Step, Step]:
    """Return one revision up and down, wherever the database stands.

    Raises:
        MigrationBlocked: "migration.unknown" (fact revision), "migration.project_broken".
    """
    try:
        up, down = _steps(session, project, {"revision": revision}, ctx)
    except MigrationBlocked as error:
        if error.code == "migration.target_unknown":
            raise MigrationBlocked("migration.unknown", revision=revision) from error
        raise
    return up, down


def _steps(session: Session, project: AlembicProject, asked: dict[str, Any], ctx: TaskContext) -> tuple[Step, ...]:
    found: list[Step] = []

    def hear(event: Event) -> None:
        if event["event"] == "step":
            found.append(_step(event))

    ctx.report(Progress("migration.planning"))
    ask_project(project, session.looking_profile, session.secret, {"do": "sql", **asked}, hear, ctx)
    return tuple(found)


def _step(event: Event) -> Step:
    statements = tuple(
        Statement(number, each["sql"], each["in_transaction"]) for number, each in enumerate(event["statements"], 1)
    )
    direction = Direction(event["direction"])
    return Step(event["revision"], direction, event["message"], statements, event["reason"], event["words"])
