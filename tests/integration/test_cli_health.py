"""Maintenance, growth, advice, activity, slow queries on the command line: answers, exit codes, and words for all."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url

import nexus_studio
from nexus_studio import cli
from nexus_studio.cli_health_arguments import size_bytes
from nexus_studio.cli_wording import words_for
from nexus_studio.cli_wording_health import (
    ACTIVITY_NOTES,
    ADVICE,
    ENABLE,
    HEALTH_WORDS,
    HOLDS_UP,
    JOBS,
    MAY_NOT,
    RISKS,
    STEPS,
    TRENDS,
    UNSEEN,
)
from nexus_studio.core.admin.activity import MAY_NOT as REASONS
from nexus_studio.core.admin.advice import CODES, Risk
from nexus_studio.core.admin.growth import Trend
from nexus_studio.core.admin.maintenance import HoldsUp, Job
from nexus_studio.core.admin.maintenancephases import PHASES
from nexus_studio.core.admin.slowqueries import CountingState, steps_to
from nexus_studio.core.admin.timeouts import TIMEOUTS
from nexus_studio.core.errors import MaintenanceRefused
from nexus_studio.services.health import maintaining
from nexus_studio.services.paths import Paths
from tests.support.slow_table import holding

Sql = Callable[..., list[tuple[Any, ...]]]
Cli = Callable[..., tuple[int, Any]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], pg_url: str) -> Cli:
    """A function that runs a command with --json on the test's database and returns exit code and answer."""

    def run(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = cli.main([*words, "--url", pg_url, "--environment", "development", "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else None

    return run


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], pg_url: str) -> Callable[..., str]:
    """A function that runs a command for people and returns all that it said."""

    def run(*words: str) -> str:
        capsys.readouterr()
        cli.main([*words, "--url", pg_url, "--environment", "development"])
        said = capsys.readouterr()
        return said.err + said.out

    return run


@pytest.fixture
def table(sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text)")
    sql("INSERT INTO t SELECT n, repeat('x', 500) FROM generate_series(1, 9000) n")
    sql("DELETE FROM t WHERE id > 2000; ANALYZE t")


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("words", "job"),
    [
        (("vacuum",), "vacuum"),
        (("vacuum", "--analyze"), "vacuum_analyze"),
        (("vacuum", "--full"), "vacuum_full"),
        (("analyze",), "analyze"),
        (("reindex",), "reindex"),
        (("reindex", "--index", "t_pkey"), "reindex"),
        (("cluster", "--index", "t_pkey"), "cluster"),
    ],
)
def test_tables_are_maintained(words: tuple[str, ...], job: str, run: Cli, say: Callable[..., str], sql: Sql) -> None:
    size = sql("SELECT pg_total_relation_size('t')")[0][0]
    code, found = run(*words, "t", "--dry-run")
    warning = found["forewarning"]
    assert (code, warning["job"], warning["refused"]) == (0, job, None)
    assert warning["seconds"] is None or job == "analyze"  # which the server itself may have timed
    assert [each["table"] for each in warning["tables"]] == ["t"]
    assert (warning["disk_needed_bytes"] > 0) == (job in {"vacuum_full", "reindex", "cluster"})
    assert sql("SELECT pg_total_relation_size('t')")[0][0] == size
    code, found = run(*words, "t")
    assert (code, found["job"], found["done"]) == (0, job, True)
    (done,) = found["tables"]
    assert (done["table"], done["ended"], done["error"]) == ("t", "done", None)
    assert done["before"]["total"] == size
    assert done["after"]["total"] == sql("SELECT pg_total_relation_size('t')")[0][0]
    assert done["log"]
    assert run(*words, "t", "--dry-run")[1]["forewarning"]["seconds"] is not None
    said = say(*words, "t")
    assert "done" in said
    assert JOBS[Job(job)] in said


