"""Plain `alembic upgrade`, `downgrade` and `stamp` through the bundled env.py: recorded, also when they end badly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.util.exc import CommandError

from alembic import command
from nexus_studio.core.admin.ledgerentries import Deed, Direction, LedgerEntry
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.bundled_project import project_folder
from nexus_studio.services.migrations.ledger import DatabaseLedger
from nexus_studio.services.migrations.ledgerchanges import new_run
from nexus_studio.services.migrations.ledgertable import VersionTable
from nexus_studio.services.migrations.lock import lock_holder, migration_lock
from nexus_studio.services.migrations.recording import checksum_of
from nexus_studio.services.session import Session
from tests.support.fix_projects import Rev, write_project
from tests.support.waiting import until

Sql = Callable[..., list[tuple[Any, ...]]]
Project = Callable[..., Config]
CTX = TaskContext.for_test()
ROOT = Path(__file__).parents[4]
A1 = Rev("a1", None, "op.execute('CREATE TABLE one (id int PRIMARY KEY, email text)')", "op.execute('DROP TABLE one')")
B2 = Rev("b2", "a1", "op.execute('CREATE TABLE two (id int)')", "op.execute('DROP TABLE two')")
CANARY = "canary-4711@example.org"


@pytest.fixture
def project(tmp_path: Path, pg_url: str) -> Project:
    """A function that writes a project with the bundled env.py and returns its configuration, set on the database."""

    def write(*revisions: Rev, url: str = pg_url) -> Config:
        env = (project_folder() / "env.py").read_text(encoding="utf-8")
        folder = write_project(tmp_path / "project", revisions, layout="toml", env=env)
        config = Config(toml_file=folder / "pyproject.toml")
        config.attributes["url"] = url
        return config

    return write


def read(session: Session) -> tuple[LedgerEntry, ...]:
    with session.read(CTX) as connection:
        return DatabaseLedger(None, session.alone, VersionTable()).entries(connection)


@contextmanager
def plain_alembic(config: Config, *words: str, url: str) -> Iterator[subprocess.Popen[str]]:
    """Run `alembic` as a program of its own."""
    environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
    line = [sys.executable, "-m", "alembic", *words]
    folder = Path(str(config.toml_file_name)).parent
    with subprocess.Popen(
        line, env=environment, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def waiting_backend(sql: Sql) -> int:
    """Wait until a backend of a run waits for a lock on a table, and return its pid."""
    query = """
        SELECT a.pid FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid AND NOT l.granted
         WHERE a.datname = current_database() AND a.application_name LIKE 'nexus-studio migrate %'
    """
    return int(until(lambda: sql(query))[0][0])


def test_an_upgrade_is_recorded(project: Project, session: Session) -> None:
    config = project(A1, B2)
    command.upgrade(config, "head")
    first, second = read(session)
    assert [(each.migration_name, each.deed, each.direction) for each in (first, second)] == [
        ("a1", Deed.RUN, Direction.UP),
        ("b2", Deed.RUN, Direction.UP),
    ]
    assert all(each.finished_at for each in (first, second))
    assert (first.statements, first.applied_steps_count) == (1, 1)
    assert first.tool_version.startswith("alembic ")
    assert first.run == second.run
    (file,) = (Path(str(config.toml_file_name)).parent / "migrations/versions").glob("a1_*")
    assert first.checksum == checksum_of(file)


def test_a_downgrade_is_recorded(project: Project, session: Session) -> None:
    config = project(A1, B2)
    command.upgrade(config, "head")
    command.downgrade(config, "base")
    down = read(session)[2:]
    assert [(each.migration_name, each.direction) for each in down] == [("b2", Direction.DOWN), ("a1", Direction.DOWN)]
    assert all(each.finished_at for each in down)


def test_a_stamp_is_recorded_both_ways(project: Project, session: Session) -> None:
    config = project(A1, B2)
    command.stamp(config, "head")
    assert [(each.migration_name, each.deed) for each in read(session)] == [("b2", Deed.STAMPED), ("a1", Deed.STAMPED)]
    command.stamp(config, "a1")
    last = read(session)[-1]
    assert (last.migration_name, last.deed, last.direction) == ("b2", Deed.STAMPED, Direction.DOWN)


def test_a_failure_is_recorded_though_all_of_it_was_rolled_back(project: Project, session: Session, sql: Sql) -> None:
    config = project(A1, Rev("b2", "a1", "op.execute('CREATE TABLE two (id int)'); op.execute('SELECT 1/0')"))
    with pytest.raises(sa.exc.DBAPIError):
        command.upgrade(config, "head")
    assert sql("SELECT to_regclass('one') IS NOT NULL, to_regclass('two') IS NOT NULL") == [(True, False)]
    done, failed = read(session)
    assert done.finished_at is not None
    assert failed.is_open
    assert failed.error is not None
    assert (failed.error.sqlstate, failed.failed_number, failed.failed_statement) == ("22012", 2, "SELECT 1/0")
    assert (failed.statements, failed.applied_steps_count) == (2, 0)


def test_a_failure_of_python_is_recorded(project: Project, session: Session) -> None:
    config = project(Rev("a1", None, "op.execute('CREATE TABLE one (id int)'); raise ValueError('no such thing')"))
    with pytest.raises(ValueError, match="no such thing"):
        command.upgrade(config, "head")
    (failed,) = read(session)
    assert failed.error is not None
    assert failed.error.message == "ValueError: no such thing"
    assert (failed.failed_number, failed.failed_statement, failed.statements) == (None, "", 1)


def test_a_failure_at_the_commit_is_recorded(project: Project, session: Session) -> None:
    deferred = "ALTER TABLE one ADD UNIQUE (email) DEFERRABLE INITIALLY DEFERRED"
    twice = f"INSERT INTO one VALUES (1, '{CANARY}'), (2, '{CANARY}')"
    config = project(A1, Rev("b2", "a1", f'op.execute("{deferred}"); op.execute("{twice}")'))
    with pytest.raises(sa.exc.DBAPIError):
        command.upgrade(config, "head")
    failed = read(session)[-1]
    assert failed.error is not None
    assert failed.error.sqlstate == "23505"
    assert CANARY in failed.error.detail, "the database's own ledger may quote its rows"


def test_what_an_autocommit_block_left_is_counted(project: Project, session: Session) -> None:
    body = """
