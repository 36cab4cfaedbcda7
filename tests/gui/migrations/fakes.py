"""A MigrationService of plain values: what the flows show without a database; the real one has its own tests."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from nexus_studio.core.admin.backups import BackupSpec
from nexus_studio.core.admin.drafts import MigrationDraft, Rename, SchemaDifference
from nexus_studio.core.admin.evidence import (
    Evidence,
    FactFinding,
    FactKey,
    Presence,
    StatementFinding,
    Way,
    WayOut,
)
from nexus_studio.core.admin.ledgerentries import Direction, LedgerEntry, LedgerPlace
from nexus_studio.core.admin.migrations import (
    MigrationPlan,
    MigrationStanding,
    MigrationStatus,
    RevisionReport,
    RevisionState,
    RunEvent,
    RunResult,
    Statement,
    Step,
)
from nexus_studio.core.admin.revisions import RevisionFile, RevisionGraph
from nexus_studio.core.admin.safety import (
    Danger,
    LockTaken,
    SafetyFinding,
    SafetyReport,
    TestPhase,
    TestReport,
)
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ServerReport, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.service import Listener
from nexus_studio.services.workspace import Workspace

WHEN = datetime(2026, 2, 1, 9, 30, tzinfo=UTC)
EFFECTS = Effects(Kind.LEDGER | Kind.CATALOG)
REPORT = ServerReport(
    "23505",
    'could not create unique index "users_email_key"',
    "Key (email)=(zoe@example.org) is duplicated.",
    table="users",
    constraint="users_email_key",
)


def revision_file(name: str, message: str, down: str | None = None) -> RevisionFile:
    return RevisionFile(name, (down,) if down else (), message, Path(f"/project/{name}.py"), "0" * 64)


def statements(count: int, start: str = "ALTER TABLE bookings ADD COLUMN") -> tuple[Statement, ...]:
    return tuple(Statement(number, f"{start} note_{number} text") for number in range(1, count + 1))


def plan_of(*steps: Step, target: str = "heads", direction: Direction = Direction.UP) -> MigrationPlan:
    return MigrationPlan(target, direction, steps)


STEPS = (
    Step("4f2a91c07be1", Direction.UP, "Add notes to bookings", statements(3)),
    Step(
        "9b1d77e0aa52",
        Direction.UP,
        "Email is unique",
        (
            Statement(1, "CREATE TABLE email_backup AS\nSELECT id, email FROM users -- what there was"),
            Statement(2, "CREATE UNIQUE INDEX CONCURRENTLY users_email_key ON users (email)", False),
            Statement(3, "COMMENT ON COLUMN users.email IS 'unique, it''s said'"),
        ),
    ),
    Step("c30e5518d2f4", Direction.UP, "Move prices to cents", reason="reads_database"),
)

SAFETY = SafetyReport(
    (
        SafetyFinding("drop_column", Danger.DANGER, "c30e5518d2f4", 2, RelationName("public", "prices"), 1_240_000),
        SafetyFinding("rewrite", Danger.DANGER, "c30e5518d2f4", 1, RelationName("public", "prices"), 1_240_000),
        SafetyFinding("blocks_reads", Danger.CAUTION, "4f2a91c07be1", 1, RelationName("public", "bookings"), 8_400),
        SafetyFinding("not_in_transaction", Danger.CAUTION, "9b1d77e0aa52", 2),
        SafetyFinding("squawk", Danger.NOTE, "4f2a91c07be1", 1, words="Prefer bigint.", rule="prefer-bigint"),
    ),
    (("4f2a91c07be1", LockTaken(RelationName("public", "bookings"), "AccessExclusiveLock", 1, 4.2)),),
    "schema",
    duration_ms=2310,
    used_squawk=True,
)

FAILED = LedgerEntry(
    "id-2",
    "9b1d77e0aa52",
    "0" * 64,
    WHEN,
    statements=2,
    who="anna",
    host="laptop-7",
    tool_version="0.4",
    duration_ms=1240,
    error=REPORT,
    failed_statement="CREATE UNIQUE INDEX CONCURRENTLY users_email_key ON users (email)",
    failed_number=2,
    applied_steps_count=1,
)


def status_of(
    standing: MigrationStanding = MigrationStanding.BEHIND,
    *reports: RevisionReport,
    ledger: LedgerPlace = LedgerPlace.DATABASE,
    **more: Any,
) -> MigrationStatus:
    files = {step.revision: revision_file(step.revision, step.message) for step in STEPS}
    reports = reports or (
        RevisionReport("1a2b3c4d5e6f", RevisionState.APPLIED, revision_file("1a2b3c4d5e6f", "First"), is_current=True),
        *(RevisionReport(name, RevisionState.PENDING, each) for name, each in files.items()),
    )
    graph = RevisionGraph(files)
    return MigrationStatus(
        standing, "project", graph, reports, ("1a2b3c4d5e6f",), ("c30e5518d2f4",), True, ledger, **more
    )


def failed_status(entry: LedgerEntry = FAILED, state: RevisionState = RevisionState.FAILED) -> MigrationStatus:
    file = revision_file(entry.migration_name, "Email is unique")
    standing = MigrationStanding.RUNNING if state is RevisionState.RUNNING else MigrationStanding.FAILED
    return status_of(standing, RevisionReport(entry.migration_name, state, file, (entry,)))


def _fact(kind: str, name: str, after: str | None, found: str | None, presence: Presence) -> FactFinding:
    return FactFinding(FactKey(kind, ("public", name)), None, after, found, presence)


EVIDENCE = Evidence(
    "9b1d77e0aa52",
    (
        StatementFinding(
            1,
            STEPS[1].statements[0].sql,
            Presence.PRESENT,
            (_fact("table", "email_backup", "TABLE", "TABLE", Presence.PRESENT),),
            True,
        ),
        StatementFinding(
            2,
            STEPS[1].statements[1].sql,
            Presence.HALF_DONE,
            (
                _fact(
                    "index",
                    "users_email_key",
                    "CREATE UNIQUE INDEX users_email_key ON public.users USING btree (email)",
                    "INVALID CREATE UNIQUE INDEX users_email_key ON public.users USING btree (email)",
                    Presence.HALF_DONE,
                ),
            ),
            False,
        ),
        StatementFinding(
            3,
            STEPS[1].statements[2].sql,
            Presence.ABSENT,
            (_fact("comment", "users.email", "unique, it's said", None, Presence.ABSENT),),
        ),
    ),
    (
        WayOut(Way.CLEAN_UP, sql=("DROP INDEX CONCURRENTLY public.users_email_key", "DROP TABLE public.email_backup")),
        WayOut(Way.FINISH, "not_alone"),
        WayOut(Way.MARK_APPLIED, warnings=(("missing", "index users_email_key"), ("missing", "comment users.email"))),
        WayOut(Way.RUN_AGAIN, warnings=(("left_over", "table email_backup"),)),
        WayOut(Way.MARK_ROLLED_BACK, warnings=(("left_over", "table email_backup"),)),
    ),
    Way.CLEAN_UP,
)

DRAFT = MigrationDraft(
    "Add notes",
    "77aa12bc90de",
    ("c30e5518d2f4",),
    'op.add_column("bookings", sa.Column("note", sa.Text()))\nop.drop_column("bookings", "remark")',
    'op.add_column("bookings", sa.Column("remark", sa.Text()))\nop.drop_column("bookings", "note")  # back',
    ("import sqlalchemy as sa",),
    (
        SchemaDifference("add_column", "bookings.note", "text"),
        SchemaDifference("remove_column", "bookings.remark", "text", loses_data=True),
        SchemaDifference("change_nullable", "bookings.coachId", "NOT NULL → NULL"),
    ),
    (Rename("column", "bookings", "remark", "note"),),
    "ALTER TABLE bookings ADD COLUMN note text;\nALTER TABLE bookings DROP COLUMN remark;",
    path="/project/alembic/versions/2026_02_01_77aa12bc90de_add_notes.py",
)


@dataclass
class FakeMigrations:
    """Answers with the values above unless told otherwise; remembers what was asked. `gate` holds runs until set."""

    state: MigrationStatus = field(default_factory=status_of)
    steps: tuple[Step, ...] = STEPS
    report: SafetyReport = SAFETY
    found: Evidence = EVIDENCE
    made: MigrationDraft = DRAFT
    differences: tuple[SchemaDifference, ...] = DRAFT.differences
    fails_at: int | None = None
    error: StudioError | None = None
    error_in: str = ""
    held: tuple[str, ...] = ()
    gate: threading.Event = field(default_factory=threading.Event)
    calls: list[tuple[Any, ...]] = field(default_factory=list)

    def _note(self, ctx: TaskContext, *call: Any) -> None:
        self.calls.append(call)
        if call[0] in self.held:
            with ctx.token.calling(self.gate.set):
                self.gate.wait(20)
            ctx.token.raise_if_cancelled()
        if self.error is not None and call[0] == self.error_in:
            raise self.error

    def status(self, ctx: TaskContext) -> MigrationStatus:
        self._note(ctx, "status")
        return self.state

    def plan(self, ctx: TaskContext, target: str = "heads", direction: Direction = Direction.UP) -> MigrationPlan:
        self._note(ctx, "plan", target, direction)
        return MigrationPlan(target, direction, self.steps)

    def safety(self, plan: MigrationPlan, ctx: TaskContext) -> SafetyReport:
        self._note(ctx, "safety")
        return self.report

    def test(self, ctx: TaskContext, target: str = "heads") -> TestReport:
        self._note(ctx, "test", target)
        return TestReport(
            (
                TestPhase("up", True, 812, "4f2a91c07be1"),
                TestPhase("down", True, 95, "4f2a91c07be1"),
                TestPhase("up again", True, 790, "4f2a91c07be1"),
                TestPhase("models", False, 44, words="Column bookings.note is missing."),
            ),
            "embedded",
        )

    def check(self, ctx: TaskContext) -> tuple[SchemaDifference, ...]:
        self._note(ctx, "check")
        return self.differences

    def evidence(self, revision: str, ctx: TaskContext, *, replay_timeout_ms: int | None = None) -> Evidence:
        self._note(ctx, "evidence", revision, *([replay_timeout_ms] if replay_timeout_ms is not None else []))
        return self.found

    def deploy(
        self,
        ctx: TaskContext,
        target: str = "heads",
        *,
        listener: Listener = lambda _event: None,
        ledger: LedgerPlace | None = None,
        lock_timeout_ms: int | None = None,
    ) -> tuple[RunResult, Effects]:
        self.calls.append(("deploy", target, ledger, lock_timeout_ms))
        return self._run(ctx, listener, "deploy")

    def downgrade(
        self,
        ctx: TaskContext,
        target: str,
        *,
        listener: Listener = lambda _event: None,
        ledger: LedgerPlace | None = None,
    ) -> tuple[RunResult, Effects]:
        self.calls.append(("downgrade", target))
        return self._run(ctx, listener, "downgrade")

    def resolve(
        self,
        revision: str,
        way: Way,
        ctx: TaskContext,
        *,
        listener: Listener = lambda _event: None,
        replay_timeout_ms: int | None = None,
    ) -> tuple[RunResult, Effects]:
        self.calls.append(("resolve", revision, way))
        result = self._run(ctx, listener, "resolve")
        self.state = status_of()
        return result

    def stamp(self, ctx: TaskContext, revision: str, *, ledger: LedgerPlace | None = None) -> Effects:
        self._note(ctx, "stamp", revision)
        return EFFECTS

    def end_backend(self, pid: int, ctx: TaskContext) -> Effects:
        self._note(ctx, "end_backend", pid)
        self.state = failed_status(state=RevisionState.INTERRUPTED)
        return EFFECTS

    def draft(
        self, message: str, ctx: TaskContext, *, renames: tuple[Rename, ...] = (), empty: bool = False
    ) -> MigrationDraft:
        self._note(ctx, "draft", message, renames, empty)
        return self.made

    def check_draft(self, draft: MigrationDraft, ctx: TaskContext) -> MigrationDraft:
        self._note(ctx, "check_draft", draft.upgrade)
        return self.made

    def write(self, draft: MigrationDraft, ctx: TaskContext) -> str:
        self._note(ctx, "write", draft)
        return draft.path

    def merge(self, message: str, ctx: TaskContext) -> str:
        self._note(ctx, "merge", message)
        return "/project/alembic/versions/merge.py"

    def push(self, ctx: TaskContext, *, dry_run: bool = False) -> tuple[tuple[str, ...], Effects]:
        self._note(ctx, "push", dry_run)
        return ("ALTER TABLE bookings ADD COLUMN note text",), Effects() if dry_run else EFFECTS

    def pull(self, ctx: TaskContext, *, schema: str | None = None) -> str:
        self._note(ctx, "pull", schema)
        return "from sqlalchemy import Column, Text\n\n\nclass Users(Base):\n    __tablename__ = 'users'\n"

    def _run(self, ctx: TaskContext, listener: Listener, name: str) -> tuple[RunResult, Effects]:
        done: list[str] = []
        for number, step in enumerate(self.steps, start=1):
            listener(RunEvent("revision", step.revision, step.direction, number, len(self.steps)))
            for statement in step.statements:
                if ctx.token.is_cancelled:
                    return RunResult(tuple(done), cancelled=True), EFFECTS
                listener(RunEvent("statement", step.revision, step.direction, statement=statement))
                if name in self.held:
                    with ctx.token.calling(self.gate.set):
                        self.gate.wait(20)
                    if ctx.token.is_cancelled:
                        return RunResult(tuple(done), cancelled=True), EFFECTS
                if number == self.fails_at and statement.number == len(step.statements):
                    listener(RunEvent("failed", step.revision, step.direction, error=REPORT))
                    return RunResult(tuple(done), FAILED, duration_ms=900), EFFECTS
                listener(RunEvent("statement_done", step.revision, step.direction, ms=12))
            listener(RunEvent("revision_done", step.revision, step.direction, ms=40))
            done.append(step.revision)
        return RunResult(tuple(done), duration_ms=1234), EFFECTS


@dataclass
class FakeBackups:
    """Says that it made a backup, or raises."""

    error: StudioError | None = None
    asked: list[BackupSpec] = field(default_factory=list)

    def create(self, spec: BackupSpec, ctx: TaskContext) -> tuple[Path, None]:
        ctx.token.raise_if_cancelled()
        self.asked.append(spec)
        if self.error is not None:
            raise self.error
        return Path("/backups/nexus-deploy.dump"), None


def workspace_on(
    service: FakeMigrations,
    environment: Environment = Environment.DEVELOPMENT,
    backups: FakeBackups | None = None,
) -> Workspace:
    """A workspace with nothing in it but migrations."""
    profile = ConnectionProfile(
        "nexus", host="db.example.org", port=5432, database="nexus", user="anna", environment=environment
    )
    session = SimpleNamespace(profile=profile)
    return cast("Workspace", SimpleNamespace(session=session, migrations=service, backups=backups or FakeBackups()))
