"""A reset in place and beside: what it loses is what it said, and what could be known to fail changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.admin.resets import Others, ResetKind, ResetScope
from nexus_studio.core.errors import (
    ForbiddenHere,
    MigrationBlocked,
    PermissionDenied,
    ResetRefused,
    ResetStopped,
    SeedRefused,
)
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import Cancelled, CancelToken, Progress, TaskContext
from nexus_studio.services import databases
from nexus_studio.services.backupfiles import is_whole, records
from nexus_studio.services.migrations.project import project_for
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.otherconnections import end_at, others_at
from nexus_studio.services.paths import Paths
from nexus_studio.services.resetting import running
from nexus_studio.services.resetting.service import ResetService
from nexus_studio.services.resetting.state import changes, read_state
from nexus_studio.services.seeding import SeedService
from nexus_studio.services.session import Session
from nexus_studio.services.shelves import ShelfService
from tests.support.fix_projects import Rev, env_source

Sql = Callable[..., list[tuple[Any, ...]]]

CHAIN = (
    Rev("a1", None, 'op.execute("CREATE TABLE a (id int PRIMARY KEY)")', message="Create a"),
    Rev("b2", "a1", 'op.execute("CREATE TABLE b (id int REFERENCES a)")', message="Create b"),
)
PLAIN = ResetScope(backs_up=False, migrates=False, others=Others.LEAVE)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.below(tmp_path / "home")


@pytest.fixture
def make(paths: Paths) -> Callable[[Session], ResetService]:
    """A function that builds the service on a session."""

    def made(session: Session) -> ResetService:
        return ResetService(
            session,
            paths,
            lambda one: MigrationService(one, partial(project_for, one.profile), paths),
            SeedService,
        )

    return made


@pytest.fixture
def resets(session: Session, make: Callable[[Session], ResetService]) -> ResetService:
    return make(session)


@pytest.fixture
def with_project(
    profile: ConnectionProfile, make: Callable[[Session], ResetService], make_project: Callable[..., Path]
) -> Iterator[Callable[..., ResetService]]:
    """A function that builds the service of a project's connection."""
    opened: list[Session] = []

    def made(revisions: tuple[Rev, ...] = CHAIN, **more: Any) -> ResetService:
        session = Session.open(replace(profile, project=make_project(revisions), **more), None, TaskContext.for_test())
        opened.append(session)
        return make(session)

    yield made
    for each in opened:
        each.close()


def fill(sql: Sql) -> None:
    """Make a bit of everything, and what hangs on it in another schema."""
    for statement in (
        "CREATE SCHEMA other",
        "CREATE TYPE mood AS ENUM ('glad', 'sad')",
        "CREATE TABLE t (id serial PRIMARY KEY, mood mood)",
        "CREATE VIEW w AS SELECT * FROM t",
        "CREATE FUNCTION f(mood) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE AGGREGATE agg(int) (sfunc = int4pl, stype = int)",
        'CREATE TABLE "Od""d %s {x}" (id int)',
        "CREATE TABLE p (id int) PARTITION BY RANGE (id)",
        "CREATE TABLE other.p1 PARTITION OF p FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE other.o (id int REFERENCES t, mood mood, kept text)",
        "CREATE VIEW other.ow AS SELECT id FROM t",
        "CREATE TABLE other.alone (id int)",
        "INSERT INTO t (mood) VALUES ('glad'), ('sad')",
        "INSERT INTO p SELECT generate_series(0, 9)",
        "INSERT INTO other.o VALUES (1, 'sad', 'this')",
        "INSERT INTO other.alone VALUES (1)",
    ):
        sql(statement)


def relations(sql: Sql) -> set[str]:
    found = sql(
        "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        r" WHERE n.nspname NOT LIKE 'pg\_%%' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v')"
    )
    return {name for (name,) in found}


