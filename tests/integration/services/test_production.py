"""A session on production: read-only on the server until it is unlocked; and what a database says it is for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import text

from nexus_studio.core.errors import ConnectionFailed, ForbiddenHere, PermissionDenied, StudioError
from nexus_studio.core.profiles import Capability, ConnectionProfile, Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.declaring import declare
from nexus_studio.services.migrations.project import find_project
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from nexus_studio.services.writelock import JOURNAL

CTX = TaskContext.for_test()
PRODUCTION = Environment.PRODUCTION
Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def production(profile: ConnectionProfile, sql: Sql) -> Iterator[Session]:
    sql("CREATE TABLE t (id int)")
    opened = Session.open(replace(profile, environment=PRODUCTION), None, CTX)
    yield opened
    opened.close()


def refusal(work: Callable[[], object]) -> StudioError:
    with pytest.raises(StudioError) as refused:
        work()
    return refused.value


def insert(session: Session) -> None:
    with session.write(CTX) as connection:
        connection.execute(text("INSERT INTO t VALUES (1)"))


def test_it_is_locked_then_open_then_locked(production: Session, sql: Sql) -> None:
    assert (production.is_read_only, production.is_read_only_for_good, production.can_unlock) == (True, False, True)
    error = refusal(lambda: insert(production))
    assert isinstance(error, ForbiddenHere)
    assert (error.code, error.facts) == ("forbidden.locked", {"capability": "WRITE", "environment": "production"})
    assert refusal(lambda: production.require(Capability.SEED)).code == "forbidden.environment"
    production.require(Capability.BROWSE)

    until = production.unlock("ticket 4711", 15)
    assert until is not None
    assert (production.unlocked_until, production.is_read_only) == (until, False)
    insert(production)
    assert sql("SELECT count(*) FROM t") == [(1,)]
    assert refusal(lambda: production.require(Capability.RESET)).code == "forbidden.environment"

    production.lock()
    assert refusal(lambda: insert(production)).code == "forbidden.locked"
    assert sql("SELECT count(*) FROM t") == [(1,)]
    lines = (Paths.default().data / JOURNAL).read_text(encoding="utf-8").splitlines()
    said = json.loads(lines[-1])
    assert (said["reason"], said["minutes"], said["place"]) == ("ticket 4711", 15, production.profile.place)
    assert said["role"] == production.server.user


def test_no_reason_opens_nothing(production: Session) -> None:
    assert refusal(lambda: production.unlock("  ", 15)).code == "unlock.reason"
    assert production.is_read_only
    assert not (Paths.default().data / JOURNAL).exists()


def test_the_server_holds_to_it(production: Session) -> None:
    """Not only the guard: whatever slips past it meets a read-only default on every connection."""
    with production.alone(CTX) as driver, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        driver.execute("INSERT INTO t VALUES (2)")
    with production.read(CTX) as connection:
        assert connection.scalar(text("SHOW default_transaction_read_only")) == "on"
    production.unlock("why", 15)
    with production.alone(CTX) as driver:
        driver.execute("INSERT INTO t VALUES (2)")
    with production.autocommit(CTX) as connection:
        connection.execute(text("INSERT INTO t VALUES (3)"))
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
    with production.read(CTX) as connection:  # the same connection of the pool, locked again
        assert connection.scalar(text("SELECT pg_backend_pid()")) == pid
        assert connection.scalar(text("SHOW default_transaction_read_only")) == "on"
        assert connection.scalar(text("SELECT count(*) FROM t")) == 2


def test_what_was_begun_in_time_is_ended(production: Session, sql: Sql) -> None:
    production.unlock("why", 15)
    with production.begun(Capability.MIGRATE):
        production.lock()
        insert(production)
        with production.alone(CTX) as driver:
            driver.execute("INSERT INTO t VALUES (2)")
    assert sql("SELECT count(*) FROM t") == [(2,)]
    assert refusal(lambda: insert(production)).code == "forbidden.locked"
    with pytest.raises(ForbiddenHere), production.begun(Capability.MIGRATE):
        pass


def test_read_only_is_no_lock(profile: ConnectionProfile) -> None:
    session = Session.open(replace(profile, environment=PRODUCTION, read_only=True), None, CTX)
    assert not session.can_unlock
    assert refusal(lambda: session.unlock("why", 15)).code == "forbidden.read_only"
    assert refusal(lambda: session.require(Capability.WRITE)).code == "forbidden.read_only"
    session.close()


def test_time_outs_are_the_environments(profile: ConnectionProfile) -> None:
    found = {}
    for each in (Environment.DEVELOPMENT, Environment.STAGING, PRODUCTION):
        session = Session.open(replace(profile, environment=each), None, CTX)
        with session.read(CTX) as connection:
            shown = [connection.scalar(text(f"SHOW {name}")) for name in ("statement_timeout", "lock_timeout")]
        found[each] = tuple(shown)
        session.close()
    assert found == {
        Environment.DEVELOPMENT: ("0", "5s"),
        Environment.STAGING: ("1min", "5s"),
        PRODUCTION: ("30s", "5s"),
    }


def test_a_database_says_what_it_is_for(profile: ConnectionProfile, session: Session) -> None:
    assert session.server.declared is None
    assert declare(session, Environment.STAGING, CTX) == "setting"
    error = refusal(lambda: Session.open(profile, None, CTX))
    assert isinstance(error, ConnectionFailed)
    assert error.code == "environment.disagrees"
    assert error.facts == {"declared": "staging", "chosen": "development", "database": profile.database}

    assumed = Session.open(profile, None, CTX, is_assumed=True)
    assert (assumed.profile.environment, assumed.server.declared) == (Environment.STAGING, Environment.STAGING)
    assert refusal(lambda: assumed.require(Capability.RESET)).code == "forbidden.environment"
    assumed.close()

    right = Session.open(replace(profile, environment=Environment.STAGING), None, CTX)
    declare(right, None, CTX)
    right.close()
    Session.open(profile, None, CTX).close()


def test_the_stricter_of_setting_and_comment_counts(profile: ConnectionProfile, session: Session, sql: Sql) -> None:
    database = f'"{profile.database}"'
    sql(f"COMMENT ON DATABASE {database} IS 'The shop.\nnexus.environment = production\nAsk Ada.'")
    sql(f"ALTER DATABASE {database} SET nexus.environment = 'development'")
    error = refusal(lambda: Session.open(profile, None, CTX))
    assert error.facts["declared"] == "production"
    declare(session, Environment.CI, CTX)  # says it in one place, and keeps the rest of the comment
    comment = sql("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()")
    assert comment == [("The shop.\nAsk Ada.",)]
    Session.open(replace(profile, environment=Environment.CI), None, CTX).close()


def test_an_owner_without_the_right_to_set_it_notes_it(pg_url: str, profile: ConnectionProfile, sql: Sql) -> None:
    role = f"owner_{conninfo_to_dict(pg_url)['dbname']}"
    sql(f'CREATE ROLE "{role}" LOGIN')
    try:
        stranger = Session.open(replace(profile, role=role), None, CTX)
        assert refusal(lambda: declare(stranger, Environment.STAGING, CTX)).code == "declare.refused"
        stranger.close()
        sql(f'ALTER DATABASE "{profile.database}" OWNER TO "{role}"')
        owner = Session.open(replace(profile, role=role), None, CTX)
        assert declare(owner, Environment.STAGING, CTX) == "comment"
        owner.close()
        assert refusal(lambda: Session.open(profile, None, CTX)).facts["declared"] == "staging"
        sql(f"ALTER DATABASE \"{profile.database}\" SET nexus.environment = 'staging'")
        owner = Session.open(replace(profile, role=role, environment=Environment.STAGING), None, CTX)
        error = refusal(lambda: declare(owner, Environment.DEVELOPMENT, CTX))
        assert isinstance(error, PermissionDenied)
        owner.close()
    finally:
        with suppress(psycopg.Error):
            sql(f'ALTER DATABASE "{profile.database}" OWNER TO CURRENT_USER')
            sql(f'DROP ROLE "{role}"')


def test_production_declares_only_when_unlocked(production: Session, profile: ConnectionProfile) -> None:
    assert refusal(lambda: declare(production, PRODUCTION, CTX)).code == "forbidden.locked"
    production.unlock("first day", 15)
    declare(production, PRODUCTION, CTX)
    assert refusal(lambda: Session.open(profile, None, CTX)).code == "environment.disagrees"


def test_code_of_others_may_only_look(production: Session, make_project: Callable[..., Path], sql: Sql) -> None:
    """A project's env.py and models run in their own interpreter, on a connection of their own."""
    sql("INSERT INTO t VALUES (1)")
    models = """
        from sqlalchemy import Column, Integer, MetaData, Table
        metadata = MetaData()
        Table("t", metadata, Column("id", Integer), Column("more", Integer))
    """
    folder = make_project((), models=models)
    service = MigrationService(production, find_project(folder), Paths.default())
    assert [each.name for each in service.check(CTX)] == ["t.more"]
    assert sql("SELECT to_regclass('alembic_version')") == [(None,)]
    file = folder / "alembic" / "env.py"
    source = file.read_text(encoding="utf-8")
    begin = "def run_on(connection):\n"
    assert begin in source
    file.write_text(
        source.replace(begin, f"{begin}    connection.exec_driver_sql('DELETE FROM t')\n"), encoding="utf-8"
    )
    assert "read-only" in str(refusal(lambda: service.check(CTX)).facts["words"])
    assert sql("SELECT count(*) FROM t") == [(1,)]