@pytest.mark.usefixtures("table")
def test_all_tables_and_who_is_in_the_way(
    run: Cli, say: Callable[..., str], sql: Sql, pg_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = {each: replace(times, lock_ms=200) for each, times in TIMEOUTS.items()}
    monkeypatch.setattr(maintaining, "TIMEOUTS", quick)
    sql("CREATE TABLE u (id int)")
    assert [each["table"] for each in run("analyze", "--all")[1]["tables"]] == ["u", "t"]
    with holding(pg_url, "LOCK TABLE t IN SHARE MODE") as other:
        code, found = run("vacuum", "--all")
        said = say("vacuum", "--all")
        pid = other.info.backend_pid
        waiting = run("vacuum", "t", "--dry-run")[1]["forewarning"]["waits_for"]
    assert (code, found["done"]) == (1, False)
    assert {each["table"]: each["ended"] for each in found["tables"]} == {"u": "done", "t": "skipped"}
    error = next(each["error"] for each in found["tables"] if each["error"])
    assert (error["code"], str(pid) in error["message"]) == ("maintain.locked", True)
    assert f"Somebody has a lock on t: {pid} postgres somebody." in said
    assert [each["pid"] for each in waiting] == [pid]


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("vacuum",), "maintain.chosen"),
        (("vacuum", "gone"), "relation.unknown"),
        (("vacuum", 'a"b'), "relation.unknown"),
        (("cluster", "t"), "maintain.nothing"),
        (("cluster", "--all", "--index", "t_pkey"), "maintain.one_table"),
        (("reindex", "t", "t", "--index", "t_pkey"), "maintain.one_table"),
        (("activity", "cancel", "2147483647"), "activity.gone"),
        (("slow-queries", "--explain", "1"), "slow.not_ready"),
        (("growth", "gone"), "relation.unknown"),
        (("growth", "--show"), "growth.needs_schedule"),
        (("growth", "--scheduler", "cron"), "growth.needs_schedule"),
        (("advice", "--only", "beauty"), "advice.unknown"),
    ],
)
def test_what_is_refused(words: tuple[str, ...], error: str, run: Cli) -> None:
    code, found = run(*words)
    assert (code, found["error"]["code"]) == (1, error)


@pytest.mark.parametrize(
    "words",
    [
        ("vacuum", "t", "--full", "--analyze"),
        ("activity", "terminate"),
        ("activity", "terminate", "x"),
        ("growth", "--reaches", "much"),
        ("growth", "--days", "0"),
        ("growth", "--days", "999999999999"),
        ("growth", "--reaches", "1e300"),
        ("slow-queries", "--limit", str(1 << 63)),
        ("slow-queries", "--order", "beauty"),
    ],
)
def test_wrong_words_end_with_two(words: tuple[str, ...]) -> None:
    assert cli.main(list(words)) == 2


def test_a_wrong_number_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["sizes", "--limit", "many"]) == 2
    assert "argument --limit: many is no whole number" in capsys.readouterr().err
    assert cli.main(["growth", "--reaches", "much"]) == 2
    assert "argument --reaches: must be a size such as 100GB" in capsys.readouterr().err


def test_what_is_refused_is_said_in_words(run: Cli, say: Callable[..., str], sql: Sql) -> None:
    code, found = run("vacuum", "--all")
    assert (code, found["error"]["message"]) == (1, "There is no table to do it on.")
    sql("CREATE TABLE loose (id int)")
    assert run("cluster", "loose")[1]["error"]["message"].endswith("on. loose (no index was ever chosen for it)")
    said = say("cluster", "loose", "--dry-run")
    assert "refused   There is no table to do it on. loose" in said


def test_sizes_of_what_is_locked_are_marked(say: Callable[..., str], sql: Sql, pg_url: str) -> None:
    sql("CREATE TABLE t (id int)")
    assert "locked" not in say("sizes")
    with holding(pg_url, "LOCK TABLE t IN ACCESS EXCLUSIVE MODE"):
        assert say("sizes").rstrip().endswith("\n\nt is locked just now: its size is what the catalog last knew.")


def test_sizes_are_sorted_and_chosen(run: Cli, say: Callable[..., str], sql: Sql) -> None:
    sql("CREATE SCHEMA other")
    sql("CREATE TABLE long AS SELECT repeat('x', 200) AS words FROM generate_series(1, 2000)")
    sql("CREATE TABLE other.many AS SELECT 1::bool AS yes FROM generate_series(1, 3000)")
    sql("CREATE TABLE other.few (id int)")
    sql("ANALYZE")

    def names(*words: str) -> list[str]:
        code, found = run("sizes", *words)
        assert code == 0
        return [each["relation"] for each in found["relations"]]

    assert names() == ["long", "other.many", "other.few"]
    assert names("--sort", "rows") == ["other.many", "long", "other.few"]
    assert names("--sort", "rows", "--match", "OTHER.", "--limit", "1") == ["other.many"]
    assert names("--match", "nothing of it") == []
    line = next(each for each in say("sizes").splitlines() if each.startswith("other.many"))
    assert line.split()[-3:] == ["3000", "0", "0"]
    assert cli.main(["sizes", "--sort", "colour"]) == 2


def test_sizes_are_read() -> None:
    assert size_bytes("100GB") == 100 << 30
    assert size_bytes("1.5 tb") == 3 << 39
    assert size_bytes("8192") == 8192
    assert size_bytes("500k") == 500 << 10


