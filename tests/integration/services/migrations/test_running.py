"""Running a project's code: every layout, in a child and in this process, told step by step, stopped in time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio.core.admin.ledgerentries import Direction
from nexus_studio.core.errors import ConnectionFailed, MigrationBlocked
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import Cancelled, CancelToken, TaskContext
from nexus_studio.services.migrations import projectcode
from nexus_studio.services.migrations.cancelling import BackendCanceller
from nexus_studio.services.migrations.project import bundled, find_project
from nexus_studio.services.migrations.running import RunRequest, run_on
from nexus_studio.services.migrations.workerprocess import WorkerProcess
from tests.support.fix_projects import LAYOUTS, Rev, env_source

Sql = Callable[..., list[tuple[Any, ...]]]

A = Rev("a1", None, 'op.execute("CREATE TABLE a (id int)")', 'op.execute("DROP TABLE a")', message="First")
B = Rev("b1", "a1", 'op.create_table("b", sa.Column("id", sa.Integer))', 'op.drop_table("b")')
C = Rev("c1", "b1", 'op.bulk_insert(sa.table("a", sa.column("id")), [{"id": 1}, {"id": 2}])', "pass")
BLOCK = """
    op.execute("CREATE TABLE d (id int)")
    with op.get_context().autocommit_block():
        op.execute("CREATE INDEX CONCURRENTLY d_id ON d (id)")
        op.execute("CREATE INDEX CONCURRENTLY d_id2 ON d (id)")
    op.execute("INSERT INTO d VALUES (1)")
"""


class Story:
    """Keeps all events."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def __call__(self, event: Any) -> None:
        self.events.append(dict(event))

    def of(self, name: str) -> list[dict[str, Any]]:
        return [each for each in self.events if each["event"] == name]

    @property
    def names(self) -> list[str]:
        return [each["event"] for each in self.events]


@pytest.fixture
def run(profile: ConnectionProfile) -> Callable[..., Any]:
    def go(folder: Path, observer: Any = None, *, ctx: TaskContext | None = None, **request: Any) -> Any:
        project = find_project(folder)
        return run_on(project, profile, None, RunRequest(**request), observer or Story(), ctx or TaskContext.for_test())

    return go


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_runs_up_and_down_in_one_transaction_per_revision(
    layout: str, make_project: Callable[..., Path], run: Callable[..., Any], sql: Sql
) -> None:
    folder = make_project([A, B, C], layout=layout)
    story = Story()
    outcome = run(folder, story)
    assert (outcome.done, outcome.failed, outcome.undecided) == (("a1", "b1", "c1"), None, ())
    assert [each["durable"] for each in story.of("step_done")] == [True, True, True]
    assert [each["revision"] for each in story.of("step")] == ["a1", "b1", "c1"]
    assert story.of("step")[0]["message"] == "First"
    assert [each["number"] for each in story.of("statement")] == [1, 1, 1]
    assert story.of("statement")[0]["sql"] == "CREATE TABLE a (id int)"
    assert [each["has_parameters"] for each in story.of("statement")] == [False, False, True]
    assert sql("SELECT version_num FROM alembic_version") == [("c1",)]
    assert len(sql("SELECT * FROM a")) == 2
    down = run(folder, target="a1", direction=Direction.DOWN)
    assert down.done == ("c1", "b1")
    assert sql("SELECT version_num FROM alembic_version") == [("a1",)]


@pytest.mark.parametrize(("layout", "driver"), [("plain", "psycopg"), ("async", "psycopg"), ("async", "asyncpg")])
def test_every_driver_tells_what_is_committed(
    layout: str, driver: str, make_project: Callable[..., Path], run: Callable[..., Any]
) -> None:
    folder = make_project([A, Rev("d1", "a1", BLOCK), Rev("e1", "d1", 'op.execute("SELECT 1/0")')], layout=layout)
    ini = folder / "alembic.ini"
    ini.write_text(ini.read_text().replace("+psycopg", f"+{driver}"))
    story = Story()
    outcome = run(folder, story)
    assert outcome.done == ("a1", "d1")
    assert [each["durable"] for each in story.of("step_done")] == [True, True]
    assert [each["in_transaction"] for each in story.of("statement")] == [True, True, False, False, True, True]
    assert [each["count"] for each in story.of("committed")] == [1, 2, 3]
    assert (outcome.failed.report.sqlstate, outcome.failed.report.message) == ("22012", "division by zero")
    assert (outcome.failed.number, outcome.failed.is_lost) == (1, False)


