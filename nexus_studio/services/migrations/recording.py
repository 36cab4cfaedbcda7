"""Recorder and LedgerWriter: what a run does, and what a person decides, goes into the ledger while it happens.

Whoever records holds the migration lock (`lock.py`); nothing here takes it.
"""

from __future__ import annotations

import getpass
import hashlib
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from nexus_studio import __version__
from nexus_studio.core.admin.ledgerentries import Deed, Direction, LedgerEntry
from nexus_studio.core.errors import BugError, ConnectionFailed, ConnectionLost, MigrationBlocked, ServerReport
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.ledger import Ledger
from nexus_studio.services.migrations.ledgerchanges import (
    Added,
    Change,
    Completed,
    Pen,
    Settled,
    logs_of,
    new_id,
)

OWN_VERSION = f"nexus-studio {__version__}"


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes: the account of the operating system, the machine, the program with its version."""

    account: str
    host: str
    tool_version: str = OWN_VERSION

    @classmethod
    def here(cls, tool_version: str = OWN_VERSION) -> Author:
        """Return whoever runs this process."""
        try:
            account = getpass.getuser()
        except (KeyError, OSError, ImportError):  # a container's user without a name
            account = ""
        return cls(account, socket.gethostname(), tool_version)

    def named(self, role: str) -> str:
        """Name account and database role; one of them where they are the same."""
        if not self.account or not role or self.account == role:
            return self.account or role
        return f"{self.account} ({role})"


def checksum_of(file: Path) -> str:
    """Return the SHA-256 of a file with CRLF read as LF, lower-case hex; of nothing where it can't be read."""
    try:
        content = file.read_bytes()
    except OSError:
        content = b""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


