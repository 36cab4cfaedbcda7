"""MaintenanceService: VACUUM, ANALYZE, VACUUM FULL, REINDEX and CLUSTER: foretold, watched, cancelled at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import psycopg

from nexus_studio.core.admin.maintenance import (
    CONFLICTS,
    AtWork,
    Bytes,
    Ended,
    Forewarning,
    Job,
    MaintenanceReport,
    Outcome,
    PastRun,
    Phase,
    Target,
)
from nexus_studio.core.admin.maintenancephases import WORKING
from nexus_studio.core.admin.maintenancerules import BIG_BYTES, job_on, worked_bytes
from nexus_studio.core.admin.sizes import SizeReport
from nexus_studio.core.admin.timeouts import TIMEOUTS
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ConnectionLost, MaintenanceRefused, StudioError, TimedOut
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Capability
from nexus_studio.core.tasks import Cancelled, Progress, TaskContext
from nexus_studio.services.cutting import Stop
from nexus_studio.services.dberrors import translated
from nexus_studio.services.health.forewarning import Relations, forewarn, read_busy, refused
from nexus_studio.services.health.leftovers import drop_leftovers, invalid_of
from nexus_studio.services.health.maintaining_sql import SIZE, statements
from nexus_studio.services.health.pastruns import PastRuns
from nexus_studio.services.health.verbosity import Verbosity
from nexus_studio.services.health.watching import Watch, watched
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session

PURPOSE: Final = "maintenance"
"""Follows the program's name in application_name of the connection that works."""

Listener = Callable[[AtWork | Outcome], None]
"""Told where a job stands, a few times a second and on another thread, and how it ended on each table."""


class MaintenanceService:
    """Does the jobs on one database. Any thread."""

    def __init__(self, session: Session, paths: Paths) -> None:
        self._session = session
        self._past = PastRuns(paths, session.profile)

    def forewarn(
        self,
        job: Job,
        relations: Relations,
        ctx: TaskContext,
        *,
        index: str = "",
        report: SizeReport | None = None,
        skips_gone: bool = False,
    ) -> Forewarning:
        """Say what a job will be like: see `forewarning.forewarn`."""
        return forewarn(
            self._session, self._past, job, relations, ctx, index=index, report=report, skips_gone=skips_gone
        )

    def run(
        self,
        job: Job,
        relations: Relations,
        ctx: TaskContext,
        *,
        index: str = "",
        listener: Listener | None = None,
        skips_gone: bool = False,
    ) -> tuple[MaintenanceReport, Effects]:
        """Do a job on one table after the other, each by itself and outside of a transaction.

        What fails on one table (somebody has a lock on it, it was dropped meanwhile) does not keep it from the others.
        Nobody is waited for longer than the environment's lock time-out. What it did on tables before it was cancelled
        stays done; what an interrupted REINDEX left is dropped.

        Args:
            job: What is done.
            relations: On which tables; None: on all that the role may look after.
            ctx: Cancels it on the server. Told the phase of the table that it is at ("maintain.scanning_heap").
            index: As of `forewarn`.
            listener: Told more.
            skips_gone: As of `forewarn`.

        Raises:
            ForbiddenHere: the profile or its lock forbids it.
            MaintenanceRefused: see `Forewarning.refusal`.
            UnknownRelation: a table is not there.
            Cancelled, ConnectionLost: half way; the listener was told of the tables that were done.
        """
        if not self._session.server.standby:
            self._session.require(Capability.MAINTAIN)
        warning = self.forewarn(job, relations, ctx, index=index, skips_gone=skips_gone)
        if warning.refuses:
            raise refused(warning)
        with (
            self._session.begun(Capability.MAINTAIN),
            translated(ctx.token),
            self._session.alone(ctx, purpose=PURPOSE) as driver,
            ctx.token.calling(Stop(driver, may_cut=False)),
        ):
            work = _Work(self._session, driver, job, len(warning.targets), ctx, listener or _nobody)
            outcomes = []
            for number, target in enumerate(warning.targets, 1):
                outcomes.append(outcome := work.on(target, number))
                self._remember(job, target, outcome)
                if outcome.ended is Ended.CANCELLED:
                    raise Cancelled
                if isinstance(outcome.error, ConnectionLost):
                    raise outcome.error
        kinds = Kind.SIZES | Kind.CATALOG if any(each.leftovers for each in outcomes) else Kind.SIZES
        changed = frozenset(each.relation for each in outcomes)
        return MaintenanceReport(job, tuple(outcomes), warning.left_out), Effects(kinds, changed)

    def _remember(self, job: Job, target: Target, outcome: Outcome) -> None:
        if outcome.ended is Ended.DONE and worked_bytes(job, target) >= BIG_BYTES:
            database = self._session.server.database
            done = PastRun(job_on(job, target), target.relation, worked_bytes(job, target), outcome.seconds, database)
            self._past.add(done)