def test_the_observer_sees_the_earlier_revision_committed(
    make_project: Callable[..., Path], run: Callable[..., Any], sql: Sql
) -> None:
    folder = make_project([A, B], layout="one_transaction")
    seen: list[Any] = []

    def look(event: Any) -> None:
        if event["event"] == "statement":
            seen.append(sql("SELECT to_regclass('a') IS NOT NULL, to_regclass('b') IS NOT NULL")[0])

    run(folder, look)
    assert seen == [(False, False), (True, False)]


def test_a_replay_commits_every_statement_and_still_says_what_a_run_would_do(
    make_project: Callable[..., Path], run: Callable[..., Any], sql: Sql
) -> None:
    folder = make_project([Rev("d1", None, BLOCK)])
    there: list[Any] = []
    flags: list[bool] = []

    def look(event: Any) -> None:
        if event["event"] == "statement":
            flags.append(event["in_transaction"])
        if event["event"] == "statement_done":
            there.append(sql("SELECT to_regclass('d') IS NOT NULL, to_regclass('d_id') IS NOT NULL")[0])

    outcome = run(folder, look, autocommit=True)
    assert outcome.done == ("d1",)
    assert there == [(True, False), (True, True), (True, True), (True, True)]
    assert flags == [True, False, False, True]


def test_skipped_statements_are_seen_and_not_run(
    make_project: Callable[..., Path], run: Callable[..., Any], sql: Sql
) -> None:
    folder = make_project([Rev("d1", None, BLOCK)])
    sql("CREATE TABLE d (id int)")
    sql("CREATE INDEX d_id ON d (id)")
    story = Story()
    outcome = run(folder, story, kept=("CREATE TABLE d (id int)", "CREATE INDEX CONCURRENTLY d_id ON d (id)"))
    assert outcome.done == ("d1",)
    assert [each["skipped"] for each in story.of("statement")] == [True, True, False, False]
    assert sql("SELECT * FROM d") == [(1,)]


ASKS = """
    import sqlalchemy as sa
    if not sa.inspect(op.get_bind()).has_table("d"):
        op.execute("CREATE TABLE d (id int)")
    op.execute("INSERT INTO d VALUES (1)")
    op.execute("INSERT INTO d VALUES (2)")
"""


def test_code_that_makes_only_what_is_missing_is_left_out_by_what_it_sends(
    make_project: Callable[..., Path], run: Callable[..., Any], sql: Sql
) -> None:
    """It sends fewer statements than the first time: counting them would leave out one too many."""
    sql("CREATE TABLE d (id int)")
    kept = ("CREATE TABLE d (id int)", "INSERT INTO d VALUES (1)")
    outcome = run(make_project([Rev("d1", None, ASKS)]), kept=kept, following="INSERT INTO d VALUES (2)")
    assert outcome.done == ("d1",)
    assert sql("SELECT id FROM d") == [(2,)]


@pytest.mark.parametrize("following", ["INSERT INTO d VALUES (3)", "DROP TABLE d"])
def test_nothing_is_run_where_another_statement_comes_than_should(
    make_project: Callable[..., Path], run: Callable[..., Any], sql: Sql, following: str
) -> None:
    sql("CREATE TABLE d (id int)")
    outcome = run(make_project([Rev("d1", None, ASKS)]), kept=("CREATE TABLE d (id int)",), following=following)
    assert outcome.done == ()
    assert "INSERT INTO d VALUES (1)" in outcome.failed.report.message
    assert sql("SELECT id FROM d") == []
    assert sql("SELECT to_regclass('alembic_version')") == [(None,)]


def test_the_servers_words_come_with_the_statement(
    make_project: Callable[..., Path], run: Callable[..., Any], sql: Sql
) -> None:
    bad = Rev("b1", "a1", 'op.execute("CREATE TABLE b (id int)")\nop.execute("ALTER TABLE a ADD UNIQUE (id)")')
    sql("CREATE TABLE a (id int)")
    sql("INSERT INTO a VALUES (7), (7)")
    outcome = run(make_project([Rev("a1", None, "pass"), bad]))
    assert outcome.done == ("a1",)
    assert outcome.failed.revision == "b1"
    assert (outcome.failed.number, outcome.failed.sql) == (2, "ALTER TABLE a ADD UNIQUE (id)")
    assert outcome.failed.report.sqlstate == "23505"
    assert outcome.failed.report.detail == "Key (id)=(7) is duplicated."
    assert sql("SELECT to_regclass('b')") == [(None,)]


def test_a_python_error_names_file_and_line(make_project: Callable[..., Path], run: Callable[..., Any]) -> None:
    outcome = run(make_project([Rev("a1", None, 'op.execute("SELECT 1")\nraise ValueError("no")')]))
    assert outcome.failed.report.message == "ValueError: no"
    assert outcome.failed.where.endswith("a1_change_a1.py:20")
    assert (outcome.failed.number, outcome.failed.sql) == (None, "")