def test_what_is_lost_is_said_and_nothing_else_is(resets: ResetService, sql: Sql) -> None:
    fill(sql)
    loss = resets.loss(PLAIN, TaskContext())
    assert {(str(each.name), each.rows) for each in loss.tables} == {
        ("t", 2), ("p", 0), ("other.p1", 10), ('"Od""d %s {x}"', 0),
    }  # fmt: skip
    assert (loss.rows, loss.is_estimate) == (12, False)
    assert loss.bytes > 0
    assert dict(loss.counts) == {"aggregate": 1, "function": 1, "sequence": 1, "type": 1, "view": 1}
    assert {(each.kind, each.name) for each in loss.elsewhere} == {
        ("table", "other.p1"),
        ("table column", "other.o.mood"),
        ("table constraint", "o_id_fkey on other.o"),
        ("view", "other.ow"),
    }
    assert len(loss.others) == 1  # the test's own
    result, effects = resets.reset(PLAIN, loss, TaskContext())
    assert (result.backup, result.revisions) == (None, ())
    assert effects.touches(effects.kinds, RelationName("public", "t"))
    assert relations(sql) == {"other.o", "other.alone"}
    assert sql("SELECT * FROM other.o") == [(1, "this")]
    assert sql("SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace") == [(0,)]
    assert sql("SELECT count(*) FROM pg_type WHERE typnamespace = 'public'::regnamespace") == [(0,)]
    assert resets.unfinished(TaskContext()) is None


def test_what_came_after_the_announcement_is_not_lost(resets: ResetService, sql: Sql) -> None:
    fill(sql)
    loss = resets.loss(PLAIN, TaskContext())
    sql("CREATE TABLE later (id int)")
    with pytest.raises(ResetRefused) as refused:
        resets.reset(PLAIN, loss, TaskContext())
    assert (refused.value.code, refused.value.facts["names"]) == ("reset.changed", ("table public.later",))
    sql("DROP TABLE later")
    sql("CREATE VIEW other.later AS SELECT id FROM t")
    with pytest.raises(ResetRefused) as refused:
        resets.reset(PLAIN, loss, TaskContext())
    assert refused.value.facts["names"] == ("view other.later",)
    assert {"t", "w", "other.ow", "other.later"} <= relations(sql)
    assert resets.unfinished(TaskContext()) is None


def test_a_reset_drops_migrates_and_seeds_after_a_backup(
    resets: ResetService, sql: Sql, paths: Paths, profile: ConnectionProfile
) -> None:
    scope = ResetScope(seed="demo", others=Others.LEAVE)
    sql("CREATE TABLE precious AS SELECT generate_series(1, 5) AS id")
    sql("CREATE EXTENSION IF NOT EXISTS vector")
    first, _ = resets.reset(scope, resets.loss(scope, TaskContext()), TaskContext())
    assert first.revisions == ("4c1d7e02a9b3",)
    assert first.rows_seeded
    assert sum(first.rows_seeded.values()) > 100
    assert sql("SELECT count(*) FROM users")[0][0] == first.rows_seeded["users"]
    assert "precious" not in relations(sql)
    ((file, record),) = records(paths, profile)
    assert file == first.backup
    assert is_whole(file, record, TaskContext())
    assert (record.reason, record.revision, record.proven_at) == ("reset", "", None)
    assert record.tool.startswith("pg_dump ")
    assert file.stat().st_mode & 0o077 == 0
    second, _ = resets.reset(scope, resets.loss(scope, TaskContext()), TaskContext())
    assert second.rows_seeded == first.rows_seeded
    assert {each.revision for _, each in records(paths, profile)} == {"", "4c1d7e02a9b3"}


def test_owners_and_privileges_come_back(resets: ResetService, sql: Sql, make_role: Callable[[], str]) -> None:
    owner, reader = make_role(), make_role()
    scope = ResetScope(backs_up=False, others=Others.LEAVE)
    resets.reset(scope, resets.loss(scope, TaskContext()), TaskContext())
    sql(f"GRANT SELECT ON users TO {reader}")
    sql(f"GRANT UPDATE (email) ON users TO {reader} WITH GRANT OPTION")
    sql(f"ALTER TABLE courses OWNER TO {owner}")
    sql(f"GRANT USAGE ON SCHEMA public TO {reader}")
    asked = f"""
        SELECT (SELECT relowner::regrole::text FROM pg_class WHERE oid = 'courses'::regclass),
               has_table_privilege('{reader}', 'users', 'SELECT'),
               has_column_privilege('{reader}', 'users', 'email', 'UPDATE WITH GRANT OPTION'),
               has_table_privilege('{reader}', 'courses', 'SELECT')
    """
    before = sql(asked)
    assert before == [(owner, True, True, False)]
    result, _ = resets.reset(scope, resets.loss(scope, TaskContext()), TaskContext())
    assert sql(asked) == before
    assert result.not_given == ()
    without = replace(scope, privileges=False)
    resets.reset(without, resets.loss(without, TaskContext()), TaskContext())
    assert sql(asked)[0][1:] == (False, False, False)


