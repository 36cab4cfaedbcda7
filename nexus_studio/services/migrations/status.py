"""Graph and ledger compared: where a database stands among the bundled project's migrations."""

from __future__ import annotations

from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection

from nexus_studio.core.admin.migrations import MigrationStanding, MigrationState
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.bundled_project import script_directory
from nexus_studio.services.migrations.ledger import Ledgers, read_ledgers
from nexus_studio.services.session import Session


def migration_state(session: Session, ctx: TaskContext) -> MigrationState:
    """Read the ledger and compare it with the project's revisions. Two small queries.

    Raises:
        MigrationBlocked: when the bundled project is missing.
    """
    with session.read(ctx) as connection:
        return state_on(connection)


def state_on(connection: Connection) -> MigrationState:
    """Do the same on an open connection."""
    return compared(script_directory(), read_ledgers(connection))


def compared(graph: ScriptDirectory, ledgers: Ledgers) -> MigrationState:
    """Compare the project's graph with what a database's ledgers say."""
    heads = tuple(sorted(graph.get_heads()))
    current = ledgers.revisions
    if not current:
        if ledgers.has_prisma:
            return MigrationState(MigrationStanding.PRISMA, heads=heads)
        if ledgers.has_relations:
            return MigrationState(MigrationStanding.NOT_MANAGED, heads=heads)
        return MigrationState(MigrationStanding.NONE, (), heads, _pending(graph, ()))
    if any(not _knows(graph, revision) for revision in current):
        return MigrationState(MigrationStanding.AHEAD, current, heads)
    pending = _pending(graph, current)
    standing = MigrationStanding.BEHIND if pending else MigrationStanding.UP_TO_DATE
    return MigrationState(standing, current, heads, pending)


def _knows(graph: ScriptDirectory, revision: str) -> bool:
    try:
        return graph.get_revision(revision) is not None
    except CommandError:
        return False


def _pending(graph: ScriptDirectory, current: tuple[str, ...]) -> int:
    done = {found.revision for found in graph.iterate_revisions(current, "base")} if current else set()
    return sum(1 for found in graph.walk_revisions() if found.revision not in done)