@pytest.mark.logs("growth store was torn")
@pytest.mark.usefixtures("table")
def test_growth(run: Cli, say: Callable[..., str], sql: Sql) -> None:
    code, found = run("growth")
    assert (code, found["samples"], found["tables"], found["forecast"]) == (0, [], [], None)
    assert "--take" in say("growth")
    code, found = run("growth", "--take", "--reaches", "1TB")
    assert (code, found["taken"], len(found["samples"])) == (0, True, 1)
    assert (found["forecast"]["trend"], found["forecast"]["limit_bytes"]) == ("too_few", 1 << 40)
    assert run("growth", "--take")[1]["taken"] is False
    assert [each["table"] for each in found["tables"]] == ["t"]
    found = run("growth", "t")[1]
    assert [each["bytes"] for each in found["samples"]] == [sql("SELECT pg_total_relation_size('t')")[0][0]]
    assert "samples of three days are needed" in say("growth", "--reaches", "1TB")
    (file,) = (Paths.default().data / "growth").glob("*.sqlite")
    file.write_bytes(b"not a store of samples" * 999)
    code, found = run("growth", "--take")
    assert (code, found["taken"], found["torn"]) == (0, True, str(file.with_suffix(".torn.sqlite")))
    file.write_bytes(b"not a store of samples" * 999)
    assert "damaged" in say("growth", "--take")


def test_advice(run: Cli, say: Callable[..., str], sql: Sql) -> None:
    def codes() -> list[str]:
        code, found = run("advice")
        assert code == 0
        return [each["code"] for each in found["advice"] if each["code"] != "autovacuum.off"]  # as on the tests' server

    assert codes() == []
    assert "No advice." in say("advice", "--only", "table.no_primary_key")
    sql("CREATE TABLE no_key AS SELECT 1 AS a; ANALYZE no_key")
    assert codes() == ["table.no_primary_key"]
    (found,) = run("advice", "--only", "table.no_primary_key")[1]["advice"]
    assert found["statements"][0].startswith("ALTER TABLE")
    said = say("advice")
    assert "note: the table has no primary key (no_key)" in said
    assert "risk: locks the table" in said
    assert run("advice", "--only", "index.unused")[1]["advice"] == []