def test_extensions_stay_or_go_as_chosen(resets: ResetService, sql: Sql) -> None:
    sql("CREATE EXTENSION vector")
    sql("CREATE TABLE v (v vector(2))")
    asked = "SELECT count(*) FROM pg_extension WHERE extname = 'vector'"
    resets.reset(PLAIN, resets.loss(PLAIN, TaskContext()), TaskContext())
    assert sql(asked) == [(1,)]
    gone = replace(PLAIN, extensions=False)
    loss = resets.loss(gone, TaskContext())
    assert dict(loss.counts) == {"extension": 1}
    resets.reset(gone, loss, TaskContext())
    assert sql(asked) == [(0,)]


@pytest.mark.parametrize("environment", [Environment.STAGING, Environment.PRODUCTION])
def test_it_is_refused_where_it_may_not_be(
    profile: ConnectionProfile, make: Callable[[Session], ResetService], sql: Sql, environment: Environment
) -> None:
    fill(sql)
    session = Session.open(replace(profile, environment=environment), None, TaskContext())
    try:
        resets = make(session)
        loss = resets.loss(PLAIN, TaskContext())
        emptying = resets.emptying([RelationName("public", "t")], TaskContext())
        for attempt in (
            lambda: resets.reset(PLAIN, loss, TaskContext()),
            lambda: resets.reset(replace(PLAIN, kind=ResetKind.RECREATE), loss, TaskContext()),
            lambda: resets.empty([RelationName("public", "t")], emptying, TaskContext()),
            lambda: resets.resume(TaskContext()),
            lambda: resets.forget(TaskContext()),
        ):
            with pytest.raises(ForbiddenHere):
                attempt()
    finally:
        session.close()
    assert sql("SELECT count(*) FROM t") == [(2,)]


def test_what_can_be_known_to_fail_fails_before(
    resets: ResetService, with_project: Callable[..., ResetService], sql: Sql, paths: Paths
) -> None:
    fill(sql)
    loss = resets.loss(PLAIN, TaskContext())
    cases: list[tuple[ResetService, ResetScope, type[Exception], str]] = [
        (resets, replace(PLAIN, others=Others.REFUSE), ResetRefused, "reset.connected"),
        (resets, replace(PLAIN, seed="nothing"), SeedRefused, "seed.unknown"),
        (resets, replace(PLAIN, seed="demo", scale=0), SeedRefused, "seed.scale"),
        (resets, replace(PLAIN, kind=ResetKind.RECREATE), ResetRefused, "reset.kept_depends"),
        (with_project(), replace(PLAIN, migrates=True), MigrationBlocked, "migration.ledger_unasked"),
        (
            with_project((Rev("a1", None, "syntax error ("),)),
            replace(PLAIN, migrates=True),
            MigrationBlocked,
            "migration.project_broken",
        ),
    ]
    for service, scope, kind, code in cases:
        with pytest.raises(kind) as refused:
            service.reset(scope, loss, TaskContext())
        assert refused.value.code == code  # type: ignore[attr-defined]
        assert service.unfinished(TaskContext()) is None
    with pytest.raises(ResetRefused) as unknown:
        resets.loss(replace(PLAIN, schemas=("nowhere",)), TaskContext())
    assert unknown.value.code == "reset.schema_unknown"
    (paths.data).mkdir(parents=True, exist_ok=True)
    (paths.data / "backups").write_text("no folder")
    with pytest.raises(ResetRefused) as failed:
        resets.reset(replace(PLAIN, backs_up=True), loss, TaskContext())
    assert failed.value.code == "reset.backup_failed"
    assert sql("SELECT count(*) FROM t") == [(2,)]
    assert resets.unfinished(TaskContext()) is None


def test_others_are_ended_where_that_was_asked(resets: ResetService, sql: Sql, pg_url: str) -> None:
    scope = replace(PLAIN, others=Others.END)
    with psycopg.connect(pg_url, application_name="a bystander") as other:
        other.execute("SELECT 1")
        loss = resets.loss(scope, TaskContext())
        assert {each.application for each in loss.others} == {"a bystander", ""}
        resets.reset(scope, loss, TaskContext())
        with pytest.raises(psycopg.OperationalError):
            other.execute("SELECT 1")


