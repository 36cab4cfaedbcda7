"""Scratch databases: where they are made, that they always go, and what killed processes left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql as pgsql

from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.errors import MigrationBlocked, TimedOut
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import Cancelled, CancelToken, Progress, TaskContext
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.migrations import scratch
from nexus_studio.services.migrations.project import find_project
from nexus_studio.services.migrations.scratch import MARK, PREFIX, reaches_beyond, scratch_database
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.support.fix_cluster import make_conninfo_url, profile_of
from tests.support.fix_projects import Rev

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()


@pytest.fixture(scope="module")
def paths(server_room: Path) -> Paths:
    return Paths.below(server_room / "scratch-home")


@pytest.fixture
def production(profile: ConnectionProfile) -> Iterator[Session]:
    opened = Session.open(replace(profile, environment=Environment.PRODUCTION), None, CTX)
    yield opened
    opened.close()


def _ours(sql: Sql) -> set[str]:
    """The scratch databases of this process on the test server (others may test beside it)."""
    return {name for (name,) in sql("SELECT datname FROM pg_database") if name.startswith(f"{PREFIX}{os.getpid()}_")}


def _names(session: Session) -> list[str]:
    with session.read(CTX) as connection:
        return [str(row[0]) for row in connection.exec_driver_sql("SELECT datname FROM pg_database")]


def test_it_is_made_beside_the_real_one_and_dropped(session: Session, paths: Paths, sql: Sql) -> None:
    sql("CREATE SCHEMA own")
    sql(f"ALTER DATABASE {session.profile.database} SET search_path TO own, public")
    session.drop_idle()  # a new connection sees the database's settings
    with scratch_database(session, paths, CTX) as scratch:
        assert scratch.where == "server"
        assert scratch.profile.environment is Environment.DEVELOPMENT
        assert _ours(sql) == {scratch.profile.database}
        with scratch.session.write(CTX) as connection:
            assert connection.exec_driver_sql("SHOW search_path").scalar() == "own, public"
            connection.exec_driver_sql("CREATE TABLE public.t (id int)")
    assert _ours(sql) == set()


def test_it_has_the_encoding_and_the_locale_of_the_real_one(
    cluster_url: str, paths: Paths, make_database: Callable[..., str], sql: Sql
) -> None:
    name = f"nxs_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(cluster_url, autocommit=True) as connection:
        provider = "LOCALE_PROVIDER libc" if connection.info.server_version >= 150000 else ""
        options = f"TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' {provider}"
        connection.execute(f"CREATE DATABASE {name} {options}".encode())
    session = Session.open(profile_of(make_conninfo_url(cluster_url, name)), None, CTX)
    try:
        for prefer in ("server", "embedded"):
            with scratch_database(session, paths, CTX, prefer=prefer) as scratch:
                assert scratch.where == prefer
                assert scratch.session.server.encoding == "LATIN1"
    finally:
        session.close()
        sql(f"DROP DATABASE {name} WITH (FORCE)")


def test_production_is_never_used(production: Session, paths: Paths, sql: Sql) -> None:
    before = sql(
        "SELECT count(*) FROM pg_database WHERE datname LIKE 'nexus_scratch_%%' AND datname LIKE %s", f"%{os.getpid()}%"
    )
    for prefer in (None, "server", "embedded"):
        with scratch_database(production, paths, CTX, prefer=prefer) as scratch:
            assert scratch.where == "embedded"
            assert scratch.profile.environment is Environment.DEVELOPMENT
            assert before == [(len(_ours(sql)),)]


@pytest.mark.parametrize("change", [{"environment": Environment.STAGING}, {"read_only": True}, {"pooler": True}])
def test_neither_is_what_may_not_be_written_to(
    profile: ConnectionProfile, paths: Paths, change: dict[str, Any], sql: Sql
) -> None:
    session = Session.open(replace(profile, **change), None, CTX)
    try:
        with scratch_database(session, paths, CTX, prefer="server") as scratch:
            assert scratch.where == "embedded"
            assert _ours(sql) == set()
    finally:
        session.close()


def test_a_role_without_the_right_gets_one_elsewhere(profile: ConnectionProfile, paths: Paths, sql: Sql) -> None:
    role = f"nxs_{uuid.uuid4().hex[:8]}"
    sql(f"CREATE ROLE {role} LOGIN PASSWORD 'open'")
    session = Session.open(replace(profile, user=role), "open", CTX)
    try:
        with scratch_database(session, paths, CTX) as scratch:
            assert scratch.where == "embedded"
    finally:
        session.close()
        sql(f"DROP ROLE {role}")


def test_it_goes_after_an_exception_with_clients_still_there(session: Session, paths: Paths, sql: Sql) -> None:
    with pytest.raises(ZeroDivisionError), scratch_database(session, paths, CTX) as scratch:
        guest = psycopg.connect(**_parameters(scratch.profile))
        raise ZeroDivisionError
    assert _ours(sql) == set()
    with pytest.raises(psycopg.OperationalError):
        guest.execute("SELECT 1")
    guest.close()


def test_it_goes_after_a_cancel(session: Session, paths: Paths, sql: Sql) -> None:
    token = CancelToken()
    ctx = TaskContext(token)
    with pytest.raises(Cancelled), scratch_database(session, paths, ctx) as scratch:
        assert _ours(sql) == {scratch.profile.database}
        token.cancel()
        token.raise_if_cancelled()
    assert _ours(sql) == set()


def test_a_cancel_before_its_making_makes_none(session: Session, paths: Paths, sql: Sql) -> None:
    token = CancelToken()
    told: list[str] = []

    def hear(progress: Progress) -> None:
        told.append(progress.step)
        token.cancel()

    with pytest.raises(Cancelled), scratch_database(session, paths, TaskContext(token, hear)):
        pytest.fail("it was cancelled")
    assert told == ["migration.scratch"]
    assert _ours(sql) == set()


def test_it_goes_although_the_session_was_closed_meanwhile(session: Session, paths: Paths, sql: Sql) -> None:
    with scratch_database(session, paths, CTX):
        session.close()
    assert _ours(sql) == set()


def test_it_goes_although_all_lines_to_the_server_broke(session: Session, paths: Paths, sql: Sql) -> None:
    with scratch_database(session, paths, CTX):
        sql(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name LIKE 'nexus-studio%%'"
            " AND datname IN (current_database(), %s)",
            next(iter(_ours(sql))),
        )
    assert _ours(sql) == set()


def test_it_goes_although_others_take_long_to_leave(
    session: Session, paths: Paths, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, tried = scratch._drop, []

    def drop(driver: psycopg.Connection, name: str) -> None:
        tried.append(driver)
        if len(tried) < 4:  # by the first line, and twice by others
            raise TimedOut("timeout.lock")
        real(driver, name)

    monkeypatch.setattr(scratch, "_drop", drop)
    monkeypatch.setattr(scratch, "_PAUSE_S", 0)
    with scratch_database(session, paths, CTX):
        pass
    assert (len(tried), len(set(map(id, tried[:2])))) == (4, 2)
    assert _ours(sql) == set()


def test_old_left_overs_of_ours_go_with_the_next_use_and_nothing_else(session: Session, paths: Paths, sql: Sql) -> None:
    stem = f"{PREFIX}{uuid.uuid4().hex[:8]}"
    old, busy, young, foreign = (f"{stem}_{kind}" for kind in ("old", "busy", "young", "foreign"))
    [(now,)] = sql("SELECT extract(epoch FROM now())::bigint")
    # whose makers were killed before they could mark them
    unmarked, unmarked_young, unmarked_foreign = (
        f"{PREFIX}{os.getpid()}_{made}_{uuid.uuid4().hex[:length]}"
        for made, length in ((now - 90_000, 6), (now - 3_000, 6), (now - 90_000, 7))
    )
    bare = (unmarked, unmarked_young, unmarked_foreign)
    for name in bare:
        sql(f"CREATE DATABASE {name}")
    for name, comment in (
        (old, f"{MARK}{now - 90_000}"),
        (busy, f"{MARK}{now - 90_000}"),
        (young, f"{MARK}{now - 3_000}"),
        (foreign, "of somebody else"),
    ):
        sql(f"CREATE DATABASE {name}")
        sql(f"COMMENT ON DATABASE {name} IS '{comment}'")
    guest = psycopg.connect(**_parameters(session.profile.with_database(busy)))
    try:
        with scratch_database(session, paths, CTX):
            pass
        there = {name for (name,) in sql("SELECT datname FROM pg_database") if name.startswith(stem)}
        assert there == {busy, young, foreign}
        there = {name for (name,) in sql("SELECT datname FROM pg_database") if name in bare}
        assert there == {unmarked_young, unmarked_foreign}
    finally:
        guest.close()
        for name in (old, busy, young, foreign, *bare):
            sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def test_what_a_killed_process_left_on_the_embedded_server_goes_at_once(production: Session, paths: Paths) -> None:
    dead = subprocess.run((sys.executable, "-c", "import os; print(os.getpid())"), capture_output=True, check=True)
    left, unmarked = f"{PREFIX}{int(dead.stdout)}_1_abc", f"{PREFIX}{int(dead.stdout)}_99999999999_abcdef"
    server = EmbeddedServer.start(paths.cache / "scratch", CTX)
    try:
        with psycopg.connect(**_parameters(server.profile("postgres")), autocommit=True) as connection:
            connection.execute(pgsql.SQL("CREATE DATABASE {}").format(pgsql.Identifier(left)))
            connection.execute(pgsql.SQL("CREATE DATABASE {}").format(pgsql.Identifier(unmarked)))
            mark = pgsql.Literal(f"{MARK}99999999999")
            connection.execute(pgsql.SQL("COMMENT ON DATABASE {} IS {}").format(pgsql.Identifier(left), mark))
        with scratch_database(production, paths, CTX) as scratch:
            assert {left, unmarked} & set(_names(scratch.session)) == set()
            assert scratch.profile.database in _names(scratch.session)
    finally:
        server.stop()


def test_where_none_can_be_made_it_says_why(production: Session, server_room: Path) -> None:
    (server_room / "in-the-way").write_text("a file, not a folder")
    with (
        pytest.raises(MigrationBlocked) as caught,
        scratch_database(production, Paths.below(server_room / "in-the-way"), CTX),
    ):
        pytest.fail("made nowhere")
    assert caught.value.code == "migration.scratch_failed"
    assert caught.value.facts["reason"] == "embedded"
    assert caught.value.facts["words"]


def _parameters(profile: ConnectionProfile) -> dict[str, Any]:
    given = {"host": profile.host, "port": profile.port, "user": profile.user, "dbname": profile.database}
    return {name: value for name, value in given.items() if value} | dict(profile.libpq)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("op.execute('CREATE ROLE app')", True),
        ("op.execute('alter  user app PASSWORD NULL')", True),
        ("op.execute('CREATE USER MAPPING FOR app SERVER s')", False),
        ("op.execute('GRANT readers TO app')", True),
        ("op.execute('GRANT SELECT ON a TO app')", False),
        ("op.execute('ALTER SYSTEM SET work_mem = 1')", True),
        ("op.create_table('a')", False),
    ],
)
def test_what_reaches_beyond_its_database(source: str, expected: bool, tmp_path: Path) -> None:
    file = tmp_path / "revision.py"
    file.write_text(source)
    assert reaches_beyond([tmp_path / "missing.py", file]) is expected


def test_looking_leaves_no_role_on_the_server(
    session: Session, make_project: Callable[..., Path], paths: Paths, sql: Sql
) -> None:
    """Roles belong to all databases of a server, also to the one that is only looked at."""
    role = f"nxs_{uuid.uuid4().hex[:12]}"
    up = f'op.execute("CREATE ROLE {role}")\nop.execute("INSERT INTO a VALUES (1)")'
    revisions = [Rev("a1", None, 'op.execute("CREATE TABLE a (id int PRIMARY KEY)")'), Rev("b1", "a1", up)]
    service = MigrationService(session, find_project(make_project(revisions)), paths)
    service.deploy(TaskContext(), "a1", ledger=LedgerPlace.DATABASE)
    sql("INSERT INTO a VALUES (1)")
    assert service.safety(service.plan(TaskContext()), TaskContext()).copy == "schema"
    assert service.deploy(TaskContext())[0].failed is not None
    for _ in range(2):  # nor one on the server where it was tried
        assert service.evidence("b1", TaskContext()).source == "scratch"
    assert sql("SELECT 1 FROM pg_roles WHERE rolname = %s", role) == []