class _Writing:
    """A ledger that is opened with its first row."""

    def __init__(self, ledger: Ledger, ctx: TaskContext, *, run: str = "", author: Author | None = None) -> None:
        self._ledger = ledger
        self._ctx = ctx
        self._run = run
        self._author = author or Author.here()
        self._opened: Pen | None = None

    def open(self) -> None:
        """Connect now, not with the first row.

        Raises:
            StudioError: as `Ledger.open`; the first row tries again.
        """
        _ = self._pen

    def close(self) -> None:
        """Let go of the ledger's connection."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _pen(self) -> Pen:
        if self._opened is None:
            self._opened = self._ledger.open(self._ctx)
        return self._opened

    def _row(self, revision: str, checksum: str, deed: Deed, direction: Direction = Direction.UP) -> LedgerEntry:
        pen = self._pen
        return LedgerEntry(
            id=new_id(),
            migration_name=revision,
            checksum=checksum,
            started_at=pen.now(),
            deed=deed,
            direction=direction,
            who=self._author.named(pen.role),
            host=self._author.host,
            tool_version=self._author.tool_version,
            run=self._run,
        )


class Recorder(_Writing):
    """Records a run, revision by revision: begin, statements, then finish or fail. One thread at a time.

    Each write is committed when it returns, and on the disk, but for a start row, which is there no later than anything
    of its revision, and a `finish(hold=True)`. A connection that broke is replaced once;
    where that fails too, the row stays open, which reads as interrupted.
    """

    def __init__(self, ledger: Ledger, ctx: TaskContext, *, run: str, author: Author | None = None) -> None:
        """Prepare; nothing is opened before the first revision begins.

        Args:
            ledger: Where to write.
            ctx: Whose token cancels the connecting of the first row; what was begun is recorded whatever happens.
            run: The run's id (`ledgerchanges.new_run`), by which the migrating connection's application_name ends.
            author: Who; None: whoever runs this process.
        """
        super().__init__(ledger, ctx, run=run, author=author)
        self._entry: LedgerEntry | None = None
        self._held: tuple[Change, ...] = ()
        self._begun_s = 0.0
        self._statements = 0

    @property
    def entry(self) -> LedgerEntry | None:
        """The newest row as far as it is known here; None before the first."""
        return replace(self._entry, statements=self._statements) if self._entry is not None else None

    @property
    def is_open(self) -> bool:
        """Whether a revision has begun and not ended here, neither well nor badly."""
        return self._entry is not None and self._entry.is_open and self._entry.error is None

    def begin(
        self, revision: str, checksum: str, direction: Direction, *, backend_pid: int | None, settles: bool = False
    ) -> LedgerEntry:
        """Write the start row. Call it before the revision's first statement, and don't send that when this raises.

        Args:
            revision: Its id.
            checksum: Of its file now.
            direction: Which way it runs.
            backend_pid: The server process that will run it; None where that is not known.
            settles: Open rows of the revision get `rolled_back_at`: running it again is the decision on them.
        """
        entry = replace(self._row(revision, checksum, Deed.RUN, direction), backend_pid=backend_pid)
        settled = (Settled(revision, entry.started_at),) if settles else ()
        # Not waiting for the disk is most of what makes recording cheap. The server's log is in order: the revision's
        # own commits wait, and so nothing of it outlives a crash that the start row does not.
        self._pen.write(*self._held, *settled, Added(entry), waits=False)
        self._held = ()
        self._entry = entry
        self._statements = 0
        self._begun_s = time.monotonic()
        return entry

    def resume(self, entry: LedgerEntry) -> None:
        """Go on with a row that this recorder has begun and not ended: what comes next is about that one."""
        self._flush()
        self._entry = entry

    def statement(self, number: int) -> None:
        """Note that a statement (from 1) begins. In memory; written with what comes next."""
        self._statements = number

    def statement_committed(self, count: int) -> None:
        """Write that the first `count` statements are committed: they stood outside of a transaction, or before one."""
        self._complete(count, applied_steps_count=count)

    def finish(self, *, hold: bool = False) -> LedgerEntry:
        """Write that the revision is done and committed.

        Args:
            hold: Write it together with the next `begin` (or `close`): half the round trips and half the commits.
                A process that is killed in between leaves the row open though the version table has the revision.

        Raises:
            MigrationBlocked: "migration.not_recorded" (fact revision): the revision is committed, its row stays open.
        """
        entry = self._open_entry()
        values = {
            "finished_at": self._pen.now(),
            "duration_ms": self._elapsed_ms(),
            "statements": self._statements,
            "applied_steps_count": max(self._statements, entry.applied_steps_count),
        }
        return self._end(entry, values, hold=hold)

    def fail(self, report: ServerReport, number: int | None, sql: str) -> LedgerEntry:
        """Write that the revision failed; the row stays open until somebody decides.

        Args:
            report: What the server said; for an error that is not the server's, `message` alone.
            number: The failed statement's number from 1, None where none failed.
            sql: The failed statement.

        Raises:
            MigrationBlocked: "migration.not_recorded" (fact revision): the row stays open without the error.
        """
        entry = self._open_entry()
        report = report if report.message or report.sqlstate else replace(report, message="?")
        values = {
            "error": report,
            "logs": logs_of(report, sql),
            "failed_statement": sql,
            "failed_number": number,
            "duration_ms": self._elapsed_ms(),
            "statements": max(self._statements, number or 0),
            "applied_steps_count": entry.applied_steps_count,
        }
        return self._end(entry, values)

    def withdraw(self) -> LedgerEntry:
        """Write that the revision was not begun after all: nothing of it was sent, and there is nothing to decide.

        Raises:
            MigrationBlocked: "migration.not_recorded", as `finish`.
        """
        values = {"rolled_back_at": self._pen.now(), "duration_ms": self._elapsed_ms(), "applied_steps_count": 0}
        return self._end(self._open_entry(), values)

    def close(self) -> None:
        """Write what is held, and let go of the connection.

        Raises:
            MigrationBlocked: "migration.not_recorded", as `finish`.
        """
        try:
            self._flush(waits=False)  # no more is promised of a row whose end was held back
        finally:
            super().close()

    def drop(self) -> None:
        """Let go of the connection, and of what is held: it can't be written."""
        self._held = ()
        super().close()

    def _end(self, entry: LedgerEntry, values: dict[str, object], *, hold: bool = False) -> LedgerEntry:
        change = Completed(entry.id, values)
        self._entry = change.of(entry)
        self._statements = self._entry.statements
        if hold:
            self._held = (*self._held, change)
            return self._entry
        # A server that crashed has lost a start row that nothing waited for: then the row is made whole now.
        self._held = (*self._held, Added(self._entry), change)
        self._flush()
        return self._entry

    def _flush(self, *, waits: bool = True) -> None:
        held, self._held = self._held, ()
        if not held:
            return
        try:
            self._pen.write(*held, waits=waits)
        except (ConnectionLost, ConnectionFailed) as error:
            revision = self._entry.migration_name if self._entry else ""
            raise MigrationBlocked("migration.not_recorded", revision=revision) from error

    def _complete(self, count: int, **values: int) -> None:
        entry = self._open_entry()
        self._statements = max(self._statements, count)
        change = Completed(entry.id, {**values, "statements": self._statements})
        self._entry = change.of(entry)
        self._held = (*self._held, change)
        self._flush()

    def _open_entry(self) -> LedgerEntry:
        if self._entry is None or not self.is_open:
            raise BugError("bug.ledger")
        return self._entry

    def _elapsed_ms(self) -> int:
        return round((time.monotonic() - self._begun_s) * 1000)


