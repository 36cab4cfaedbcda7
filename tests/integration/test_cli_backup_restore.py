"""`nexus-studio backup restore`, `compare`, `bring-back`, `open`, `run` on a real server, as a person uses them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from nexus_studio import cli
from nexus_studio.core.admin.keptdatabases import KEPT
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.scratch import PREFIX
from nexus_studio.services.migrations.scratchserver import embedded_session
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session

Cli = Callable[..., tuple[int, Any]]


def on(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Run a statement by a connection that is gone afterwards."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="module")
def scratch(server_room: Path) -> Iterator[tuple[Path, Session]]:
    """A home whose scratch server runs."""
    folder = server_room / "cli-restore-home"
    with embedded_session(Paths.below(folder), TaskContext.for_test()) as session:
        yield folder, session


@pytest.fixture(autouse=True)
def at_home(scratch: tuple[Path, Session], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXUS_STUDIO_HOME", str(scratch[0]))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def name(pg_url: str) -> str:
    return str(conninfo_to_dict(pg_url)["dbname"])


@pytest.fixture
def run(pg_url: str, capsys: pytest.CaptureFixture[str]) -> Cli:
    """A function that runs an action on the test's database and returns exit code and JSON answer."""

    def run(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = cli.main(["backup", *words, "--url", pg_url, "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else None

    return run


@pytest.fixture
def file(run: Cli, pg_url: str, tmp_path: Path) -> str:
    """A backup of a database in which something has happened since."""
    on(pg_url, "CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, secret text)")
    on(pg_url, "INSERT INTO users SELECT n, 'u' || n, 's' FROM generate_series(1, 50) n")
    on(pg_url, "CREATE TABLE pairs (a int, b int, c text, PRIMARY KEY (a, b)); INSERT INTO pairs VALUES (1, 2, 'x')")
    code, found = run("create", "--folder", str(tmp_path / "kept"))
    assert code == 0
    on(pg_url, "DELETE FROM users WHERE id IN (7, 8); UPDATE users SET name = 'other' WHERE id = 9; DELETE FROM pairs")
    on(pg_url, "INSERT INTO users VALUES (100, 'new', NULL)")
    return str(found["file"])


def test_a_restore_says_what_it_does_and_wants_the_name(run: Cli, file: str, pg_url: str, name: str) -> None:
    code, found = run("restore", file, "--dry-run")
    assert (code, found["target"]["into"], found["would_restore"]["tables"]) == (0, "swap", ["pairs", "users"])
    for words in ((), ("--confirm", "another")):
        code, found = run("restore", file, *words)
        assert (code, found["error"]["code"]) == (1, "cli.confirm")
    code, found = run("restore", file, "--environment", "production", "--confirm", name)
    assert (code, found["error"]["code"]) == (1, "forbidden.locked")
    with psycopg.connect(pg_url, application_name="bystander"):
        code, found = run("restore", file, "--confirm", name)
        assert (code, found["error"]["code"]) == (1, "reset.connected")
        assert "bystander" in found["error"]["message"]
    assert on(pg_url, "SELECT count(*) FROM users") == [(49,)]
    production = ("--environment", "production", "--unlock", "the wrong DELETE", "--confirm", name)
    code, found = run("restore", file, *production)
    assert (code, found["database"], found["tables"]) == (0, name, 2)
    assert on(pg_url, "SELECT count(*) FROM users") == [(50,)]
    kept = found["kept_as"]
    assert kept.startswith(f"{name}_before_restore_")
    assert KEPT in str(
        on(pg_url, f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{kept}'")
    )
    assert [each["name"] for each in run("kept")[1]["kept"]] == [kept]
    assert run("dismiss", kept)[1]["error"]["code"] == "cli.yes"
    assert run("dismiss", "postgres", "--yes")[1]["error"]["code"] == "restore.unknown_kept"
    assert run("dismiss", kept, "--yes") == (0, {"dismissed": kept})
    assert run("kept") == (0, {"kept": []})


def test_a_backup_goes_beside_or_into_an_empty_one(run: Cli, file: str, pg_url: str, name: str) -> None:
    other = f"{name} \"b'"
    code, found = run("restore", file, "--as", other, "--table", "users", "--confirm", name)
    assert (code, found["database"], found["kept_as"], found["tables"]) == (0, other, None, 1)
    code, found = run("restore", file, "--as", other, "--confirm", name)
    assert (code, found["error"]["code"]) == (1, "restore.exists")
    assert on(pg_url, "SELECT count(*) FROM users") == [(49,)]
    quoted = other.replace('"', '""')
    on(pg_url, f'DROP DATABASE "{quoted}"')
    code, found = run("restore", file, "--empty", "--confirm", name)
    assert (code, found["error"]["code"]) == (1, "restore.not_empty")
    assert "users" in found["error"]["message"]
    on(pg_url, "DROP TABLE users, pairs")
    code, found = run("restore", file, "--empty", "--jobs", "2", "--confirm", name)
    assert (code, found["kept_as"]) == (0, None)
    assert on(pg_url, "SELECT count(*) FROM users") == [(50,)]


def test_others_are_ended_where_that_was_said(run: Cli, file: str, pg_url: str, name: str) -> None:
    with psycopg.connect(pg_url) as other:
        code, found = run("restore", file, "--end-others", "--environment", "staging", "--confirm", name)
        assert (code, found["error"]["code"]) == (1, "forbidden.environment")
        assert run("restore", file, "--end-others", "--confirm", name)[0] == 0
        with pytest.raises(psycopg.OperationalError):
            other.execute("SELECT 1")


def test_a_table_is_compared_and_rows_are_brought_back(run: Cli, file: str, pg_url: str, name: str) -> None:
    code, found = run("compare", file, "users")
    assert (code, found["is_same"]) == (0, False)
    assert (found["only_in_backup"], found["only_now"], found["changed"]) == (2, 1, 1)
    assert [(each["fate"], each["key"]["id"], each["changed"]) for each in found["rows"]] == [
        ("only_in_backup", "7", []),
        ("only_in_backup", "8", []),
        ("only_now", "100", []),
        ("changed", "9", ["name"]),
    ]
    keys = ("--key", "id=7", "--key", "id=9")
    code, found = run("bring-back", file, "users", *keys)
    assert (code, found["applied"], found["rows"]) == (0, False, 2)
    assert found["sql"][0].startswith('INSERT INTO "public"."users"')
    assert on(pg_url, "SELECT count(*) FROM users WHERE id = 7") == [(0,)]
    production = ("--environment", "production")
    assert run("bring-back", file, "users", *keys, "--yes", *production)[1]["error"]["code"] == "forbidden.locked"
    code, found = run("bring-back", file, "users", *keys, *production, "--unlock", "x", "--yes")
    assert (code, found["error"]["code"]) == (1, "cli.confirm")
    code, found = run("bring-back", file, "users", *keys, *production, "--unlock", "x", "--confirm", name)
    assert (code, found["applied"]) == (0, True)
    assert on(pg_url, "SELECT id, name FROM users WHERE id IN (7, 8, 9) ORDER BY id") == [(7, "u7"), (9, "u9")]
    code, found = run("bring-back", file, "pairs", "--key", "a=1", "b=2", "--yes")
    assert (code, on(pg_url, "SELECT c FROM pairs")) == (0, [("x",)])
    for words, error in (
        (("users", "--key", "id=7"), "cli.nothing_to_bring_back"),
        (("pairs", "--key", "a=1"), "cli.key"),
        (("pairs", "--key", "a"), "cli.assignment"),
        (("nobody", "--key", "id=1"), "relation.unknown"),
    ):
        code, found = run("bring-back", file, *words)
        assert (code, found["error"]["code"]) == (1, error), words


def test_an_open_backup_is_a_database_until_the_signal(
    file: str, scratch: tuple[Path, Session], tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "nexus_studio", "backup", "open", file],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[1])},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        assert on(url, "SELECT count(*) FROM users") == [(50,)]
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
    with scratch[1].read(TaskContext.for_test()) as connection:
        names = connection.exec_driver_sql("SELECT datname FROM pg_database").scalars().all()
    assert [each for each in names if each.startswith(PREFIX)] == []


def test_a_scheduled_backup_runs_and_is_noted(
    run: Cli, pg_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def say(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    monkeypatch.setenv("PATH", "/nowhere")  # no scheduler: the person puts the texts where they belong
    on(pg_url, "CREATE TABLE t AS SELECT 1 AS id")
    assert say("profiles", "add", "nightly", pg_url)[0] == 0
    code, out, err = say("backup", "run", "--profile", "nightly", "--quiet")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("error: No backup of nightly is scheduled. ")
    code, out, _ = say("backup", "schedule", "--profile", "nightly", "--verify", "--scheduler", "systemd")
    assert code == 0
    assert "OnCalendar=" in out
    assert say("backup", "run", "--profile", "nightly", "--quiet") == (0, "", "")
    code, out, _ = say("backup", "runs", "--profile", "nightly", "--json")
    found = json.loads(out)
    assert (code, found["troubles"], [each["ok"] for each in found["runs"]]) == (0, [], [True])
    listed = json.loads(say("backup", "list", "--profile", "nightly", "--json")[1])["backups"]
    assert [(each["file"], each["standing"]) for each in listed] == [(found["runs"][0]["file"], "proven")]
    with psycopg.connect(pg_url) as holder:
        holder.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        code, out, err = say("backup", "run", "--profile", "nightly", "--quiet")
        assert (code, out, err.count("\n")) == (1, "", 1)
    code, out, _ = say("backup", "runs", "--profile", "nightly")
    assert code == 1
    assert out.startswith("The backup of nightly failed once (timeout.lock)")
    assert say("backup", "unschedule", "--profile", "nightly")[0] == 0
    assert run("runs")[0] == 0
