"""The command line on a real server: answers, errors, exit codes."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from nexus_studio import cli, cli_backup, cli_commands, cli_doctor, cli_health, cli_history, cli_migrate, cli_reset
from nexus_studio.cli_arguments import COMMANDS, parse
from nexus_studio.cli_output import ProgressLine
from nexus_studio.core.tasks import Progress

Sql = Callable[..., list[tuple[Any, ...]]]
Cli = Callable[..., tuple[int, Any]]

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Cli:
    """A function that runs a command with --json in this process and returns exit code and answer."""

    def run(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = cli.main([*words, "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else None

    return run


@pytest.fixture(scope="module")
def demo_url(make_database: Callable[..., str]) -> str:
    """A database with the platform's schema and its demo data, made by the command line itself."""
    url = make_database()
    assert cli.main(["migrate", "upgrade", "--url", url]) == 0
    assert cli.main(["seed", "--url", url]) == 0
    return url


def start(*words: str, **environ: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "nexus_studio", *words],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_every_command_has_a_function() -> None:
    named = {c.name if not c.actions else f"{c.name} {a.name}" for c in COMMANDS for a in (c.actions or (c,))}
    named |= {c.name for c in COMMANDS if not c.needs_action}
    runs = {
        *cli_commands.RUNS,
        *cli_migrate.RUNS,
        *cli_doctor.RUNS,
        *cli_reset.RUNS,
        *cli_backup.RUNS,
        *cli_health.RUNS,
        *cli_history.RUNS,
    }
    assert named == {*runs, "open"}


def test_help_lists_every_command_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"    {command.name} " in text for command in COMMANDS)
    assert "130  cancelled" in text
    assert cli.main(["--version"]) == 0


@pytest.mark.parametrize(
    ("words", "command", "url"),
    [
        ([], "open", None),
        (["postgresql://h/d"], "open", None),
        (["--url", "postgresql://h/d"], "open", "postgresql://h/d"),
        (["--url", "postgresql://h/d", "status"], "status", "postgresql://h/d"),
        (["status", "--url=postgresql://h/d"], "status", "postgresql://h/d"),
        (["--read-only"], "open", None),
        (["--profile", "open sesame"], "open", None),
        (["--exit-after-paint"], "open", None),
        (["--url", "postgresql://h/d", "--exit-after-paint"], "open", "postgresql://h/d"),
        (["--read-only", "postgresql://h/d", "--exit-after-paint"], "open", None),
    ],
)
def test_where_the_words_may_stand(words: list[str], command: str, url: str | None) -> None:
    found = parse(words)
    assert (found.command, found.url) == (command, url)


@pytest.mark.parametrize("words", [["statsu"], ["rows"], ["status", "--limit", "1"], ["rows", "t", "--limit", "0"]])
def test_a_wrong_command_line_exits_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(words) == 2
    assert "usage:" in capsys.readouterr().err


def test_a_wrong_command_line_is_told_in_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["status", "postgresql://u:s3cret@h/d", "--json"]) == 2
    said = capsys.readouterr()
    error = json.loads(said.out)["error"]
    assert error["code"] == "cli.usage"
    assert error["next"] == "See `nexus-studio --help`."
    assert "u:•••@h/d" in error["message"]
    assert "s3cret" not in said.out + said.err