class _Work:
    """One run on one connection."""

    def __init__(
        self, session: Session, driver: psycopg.Connection, job: Job, of: int, ctx: TaskContext, listener: Listener
    ) -> None:
        self._session = session
        self._driver = driver
        self._job = job
        self._of = of
        self._ctx = ctx
        self._listener = listener
        self._lock_ms = TIMEOUTS[session.profile.environment].lock_ms
        self._verbosity = Verbosity()
        driver.add_notice_handler(self._verbosity.hear)
        if not session.profile.pooler:
            # REINDEX waits for others at its end as well, where waiting harms nobody and is seen: it is watched instead
            lock_ms = 0 if job is Job.REINDEX else self._lock_ms
            for name, value in (("statement_timeout", 0), ("lock_timeout", lock_ms)):
                driver.execute("SELECT pg_catalog.set_config(%s, %s, false)", (name, str(value)))

    def on(self, target: Target, number: int) -> Outcome:
        """Do it on one table, and tell how it ended."""
        begin, self._verbosity.lines = time.monotonic(), []
        before, indexes = self._size(target)
        known = invalid_of(self._driver, target.oid) if self._job is Job.REINDEX else frozenset()
        outcome = Outcome(target.relation, Ended.DONE, before)
        watch = self._watch(target, number, indexes)
        watch.tell(Phase(WORKING))
        try:
            if self._session.profile.pooler:
                self._execute(target)
            else:
                with watched(watch):
                    self._execute(target)
            after, _ = self._size(target)
            outcome = replace(outcome, after=after)
        except Cancelled:
            outcome = replace(outcome, ended=Ended.CANCELLED)
        except StudioError as error:
            outcome = self._failed(outcome, error, watch, target)
        if self._job is Job.REINDEX and outcome.ended is not Ended.DONE:
            outcome = replace(outcome, leftovers=drop_leftovers(self._session, target.oid, known))
        outcome = replace(outcome, seconds=time.monotonic() - begin, log=tuple(self._verbosity.lines))
        self._listener(outcome)
        return outcome

    def _execute(self, target: Target) -> None:
        """Run the statements.

        Behind a pooler no setting may be left on a connection: VACUUM and ANALYZE skip what is locked then, CLUSTER
        can have its limit inside of a transaction, and of REINDEX it is looked before whether somebody is there.
        """
        pooler = self._session.profile.pooler
        with translated(self._ctx.token):
            if pooler and self._job is Job.REINDEX and (holders := self._holders(target)):
                raise _locked(target.relation, holders)
            for statement in statements(self._job, target, skips_locked=pooler):
                if pooler and self._job is Job.CLUSTER:
                    with self._driver.transaction():
                        limit = ("lock_timeout", str(self._lock_ms))
                        self._driver.execute("SELECT pg_catalog.set_config(%s, %s, true)", limit)
                        self._driver.execute(statement)
                else:
                    self._driver.execute(statement)
            self._ctx.token.raise_if_cancelled()
            if self._verbosity.has_skipped:
                raise _locked(target.relation, self._holders(target))

    def _failed(self, outcome: Outcome, error: StudioError, watch: Watch, target: Target) -> Outcome:
        """Say who has the lock, where that is why."""
        if watch.gave_up or error.code == "timeout.lock":
            holders = tuple(each.said for each in watch.holders) or self._holders(target)
            error = _locked(target.relation, holders)
        ended = Ended.SKIPPED if error.code == "maintain.locked" else Ended.FAILED
        return replace(outcome, ended=ended, error=error)

    def _holders(self, target: Target) -> tuple[str, ...]:
        """Return who has a lock on a table that keeps the job from it."""
        try:
            with self._session.read(TaskContext()) as connection:
                busy = read_busy(connection, (target,), CONFLICTS[self._job.lock])
        except StudioError:
            return ()
        return tuple(dict.fromkeys(each.said for each in busy))

    def _size(self, target: Target) -> tuple[Bytes | None, int]:
        """Return the size of a table and how many indexes it has; None where somebody has it to himself just now."""
        try:
            with translated(self._ctx.token):
                row = self._driver.execute(SIZE, (target.oid,)).fetchone()
        except TimedOut:
            return None, 0
        return (Bytes(*row[:3]), row[3]) if row and row[0] is not None else (None, 0)

    def _watch(self, target: Target, number: int, indexes: int) -> Watch:
        def tell(phase: Phase) -> None:
            self._listener(AtWork(target.relation, number, self._of, phase))
            if not self._ctx.token.is_cancelled:
                self._ctx.report(Progress(f"maintain.{phase.code}", phase.done, phase.total, phase.unit))

        return Watch(
            self._session,
            self._driver.info.backend_pid,
            tell,
            Stop(self._driver, may_cut=False),
            indexes=indexes,
            patience_s=self._lock_ms / 1000 if self._job is Job.REINDEX else None,
        )


def _locked(relation: RelationName, holders: tuple[str, ...]) -> MaintenanceRefused:
    return MaintenanceRefused("maintain.locked", relation=str(relation), names=holders)


def _nobody(_told: AtWork | Outcome) -> None:
    """Listen to nothing."""
