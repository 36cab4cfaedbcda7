"""The ledger in the database: its table, what a run and a decision write into it, and what is read of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from nexus_studio.core.admin.ledgerentries import Deed, Direction, LedgerEntry
from nexus_studio.core.errors import ServerReport
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.ledger import DatabaseLedger
from nexus_studio.services.migrations.ledgerchanges import new_run
from nexus_studio.services.migrations.ledgertable import COLUMN_NAMES, LEDGER_TABLE, VersionTable, read_home
from nexus_studio.services.migrations.recording import Author, LedgerWriter, Recorder
from nexus_studio.services.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()
PRISMAS = [
    ("id", "character varying(36)", True),
    ("checksum", "character varying(64)", True),
    ("finished_at", "timestamp with time zone", False),
    ("migration_name", "character varying(255)", True),
    ("logs", "text", False),
    ("rolled_back_at", "timestamp with time zone", False),
    ("started_at", "timestamp with time zone", True),
    ("applied_steps_count", "integer", True),
]
UNIQUE = ServerReport(
    sqlstate="23505",
    message="duplicate key value violates unique constraint",
    detail="Key (email)=(canary@example.org) already exists.",
    table="users",
    constraint="users_email_key",
)


def ledger_of(session: Session, version: VersionTable = VersionTable()) -> DatabaseLedger:  # noqa: B008 - a frozen value
    with session.read(CTX) as connection:
        home = read_home(connection, version)
    return DatabaseLedger(home, partial(session.alone, purpose="test"), version)


def entries(session: Session, version: VersionTable = VersionTable()) -> tuple[LedgerEntry, ...]:  # noqa: B008
    ledger = ledger_of(session, version)
    with session.read(CTX) as connection:
        return ledger.entries(connection)


@pytest.fixture
def recorder(session: Session) -> Iterator[Recorder]:
    with Recorder(ledger_of(session), CTX, run=new_run()) as made:
        yield made


def begin(recorder: Recorder, revision: str = "a1", **more: Any) -> LedgerEntry:
    return recorder.begin(revision, "0" * 64, Direction.UP, **{"backend_pid": None, **more})


def test_reading_makes_no_table(session: Session, sql: Sql) -> None:
    assert entries(session) == ()
    assert sql("SELECT to_regclass(%s)", LEDGER_TABLE) == [(None,)]


def test_a_recorder_without_a_revision_makes_no_table(session: Session, sql: Sql) -> None:
    with Recorder(ledger_of(session), CTX, run="r"):
        pass
    assert sql("SELECT to_regclass(%s)", LEDGER_TABLE) == [(None,)]


def test_the_table_begins_as_prismas(recorder: Recorder, sql: Sql) -> None:
    begin(recorder)
    columns = sql(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull, col_description(attrelid, attnum) "
        "FROM pg_attribute WHERE attrelid = '_nexus_migrations'::regclass AND attnum > 0 ORDER BY attnum"
    )
    assert [column[:3] for column in columns[:8]] == PRISMAS
    assert tuple(column[0] for column in columns) == COLUMN_NAMES
    assert all(column[3] for column in columns), "each column says what it is"
    assert sql("SELECT obj_description('_nexus_migrations'::regclass) IS NOT NULL") == [(True,)]


def test_a_revision_that_succeeds(session: Session, recorder: Recorder, sql: Sql) -> None:
    begin(recorder, backend_pid=4711)
    assert sql("SELECT migration_name, finished_at, backend_pid FROM _nexus_migrations") == [("a1", None, 4711)]
    recorder.statement(1)
    recorder.statement(2)
    told = recorder.finish()
    (read,) = entries(session)
    assert read == told
    assert (read.statements, read.applied_steps_count, read.logs, read.error) == (2, 2, None, None)
    assert read.finished_at is not None
    assert read.finished_at > read.started_at
    assert read.duration_ms is not None
    author = Author.here()
    who = (author.named(session.server.user), author.host, author.tool_version)
    assert (read.who, read.host, read.tool_version) == who


def test_a_revision_that_fails(session: Session, recorder: Recorder) -> None:
    begin(recorder)
    recorder.statement(1)
    recorder.statement_committed(1)
    recorder.statement(2)
    told = recorder.fail(UNIQUE, 2, "INSERT INTO users …")
    (read,) = entries(session)
    assert read == told
    assert read.is_open
    assert read.error == UNIQUE
    assert (read.failed_number, read.failed_statement) == (2, "INSERT INTO users …")
    assert (read.statements, read.applied_steps_count) == (2, 1)
    assert read.logs is not None
    assert all(part in read.logs for part in ("23505", UNIQUE.message, UNIQUE.detail, "INSERT INTO users"))


def test_what_is_committed_outside_of_a_transaction_is_written_at_once(recorder: Recorder, sql: Sql) -> None:
    begin(recorder)
    recorder.statement(3)
    assert sql("SELECT statements, applied_steps_count FROM _nexus_migrations") == [(0, 0)]
    recorder.statement_committed(3)
    assert sql("SELECT statements, applied_steps_count FROM _nexus_migrations") == [(3, 3)]


def test_a_finish_may_wait_for_the_next_begin(recorder: Recorder, sql: Sql) -> None:
    finished = "SELECT migration_name, finished_at IS NOT NULL FROM _nexus_migrations ORDER BY started_at"
    begin(recorder)
    recorder.finish(hold=True)
    assert sql(finished) == [("a1", False)]
    begin(recorder, "b2")
    assert sql(finished) == [("a1", True), ("b2", False)]
    recorder.finish(hold=True)
    recorder.close()
    assert sql(finished) == [("a1", True), ("b2", True)]


def test_a_table_that_a_crash_took_is_made_again(recorder: Recorder, sql: Sql) -> None:
    begin(recorder)
    sql("DROP TABLE _nexus_migrations")  # as a server that crashed before anything of it was on the disk
    assert sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND query LIKE '%%_nexus_migrations%%'"
    ) == [(True,)]
    recorder.finish()
    assert sql("SELECT migration_name, finished_at IS NOT NULL FROM _nexus_migrations") == [("a1", True)]


def test_rows_survive_the_rollback_of_what_they_record(session: Session, recorder: Recorder, sql: Sql) -> None:
    with session.write(CTX) as connection:
        connection.exec_driver_sql("CREATE TABLE half (a int)")
        begin(recorder)
        recorder.fail(ServerReport(message="no"), 1, "CREATE TABLE half (a int)")
        connection.rollback()
    assert sql("SELECT to_regclass('half')") == [(None,)]
    assert [each.error is not None for each in entries(session)] == [True]


def test_decisions_add_rows_and_settle_open_ones(session: Session, recorder: Recorder) -> None:
    writer = LedgerWriter(ledger_of(session), CTX)
    for revision, decide in (
        ("a1", lambda: writer.mark_applied("a1", "1" * 64)),
        ("b2", lambda: writer.mark_rolled_back("b2")),
        ("c3", lambda: writer.cleaned_up("c3", "DROP TABLE c")),
    ):
        begin(recorder, revision)
        recorder.fail(UNIQUE, 1, "x")
        decide()
    writer.stamped([("d4", "4" * 64), ("e5", "5" * 64)])
    writer.baseline([("f6", "6" * 64)])
    writer.stamped([("e5", "5" * 64)], Direction.DOWN)
    writer.close()
    found = entries(session)
    # two pens at once have two clocks, some milliseconds apart: what each row says counts, not their order
    story = sorted(
        (row.migration_name, row.deed.value, bool(row.finished_at), bool(row.rolled_back_at)) for row in found
    )
    assert story == [
        ("a1", "marked_applied", True, False),
        ("a1", "run", False, True),
        ("b2", "marked_rolled_back", False, True),
        ("b2", "run", False, True),
        ("c3", "cleaned_up", False, True),
        ("c3", "run", False, True),
        ("d4", "stamped", True, False),
        ("e5", "stamped", True, False),
        ("e5", "stamped", True, False),
        ("f6", "baseline", True, False),
    ]
    rows = {(row.migration_name, row.deed): row for row in found}
    marked = rows["a1", Deed.MARKED_APPLIED]
    assert (marked.started_at, marked.logs, marked.applied_steps_count) == (marked.finished_at, "", 0)
    assert rows["a1", Deed.RUN].error == UNIQUE, "a decision keeps what it decides on"
    assert rows["c3", Deed.CLEANED_UP].logs == "DROP TABLE c"
    assert rows["e5", Deed.STAMPED].direction is Direction.DOWN, "the newest of its writer's"


def test_running_again_may_settle_the_attempt_before(session: Session, recorder: Recorder) -> None:
    begin(recorder)
    recorder.fail(UNIQUE, 1, "x")
    begin(recorder, settles=True)
    first, second = entries(session)
    assert first.rolled_back_at is not None
    assert second.is_open