op.execute("CREATE TABLE one (id int)")
with op.get_context().autocommit_block():
    op.execute("CREATE INDEX CONCURRENTLY one_id ON one (id)")
    op.execute("SELECT 1/0")
"""
    with pytest.raises(sa.exc.DBAPIError):
        command.upgrade(project(Rev("a1", None, body)), "head")
    (failed,) = read(session)
    assert (failed.statements, failed.applied_steps_count, failed.failed_number) == (3, 2, 3)


def test_revisions_may_lock_every_table_there_is(project: Project, session: Session, pg_url: str) -> None:
    locked = "op.execute('LOCK TABLE _nexus_migrations')"
    names = [f"b{number}" for number in range(8)]
    later = [Rev(name, before, locked) for name, before in zip(names, ["a1", *names], strict=False)]
    with plain_alembic(project(A1, *later), "upgrade", "head", url=pg_url) as process:
        _, said = process.communicate(timeout=20)
    assert process.returncode == 0, said
    assert [(each.migration_name, each.is_open) for each in read(session)] == [(n, False) for n in ("a1", *names)]


def test_running_again_settles_the_failure(project: Project, session: Session, sql: Sql) -> None:
    config = project(Rev("a1", None, "op.execute('INSERT INTO later VALUES (1)')"))
    with pytest.raises(sa.exc.DBAPIError):
        command.upgrade(config, "head")
    sql("CREATE TABLE later (id int)")
    command.upgrade(config, "head")
    failed, done = read(session)
    assert (failed.is_open, failed.rolled_back_at is not None, done.finished_at is not None) == (False, True, True)


def test_looking_writes_nothing(project: Project, sql: Sql) -> None:
    config = project(A1)
    command.current(config)
    command.upgrade(config, "head", sql=True)
    command.revision(config, "more", rev_id="b2")
    assert sql("SELECT to_regclass('_nexus_migrations')") == [(None,)]


def test_nothing_to_do_writes_nothing(project: Project, session: Session) -> None:
    config = project(A1)
    command.upgrade(config, "head")
    command.upgrade(config, "head")
    assert len(read(session)) == 1


def test_a_program_that_records_itself_is_left_alone(project: Project, sql: Sql, session: Session) -> None:
    config = project(A1)
    config.attributes["recorded"] = True
    with migration_lock(session, CTX, new_run()):
        command.upgrade(config, "head")
    assert sql("SELECT to_regclass('one') IS NOT NULL, to_regclass('_nexus_migrations')") == [(True, None)]


def test_a_second_run_is_refused_and_names_the_first(project: Project, session: Session, sql: Sql) -> None:
    run = new_run()
    with migration_lock(session, CTX, run) as holder, pytest.raises(CommandError) as caught:
        command.upgrade(project(A1), "head")
    assert str(holder.pid) in str(caught.value)
    assert run in str(caught.value)
    assert sql("SELECT to_regclass('one')") == [(None,)]


def test_a_transaction_of_a_programs_own_is_locked_and_not_recorded(
    project: Project, pg_url: str, session: Session, sql: Sql
) -> None:
    config = project(A1)
    engine = sa.create_engine(pg_url.replace("postgresql://", "postgresql+psycopg://"), poolclass=sa.NullPool)
    with engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        with session.read(CTX) as other:
            assert lock_holder(other) is not None
    assert sql("SELECT to_regclass('one') IS NOT NULL, to_regclass('_nexus_migrations')") == [(True, None)]
    with session.read(CTX) as other:
        assert lock_holder(other) is None


def test_a_connection_keeps_its_own_kind_of_transaction(project: Project, sql: Sql, pg_url: str) -> None:
    level = "CREATE TABLE seen AS SELECT current_setting('transaction_isolation') AS level"
    config = project(A1, Rev("b2", "a1", f'op.execute("{level}")'))
    url = pg_url.replace("postgresql://", "postgresql+psycopg://")
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="SERIALIZABLE")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    assert sql("SELECT level FROM seen") == [("serializable",)]
    assert sql("SELECT count(*), count(finished_at) FROM _nexus_migrations") == [(2, 2)]


def test_a_revision_without_a_statement_is_recorded(project: Project, session: Session) -> None:
    command.upgrade(project(Rev("a1", None, "pass")), "head")
    (only,) = read(session)
    assert only.finished_at is not None
    assert only.statements == 0


def test_where_the_ledger_cannot_be_written_it_says_so_once_and_goes_on(
    project: Project, session: Session, sql: Sql, capsys: pytest.CaptureFixture[str]
) -> None:
    command.upgrade(project(A1), "head")
    sql("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE insufficient_privilege; END'")
    sql("CREATE TRIGGER refuse BEFORE INSERT ON _nexus_migrations FOR EACH ROW EXECUTE FUNCTION refuse()")
    capsys.readouterr()
    command.upgrade(project(A1, B2, Rev("c3", "b2", "pass")), "head")
    said = capsys.readouterr().err
    assert said.count("not recorded") == 1
    assert sql("SELECT version_num FROM alembic_version") == [("c3",)]
    assert len(read(session)) == 1


def test_a_killed_process_leaves_an_interrupted_revision(
    project: Project, session: Session, sql: Sql, pg_url: str
) -> None:
    command.upgrade(project(A1), "head")
    config = project(A1, Rev("b2", "a1", "op.execute('CREATE TABLE two (id int)'); op.execute('DROP TABLE one')"))
    with psycopg.connect(pg_url) as holder:
        holder.execute("LOCK TABLE one IN ACCESS SHARE MODE")
        with plain_alembic(config, "upgrade", "head", url=pg_url) as process:
            backend = waiting_backend(sql)
            (running,) = until(lambda: [each for each in read(session) if each.is_open])
            assert (running.migration_name, running.is_alive, running.backend_pid) == ("b2", True, backend)
            process.send_signal(signal.SIGKILL)
            process.wait(20)
        with session.read(CTX) as connection:
            until(lambda: lock_holder(connection) is None)
        (orphan,) = (each for each in read(session) if each.is_open)
        assert orphan.is_alive, "the server is still at its statement"
        sql("SELECT pg_terminate_backend(%s)", backend)
        until(lambda: not sql("SELECT FROM pg_stat_activity WHERE pid = %s", backend))
    (interrupted,) = until(lambda: [each for each in read(session) if each.is_open and not each.is_alive])
    assert interrupted.error is None
    assert sql("SELECT to_regclass('one') IS NOT NULL, to_regclass('two')") == [(True, None)]


def test_a_terminated_backend_is_a_failure(project: Project, session: Session, sql: Sql, pg_url: str) -> None:
    command.upgrade(project(A1), "head")
    config = project(A1, Rev("b2", "a1", "op.execute('DROP TABLE one')"))
    with psycopg.connect(pg_url) as holder:
        holder.execute("LOCK TABLE one IN ACCESS SHARE MODE")
        with plain_alembic(config, "upgrade", "head", url=pg_url) as process:
            sql("SELECT pg_terminate_backend(%s)", waiting_backend(sql))
            process.communicate(timeout=20)
            assert process.returncode != 0
    (failed,) = (each for each in read(session) if each.is_open)
    assert failed.error is not None
    assert (failed.error.sqlstate, failed.failed_statement) == ("57P01", "DROP TABLE one")


def test_a_recorder_that_loses_its_connection_makes_another(
    project: Project, session: Session, sql: Sql, pg_url: str
) -> None:
    command.upgrade(project(A1), "head")
    config = project(A1, Rev("b2", "a1", "op.execute('DROP TABLE one')"))
    others = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), %s) AND query LIKE '%%_nexus_migrations%%'
    """
    with psycopg.connect(pg_url) as holder:
        holder.execute("LOCK TABLE one IN ACCESS SHARE MODE")
        with plain_alembic(config, "upgrade", "head", url=pg_url) as process:
            backend = waiting_backend(sql)
            until(lambda: [each for each in read(session) if each.is_open])
            assert sql(others, backend) == [(True,)]
            holder.rollback()
            _, said = process.communicate(timeout=20)
            assert process.returncode == 0, said
    assert [each.is_open for each in read(session)] == [False, False]