def test_an_error_that_the_revision_catches_is_none(make_project: Callable[..., Path], run: Callable[..., Any]) -> None:
    up = """
        try:
            with op.get_bind().begin_nested():
                op.execute("SELECT 1/0")
        except Exception:
            op.execute("CREATE TABLE a (id int)")
        raise ValueError("no")
    """
    outcome = run(make_project([Rev("a1", None, up)]))
    assert outcome.failed.report.message == "ValueError: no"
    assert outcome.failed.number is None


def test_an_environment_that_goes_elsewhere_after_it_came_here_is_refused(
    make_project: Callable[..., Path], make_database: Callable[..., str], run: Callable[..., Any], sql: Sql
) -> None:
    """As projects with several databases do: one after the other."""
    other = make_database().replace("postgresql://", "postgresql+psycopg://")
    twice = f"""
if not context.is_offline_mode():
    with create_engine({other!r}, poolclass=pool.NullPool).connect() as elsewhere:
        run_on(elsewhere)
"""
    with pytest.raises(MigrationBlocked) as caught:
        run(make_project([A], env=env_source() + twice))
    assert caught.value.facts["reason"] == "other_database"
    assert sql("SELECT version_num FROM alembic_version") == [("a1",)]
    with psycopg.connect(other.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT to_regclass('a'), to_regclass('alembic_version')").fetchone() == (None, None)


def test_only_the_runs_own_server_process_is_cancelled(profile: ConnectionProfile, pg_url: str) -> None:
    """Behind a pooler, the number that was told may be another client's by now."""
    with psycopg.connect(pg_url, autocommit=True, application_name="somebody else") as stranger:
        canceller = BackendCanceller(profile, None, "nexus-studio migrate 0123456789ab", lambda: None)
        canceller.pid = stranger.info.backend_pid
        canceller()
        assert stranger.execute("SELECT 1 FROM pg_sleep(2)").fetchone() == (1,)
        canceller.end()


def test_an_environment_that_goes_elsewhere_is_refused(
    make_project: Callable[..., Path], make_database: Callable[..., str], run: Callable[..., Any]
) -> None:
    other = make_database().replace("postgresql://", "postgresql+psycopg://")
    own = f"config = context.config\n\n\ndef engine_from_config(*_a, **_k):\n    return create_engine({other!r})\n"
    env = env_source().replace("config = context.config\n", own)
    with pytest.raises(MigrationBlocked) as caught:
        run(make_project([A], env=env))
    assert caught.value.facts["reason"] == "other_database"
    with psycopg.connect(other.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT to_regclass('a'), to_regclass('alembic_version')").fetchone() == (None, None)


@pytest.mark.parametrize(
    ("env", "reason"),
    [
        ("import nothing_of_this_name\n", "environment"),
        ("x = 1\n", "environment"),
        ("raise SystemExit('set APP_ENV')\n", "environment"),
    ],
)
def test_an_environment_that_cannot_run_is_told(
    env: str, reason: str, make_project: Callable[..., Path], run: Callable[..., Any]
) -> None:
    with pytest.raises(MigrationBlocked) as caught:
        run(make_project([A], env=env))
    assert caught.value.code == "migration.project_broken"
    assert caught.value.facts["reason"] == reason
    assert caught.value.facts["words"]


def test_a_password_is_in_no_words(make_project: Callable[..., Path], profile: ConnectionProfile) -> None:
    for env, up in (("raise RuntimeError(config.get_main_option('sqlalchemy.url'))\n", "pass"), ("", "pass")):
        told = "import os, sys\nprint(os.environ['DATABASE_URL'], file=sys.stderr)\nos._exit(3)"
        source = "from alembic import context\nconfig = context.config\n" + (env or told)
        project = find_project(make_project([Rev("a1", None, up)], env=source))
        with pytest.raises(MigrationBlocked) as caught:
            run_on(project, profile, "canary/word", RunRequest(), Story(), TaskContext.for_test())
        words = str(caught.value.facts["words"])
        assert "postgresql" in words
        assert "canary" not in words


def test_a_broken_revision_names_its_line(make_project: Callable[..., Path], run: Callable[..., Any]) -> None:
    folder = make_project([A, Rev("b1", "a1", "this is no python")])
    with pytest.raises(MigrationBlocked) as caught:
        run(folder)
    assert caught.value.facts["reason"] == "scripts"
    assert str(caught.value.facts["where"]).endswith("b1_change_b1.py:19")


def test_an_unknown_target_is_refused(make_project: Callable[..., Path], run: Callable[..., Any]) -> None:
    with pytest.raises(MigrationBlocked) as caught:
        run(make_project([A]), target="zzz")
    assert caught.value.code == "migration.target_unknown"
    assert caught.value.facts["target"] == "zzz"


def test_an_interpreter_without_alembic_is_named(make_project: Callable[..., Path], profile: ConnectionProfile) -> None:
    folder = make_project([A])
    for python, reason in (("/nowhere/python", "interpreter"),):
        with pytest.raises(MigrationBlocked) as caught:
            run_on(
                find_project(folder, python=Path(python)),
                profile,
                None,
                RunRequest(),
                Story(),
                TaskContext.for_test(),
            )
        assert caught.value.facts["reason"] == reason


def test_a_child_that_dies_is_told(make_project: Callable[..., Path], run: Callable[..., Any]) -> None:
    up = 'import os, sys\nprint("last words", file=sys.stderr)\nop.execute("SELECT 1")\nos._exit(3)'
    outcome = run(make_project([A, Rev("b1", "a1", up)]))
    assert outcome.done == ("a1",)
    assert outcome.failed.is_lost
    assert "last words" in outcome.failed.report.message


def test_what_the_observer_raises_stops_the_run(
    make_project: Callable[..., Path], run: Callable[..., Any], sql: Sql
) -> None:
    def refuse(event: Any) -> None:
        if event["event"] == "statement" and event["sql"].startswith("CREATE TABLE b"):
            raise ConnectionFailed

    folder = make_project([A, Rev("b1", "a1", 'op.execute("CREATE TABLE b (id int)")')])
    with pytest.raises(ConnectionFailed):
        run(folder, refuse)
    assert sql("SELECT version_num FROM alembic_version") == [("a1",)]
    assert sql("SELECT to_regclass('b')") == [(None,)]


@pytest.mark.parametrize("layout", ["plain", "async"])
def test_cancel_ends_a_statement(
    layout: str, make_project: Callable[..., Path], run: Callable[..., Any], sql: Sql
) -> None:
    token = CancelToken()

    def cancel(event: Any) -> None:
        if event["event"] == "statement" and "pg_sleep" in event["sql"]:
            # after the answer has gone out: the statement is on its way or at work
            threading.Timer(0.2, token.cancel).start()

    slow = Rev("b1", "a1", 'op.execute("CREATE TABLE b (id int)")\nop.execute("SELECT pg_sleep(60)")')
    outcome = run(make_project([A, slow], layout=layout), cancel, ctx=TaskContext(token))
    assert outcome.done == ("a1",)
    assert outcome.failed.report.sqlstate == "57014"
    assert outcome.failed.number == 2
    assert sql("SELECT to_regclass('b')") == [(None,)]


def test_cancel_stops_between_statements(make_project: Callable[..., Path], run: Callable[..., Any], sql: Sql) -> None:
    token = CancelToken()

    def cancel(event: Any) -> None:
        if event["event"] == "statement_done":
            token.cancel()

    outcome = run(
        make_project([Rev("b1", None, 'op.execute("CREATE TABLE b (id int)")\nop.execute("CREATE TABLE c (id int)")')]),
        cancel,
        ctx=TaskContext(token),
    )
    assert outcome.stopped
    assert outcome.stopped_in == "b1"
    assert sql("SELECT to_regclass('b')") == [(None,)]


def test_the_bundled_project_runs_in_this_process(profile: ConnectionProfile, sql: Sql) -> None:
    story = Story()
    outcome = run_on(bundled(), profile, None, RunRequest(), story, TaskContext.for_test())
    assert outcome.failed is None
    assert outcome.done
    assert len(sql("SELECT version_num FROM alembic_version")) == 1
    assert len(story.of("step")) == len(outcome.done)
    down = run_on(
        bundled(), profile, None, RunRequest("base", Direction.DOWN, autocommit=True), story, TaskContext.for_test()
    )
    assert set(down.done) == set(outcome.done)


def test_a_child_nobody_listens_to_is_ended(
    make_project: Callable[..., Path], profile: ConnectionProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = find_project(make_project([A]))
    begun: list[WorkerProcess] = []
    ctx = TaskContext.for_test()

    class Noticed(WorkerProcess):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            begun.append(self)
            ctx.token.cancel()

    monkeypatch.setattr(projectcode, "WorkerProcess", Noticed)
    with pytest.raises(Cancelled):
        projectcode.ask_project(project, profile, None, {"do": "sql", "steps": []}, lambda _event: None, ctx)
    (child,) = begun
    assert child._process.returncode is not None
    assert all(pipe is not None and pipe.closed for pipe in (child._process.stdin, child._process.stdout))
