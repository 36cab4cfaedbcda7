"""A migration service that answers what a test says, for tests of widgets alone; and statuses to answer with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from nexus_studio.core.admin.evidence import Evidence
from nexus_studio.core.admin.ledgerentries import Direction, LedgerEntry, LedgerPlace, LockHolder
from nexus_studio.core.admin.migrations import (
    MigrationStanding,
    MigrationStatus,
    RevisionReport,
    RevisionState,
    Statement,
    Step,
)
from nexus_studio.core.admin.revisions import RevisionFile, RevisionGraph, RevisionProblem
from nexus_studio.core.errors import ServerReport, StudioError
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import TaskContext

MORNING = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
APPLIED, PENDING = RevisionState.APPLIED, RevisionState.PENDING
LOCK_TIMEOUT = ServerReport(
    sqlstate="23505",
    message='could not create unique index "users_email_key"',
    detail="Key (email)=(ada@example.org) is duplicated.",
)


class FakeMigrations:
    """Answers `status` with what `answer` is at that time, an error among it; counts how often it was asked."""

    def __init__(self, answer: MigrationStatus | StudioError, folder: Path = Path("/projects/platform")) -> None:
        self.answer = answer
        self.steps: Callable[[str], tuple[Step, Step]] = steps_for
        self.project = SimpleNamespace(folder=folder, name="platform")
        self.asked: list[str] = []

    def status(self, ctx: TaskContext) -> MigrationStatus:
        """Answer."""
        ctx.token.raise_if_cancelled()
        self.asked.append("status")
        if isinstance(self.answer, StudioError):
            raise self.answer
        return self.answer

    def evidence(self, name: str, ctx: TaskContext, *, replay_timeout_ms: int | None = None) -> Evidence:
        """Know nothing."""
        ctx.token.raise_if_cancelled()
        self.asked.append(f"evidence {name}")
        return Evidence(name, (), (), None, source="none", reason="no_evidence")

    def steps_of(self, revision: str, ctx: TaskContext) -> tuple[Step, Step]:
        """Say some SQL."""
        ctx.token.raise_if_cancelled()
        self.asked.append(f"steps {revision}")
        return self.steps(revision)


def workspace_with(
    service: FakeMigrations, *, environment: Environment = Environment.DEVELOPMENT, read_only: bool = False
) -> Any:
    """Return what a panel needs of a workspace."""
    profile = ConnectionProfile("test", database="nexus_dev", environment=environment, read_only=read_only)
    session = SimpleNamespace(profile=profile, is_read_only=read_only, is_read_only_for_good=read_only)
    return SimpleNamespace(session=session, migrations=service)


def steps_for(revision: str) -> tuple[Step, Step]:
    """Return an up and a down of a table named as the revision."""
    up = (
        Statement(
            1,
            f"CREATE TABLE t_{revision} (\n    id bigint PRIMARY KEY, -- the key\n    name text DEFAULT 'x'\n)",
        ),
        Statement(2, f'CREATE INDEX CONCURRENTLY "t_{revision}_name" ON t_{revision} (name)', in_transaction=False),
    )
    return Step(revision, Direction.UP, "", up), Step(
        revision, Direction.DOWN, "", (Statement(1, f"DROP TABLE t_{revision}"),)
    )


def revision(
    name: str, *down: str, message: str = "", labels: tuple[str, ...] = (), needs: tuple[str, ...] = (), at: int = 0
) -> RevisionFile:
    """Return a revision's file, created `at` days after the first."""
    return RevisionFile(
        name,
        down,
        message or f"change {name}",
        Path(f"/projects/platform/alembic/versions/{name}_change.py"),
        name.ljust(64, "0"),
        MORNING + timedelta(days=at),
        labels,
        needs,
    )


def entry(name: str, at: int = 0, **more: Any) -> LedgerEntry:
    """Return a run's row of the ledger that ended well, unless told otherwise."""
    started = MORNING + timedelta(days=at, minutes=5)
    made = LedgerEntry(
        f"id-{name}-{at}",
        name,
        name.ljust(64, "0"),
        started,
        finished_at=started + timedelta(milliseconds=340),
        duration_ms=340,
        statements=2,
        applied_steps_count=2,
        who="ada",
        host="laptop",
        tool_version="nexus-studio 0.4.0",
        logs="INFO  running upgrade",
    )
    return replace(made, **more)