def test_evidence_is_said_as_people_say_it(say: Callable[..., str], sql: Sql, pg_url: str) -> None:
    sql("CREATE SEQUENCE s AS smallint; SELECT setval('s', 32000)")
    assert "  last value: 32,000\n  counts down: no\n" in say("advice")
    sql("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 2000)")
    with holding(pg_url, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM t") as other:
        sql("DELETE FROM t")
        sql("VACUUM t")
        assert f"  pid: {other.info.backend_pid}\n" in say("advice", "--only", "held_back.transaction")


def test_advice_says_what_would_show_the_rest(capsys: pytest.CaptureFixture[str], sql: Sql, pg_url: str) -> None:
    role = f"looker_{uuid4().hex[:8]}"
    sql("CREATE TABLE t AS SELECT 1 AS id")
    sql(f"CREATE ROLE {role} LOGIN PASSWORD 'p'; GRANT pg_monitor TO {role}")
    try:
        url = make_url(pg_url).set(username=role, password="p").render_as_string(hide_password=False)
        assert cli.main(["advice", "--url", url]) == 0
        said = capsys.readouterr().out
    finally:
        sql(f"DROP ROLE {role}")
    assert "You may not read all tables" in said
    assert "pg_monitor" not in said  # it has that already


def test_activity(run: Cli, say: Callable[..., str], pg_url: str) -> None:
    with closing(psycopg.connect(pg_url, autocommit=True, application_name="idler")) as other:
        pid = other.info.backend_pid
        other.execute("SELECT 'hunter2'")
        code, found = run("activity")
        rows = {each["pid"]: each for each in found["sessions"]}
        assert (code, rows[pid]["query"], rows[pid]["may_end"]) == (0, "SELECT '…'", True)
        assert found["connections"]["used"] >= 2
        assert {each["kind"] for each in found["sessions"]} <= {"client backend", "autovacuum worker"}
        assert "checkpointer" in {each["kind"] for each in run("activity", "--every")[1]["sessions"]}
        assert "hunter2" not in say("activity")
        assert "hunter2" in say("activity", "--values")
        code, found = run("activity", "terminate", str(pid))
        assert (code, found["error"]["code"]) == (1, "cli.yes")
        assert run("activity", "cancel", str(pid), "--yes")[1]["error"]["code"] == "activity.idle"
        said = say("activity", "terminate", str(pid))
        assert "idler" in said
        assert run("activity", "terminate", str(pid), "--yes") == (0, {"pid": pid, "over": True})
        with pytest.raises(psycopg.OperationalError):
            other.execute("SELECT 1")


@pytest.mark.usefixtures("table")
def test_who_waits_is_shown_as_a_tree(say: Callable[..., str], sql: Sql, pg_url: str) -> None:
    database = sql("SELECT current_database()")[0][0]
    with holding(pg_url, "LOCK TABLE t") as holder, closing(psycopg.connect(pg_url)) as waiter:
        waiter.pgconn.send_query(b"SELECT * FROM t")
        said = ""
        while "who waits for whom" not in said:
            said = say("activity")
        assert f"{holder.info.backend_pid} postgres somebody\n  {waiter.info.backend_pid} postgres" in said
        assert database in said
        waiter.cancel_safe()
        assert waiter.pgconn.get_result() is not None


def test_slow_queries_say_what_is_missing(run: Cli, say: Callable[..., str]) -> None:
    code, found = run("slow-queries")
    assert code == 0
    if found["state"] == "ready":
        pytest.skip("this server counts queries")
    assert found["queries"] == []
    assert [each["code"] for each in found["steps"]][-1] == "create"
    assert "CREATE EXTENSION pg_stat_statements;" in say("slow-queries")


def test_explain(run: Cli, say: Callable[..., str], sql: Sql) -> None:
    sql("CREATE TABLE plain AS SELECT n FROM generate_series(1, 500) n")
    code, found = run("explain", "SELECT n FROM plain WHERE n < $1")
    assert code == 0
    assert (found["generic"], found["run"], found["execution_ms"]) == (True, False, None)
    assert found["tree"]["step"] == "Seq Scan"
    assert found["tree"]["on"] == "plain"
    code, found = run("explain", "SELECT count(*) FROM plain WHERE n < $1", "--value", "9", "--run")
    assert (code, found["run"], found["tree"]["below"][0]["rows_found"]) == (0, True, 8)
    assert "Seq Scan on plain  (cost=" in say("explain", "TABLE plain")
    for words, refused in (
        (("explain",), "plan.which"),
        (("explain", "SELECT 1", "--query", "1"), "plan.which"),
        (("explain", "DROP TABLE plain"), "plan.none"),
        (("explain", "DELETE FROM plain", "--run"), "plan.not_run"),
        (("explain", "SELECT $1::int", "--run"), "plan.values"),
        (("explain", "SELECT gone FROM plain"), "plan.refused"),
        (("explain", "--query", "1"), "slow.not_ready"),
    ):
        code, found = run(*words)
        assert (code, found["error"]["code"]) == (1, refused), words
    assert sql("SELECT count(*) FROM plain") == [(500,)]


def test_everything_has_words() -> None:
    assert set(ADVICE) == set(CODES)
    assert set(RISKS) == set(Risk)
    assert set(TRENDS) == set(Trend)
    assert set(JOBS) == set(Job)
    assert set(HOLDS_UP) == set(HoldsUp)
    assert set(MAY_NOT) == set(REASONS)
    assert set(STEPS) == {f"maintain.{code}" for code in PHASES}
    steps = {code for state in CountingState for code in steps_to(state, preload="", is_created=False)}
    assert set(ENABLE) == steps
    assert set(UNSEEN) == {"sessions", "replication", "columns", "sequences"}
    assert set(ACTIVITY_NOTES) == {"standby", "pooler", "hidden"}


def test_every_code_has_words() -> None:
    codes: set[str] = set()
    for file in Path(nexus_studio.__file__).parent.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        if "MaintenanceRefused" in text:
            constants = (node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
            codes |= {
                each
                for each in constants
                if isinstance(each, str) and re.fullmatch(r"(maintain|activity|slow|plan)\.[a-z_]+", each)
            }
    codes -= (
        {f"maintain.{code}" for code in PHASES} | {each.act for each in Job} | {"activity.cancel", "activity.terminate"}
    )
    assert len(codes) > 10
    for code in codes:
        message, _ = words_for(
            MaintenanceRefused(code, pid=1, relation="t", names=("1 ann",), needed=1 << 30, free=1 << 20)
        )
        assert message
        assert not message.startswith("Failed"), code
    assert "it needs 1024 MB" in words_for(MaintenanceRefused("maintain.disk", needed=1 << 30, free=1 << 20))[0]
    assert set(HEALTH_WORDS) >= {"maintain", "activity", "slow", "plan"}
