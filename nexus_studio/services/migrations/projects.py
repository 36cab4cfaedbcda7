"""Projects of either kind, Alembic's or Prisma's: found on disk, read as a graph, run on throwaway databases."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from nexus_studio.core.admin.ledgerentries import Direction
from nexus_studio.core.admin.revisions import RevisionGraph
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.configuration import has_configuration
from nexus_studio.services.migrations.conversation import Observer
from nexus_studio.services.migrations.project import DEFAULT_SECTION, AlembicProject, find_project, project_for
from nexus_studio.services.migrations.revisionfiles import read_graph
from nexus_studio.services.migrations.running import RunFailure, RunOutcome, RunRequest, run_on
from nexus_studio.services.migrations.versions import read_versions
from nexus_studio.services.prisma.folders import read_prisma_graph
from nexus_studio.services.prisma.project import PrismaProject, find_prisma, has_prisma
from nexus_studio.services.prisma.reading import prisma_ledger_schema
from nexus_studio.services.prisma.rehearsing import rehearse

Project = AlembicProject | PrismaProject
"""Where there is an Alembic configuration, the project is Alembic's; else Prisma's where there is one."""


def find_any_project(
    folder: Path, *, python: Path | None = None, section: str = DEFAULT_SECTION, prisma_version: str = ""
) -> Project:
    """Read the project of a folder. What names Prisma's own place (prisma/, schema.prisma) is Prisma's in any case.

    Raises:
        MigrationBlocked: as `project.find_project`; "migration.provider" (a Prisma project of another database).
    """
    place = folder.expanduser().absolute()
    is_named = place.suffix == ".prisma" or place.name in {"prisma", "migrations"}
    if (is_named or not has_configuration(place)) and has_prisma(place):
        found = find_prisma(place, version=prisma_version)
        if found is not None:
            return found
    return find_project(place, python=python, section=section)


def any_project_for(profile: ConnectionProfile) -> Project:
    """Return the project that a connection names, the bundled one when it names none or one without migrations.

    Raises:
        MigrationBlocked: as `find_any_project`.
    """
    place = profile.project.expanduser().absolute() if profile.project else None
    if place is not None and has_prisma(place):
        return find_any_project(place, python=profile.python, prisma_version=profile.prisma_version)
    return project_for(profile)


def nearest_any_project(start: Path) -> Path | None:
    """Return the nearest folder from `start` upward with migrations of either kind, up to the repository's top."""
    start = start.expanduser().absolute()
    for folder in (start, *start.parents):
        if has_configuration(folder) or has_prisma(folder):
            return folder
        if (folder / ".git").exists():
            return None
    return None


def any_graph(project: Project, ctx: TaskContext | None = None) -> RevisionGraph:
    """Read what exists."""
    return read_prisma_graph(project) if isinstance(project, PrismaProject) else read_graph(project, ctx)


def ledger_home(connection: Connection, profile: ConnectionProfile, project: Project) -> str | None:
    """Return the schema of the table that says what was applied; None where there is no such table."""
    if isinstance(project, PrismaProject):
        return prisma_ledger_schema(connection, profile)
    return read_versions(connection, project).schema


def run_any(
    project: Project,
    profile: ConnectionProfile,
    secret: str | None,
    request: RunRequest,
    observer: Observer,
    ctx: TaskContext,
) -> RunOutcome:
    """Run a project's migrations on a throwaway database: `running.run_on`, or Prisma's scripts in its place."""
    if not isinstance(project, PrismaProject):
        return run_on(project, profile, secret, request, observer, ctx)
    if request.direction is Direction.DOWN:
        raise MigrationBlocked("migration.no_way_back", revision=request.target)
    found = rehearse(
        project,
        profile,
        secret,
        observer,
        ctx,
        target=request.target,
        autocommit=request.autocommit,
        probe=request.probe,
    )
    failed = None
    if found.failure is not None:
        failed = RunFailure(found.revision, Direction.UP, found.failure.report, found.failure.number, found.sql)
    return RunOutcome(found.done, failed=failed, stopped=found.is_stopped, stopped_in=found.revision)