def test_a_wrong_command_line_of_an_action(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["backup", "verify", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["next"] == "See `nexus-studio backup verify --help`."


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_answers_to_other_programs_are_in_utf_8(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")  # what a scheduler or a Windows console may have
    process = subprocess.run(
        [sys.executable, "-m", "nexus_studio", "urls", "explain", "postgresql://jürgen@h/d", *words],
        capture_output=True, check=False,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr
    assert "jürgen" in process.stdout.decode("utf-8")


def test_status_of_the_demo(demo_url: str) -> None:
    process = start("status", "--url", demo_url, "--environment", "demo", "--json")
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    found = json.loads(out)
    assert found["server_version_num"] >= 120000
    assert found["server_version"].startswith(str(found["server_version_num"] // 10000))
    assert found["database"] == conninfo_to_dict(demo_url)["dbname"]
    assert (found["environment"], found["read_only"]) == ("demo", False)
    assert found["relations"]["table"] > 40
    assert (found["relations"]["view"], found["relations"]["materialized_view"]) == (1, 1)
    assert found["relations"]["partitioned"] == 1
    assert found["migrations"]["state"] == "up_to_date"
    assert found["migrations"]["pending"] == 0


def test_status_of_an_empty_database(run: Cli, pg_url: str) -> None:
    code, found = run("status", "--url", pg_url, "--read-only")
    assert code == 0
    assert set(found["relations"].values()) == {0}
    assert found["migrations"]["state"] == "none"
    assert (found["read_only"], found["environment"]) == (True, "development")


def test_status_of_nothing_exits_with_3(run: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = run("status", "--url", "postgresql://someone:hush@127.0.0.1:1/d")
    assert code == 3
    assert set(found) == {"error"}
    assert set(found["error"]) == {"code", "message", "next"}
    assert found["error"]["code"] == "connection.refused"
    assert "127.0.0.1:1" in found["error"]["message"]
    assert "hush" not in json.dumps(found)
    assert cli.main(["status", "--url", "postgresql://someone:hush@127.0.0.1:1/d"]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: Can't reach")


def test_where_the_database_comes_from(run: Cli, pg_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    code, found = run("status")
    assert (code, found["error"]["code"]) == (1, "cli.no_database")
    (tmp_path / ".env").write_text(f'DATABASE_URL="{pg_url}"\n', encoding="utf-8")
    assert run("status")[0] == 0
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/d")
    assert run("status")[0] == 3
    code, found = run("status", "--url", "mysql://h/d")
    assert (code, found["error"]["code"]) == (1, "url.invalid")


def test_relations_and_sizes(run: Cli, demo_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = run("relations", "--url", demo_url)
    assert code == 0
    named = {each["name"]: each for each in found["relations"]}
    assert named["student_overview"]["kind"] == "view"
    code, found = run("sizes", "--url", demo_url, "--limit", "3")
    assert code == 0
    totals = [each["total_bytes"] for each in found["relations"]]
    assert totals == sorted(totals, reverse=True)
    assert len(totals) == 3
    first = found["relations"][0]
    assert sum(each["bytes"] for each in first["indexes"]) == first["index_bytes"]
    assert (first["bloat_bytes_estimated"] or 0) < first["table_bytes"] / 2
    assert found["schemas"][0]["schema"] == "public"
    assert found["schemas"][0]["total_bytes"] + found["other_bytes"] <= found["database_bytes"]
    assert (found["standby"], found["may_not_see"], found["distributed"]) == (False, [], False)
    for command in (["relations"], ["sizes"], ["status"], ["migrate", "status"], ["seed", "--list"]):
        assert cli.main([*command, "--url", demo_url]) == 0
        assert capsys.readouterr().out.strip()


def test_rows(run: Cli, demo_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["rows", "users", "--url", demo_url]
    code, found = run(*words, "--where", "role:is:COACH", "--sort", "email:desc", "--limit", "3")
    assert code == 0
    emails = [row["email"] for row in found["rows"]]
    with psycopg.connect(demo_url) as connection:
        query = "SELECT email FROM users WHERE role = 'COACH' ORDER BY email DESC LIMIT 3"
        assert emails == [email for (email,) in connection.execute(query)]
    code, counted = run(*words, "--where", "role:in:COACH|ADMIN", "--count")
    assert (code, counted["count"] > len(emails)) == (0, True)
    assert cli.main([*words, "--limit", "2"]) == 0
    assert "there are more" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["rows", "nowhere"], "relation.unknown"),
        (["rows", "users", "--where", "nope:is:1"], "column.unknown"),
        (["rows", "users", "--where", "email:roughly:1"], "cli.condition"),
        (["rows", "users", "--sort", "nope"], "column.unknown"),
        (["seed", "nothing"], "seed.unknown"),
        (["seed", "--environment", "production"], "seed.environment"),
        (["seed", "--read-only"], "forbidden.read_only"),
        (["set", "users", "role=ADMIN", "--key", "email=x"], "cli.key"),
        (["set", "users", "role=ADMIN", "--key", "id=x"], "cli.no_such_row"),
        (["set", "users", "--key", "id=x"], "cli.nothing_to_set"),
        (["set", "users", "role", "--key", "id=x"], "cli.assignment"),
        (["set", "student_overview", "grade=1", "--key", "studentId=x"], "cli.read_only_relation"),
        (["set", "session_bookings", "slot=x", "--key", "id=x"], "cli.read_only_column"),
        (["status", "--profile", "nobody"], "profile.unknown"),
    ],
)
def test_what_is_refused_exits_with_1(run: Cli, demo_url: str, words: list[str], code: str) -> None:
    url = [] if "--profile" in words else ["--url", demo_url]
    exit_code, found = run(*words, *url)
    assert (exit_code, found["error"]["code"]) == (1, code)
    assert found["error"]["next"]
    assert "?" not in found["error"]["message"]


def test_a_long_cell_comes_whole(run: Cli, pg_url: str, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, body text); INSERT INTO t VALUES (1, repeat('é', 100000)), (2, NULL)")
    _, found = run("rows", "t", "--url", pg_url)
    assert [row["body"] for row in found["rows"]] == ["é" * 100_000, None]


def test_set_changes_one_row_and_shows_it_first(run: Cli, pg_url: str, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text, b int DEFAULT 7 CHECK (b < 10), c text)")
    sql("INSERT INTO t VALUES (1, 'old', 1, 'x'), (2, 'old', 1, 'x')")
    words = ["set", "t", "a=new = x", "--null", "c", "--default", "b", "--key", "id=1", "--url", pg_url]
    code, found = run(*words, "--dry-run")
    assert (code, found["applied"]) == (0, False)
    assert "UPDATE" in found["sql"][0]
    assert sql("SELECT a FROM t WHERE id = 1") == [("old",)]
    code, found = run(*words)
    assert (code, found["applied"]) == (0, True)
    assert found["changed"]["a"] == {"from": "old", "to": "new = x"}
    assert sql("SELECT * FROM t ORDER BY id") == [(1, "new = x", 7, None), (2, "old", 1, "x")]
    code, found = run("set", "t", "b=99", "--key", "id=2", "--url", pg_url)
    assert (code, found["error"]["code"]) == (1, "constraint.check")
    code, found = run("set", "t", "--key", "id=2", "b=many", "--url", pg_url, "c=words behind options")
    assert (code, found["error"]["code"]) == (1, "value.invalid")
    assert found["error"]["message"] == "PostgreSQL refuses the value of b: this is not a whole number."
    sql("ALTER TABLE t ADD n numeric(4,1)")
    code, found = run("set", "t", "n=1.25", "--key", "id=2", "--url", pg_url)
    assert (code, found["error"]["code"]) == (1, "value.invalid")
    assert sql("SELECT n FROM t WHERE id = 2") == [(None,)]


def test_only_what_was_said_is_set(run: Cli, demo_url: str) -> None:
    with psycopg.connect(demo_url, autocommit=True) as connection:
        before = connection.execute('SELECT id, "updatedAt" FROM courses LIMIT 1').fetchone()
        assert before is not None
        code, said = run("set", "courses", "level=new", "--key", f"id={before[0]}", "--url", demo_url)
        assert (code, list(said["changed"])) == (0, ["level"])
        found = connection.execute('SELECT level, "updatedAt" = %s FROM courses WHERE id = %s', before[::-1])
        assert found.fetchall() == [("new", True)]


def test_migrate_and_seed_twice(run: Cli, demo_url: str) -> None:
    code, found = run("migrate", "upgrade", "--url", demo_url)
    assert (code, found["applied"], found["state"]) == (0, 0, "up_to_date")
    code, found = run("seed", "--url", demo_url)
    assert (code, found["total"]) == (0, 0)


def test_profiles(run: Cli, pg_url: str) -> None:
    assert run("profiles", "list") == (0, {"profiles": []})
    code, found = run("profiles", "add", "mine", pg_url, "--environment", "ci", "--read-only")
    assert (code, found["profile"]["environment"]) == (0, "ci")
    code, found = run("profiles", "add", "mine", pg_url)
    assert (code, found["error"]["code"]) == (1, "profile.exists")
    code, found = run("status", "--profile", "mine")
    assert (code, found["environment"], found["read_only"]) == (0, "ci", True)
    assert [each["name"] for each in run("profiles", "list")[1]["profiles"]] == ["mine"]
    assert run("profiles", "remove", "mine")[0] == 0
    assert run("profiles", "list") == (0, {"profiles": []})


def test_masking_hides_what_the_models_call_sensitive(run: Cli, demo_url: str) -> None:
    assert run("profiles", "add", "masked", demo_url, "--masking")[0] == 0
    _, found = run("rows", "users", "--profile", "masked", "--limit", "1")
    row = found["rows"][0]
    assert (row["email"], row["lastName"]) == ("•••", "•••")
    assert row["role"] != "•••"
    words = ["set", "users", "phone=+216", "--key", f"id={row['id']}", "--profile", "masked", "--dry-run"]
    code, found = run(*words)
    assert (code, found["changed"]["phone"]["from"]) == (0, "•••")
    _, open_one = run("rows", "users", "--url", demo_url, "--where", f"id:is:{row['id']}")
    assert open_one["rows"][0]["phone"] not in json.dumps(found)


def test_a_masked_column_is_set_where_that_is_said(run: Cli, seeded_url: str) -> None:
    assert run("profiles", "add", "masked", seeded_url, "--masking")[0] == 0
    _, found = run("rows", "users", "--profile", "masked", "--limit", "1")
    key = found["rows"][0]["id"]
    words = ["set", "users", "phone=+216", "role=COACH", "--key", f"id={key}", "--profile", "masked"]
    code, found = run(*words)
    assert (code, found["applied"], found["changed"]["phone"]["from"]) == (0, True, "•••")
    _, found = run("rows", "users", "--url", seeded_url, "--where", f"id:is:{key}")
    assert (found["rows"][0]["phone"], found["rows"][0]["role"]) == ("+216", "COACH")


def test_set_says_that_a_trigger_kept_the_row(run: Cli, pg_url: str, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'old')")
    sql("CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$")
    sql("CREATE TRIGGER keep BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION keep()")
    code, found = run("set", "t", "a=new", "--key", "id=1", "--url", pg_url)
    assert (code, found["error"]["code"]) == (1, "rows.refused")
    assert "left the row as it was" in found["error"]["message"]


def test_urls_explain_tells_no_secret(run: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    url = "postgresql+psycopg2://me:hush@db.example.com/nexus_prod?schema=app&sslpassword=hush2&strange=1"
    code, found = run("urls", "explain", url)
    assert code == 0
    assert (found["host"], found["schema"], found["has_password"]) == ("db.example.com", "app", True)
    assert "strange" in {warning["parameter"] for warning in found["warnings"]}
    assert cli.main(["urls", "explain", url]) == 0
    assert "hush" not in json.dumps(found) + capsys.readouterr().out


def test_ctrl_c_cancels_on_the_server(pg_url: str, sql: Sql) -> None:
    sql("CREATE VIEW slow AS SELECT pg_sleep(60)::text AS a")
    process = start("rows", "slow", "--url", pg_url, "--json")
    running = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
    deadline = time.monotonic() + 30
    while sql(running) == [(0,)] and process.poll() is None:
        assert time.monotonic() < deadline
        sql("SELECT pg_sleep(0.05)")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=15)
    assert process.returncode == 130
    assert json.loads(out)["error"]["code"] == "cancelled"
    assert sql(running) == [(0,)]


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="nxs-cli-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "demo"


def test_the_demo_without_a_window(data_dir: Path, run: Cli) -> None:
    process = start("demo", "--no-window", "--data-dir", str(data_dir))
    assert process.stdout is not None
    said = dict(process.stdout.readline().split(maxsplit=1) for _ in range(3))
    code, found = run("status", "--url", said["url"].strip())
    assert (code, found["database"], found["migrations"]["state"]) == (0, "nexus_dev", "up_to_date")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 0
    assert run("status", "--url", said["url"].strip())[0] == 3


def test_progress_is_for_terminals() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    watched, piped = Terminal(), io.StringIO()
    for stream in (watched, piped):
        line = ProgressLine(stream)
        line.show(Progress("seed.rows", 10, 2000, "rows"))
        line.clear()
    assert "Seeding 10 of 2,000 rows" in watched.getvalue()
    assert piped.getvalue() == ""


def test_progress_in_bytes_says_how_fast_and_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    clock = iter((0.0, 2.0))
    monkeypatch.setattr("nexus_studio.cli_output.time.monotonic", lambda: next(clock))
    watched = Terminal()
    line = ProgressLine(watched)
    line.show(Progress("backup.dumping", 0, 1 << 30, "bytes"))
    line.show(Progress("backup.tables", 3, 40, "tables"))
    line.show(Progress("backup.dumping", 1 << 28, 1 << 30, "bytes"))
    last = watched.getvalue().split("\x1b[K")[-1]
    assert last == "Writing the backup 256 MB of 1024 MB, 128 MB/s, 0:06 left, 3 of 40 tables"
    quiet = Terminal()
    ProgressLine(quiet, is_quiet=True).show(Progress("backup.dumping", 0, 1, "bytes"))
    assert quiet.getvalue() == ""


def test_a_bug_is_told_without_data(run: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("a secret value")

    monkeypatch.setitem(cli_commands.RUNS, "status", broken)
    code, found = run("status")
    assert (code, found["error"]["code"]) == (1, "bug")
    assert "secret" not in json.dumps(found)


def test_the_window_is_opened_with_what_was_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    app = pytest.importorskip("nexus_studio.app")
    started: list[Any] = []

    def run(start: Any) -> int:
        started.append(start)
        return 7

    monkeypatch.setattr(app, "run", run)
    assert cli.main(["postgresql://h/d", "--read-only"]) == 7
    assert cli.main(["--profile", "mine"]) == 7
    assert cli.main(["demo", "--data-dir", str(tmp_path)]) == 7
    url, profile, demo = started
    assert (url.url, url.read_only, url.is_demo) == ("postgresql://h/d", True, False)
    assert (profile.url, profile.profile) == (None, "mine")
    assert (demo.is_demo, demo.demo_data_dir) == (True, tmp_path)


def test_importing_the_command_line_is_cheap() -> None:
    heavy = ("sqlalchemy", "psycopg", "alembic", "PySide6", "models")
    code = f"import sys, nexus_studio.cli; print([m for m in {heavy} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