def failed_entry(name: str, at: int = 0) -> LedgerEntry:
    """Return a run that failed in its second statement."""
    return entry(
        name,
        at,
        finished_at=None,
        duration_ms=1210,
        applied_steps_count=0,
        error=LOCK_TIMEOUT,
        failed_number=2,
        failed_statement='ALTER TABLE users ADD CONSTRAINT "users_email_key" UNIQUE (email)',
    )


def status_of(
    files: Sequence[RevisionFile],
    states: dict[str, RevisionState] | None = None,
    *,
    standing: MigrationStanding | None = None,
    problems: tuple[RevisionProblem, ...] = (),
    strangers: Sequence[str] = (),
    **more: Any,
) -> MigrationStatus:
    """Return a status of files in their order; what `states` does not name is applied, with a row of the ledger."""
    states = states or {}
    graph = RevisionGraph({each.revision: each for each in files}, problems)
    heads = graph.heads()
    there = [each.revision for each in files if states.get(each.revision, APPLIED) is APPLIED]
    tips = (
        {name for name in there if not any(child in there for child in graph.children(name))}
        if len(files) < 100
        else {there[-1]}
        if there
        else set()
    )
    reports = [RevisionReport(name, RevisionState.NOT_IN_FOLDER, None, is_current=True) for name in strangers]
    for number, each in enumerate(files):
        state = states.get(each.revision, APPLIED)
        rows: tuple[LedgerEntry, ...] = ()
        if state is RevisionState.FAILED:
            rows = (failed_entry(each.revision, number),)
        elif state is RevisionState.INTERRUPTED:
            rows = (entry(each.revision, number, finished_at=None, duration_ms=None, applied_steps_count=1),)
        elif state not in {PENDING, RevisionState.APPLIED_OUTSIDE}:
            rows = (entry(each.revision, number),)
        is_current = each.revision in tips and not strangers
        reports.append(RevisionReport(each.revision, state, each, rows, is_current, each.revision in heads))
    is_behind = any(state is PENDING for state in states.values())
    fitting = MigrationStanding.BEHIND if is_behind else MigrationStanding.UP_TO_DATE
    if any(state in {RevisionState.FAILED, RevisionState.INTERRUPTED} for state in states.values()):
        fitting = MigrationStanding.FAILED
    made = MigrationStatus(
        standing or fitting,
        "platform",
        graph,
        tuple(reports),
        tuple(sorted(tips)),
        heads,
        has_version_table=True,
        ledger=LedgerPlace.DATABASE,
    )
    return replace(made, **more)


def branches() -> tuple[RevisionFile, ...]:
    """Return twelve revisions with two branches and a merge."""
    return (
        revision("a1", message="first tables", at=0),
        revision("a2", "a1", message="students and coaches", at=3),
        revision("b1", "a2", message="bookings", labels=("bookings",), at=8),
        revision("c1", "a2", message="payments", labels=("payments",), at=9),
        revision("b2", "b1", message="booking states as an enum", at=12),
        revision("c2", "c1", message="invoices", at=13),
        revision("b3", "b2", message="an index for the calendar that everybody looks at in the morning", at=20),
        revision("c3", "c2", message="refunds", needs=("b2",), at=22),
        revision("m1", "b3", "c3", message="merge bookings and payments", at=25),
        revision("d1", "m1", message="unique emails", at=30),
        revision("d2", "d1", message="last login", at=31),
        revision("d3", "d2", message="drop the old column", at=40),
    )


def long_line(size: int) -> tuple[RevisionFile, ...]:
    """Return many revisions, with a branch and a merge now and then."""
    files: list[RevisionFile] = []
    tip = ""
    for number in range(size):
        name = f"r{number:05d}"
        if number % 9 == 5 and len(files) > 3:
            files.append(revision(name, files[-3].revision, at=number // 4))
        elif number % 9 == 7:
            files.append(revision(name, tip, files[-2].revision, at=number // 4))
        else:
            files.append(revision(name, *((tip,) if tip else ()), at=number // 4))
        if number % 9 != 5:
            tip = name
    return tuple(files)


def holder() -> LockHolder:
    """Return somebody who migrates."""
    return LockHolder(4711, "deploy", "nexus-studio migrate 7f3", "10.0.0.7", MORNING)
