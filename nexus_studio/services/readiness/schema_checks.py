"""What the database contains: migrations applied, models in agreement, sequences with room, indexes that are valid."""

from __future__ import annotations

from psycopg import sql

from nexus_studio.core.admin.migrations import MigrationStanding, MigrationStatus, RevisionState
from nexus_studio.core.admin.readiness import Cure, Finding, Remedy, Value, failed, not_applicable, ok, unknown, warning
from nexus_studio.core.admin.readinessrules import SequenceFacts, sequences_finding
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.names import RelationName
from nexus_studio.services.readiness.scene import Scene
from nexus_studio.services.readiness.serverfacts import INVALID_INDEXES, PRISMA, SEQUENCES

_SHOWN = 12  # names in the evidence
_PANEL = Remedy(Cure.PANEL, "migrations")
_TO_DO = {
    MigrationStanding.BEHIND: "migrations.pending",
    MigrationStanding.NONE: "migrations.pending",
    MigrationStanding.RUNNING: "migrations.running",
    MigrationStanding.FAILED: "migrations.failed",
    MigrationStanding.VERSIONS_LOST: "migrations.versions_lost",
    MigrationStanding.AHEAD: "migrations.ahead",
    MigrationStanding.DIVERGED: "migrations.diverged",
}


def migrations(scene: Scene) -> Finding:
    """Migrations applied: all of the project's, none failed, none edited afterwards."""
    status = scene.status
    if isinstance(status, MigrationBlocked):
        return failed("migrations.unreadable", {"error": status.code, **_facts(status)}, _PANEL)
    seen: dict[str, Value] = {"project": status.project, "current": ", ".join(status.current) or None}
    if status.standing is MigrationStanding.PRISMA:
        return _prisma(scene)
    if status.standing is MigrationStanding.NOT_MANAGED:
        return _unmanaged(scene, seen)
    if broken := [each for each in status.graph.problems if not each.is_harmless]:
        files = tuple(str(each.path) for each in broken[:_SHOWN])
        return failed("migrations.broken_files", {**seen, "files": files}, _PANEL)
    if status.standing in _TO_DO and not _is_new(status):
        names = [each.revision for each in status.pending or status.unresolved]
        return failed(_TO_DO[status.standing], {**seen, "revisions": tuple(names[:_SHOWN])}, _PANEL)
    if edited := [each.revision for each in status.revisions if each.state is RevisionState.EDITED]:
        return warning("migrations.edited", {**seen, "revisions": tuple(edited[:_SHOWN])}, _PANEL)
    return ok("migrations.applied", {**seen, "applied": len(status.revisions)})


def models(scene: Scene) -> Finding:
    """Models and database agree, as the application's client was generated from the schema."""
    status = scene.status
    if isinstance(status, MigrationBlocked):
        return not_applicable("models.migrations_first")
    if status.standing is MigrationStanding.PRISMA or _is_nobodys(scene, status):
        return not_applicable("models.no_project")
    if status.standing not in {MigrationStanding.UP_TO_DATE, MigrationStanding.OUT_OF_SYNC}:
        return not_applicable("models.migrations_first")
    try:
        differences = scene.migrations.check(scene.ctx)
    except MigrationBlocked as error:
        if error.code == "migration.left_to_prisma":
            return not_applicable("models.no_project")
        if error.code == "migration.no_metadata":
            return not_applicable("models.no_metadata", {"project": status.project})
        return unknown("models.unreadable", {"project": status.project, "error": error.code, **_facts(error)})
    if differences:
        seen = tuple(f"{each.kind}: {each.name}" for each in differences[:_SHOWN])
        return failed("models.differ", {"differences": len(differences), "such_as": seen}, _PANEL)
    return ok("models.agree", {"project": status.project})


def sequences(scene: Scene) -> Finding:
    """No sequence near its end, nor near the end of the numbers its column can hold."""
    with scene.session.read(scene.ctx) as connection:
        rows = connection.execute(SEQUENCES).mappings().all()
    found = [
        SequenceFacts(
            str(RelationName(row["schema"], row["name"])),
            row["last"],
            row["least"],
            row["most"],
            row["increment"],
            row["column_type"],
        )
        for row in rows
    ]
    return sequences_finding(found, sum(not row["is_readable"] for row in rows))


def indexes(scene: Scene) -> Finding:
    """No invalid index: one whose building failed is written to and never read."""
    with scene.session.read(scene.ctx) as connection:
        rows = connection.execute(INVALID_INDEXES).mappings().all()
    if not rows:
        return ok("indexes.valid")
    names = tuple(f"{RelationName(row['schema'], row['name'])} ({row['table_name']})" for row in rows[:_SHOWN])
    cure = "\n".join(_reindex(row["schema"], row["name"]) for row in rows if not row["is_partitioned"])
    remedy = Remedy(Cure.COPY, cure) if cure else None
    if any(row["is_unique"] for row in rows):
        return failed("indexes.invalid_unique", {"indexes": names}, remedy)
    return warning("indexes.invalid", {"indexes": names}, remedy)


def _reindex(schema: str, name: str) -> str:
    return sql.SQL("REINDEX INDEX CONCURRENTLY {};").format(sql.Identifier(schema, name)).as_string()


def _prisma(scene: Scene) -> Finding:
    """Read Prisma's ledger; what is pending only Prisma's own folder knows."""
    with scene.session.read(scene.ctx) as connection:
        applied, unfinished = connection.execute(PRISMA).one()
    if unfinished:
        return failed("migrations.prisma_failed", {"unfinished": unfinished, "applied": applied})
    return unknown("migrations.prisma", {"applied": applied}, Remedy(Cure.COPY, "npx prisma migrate status"))


def _unmanaged(scene: Scene, seen: dict[str, Value]) -> Finding:
    if scene.profile.project is None and scene.migrations.project.is_bundled:
        return warning("migrations.no_project", {}, Remedy(Cure.STEP, "connection.edit"))
    return failed("migrations.not_managed", seen, _PANEL)


def _is_nobodys(scene: Scene, status: MigrationStatus) -> bool:
    return status.standing is MigrationStanding.NOT_MANAGED and scene.profile.project is None


def _is_new(status: MigrationStatus) -> bool:
    """Tell whether there is nothing to apply: an empty database of a project without revisions."""
    return status.standing is MigrationStanding.NONE and not status.pending


def _facts(error: MigrationBlocked) -> dict[str, Value]:
    return {name: fact for name, fact in error.facts.items() if name in {"reason", "file", "folder", "line"}}
