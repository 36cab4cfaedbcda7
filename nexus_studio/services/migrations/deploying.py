"""Deploy, downgrade, stamp: what moves a database along the graph, one at a time and on record."""

from __future__ import annotations

from nexus_studio.core.admin.ledgerentries import Direction, LedgerPlace
from nexus_studio.core.admin.migrations import MigrationStanding, RunResult
from nexus_studio.core.admin.revisions import RevisionGraph
from nexus_studio.core.admin.standing import applied_by
from nexus_studio.core.admin.timeouts import TIMEOUTS
from nexus_studio.core.admin.versionrows import descendants, rows_for
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.profiles import Capability
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.ledgerchanges import new_run
from nexus_studio.services.migrations.lock import migration_lock
from nexus_studio.services.migrations.project import AlembicProject
from nexus_studio.services.migrations.recordedrun import Listener, RecordedRun
from nexus_studio.services.migrations.recording import LedgerWriter
from nexus_studio.services.migrations.running import RunRequest
from nexus_studio.services.migrations.situation import Situation, read_situation
from nexus_studio.services.migrations.versions import write_versions
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session

EFFECTS = Effects(Kind.CATALOG | Kind.LEDGER | Kind.ROWS | Kind.SIZES)


def deploy(
    session: Session,
    project: AlembicProject,
    paths: Paths,
    ctx: TaskContext,
    target: str = "heads",
    *,
    listener: Listener = lambda _event: None,
    ledger: LedgerPlace | None = None,
    lock_timeout_ms: int | None = None,
    is_emptied: bool = False,
) -> tuple[RunResult, Effects]:
    """Apply what is pending: see `MigrationService.deploy`."""
    run = new_run()
    with session.begun(Capability.MIGRATE), migration_lock(session, ctx, run):
        situation = read_situation(session, project, paths, ctx, wish=ledger)
        if is_emptied and situation.status.standing is MigrationStanding.VERSIONS_LOST:
            _note_emptied(situation, run)
            situation = read_situation(session, project, paths, ctx, wish=ledger)
        situation.refuse_unready(is_emptied=is_emptied)
        if not situation.status.pending and target in {"head", "heads"}:
            return RunResult(()), Effects()
        request = RunRequest(target, run=run, lock_timeout_ms=lock_timeout(session, lock_timeout_ms))
        return run_recorded(session, project, situation, request, ctx, listener)


def downgrade(
    session: Session,
    project: AlembicProject,
    paths: Paths,
    ctx: TaskContext,
    target: str,
    *,
    listener: Listener = lambda _event: None,
    ledger: LedgerPlace | None = None,
) -> tuple[RunResult, Effects]:
    """Take revisions back: see `MigrationService.downgrade`."""
    run = new_run()
    with session.begun(Capability.MIGRATE), migration_lock(session, ctx, run):
        situation = read_situation(session, project, paths, ctx, wish=ledger)
        situation.refuse_unready()
        request = RunRequest(target, Direction.DOWN, run=run, lock_timeout_ms=lock_timeout(session, None))
        return run_recorded(session, project, situation, request, ctx, listener)


def run_recorded(
    session: Session,
    project: AlembicProject,
    situation: Situation,
    request: RunRequest,
    ctx: TaskContext,
    listener: Listener,
    *,
    settles: frozenset[str] = frozenset(),
) -> tuple[RunResult, Effects]:
    """Run revisions on record; the caller holds the lock and has refused what must be. `request.run` is the lock's.

    Args:
        session: The database.
        project: Whose revisions.
        situation: Read under the lock.
        request: What to run.
        ctx: Cancelling stops; told by the result.
        listener: Hears each event.
        settles: Revisions whose open rows are decided on by running them again.

    Raises:
        MigrationBlocked: "migration.ledger_unasked", and as `RecordedRun.run`.
    """
    recorded = RecordedRun(session, project, situation.status.graph, situation.ask_ledger(), listener, settles)
    result = recorded.run(request, ctx)
    return result, EFFECTS if result.done or result.failed else Effects()


def stamp(
    session: Session,
    project: AlembicProject,
    paths: Paths,
    ctx: TaskContext,
    revision: str,
    *,
    ledger: LedgerPlace | None = None,
) -> Effects:
    """Set the version table by hand: see `MigrationService.stamp`; `ledger` as for `deploy`.

    Raises:
        MigrationBlocked: "migration.target_unknown" (fact target), "migration.locked", "migration.ledger_unasked",
            "migration.running", "migration.version_moved".
    """
    with session.begun(Capability.MIGRATE), migration_lock(session, ctx, run := new_run()):
        situation = read_situation(session, project, paths, ctx, wish=ledger)
        situation.refuse_running()
        graph, current = situation.status.graph, situation.status.current
        home = situation.ask_ledger()
        before = graph.ancestors(current)
        after = _stamped(graph, before, revision)
        rows = rows_for(graph, after)
        if rows == tuple(sorted(current)):
            return Effects()
        with session.write(ctx, needs=Capability.MIGRATE) as connection:
            write_versions(connection, project, current, rows)
        gone = (set(current) | before) - after
        with LedgerWriter(home, TaskContext(), run=run) as writer:
            writer.stamped(_named(graph, gone), Direction.DOWN)
            writer.stamped(_named(graph, after - before), Direction.UP)
    return EFFECTS


def lock_timeout(session: Session, asked_ms: int | None) -> int:
    """Return the milliseconds to wait for a lock: those asked for, else the environment's; 0: the server's own."""
    return TIMEOUTS[session.profile.environment].migration_lock_ms if asked_ms is None else asked_ms


def _note_emptied(situation: Situation, run: str) -> None:
    """Write into a ledger that outlived its revisions (on this machine) that none of them is there any more."""
    entries = tuple(entry for each in situation.status.revisions for entry in each.entries)
    gone = set(applied_by(sorted(entries, key=lambda each: each.started_at)))
    with LedgerWriter(situation.ask_ledger(), TaskContext(), run=run) as writer:
        writer.stamped(_named(situation.status.graph, gone), Direction.DOWN)


def _stamped(graph: RevisionGraph, before: frozenset[str], target: str) -> frozenset[str]:
    """Return which revisions are there once a target was stamped; other branches stay where they are."""
    if target == "base":
        return frozenset()
    if target in {"head", "heads"}:
        return graph.ancestors(graph.heads())
    name = graph.resolve(target)
    if name is None:
        raise MigrationBlocked("migration.target_unknown", target=target)
    return (before - (descendants(graph, name) - {name})) | graph.ancestors([name])


def _named(graph: RevisionGraph, names: frozenset[str] | set[str]) -> list[tuple[str, str]]:
    """Return ids with the checksums of their files, in the graph's order; unknown ones first."""
    unknown = [(name, "") for name in sorted(names) if name not in graph.revisions]
    return unknown + [(name, each.checksum) for name, each in graph.revisions.items() if name in names]