def test_a_connection_that_the_role_may_not_end_is_named(
    profile: ConnectionProfile,
    make: Callable[[Session], ResetService],
    make_role: Callable[[], str],
    sql: Sql,
    pg_url: str,
) -> None:
    role = make_role()
    sql(f"ALTER ROLE {role} LOGIN")
    session = Session.open(replace(profile, user=role), None, TaskContext.for_test())
    scope = replace(PLAIN, others=Others.END)
    try:
        resets = make(session)
        as_role = make_conninfo(pg_url, user=role)
        with psycopg.connect(as_role, autocommit=True) as mine, psycopg.connect(pg_url) as other:
            other.execute("SELECT 1")
            with pytest.raises(ResetRefused) as refused:
                resets.reset(scope, resets.loss(scope, TaskContext()), TaskContext())
            assert refused.value.code == "reset.may_not_end"
            assert other.info.user in str(refused.value.facts["names"])
            assert mine.info.user not in str(refused.value.facts["names"])
            with psycopg.connect(pg_url.replace(profile.database, "postgres")) as elsewhere:
                elsewhere.execute(f"SET ROLE {role}".encode())
                with pytest.raises(ResetRefused) as refused:
                    end_at(elsewhere, others_at(elsewhere, profile.database))
            assert refused.value.code == "reset.may_not_end"
            mine.execute("SELECT 1")  # it came first and may be ended: it was not, for nothing
    finally:
        session.close()


@pytest.mark.logs("reset stopped")
def test_a_failed_migration_stops_it_and_going_on_finishes_it(
    with_project: Callable[..., ResetService], sql: Sql, paths: Paths
) -> None:
    good = 'op.execute("CREATE TABLE b (id int REFERENCES a)")'
    resets = with_project((CHAIN[0], Rev("b2", "a1", f'{good}\nop.execute("SELECT 1/0")', message="Create b")))
    fill(sql)
    scope = ResetScope(others=Others.LEAVE)
    loss = resets.loss(scope, TaskContext())
    with pytest.raises(ResetStopped) as stopped:
        resets.reset(scope, loss, TaskContext(), ledger=LedgerPlace.DATABASE)
    facts = stopped.value.facts
    assert (facts["phase"], facts["cause"], facts["revision"]) == ("migrate", "reset.migration_failed", "b2")
    assert "division by zero" in str(facts["words"])
    assert Path(str(facts["backup"])).exists()
    found = resets.unfinished(TaskContext())
    assert found is not None
    assert (found.has_lost, found.is_running) == (True, False)
    assert [each.value for each in found.left] == ["migrate", "grant"]
    with pytest.raises(ResetRefused) as refused:
        resets.reset(scope, loss, TaskContext())
    assert refused.value.code == "reset.unfinished"
    with pytest.raises(ResetRefused) as refused:
        resets.empty(
            [RelationName("public", "a")],
            resets.emptying([RelationName("public", "a")], TaskContext()),
            TaskContext(),
            others=Others.LEAVE,
        )
    assert refused.value.code == "reset.unfinished"
    sql("CREATE TABLE worth_keeping AS SELECT 1 AS id")  # what came since is not dropped by going on
    project = resets._session.profile.project
    assert project is not None
    file = next((project / "alembic" / "versions").glob("b2_*"))
    file.write_text(file.read_text().replace('op.execute("SELECT 1/0")', "pass"))
    result, _ = resets.resume(TaskContext())
    assert "b2" in result.revisions
    assert {"a", "b", "worth_keeping"} <= relations(sql)
    assert resets.unfinished(TaskContext()) is None
    with pytest.raises(ResetRefused) as refused:
        resets.resume(TaskContext())
    assert refused.value.code == "reset.nothing_to_resume"


def test_a_ledger_on_this_machine_does_not_believe_in_what_is_gone(
    with_project: Callable[..., ResetService], sql: Sql
) -> None:
    fill(sql)  # the other schema's tables stay
    resets = with_project()
    scope = ResetScope(backs_up=False, others=Others.LEAVE)
    for _ in range(2):
        result, _ = resets.reset(scope, resets.loss(scope, TaskContext()), TaskContext(), ledger=LedgerPlace.LOCAL)
        assert result.revisions == ("a1", "b2")
        assert {"a", "b", "other.o"} <= relations(sql)