class LedgerWriter(_Writing):
    """Records what a person decided. Each verb is one transaction: the new row, and what it settles."""

    def mark_applied(self, revision: str, checksum: str) -> LedgerEntry:
        """Record that all of a revision is there; its open rows get `rolled_back_at`, as Prisma's do."""
        return self._decide(self._finished(self._row(revision, checksum, Deed.MARKED_APPLIED)))

    def mark_rolled_back(self, revision: str, checksum: str = "", direction: Direction = Direction.UP) -> LedgerEntry:
        """Record that nothing of a revision is there; with `direction` DOWN: that all of it is there still."""
        return self._decide(self._gone(self._row(revision, checksum, Deed.MARKED_ROLLED_BACK, direction)))

    def cleaned_up(
        self,
        revision: str,
        sql: str,
        checksum: str = "",
        direction: Direction = Direction.UP,
        *,
        settles: bool = True,
    ) -> LedgerEntry:
        """Record that what was there of a revision was removed, with the SQL that did it.

        Args:
            revision: Its id.
            sql: What was run.
            checksum: Of its file now.
            direction: Which way it had run.
            settles: False when only part of it was removed: its open rows stay to be decided on.
        """
        row = self._gone(replace(self._row(revision, checksum, Deed.CLEANED_UP, direction), logs=sql))
        if settles:
            return self._decide(row)
        self._pen.write(Added(row))
        return row

    def stamped(
        self, revisions: Iterable[tuple[str, str]], direction: Direction = Direction.UP
    ) -> tuple[LedgerEntry, ...]:
        """Record that the version table was set by hand.

        Args:
            revisions: Id and checksum of each revision that is in effect since (`direction` UP) or no longer (DOWN).
            direction: Which way.
        """
        return self._all(revisions, Deed.STAMPED, direction)

    def baseline(self, revisions: Iterable[tuple[str, str]]) -> tuple[LedgerEntry, ...]:
        """Record that revisions which were there before the ledger are accepted as applied."""
        return self._all(revisions, Deed.BASELINE, Direction.UP)

    def _all(self, revisions: Iterable[tuple[str, str]], deed: Deed, direction: Direction) -> tuple[LedgerEntry, ...]:
        rows = tuple(self._finished(self._row(name, checksum, deed, direction)) for name, checksum in revisions)
        changes: list[Change] = []
        for row in rows:
            changes += (Settled(row.migration_name, row.started_at), Added(row))
        if changes:
            self._pen.write(*changes)
        return rows

    def _decide(self, row: LedgerEntry) -> LedgerEntry:
        self._pen.write(Settled(row.migration_name, row.started_at), Added(row))
        return row

    @staticmethod
    def _finished(row: LedgerEntry) -> LedgerEntry:
        return replace(row, finished_at=row.started_at, logs="")

    @staticmethod
    def _gone(row: LedgerEntry) -> LedgerEntry:
        return replace(row, rolled_back_at=row.started_at)
