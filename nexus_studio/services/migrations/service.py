"""MigrationService: all that can be done with a project's migrations on one database, for panels and commands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nexus_studio.core.admin.drafts import MigrationDraft, Rename, SchemaDifference
from nexus_studio.core.admin.evidence import Evidence, Way
from nexus_studio.core.admin.ledgerentries import Direction, LedgerPlace
from nexus_studio.core.admin.migrations import MigrationPlan, MigrationStatus, RunEvent, RunResult, Step
from nexus_studio.core.admin.prisma import LOCK_KEY as PRISMA_LOCK_KEY
from nexus_studio.core.admin.safety import SafetyReport, TestReport
from nexus_studio.core.effects import Effects
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations import (
    authoring,
    checking,
    deploying,
    planning,
    pulling,
    pushing,
    resolving,
)
from nexus_studio.services.migrations.lock import LOCK_KEY
from nexus_studio.services.migrations.prismaverbs import PrismaMigrations
from nexus_studio.services.migrations.project import AlembicProject
from nexus_studio.services.migrations.projects import Project
from nexus_studio.services.migrations.safety import report_by_words, safety_report
from nexus_studio.services.migrations.status import read_status
from nexus_studio.services.migrations.trying import try_pending
from nexus_studio.services.paths import Paths
from nexus_studio.services.prisma.project import PrismaProject
from nexus_studio.services.session import Session

Listener = Callable[[RunEvent], None]
"""Hears each event of a run, on the thread that runs it."""


@dataclass(frozen=True, slots=True)
class MigrationService:
    """One database and one project, Alembic's or Prisma's. Any thread; whatever writes must be called one at a time.

    Every method raises StudioErrors only (or `Cancelled`), ConnectionLost among them. Those that write raise
    ForbiddenHere where the profile does not allow migrating. `source` is the project, or what finds it: then each call
    reads its configuration anew, and one that is broken hinders nothing but migrating.

    Of a Prisma project the values are the same, and `MigrationStatus.verdict` is what Prisma would say. Its errors
    carry Prisma's code and words as the facts `prisma` and `prisma_text`. What is left to Prisma's own tool (writing
    migrations, comparing with its schema file) raises MigrationBlocked "migration.left_to_prisma" (verb, command).
    """

    session: Session
    source: Project | Callable[[], Project]
    paths: Paths

    @property
    def project(self) -> Project:
        """The project.

        Raises:
            MigrationBlocked: as `projects.find_any_project` does.
        """
        return self.source if isinstance(self.source, AlembicProject | PrismaProject) else self.source()

    @property
    def prisma(self) -> PrismaMigrations | None:
        """What is done with a project of Prisma's; None where it is Alembic's."""
        project = self.project
        return PrismaMigrations(self.session, project, self.paths) if isinstance(project, PrismaProject) else None

    def _alembic(self, verb: str, message: str = "") -> AlembicProject:
        """Return the project where it is Alembic's, and refuse what is left to Prisma where it is not."""
        project = self.project
        if isinstance(project, PrismaProject):
            raise PrismaMigrations(self.session, project, self.paths).refuse(verb, message)
        return project

    # Looking. Never imports the project's code.

    def status(self, ctx: TaskContext) -> MigrationStatus:
        """Read the graph and the ledgers and compare them.

        Raises:
            MigrationBlocked: "migration.project_missing", "migration.project_broken" (its configuration; fact reason).
        """
        if (prisma := self.prisma) is not None:
            return prisma.status(ctx)
        return read_status(self.session, self._alembic("status"), self.paths, ctx)

    # Looking, with the project's code (in its interpreter).

    def plan(self, ctx: TaskContext, target: str = "heads", direction: Direction = Direction.UP) -> MigrationPlan:
        """Say what would run, in order, with the SQL of each step. Changes nothing.

        Args:
            ctx: Whose token stops it.
            target: "heads", "base", an id (or its beginning), a label, "+1", "-1".
            direction: Which way.

        Raises:
            MigrationBlocked: "migration.target_unknown" (fact target), "migration.project_broken".
        """
        if (prisma := self.prisma) is not None:
            return prisma.plan(ctx, target, direction)
        return planning.plan(self.session, self._alembic("plan"), ctx, target, direction)

    def steps_of(self, revision: str, ctx: TaskContext) -> tuple[Step, Step]:
        """Return the SQL of one revision, up and down."""
        if (prisma := self.prisma) is not None:
            return prisma.steps_of(revision)
        return planning.steps_of(self.session, self._alembic("show"), revision, ctx)

    def safety(self, plan: MigrationPlan, ctx: TaskContext) -> SafetyReport:
        """Rehearse a plan on a copy and say what it would do to the real database."""
        return safety_report(self.session, self.project, self.paths, plan, ctx)

    def foretold(self, plan: MigrationPlan, ctx: TaskContext) -> SafetyReport:
        """Say what the statements of a plan tell by themselves, without a rehearsal."""
        return report_by_words(self.session, self.project, plan, ctx)

    def test(self, ctx: TaskContext, target: str = "heads") -> TestReport:
        """Try what is pending on a throwaway copy: up, down, up, then compare with the models."""
        if (prisma := self.prisma) is not None:
            return prisma.test(ctx)
        return try_pending(self.session, self._alembic("test"), self.paths, ctx, target)

    def check(self, ctx: TaskContext) -> tuple[SchemaDifference, ...]:
        """Compare the models with the database."""
        return checking.check(self.session, self._alembic("check"), ctx)

    def evidence(self, revision: str, ctx: TaskContext, *, replay_timeout_ms: int | None = None) -> Evidence:
        """Look what of a failed or interrupted revision is in the database, and say which way out is right.

        A statement that takes longer than `replay_timeout_ms` on the throwaway database is ended there (None: 20 s).
        """
        if (prisma := self.prisma) is not None:
            return prisma.evidence(revision, ctx, replay_timeout_ms=replay_timeout_ms)
        project = self._alembic("resolve")
        return resolving.evidence_of(
            self.session, project, self.paths, revision, ctx, replay_timeout_ms=replay_timeout_ms
        )

    # Running

    def deploy(
        self,
        ctx: TaskContext,
        target: str = "heads",
        *,
        listener: Listener = lambda _event: None,
        ledger: LedgerPlace | None = None,
        lock_timeout_ms: int | None = None,
        is_emptied: bool = False,
    ) -> tuple[RunResult, Effects]:
        """Apply what is pending, each revision in a transaction of its own, recorded in the ledger.

        A revision that fails is told by the result, not by an exception; nothing after it runs.

        Args:
            ctx: Cancelling stops between statements and in a statement.
            target: As for `plan`.
            listener: Hears each event.
            ledger: Where to keep the ledger when nobody was asked yet; None: refuse then.
            lock_timeout_ms: Longest wait for a lock; None: the environment's (production and staging: 5000).
            is_emptied: Whoever calls has just emptied the project's schemas: what else is there, and what a ledger on
                this machine remembers, is no obstacle.

        Raises:
            MigrationBlocked: "migration.unresolved" (facts revision, started), "migration.locked" (facts pid, user,
                application, since), "migration.ledger_unasked", "migration.prisma", "migration.not_managed",
                "migration.ahead", "migration.versions_lost", "migration.target_unknown", "migration.project_broken"
                (the project can't be run; facts reason, words, where), "migration.running" (the server still works on
                a run whose program is gone; facts revision, pid), "migration.failed" (before the first revision),
                "migration.worker_died" (facts status, words), "migration.not_recorded" (fact revision).
            ConnectionLost: the end of a revision could not be found out, or it is applied and the rest was not begun.
        """
        if (prisma := self.prisma) is not None:
            return prisma.deploy(ctx, target, listener=listener, lock_timeout_ms=lock_timeout_ms, is_emptied=is_emptied)
        return deploying.deploy(
            self.session,
            self._alembic("deploy"),
            self.paths,
            ctx,
            target,
            listener=listener,
            ledger=ledger,
            lock_timeout_ms=lock_timeout_ms,
            is_emptied=is_emptied,
        )

    def downgrade(
        self,
        ctx: TaskContext,
        target: str,
        *,
        listener: Listener = lambda _event: None,
        ledger: LedgerPlace | None = None,
    ) -> tuple[RunResult, Effects]:
        """Take revisions back, newest first, down to `target` (an id, "-1", "base"); `ledger` as for `deploy`."""
        if self.prisma is not None:
            raise MigrationBlocked("migration.no_way_back", revision=target)
        project = self._alembic("downgrade")
        return deploying.downgrade(self.session, project, self.paths, ctx, target, listener=listener, ledger=ledger)

    def stamp(self, ctx: TaskContext, revision: str, *, ledger: LedgerPlace | None = None) -> Effects:
        """Write into the version table that a revision and all it needs are there ("heads", "base", an id).

        Of Prisma's: a baseline; what is recorded as applied already stays as it is. `ledger` as for `deploy`.
        """
        if (prisma := self.prisma) is not None:
            return prisma.baseline(ctx, revision)[1]
        return deploying.stamp(self.session, self._alembic("stamp"), self.paths, ctx, revision, ledger=ledger)

    def resolve(
        self,
        revision: str,
        way: Way,
        ctx: TaskContext,
        *,
        listener: Listener = lambda _event: None,
        ledger: LedgerPlace | None = None,
        replay_timeout_ms: int | None = None,
    ) -> tuple[RunResult, Effects]:
        """Go a way out of a failed or interrupted revision. Who and when go to the ledger; nothing is erased from it.

        `replay_timeout_ms` is `evidence`'s: what is cleaned up or finished is found anew. `ledger` as for `deploy`.

        Raises:
            MigrationBlocked: "migration.not_failed" (nothing to resolve; Prisma's P3012), "migration.already_applied"
                (P3008), "migration.unknown" (no such revision; P3011, P3017), "migration.way_closed" (fact obstacle),
                "migration.parents_pending" (what it builds on is not applied; fact revisions), "migration.running".
        """
        if (prisma := self.prisma) is not None:
            return prisma.resolve(revision, way, ctx, listener=listener, replay_timeout_ms=replay_timeout_ms)
        return resolving.resolve(
            self.session,
            self._alembic("resolve"),
            self.paths,
            revision,
            way,
            ctx,
            listener=listener,
            ledger=ledger,
            replay_timeout_ms=replay_timeout_ms,
        )

    def end_backend(self, pid: int, ctx: TaskContext) -> Effects:
        """End the server process of a run whose Studio is gone."""
        return resolving.end_backend(self.session, pid, ctx, key=LOCK_KEY if self.prisma is None else PRISMA_LOCK_KEY)

    # Writing migrations

    def draft(
        self, message: str, ctx: TaskContext, *, renames: tuple[Rename, ...] = (), empty: bool = False
    ) -> MigrationDraft:
        """Compare models and database and write the migration that would bring the database to the models.

        Args:
            message: Its name.
            ctx: Whose token stops it.
            renames: Which of the likely renames (`MigrationDraft.renames` of an earlier draft) are ones.
            empty: Compare nothing; a migration to be filled by hand.

        Raises:
            MigrationBlocked: "migration.diverged" (fact heads), "migration.behind" (current: what is pending must be
                deployed first), "migration.ahead" (revisions), "migration.no_metadata", "migration.rename_unknown".
        """
        return authoring.draft(
            self.session, self._alembic("create", message), message, ctx, renames=renames, empty=empty
        )

    def check_draft(self, draft: MigrationDraft, ctx: TaskContext) -> MigrationDraft:
        """Return an edited draft with `sql` and `sql_error` anew."""
        return authoring.check_draft(self.session, self._alembic("create"), draft, ctx)

    def write(self, draft: MigrationDraft, ctx: TaskContext) -> str:
        """Write a draft's file and return its path. It does not run.

        Raises:
            MigrationBlocked: "migration.draft_broken" (the code does not compile; facts part, line, words),
                "migration.file_exists" (path), "migration.file_unwritable" (path, words), "migration.draft_stale"
                (heads: others than when it was drafted), "migration.file_unreadable" (path: an odd template).
        """
        return authoring.write(self.session, self._alembic("create"), draft, ctx)

    def merge(self, message: str, ctx: TaskContext) -> str:
        """Write a revision that joins all heads and return its path."""
        return authoring.merge(self.session, self._alembic("merge"), message, ctx)

    def push(self, ctx: TaskContext, *, dry_run: bool = False) -> tuple[tuple[str, ...], Effects]:
        """Bring the database to the models without a file, for prototyping; returns the SQL.

        Raises:
            ForbiddenHere: "forbidden.environment" outside of development, CI and demo.
        """
        return pushing.push(self.session, self._alembic("push"), ctx, dry_run=dry_run)

    def pull(self, ctx: TaskContext, *, schema: str | None = None) -> str:
        """Return the source of SQLAlchemy models of the database as it is."""
        return pulling.pull(self.session, ctx, schema=schema)