def test_a_recreated_database_is_another_one_of_the_same_name(
    resets: ResetService, sql: Sql, pg_url: str, paths: Paths, make_role: Callable[[], str], session: Session
) -> None:
    fill(sql)
    reader = make_role()
    name = session.server.database
    sql("CREATE EXTENSION vector")
    sql("CREATE SCHEMA kept")
    sql("CREATE TABLE kept.k AS SELECT generate_series(1, 3) AS id")
    sql(f"GRANT USAGE ON SCHEMA kept TO {reader}")
    sql(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {reader}")
    sql(f'ALTER DATABASE "{name}" SET search_path TO "$user", public, "a, b"')
    sql(f"ALTER DATABASE \"{name}\" SET nexus.note TO 'it''s'")
    sql(f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC')
    sql(f'GRANT CONNECT ON DATABASE "{name}" TO {reader}')
    sql(f"COMMENT ON DATABASE \"{name}\" IS 'ours'")
    asked = (
        "SELECT (SELECT setconfig::text FROM pg_db_role_setting WHERE setdatabase = d.oid), datacl::text,"
        " shobj_description(oid, 'pg_database'), datcollate, encoding, datdba FROM pg_database d"
        " WHERE datname = current_database()"
    )
    before, oid = sql(asked), sql("SELECT oid FROM pg_database WHERE datname = current_database()")
    scope = ResetScope(ResetKind.RECREATE, kept_schemas=("kept",), seed="demo", others=Others.END)
    loss = resets.loss(scope, TaskContext())
    assert {str(each.name) for each in loss.tables} >= {"t", "other.o", "other.alone"}
    assert "kept.k" not in {str(each.name) for each in loss.tables}
    with pytest.raises(ResetRefused) as refused:
        resets.reset(replace(scope, others=Others.LEAVE), loss, TaskContext())
    assert refused.value.code == "reset.may_not_leave"
    result, _ = resets.reset(scope, loss, TaskContext())
    assert result.rows_seeded
    assert result.revisions == ("4c1d7e02a9b3",)
    with psycopg.connect(pg_url, autocommit=True) as again:
        run: Sql = lambda text: again.execute(text.encode()).fetchall()  # noqa: E731
        assert run(asked) == before
        assert run("SELECT oid FROM pg_database WHERE datname = current_database()") != oid
        found = {
            row[0]
            for row in run(
                "SELECT nspname || '.' || relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            )
        }
        assert {"kept.k", "public.users"} <= found
        assert not {"other.o", "public.t"} & found
        assert run("SELECT count(*) FROM kept.k") == [(3,)]
        assert run(
            f"SELECT has_schema_privilege('{reader}', 'kept', 'USAGE'),"
            f" has_table_privilege('{reader}', 'public.users', 'SELECT')"
        ) == [(True, True)]
        assert run("SELECT count(*) FROM pg_extension WHERE extname = 'vector'") == [(1,)]
        left = run("SELECT datname FROM pg_database WHERE datname ~ '^nexus_(new|shelf)_'")
    assert left == []
    assert resets.unfinished(TaskContext()) is None
    with session.read(TaskContext()) as connection:
        assert connection.exec_driver_sql("SELECT count(*) > 0 FROM users").scalar_one()


def test_a_recreation_that_fails_leaves_the_old_database(
    with_project: Callable[..., ResetService], sql: Sql, pg_url: str
) -> None:
    resets = with_project((Rev("a1", None, 'op.execute("SELECT 1/0")'),))
    sql("CREATE TABLE precious AS SELECT 1 AS id")
    scope = ResetScope(ResetKind.RECREATE, backs_up=False, others=Others.END)
    loss = resets.loss(scope, TaskContext())
    with pytest.raises(ResetRefused) as failed:
        resets.reset(scope, loss, TaskContext(), ledger=LedgerPlace.DATABASE)
    assert failed.value.code == "reset.migration_failed"
    assert resets.unfinished(TaskContext()) is None
    with psycopg.connect(pg_url) as again:
        assert again.execute("SELECT id FROM precious").fetchall() == [(1,)]
        assert again.execute("SELECT datname FROM pg_database WHERE datname ~ '^nexus_(new|shelf)_'").fetchall() == []


def _writing(url: str, step: str, *statements: str) -> TaskContext:
    """Return a context in which somebody connects when a step begins, writes, and leaves."""

    def write(progress: Progress) -> None:
        if progress.step == step:
            with psycopg.connect(url, autocommit=True) as other:
                for statement in statements:
                    other.execute(statement.encode())

    return TaskContext(on_progress=write)


BESIDE = ResetScope(ResetKind.RECREATE, backs_up=False, migrates=False, others=Others.END)


@pytest.mark.parametrize(
    ("step", "statement", "named"),
    [
        ("reset.create", "CREATE TABLE precious AS SELECT 1 AS id", "table public.precious"),
        ("reset.create", "INSERT INTO known VALUES (9)", "table known"),
        ("reset.create", "UPDATE known SET id = id WHERE id = 2", "table known"),
        ("reset.create", "DELETE FROM known WHERE id = 2; INSERT INTO known VALUES (2)", "table known"),
        ("reset.fill", "INSERT INTO kept.k VALUES (9)", "table kept.k"),
        ("reset.grant", "INSERT INTO kept.k VALUES (9)", "table kept.k"),
        ("reset.swap", "CREATE TABLE kept.later AS SELECT 1 AS id", "table kept.later"),
        ("reset.swap", "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'", "pg_proc"),
    ],
)
def test_what_is_written_while_a_database_is_recreated_is_not_lost(
    resets: ResetService, sql: Sql, pg_url: str, step: str, statement: str, named: str
) -> None:
    sql("CREATE SCHEMA kept")
    sql("CREATE TABLE kept.k AS SELECT generate_series(1, 3) AS id")
    sql("CREATE TABLE known AS SELECT generate_series(1, 3) AS id")
    sql("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    scope = replace(BESIDE, kept_schemas=("kept",))
    loss = resets.loss(scope, TaskContext())
    with pytest.raises(ResetRefused) as refused:
        resets.reset(scope, loss, _writing(pg_url, step, statement))
    assert refused.value.code == "reset.changed"
    assert named in refused.value.facts["names"]  # type: ignore[operator]
    assert resets.unfinished(TaskContext()) is None
    with psycopg.connect(pg_url) as again:
        assert again.execute("SELECT to_regclass('known') IS NOT NULL").fetchone() == (True,)
        assert again.execute("SELECT datname FROM pg_database WHERE datname ~ '^nexus_(new|shelf)_'").fetchall() == []


def test_reading_analysing_and_freezing_are_no_change(resets: ResetService, sql: Sql, pg_url: str) -> None:
    sql("CREATE TABLE known AS SELECT generate_series(1, 3) AS id")
    loss = resets.loss(BESIDE, TaskContext())
    harmless = ("SELECT * FROM known FOR UPDATE", "VACUUM (FREEZE, ANALYZE)", "CREATE TEMP TABLE mine (id int)")
    result, _ = resets.reset(BESIDE, loss, _writing(pg_url, "reset.create", *harmless))
    assert result.left == ()
    with psycopg.connect(pg_url) as again:
        assert again.execute("SELECT to_regclass('known')").fetchone() == (None,)


IN_PLACE = ResetScope(migrates=False, backs_up=False)


@pytest.mark.parametrize(
    ("statement", "left"),
    [
        ("INSERT INTO known VALUES (9)", (4, 0)),
        ("UPDATE known SET id = id", (3, 0)),
        ("DELETE FROM known", (0, 0)),
        ("INSERT INTO other.p1 VALUES (1)", (3, 1)),
    ],
)
@pytest.mark.parametrize("kind", ["reset", "empty"])
@pytest.mark.parametrize("others", [Others.END, Others.LEAVE])
def test_what_is_written_after_the_backup_is_not_lost_in_place(
    resets: ResetService, pg_url: str, statement: str, left: tuple[int, int], kind: str, others: Others
) -> None:
    def on(words: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(pg_url, autocommit=True) as other:
            cursor = other.execute(words.encode())
            return cursor.fetchall() if cursor.description else []

    on("CREATE TABLE known AS SELECT generate_series(1, 3) AS id; CREATE SCHEMA other")
    on("CREATE TABLE p (id int) PARTITION BY RANGE (id)")
    on("CREATE TABLE other.p1 PARTITION OF p FOR VALUES FROM (0) TO (10); CREATE TABLE other.alone (id int)")
    name = "other.p1" if "p1" in statement else "known"
    rows = "SELECT (SELECT count(*) FROM known), (SELECT count(*) FROM p)"

    def work(step: str, words: str) -> tuple[str, ...]:
        ctx = _writing(pg_url, step, words, "INSERT INTO other.alone VALUES (1)")
        if kind == "reset":
            scope = replace(IN_PLACE, others=others)
            return resets.reset(scope, resets.loss(scope, TaskContext()), ctx)[0].written
        chosen = [RelationName("public", "known"), RelationName("public", "p")]
        loss = resets.emptying(chosen, TaskContext())
        return resets.empty(chosen, loss, ctx, backs_up=False, others=others)[0].written

    step = "reset.drop" if kind == "reset" else "reset.emptying"
    if others is Others.LEAVE:
        assert work(step, statement) == (name,)
        return
    with pytest.raises(ResetRefused) as refused:
        work(step, statement)
    assert (refused.value.code, refused.value.facts["names"]) == ("reset.changed", (f"table {name}",))
    assert on(rows) == [left]
    assert resets.unfinished(TaskContext()) is None
    assert work(step, "SELECT * FROM known; ANALYZE") == ()  # reading is no change


def test_rows_that_the_role_may_not_see_are_no_reason(
    profile: ConnectionProfile, make: Callable[[Session], ResetService], sql: Sql, make_role: Callable[[], str]
) -> None:
    role = make_role()
    sql(f"ALTER ROLE {role} LOGIN")
    sql(f"CREATE TABLE known AS SELECT 1 AS id; ALTER TABLE known OWNER TO {role}")
    sql("ALTER TABLE known ENABLE ROW LEVEL SECURITY; ALTER TABLE known FORCE ROW LEVEL SECURITY")
    session = Session.open(replace(profile, user=role), None, TaskContext())
    try:
        resets = make(session)
        scope = replace(IN_PLACE, privileges=False, others=Others.LEAVE)
        resets.reset(scope, resets.loss(scope, TaskContext()), TaskContext())
    finally:
        session.close()
    assert sql("SELECT to_regclass('known')") == [(None,)]


def test_a_role_with_few_rights_can_tell_what_was_written(
    profile: ConnectionProfile, sql: Sql, make_role: Callable[[], str]
) -> None:
    role = make_role()
    sql(f"ALTER ROLE {role} LOGIN CREATEDB")
    sql(f'ALTER DATABASE "{profile.database}" OWNER TO {role}')
    sql(f"CREATE TABLE known AS SELECT 1 AS id; ALTER TABLE known OWNER TO {role}")
    session = Session.open(replace(profile, user=role), None, TaskContext())
    try:
        before = read_state(session, TaskContext())
        sql("INSERT INTO known VALUES (2)")
        assert changes(before, read_state(session, TaskContext())) == ("table known",)
        sql("ALTER TABLE known ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        with pytest.raises(PermissionDenied):
            read_state(session, TaskContext())
    finally:
        session.close()


@pytest.mark.logs("replaced database was written to and stays")
def test_a_replaced_database_that_was_written_to_at_the_last_moment_stays(
    resets: ResetService, sql: Sql, pg_url: str, paths: Paths, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql("CREATE TABLE known AS SELECT generate_series(1, 3) AS id")
    loss = resets.loss(BESIDE, TaskContext())

    def late(*arguments: Any, **more: Any) -> None:
        with psycopg.connect(pg_url, autocommit=True) as other:
            other.execute("INSERT INTO known VALUES (9)")
        databases.swap(*arguments, **more)

    monkeypatch.setattr(running, "swap", late)
    result, _ = resets.reset(BESIDE, loss, TaskContext())
    (left,) = result.left
    shelves = ShelfService(session, paths, lambda _session, _ctx: ())
    try:
        with psycopg.connect(psycopg.conninfo.make_conninfo(pg_url, dbname=left)) as old:
            assert old.execute("SELECT count(*) FROM known").fetchone() == (4,)
        (shelf,) = shelves.shelves(TaskContext())
        assert (shelf.place, shelf.is_left_over) == (left, True)
    finally:
        for each in shelves.shelves(TaskContext()):
            shelves.drop(each.name, TaskContext())
    assert resets.unfinished(TaskContext()) is None


@pytest.mark.parametrize("kind", [ResetKind.RESET, ResetKind.RECREATE])
def test_versions_that_would_stay_refuse_it(
    make: Callable[[Session], ResetService], make_project: Callable[..., Path], profile: ConnectionProfile, sql: Sql,
    kind: ResetKind,
) -> None:  # fmt: skip
    sql("CREATE SCHEMA meta")
    env = env_source().replace("connection=connection,", 'connection=connection, version_table_schema="meta",')
    project = make_project(CHAIN, env=env)
    session = Session.open(replace(profile, project=project), None, TaskContext())
    try:
        resets = make(session)
        MigrationService(session, partial(project_for, session.profile), resets._tools.paths).deploy(
            TaskContext(), ledger=LedgerPlace.DATABASE
        )
        named = {"schemas": ("public",)} if kind is ResetKind.RESET else {"kept_schemas": ("meta",)}
        scope = ResetScope(kind, **named, backs_up=False, others=Others.END)  # type: ignore[arg-type]
        with pytest.raises(ResetRefused) as refused:
            resets.reset(scope, resets.loss(scope, TaskContext()), TaskContext())
        assert (refused.value.code, refused.value.facts["schema"]) == ("reset.versions_stay", "meta")
        assert {"a", "b", "meta.alembic_version"} <= relations(sql)
        without = replace(scope, migrates=False)
        resets.reset(without, resets.loss(without, TaskContext()), TaskContext())
    finally:
        session.close()


@pytest.mark.parametrize("is_lost", [False, True], ids=["not managed", "versions lost"])
def test_a_database_that_is_not_managed_is_refused_where_another_schema_is_emptied(
    with_project: Callable[..., ResetService], sql: Sql, is_lost: bool
) -> None:
    resets = with_project()
    sql("CREATE SCHEMA x")
    sql("CREATE TABLE x.t AS SELECT 1 AS id")
    if is_lost:
        scope = ResetScope(backs_up=False, others=Others.LEAVE)
        resets.reset(scope, resets.loss(scope, TaskContext()), TaskContext(), ledger=LedgerPlace.DATABASE)
        sql("DROP TABLE alembic_version")
    sql("CREATE TABLE mine (id int)")
    scope = ResetScope(schemas=("x",), backs_up=False, others=Others.LEAVE)
    before = relations(sql)
    with pytest.raises(MigrationBlocked) as refused:
        resets.reset(scope, resets.loss(scope, TaskContext()), TaskContext(), ledger=LedgerPlace.DATABASE)
    assert refused.value.code == ("migration.versions_lost" if is_lost else "migration.not_managed")
    assert relations(sql) == before
    assert resets.unfinished(TaskContext()) is None


def test_cancelling_before_the_loss_leaves_nothing(resets: ResetService, sql: Sql) -> None:
    fill(sql)
    token = CancelToken()

    def stop(progress: Progress) -> None:
        if progress.step == "reset.backup":
            token.cancel()

    loss = resets.loss(PLAIN, TaskContext())
    with pytest.raises(Cancelled):
        resets.reset(replace(PLAIN, backs_up=True), loss, TaskContext(token, stop))
    assert sql("SELECT count(*) FROM t") == [(2,)]
    assert resets.unfinished(TaskContext()) is None


def test_a_broken_journal_is_said(resets: ResetService, paths: Paths, sql: Sql) -> None:
    resets._file.path.parent.mkdir(parents=True)
    resets._file.path.write_text(json.dumps({"format": 99}))
    for attempt in (
        lambda: resets.unfinished(TaskContext()),
        lambda: resets.reset(PLAIN, resets.loss(PLAIN, TaskContext()), TaskContext()),
    ):
        with pytest.raises(ResetRefused) as broken:
            attempt()
        assert broken.value.code == "reset.journal_broken"


@pytest.fixture
def make_role(cluster_url: str) -> Iterator[Callable[[], str]]:
    """A function that makes a role; all are dropped at the end, with what they own."""
    made: list[str] = []
    with psycopg.connect(cluster_url, autocommit=True) as connection:

        def make_one() -> str:
            made.append(f"nxs_role_{len(made)}_{connection.info.backend_pid}")
            connection.execute(f"CREATE ROLE {made[-1]}".encode())
            return made[-1]

        yield make_one
