"""Where a database stands just before something is done to it: read under the lock, and refused where it may not be."""

from __future__ import annotations

from dataclasses import dataclass

from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.admin.migrations import MigrationStanding, MigrationStatus, RevisionReport, RevisionState
from nexus_studio.core.admin.revisions import RevisionProblem
from nexus_studio.core.admin.standing import status_of
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.ledger import Ledger
from nexus_studio.services.migrations.ledgerplace import ledger_for
from nexus_studio.services.migrations.ledgertable import VersionTable
from nexus_studio.services.migrations.project import AlembicProject
from nexus_studio.services.migrations.revisionfiles import read_graph
from nexus_studio.services.migrations.versions import read_versions
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session

_FOREIGN = {
    MigrationStanding.PRISMA: "migration.prisma",
    MigrationStanding.VERSIONS_LOST: "migration.versions_lost",
    MigrationStanding.AHEAD: "migration.ahead",
    MigrationStanding.NOT_MANAGED: "migration.not_managed",
}
_HARMLESS = frozenset({"not_literal"})  # Alembic runs the file and so knows what it computes


@dataclass(frozen=True, slots=True)
class Situation:
    """The status, and the ledger to write to: None when nobody was asked where to keep it.

    `status.holder` is None whoever holds the lock: that is whoever asks.
    """

    status: MigrationStatus
    ledger: Ledger | None

    def ask_ledger(self) -> Ledger:
        """Return the ledger.

        Raises:
            MigrationBlocked: "migration.ledger_unasked".
        """
        if self.ledger is None:
            raise MigrationBlocked("migration.ledger_unasked")
        return self.ledger

    def refuse_unready(self, *, is_emptied: bool = False) -> None:
        """Refuse where nothing may be run.

        Args:
            is_emptied: The schemas of the project were emptied by whoever asks: tables of others are no obstacle.

        Raises:
            MigrationBlocked: "migration.running" (facts revision, pid), "migration.unresolved" (revision, started),
                "migration.prisma", "migration.versions_lost", "migration.ahead", "migration.not_managed" (revisions:
                the rows), "migration.project_broken" (reason: a code of RevisionProblem; file, line, revision).
        """
        self.refuse_running()
        for report in self.status.unresolved:
            raise MigrationBlocked("migration.unresolved", revision=report.revision, started=_started(report))
        if is_emptied and self.status.standing is MigrationStanding.NOT_MANAGED:
            self.refuse_broken()
            return
        if self.status.standing in _FOREIGN:
            raise MigrationBlocked(_FOREIGN[self.status.standing], revisions=self.status.current)
        self.refuse_broken()

    def refuse_running(self) -> None:
        """Refuse while the server still works on a run whose program is gone, and with it its lock.

        Raises:
            MigrationBlocked: "migration.running" (facts revision, pid).
        """
        for report in self.status.revisions:
            if report.state is RevisionState.RUNNING:
                raise MigrationBlocked("migration.running", revision=report.revision, pid=_pid(report))

    def refuse_broken(self) -> None:
        """Refuse where Alembic could not read the revisions either.

        Raises:
            MigrationBlocked: "migration.project_broken".
        """
        for problem in self.status.graph.problems:
            if problem.code not in _HARMLESS:
                raise broken_by(problem)


def read_situation(
    session: Session, project: AlembicProject, paths: Paths, ctx: TaskContext, *, wish: LedgerPlace | None = None
) -> Situation:
    """Read files, version table and ledger. The caller holds the migration lock."""
    graph = read_graph(project, ctx)
    with session.read(ctx, one_snapshot=True) as connection:
        versions = read_versions(connection, project)
        version = VersionTable(project.version_table, versions.schema or project.version_table_schema)
        ledger = ledger_for(session, paths, connection, version, is_bundled=project.is_bundled, wish=wish)
        entries = ledger.entries(connection) if ledger else ()
    status = status_of(
        project.name,
        graph,
        versions.facts,
        entries,
        ledger=ledger.place if ledger else LedgerPlace.NOWHERE,
        refusal=ledger.refusal if ledger else "",
    )
    return Situation(status, ledger)


def broken_by(problem: RevisionProblem) -> MigrationBlocked:
    """Make the error that a problem of the revisions is."""
    return MigrationBlocked(
        "migration.project_broken",
        reason=problem.code,
        file=str(problem.path or ""),
        line=problem.line,
        revision=problem.revision,
        other=problem.other,
        revisions=problem.revisions,
    )


def _started(report: RevisionReport) -> str:
    return report.problem.started_at.isoformat(sep=" ", timespec="seconds") if report.problem else ""


def _pid(report: RevisionReport) -> int | None:
    return report.problem.backend_pid if report.problem else None
