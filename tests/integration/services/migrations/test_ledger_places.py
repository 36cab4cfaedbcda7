"""Where a ledger is kept, and what is done where it can't be kept as wished: rights, old tables, poolers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio.core.admin.ledgerentries import Deed, Direction, LedgerEntry, LedgerPlace
from nexus_studio.core.errors import MigrationBlocked, PermissionDenied, ServerReport
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.ledger import DatabaseLedger, Ledger
from nexus_studio.services.migrations.ledgerchanges import application_name, new_run
from nexus_studio.services.migrations.ledgerplace import ledger_for
from nexus_studio.services.migrations.ledgertable import VersionTable
from nexus_studio.services.migrations.localledger import local_file
from nexus_studio.services.migrations.recording import LedgerWriter, Recorder
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of
from tests.support.fix_pgbouncer import OpenPooler
from tests.support.waiting import until

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()
VERSION = VersionTable()
CANARY = "canary-4711@example.org"
FAILURE = ServerReport(
    sqlstate="23505",
    message=f"no {CANARY}",
    detail=f"Key (email)=({CANARY}) already exists.",
    hint=CANARY,
    table="users",
    constraint="users_email_key",
)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.below(tmp_path)


@pytest.fixture
def guest(pg_url: str, sql: Sql) -> Iterator[ConnectionProfile]:
    """A profile of a role that may read and nothing else in schema public."""
    role = f"nxs_{new_run()}"
    sql(f"CREATE ROLE {role} LOGIN")
    sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    yield profile_of(pg_url.replace("postgres@", f"{role}@"))
    sql(f"DROP OWNED BY {role}")
    sql(f"DROP ROLE {role}")


def chosen(session: Session, paths: Paths, version: VersionTable = VERSION, **more: Any) -> Ledger | None:
    with session.read(CTX) as connection:
        return ledger_for(session, paths, connection, version, **{"is_bundled": True, **more})


def read(session: Session, ledger: Ledger | None) -> tuple[LedgerEntry, ...]:
    assert ledger is not None
    with session.read(CTX) as connection:
        return ledger.entries(connection)


def record(ledger: Ledger | None, revision: str = "a1") -> None:
    assert ledger is not None
    with Recorder(ledger, CTX, run=new_run()) as recorder:
        recorder.begin(revision, "0" * 64, Direction.UP, backend_pid=None)
        recorder.finish()


def standing(ledger: Ledger | None) -> tuple[LedgerPlace, str]:
    return (LedgerPlace.NOWHERE, "") if ledger is None else (ledger.place, ledger.refusal)


def test_a_database_that_is_ours(session: Session, paths: Paths) -> None:
    assert standing(chosen(session, paths)) == (LedgerPlace.DATABASE, "")


def test_a_foreign_database_is_asked_for(session: Session, paths: Paths) -> None:
    foreign = partial(chosen, session, paths, is_bundled=False)
    assert standing(foreign()) == (LedgerPlace.NOWHERE, "")
    declined = foreign(wish=LedgerPlace.LOCAL)
    assert standing(declined) == (LedgerPlace.LOCAL, "declined")
    record(declined)
    assert standing(foreign()) == (LedgerPlace.LOCAL, "declined"), "the answer is kept by the file"
    agreed = foreign(wish=LedgerPlace.DATABASE)
    assert standing(agreed) == (LedgerPlace.DATABASE, "")
    record(agreed)
    assert standing(foreign()) == (LedgerPlace.DATABASE, ""), "the answer is kept by the table"


def test_the_demo_is_ours(profile: ConnectionProfile, paths: Paths) -> None:
    session = Session.open(replace(profile, environment=Environment.DEMO), None, CTX)
    assert standing(chosen(session, paths, is_bundled=False)) == (LedgerPlace.DATABASE, "")
    session.close()


def test_a_role_that_may_not_create_keeps_it_here(guest: ConnectionProfile, paths: Paths, sql: Sql) -> None:
    session = Session.open(guest, None, CTX)
    ledger = chosen(session, paths)
    assert standing(ledger) == (LedgerPlace.LOCAL, "permission")
    record(ledger)
    assert read(session, ledger)[0].who.endswith(f"({guest.user})")
    in_database = DatabaseLedger(None, session.alone, VERSION)
    with pytest.raises(PermissionDenied), Recorder(in_database, CTX, run="r") as recorder:
        recorder.begin("a1", "0" * 64, Direction.UP, backend_pid=None)
    assert sql("SELECT to_regclass('_nexus_migrations')") == [(None,)]
    session.close()


def test_a_table_that_may_only_be_read_is_shown_with_ours(
    session: Session, guest: ConnectionProfile, paths: Paths, sql: Sql
) -> None:
    record(chosen(session, paths), "a1")
    sql(f"GRANT SELECT ON _nexus_migrations TO {guest.user}")
    theirs = Session.open(guest, None, CTX)
    ledger = chosen(theirs, paths)
    assert standing(ledger) == (LedgerPlace.LOCAL, "permission")
    record(ledger, "b2")
    assert [each.migration_name for each in read(theirs, chosen(theirs, paths))] == ["a1", "b2"]
    assert [each.migration_name for each in read(session, chosen(session, paths))] == ["a1"]
    theirs.close()


def test_a_read_only_session(profile: ConnectionProfile, session: Session, paths: Paths) -> None:
    reading = Session.open(replace(profile, read_only=True), None, CTX)
    assert standing(chosen(reading, paths)) == (LedgerPlace.LOCAL, "read_only")
    record(chosen(session, paths))
    ledger = chosen(reading, paths)
    assert standing(ledger) == (LedgerPlace.DATABASE, "")
    assert len(read(reading, ledger)) == 1
    reading.close()


def test_it_stands_beside_the_version_table(session: Session, paths: Paths, sql: Sql) -> None:
    sql("CREATE SCHEMA ops")
    sql("CREATE TABLE ops.alembic_version (version_num varchar(32))")
    record(chosen(session, paths, VersionTable("alembic_version", "ops")))
    assert sql("SELECT relnamespace::regnamespace::text FROM pg_class WHERE relname = '_nexus_migrations'") == [
        ("ops",)
    ]
    assert read(session, chosen(session, paths)) == (), "the search path leads elsewhere"


def test_it_is_found_when_the_version_table_was_dropped(session: Session, paths: Paths, sql: Sql) -> None:
    sql("CREATE TABLE alembic_version (version_num varchar(32))")
    record(chosen(session, paths))
    sql("DROP TABLE alembic_version")
    assert len(read(session, chosen(session, paths))) == 1


def test_another_version_table_has_rows_of_its_own(session: Session, paths: Paths) -> None:
    other = VersionTable("other_version")
    record(chosen(session, paths), "a1")
    record(chosen(session, paths, other), "z9")
    assert [each.migration_name for each in read(session, chosen(session, paths))] == ["a1"]
    assert [each.migration_name for each in read(session, chosen(session, paths, other))] == ["z9"]


def test_a_table_of_an_older_version_is_completed(session: Session, paths: Paths, sql: Sql) -> None:
    sql(
        "CREATE TABLE _nexus_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL,"
        " finished_at timestamptz, migration_name varchar(255) NOT NULL, started_at timestamptz NOT NULL DEFAULT now(),"
        " of_tomorrow text)"
    )
    sql("INSERT INTO _nexus_migrations VALUES ('old', 'x', now(), 'a0', now(), 'unknown')")
    (old,) = read(session, chosen(session, paths))
    assert (old.migration_name, old.deed, old.statements) == ("a0", Deed.RUN, 0)
    record(chosen(session, paths), "a1")
    assert [each.migration_name for each in read(session, chosen(session, paths))] == ["a0", "a1"]
    assert sql("SELECT of_tomorrow FROM _nexus_migrations ORDER BY started_at") == [("unknown",), (None,)]


def test_many_stamps_are_one_transaction(session: Session, paths: Paths) -> None:
    ledger = chosen(session, paths)
    assert ledger is not None
    with LedgerWriter(ledger, CTX) as writer:
        writer.stamped([(f"r{number}", "0" * 64) for number in range(500)])
    found = read(session, ledger)
    assert [each.migration_name for each in found] == [f"r{number}" for number in range(500)]


def test_two_that_make_the_table_at_once(session: Session, paths: Paths) -> None:
    first, second = (Recorder(DatabaseLedger(None, session.alone, VERSION), CTX, run=new_run()) for _ in range(2))
    for recorder in (first, second):  # both looked before the table was there
        assert recorder._pen.role
    for name, recorder in (("a1", first), ("b2", second)):
        recorder.begin(name, "0" * 64, Direction.UP, backend_pid=None)
    for recorder in (first, second):
        recorder.finish()
        recorder.close()
    assert [each.finished_at is not None for each in read(session, chosen(session, paths))] == [True, True]


def test_a_broken_connection_is_replaced_and_the_server_gone_is_said(
    pg_url: str, session: Session, paths: Paths, sql: Sql
) -> None:
    recorder = Recorder(DatabaseLedger(None, partial(session.alone, purpose="x"), VERSION), CTX, run=new_run())
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'nexus-studio x'"
    left = "SELECT FROM pg_stat_activity WHERE application_name = 'nexus-studio x'"
    recorder.begin("a1", "0" * 64, Direction.UP, backend_pid=None)
    sql(end)
    until(lambda: not sql(left))
    recorder.finish()
    recorder.begin("b2", "0" * 64, Direction.UP, backend_pid=None)
    sql(end)
    session.close()
    with pytest.raises(MigrationBlocked) as caught:
        recorder.finish()
    assert (caught.value.code, caught.value.facts["revision"]) == ("migration.not_recorded", "b2")
    recorder.close()
    again = Session.open(profile_of(pg_url), None, CTX)
    assert [each.is_open for each in read(again, chosen(again, paths))] == [False, True]
    again.close()


def test_a_row_is_alive_while_its_backend_is_at_work(session: Session, paths: Paths, sql: Sql, pg_url: str) -> None:
    ledger = chosen(session, paths)
    assert ledger is not None
    run = new_run()
    with psycopg.connect(pg_url, application_name=application_name(run)) as worker:
        with Recorder(ledger, CTX, run=run) as recorder:
            recorder.begin("a1", "0" * 64, Direction.UP, backend_pid=worker.info.backend_pid)
        worker.execute("SELECT 1")  # in a transaction now
        assert [each.is_alive for each in read(session, chosen(session, paths))] == [True]
        worker.rollback()
        assert [each.is_alive for each in read(session, chosen(session, paths))] == [False], (
            "idle, and without the lock"
        )


def test_behind_a_transaction_pooler(open_pooler: OpenPooler, sql: Sql, paths: Paths) -> None:
    role = f"nxs_{new_run()}"
    sql(f"CREATE ROLE {role}")
    sql(f"GRANT CREATE, USAGE ON SCHEMA public TO {role}")
    session = Session.open(replace(open_pooler(3), role=role), None, CTX)
    for name in ("a1", "b2", "c3"):
        record(chosen(session, paths), name)
    assert sql("SELECT relowner::regrole::text FROM pg_class WHERE relname = '_nexus_migrations'") == [(role,)]
    assert [each.migration_name for each in read(session, chosen(session, paths))] == ["a1", "b2", "c3"]
    session.close()
    sql(f"DROP OWNED BY {role}")
    sql(f"DROP ROLE {role}")


def test_the_local_one_tells_the_same_story_without_the_values(
    session: Session, paths: Paths, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ledger = chosen(session, paths, is_bundled=False, wish=LedgerPlace.LOCAL)
    assert ledger is not None
    with Recorder(ledger, CTX, run=new_run()) as recorder:
        recorder.begin("a1", "0" * 64, Direction.UP, backend_pid=None)
        recorder.statement_committed(1)
        recorder.fail(FAILURE, 2, f"INSERT INTO users VALUES ('{CANARY}')")
        recorder.begin("b2", "0" * 64, Direction.UP, backend_pid=None)
        recorder.fail(ServerReport(message=f"ValueError: {CANARY}"), None, "")
    with LedgerWriter(ledger, CTX) as writer:
        writer.mark_applied("a1", "1" * 64)
        writer.cleaned_up("b2", "DROP TABLE two")
    found = read(session, ledger)
    assert [(each.migration_name, each.deed, each.error is not None) for each in found] == [
        ("a1", Deed.RUN, True),
        ("b2", Deed.RUN, True),
        ("a1", Deed.MARKED_APPLIED, False),
        ("b2", Deed.CLEANED_UP, False),
    ]
    first = found[0]
    assert first.error == ServerReport(sqlstate="23505", table="users", constraint="users_email_key")
    assert (first.failed_number, first.statements, first.applied_steps_count) == (2, 2, 1)
    assert all(each.rolled_back_at for each in found[:2])
    assert found[3].logs == "DROP TABLE two"
    kept = local_file(paths.data, session.profile).read_bytes()
    assert CANARY.encode() not in kept
    assert CANARY not in caplog.text


def test_a_file_that_cannot_be_used_is_named(session: Session, paths: Paths) -> None:
    ledger = chosen(session, paths, is_bundled=False, wish=LedgerPlace.LOCAL)
    file = local_file(paths.data, session.profile)
    file.parent.mkdir(parents=True)
    file.write_bytes(b"no database" * 100)
    with pytest.raises(MigrationBlocked) as caught:
        record(ledger)
    assert (caught.value.code, caught.value.facts["file"]) == ("migration.local_ledger", str(file))


def test_each_database_has_a_file_of_its_own(profile: ConnectionProfile, tmp_path: Path) -> None:
    others = (replace(profile, port=1), replace(profile, host="elsewhere"), profile.with_database("../other db"))
    assert len({local_file(tmp_path, each) for each in (profile, *others)}) == 4
    assert all(local_file(tmp_path, each).parent == tmp_path / "migrations" for each in others)
