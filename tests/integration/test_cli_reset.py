"""`nexus-studio reset`, `recreate`, `empty` and `shelf` on a real server: what is said, asked for, done and refused."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from nexus_studio import cli
from nexus_studio.cli_wording import words_for
from nexus_studio.cli_wording_resets import RESET_WORDS, STEPS
from nexus_studio.core.admin.resets import ResetPhase
from nexus_studio.core.errors import ResetRefused
from nexus_studio.services.paths import Paths
from nexus_studio.services.resetting import running
from nexus_studio.ui.kit.wording_resets import RESET_PROGRESS
from nexus_studio.ui.kit.wording_resets import RESET_WORDS as WINDOW_WORDS
from tests.support.fix_cluster import make_conninfo_url

Cli = Callable[..., tuple[int, Any]]


def on(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Run a statement by a connection that is gone afterwards."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def name(pg_url: str) -> str:
    return str(on(pg_url, "SELECT current_database()")[0][0])


@pytest.fixture
def run(pg_url: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """A function that runs a command on the test's database and returns exit code and JSON answer."""
    monkeypatch.chdir(tmp_path)  # no project here

    def run(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = cli.main([*words, "--url", pg_url, "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else None

    return run


def test_the_name_is_said_as_a_shell_takes_it(pg_url: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    odd = f"{name} o'dd $HOME"
    server = make_conninfo_url(pg_url, "postgres")
    with psycopg.connect(server, autocommit=True) as connection:
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        connection.execute(rename.format(sql.Identifier(name), sql.Identifier(odd)))
        try:
            code = cli.main(["recreate", "--url", make_conninfo_url(pg_url, quote(odd)), "--json"])
        finally:
            connection.execute(rename.format(sql.Identifier(odd), sql.Identifier(name)))
    answer = json.loads(capsys.readouterr().out)
    assert code == 1, answer
    said = str(answer["error"]["next"]).removeprefix("Add ").removesuffix(".")
    assert shlex.split(said) == ["--confirm", odd]


def test_a_reset_says_what_goes_and_wants_the_name(run: Cli, pg_url: str, name: str) -> None:
    on(pg_url, "CREATE TABLE precious AS SELECT generate_series(1, 4) AS id")
    code, found = run("reset", "--dry-run")
    assert (code, found["would_lose"]["rows"]) == (0, 4)
    assert found["phases"] == ["backup", "drop", "migrate", "grant", "seed"]
    for words in ([], ["--confirm", "another"]):
        code, found = run("reset", *words)
        assert (code, found["error"]["code"]) == (1, "cli.confirm")
    for environment in ("staging", "production"):
        code, found = run("reset", "--confirm", name, "--environment", environment)
        assert (code, found["error"]["code"]) == (1, "forbidden.environment")
    assert on(pg_url, "SELECT count(*) FROM precious") == [(4,)]
    with psycopg.connect(pg_url, application_name="bystander"):
        code, found = run("reset", "--confirm", name)
        assert (code, found["error"]["code"]) == (1, "reset.connected")
        assert "bystander" in found["error"]["message"]
    code, found = run("reset", "--confirm", name)
    assert (code, found["lost"]["rows"], found["seed_in_doubt"]) == (0, 4, False)
    assert found["rows_added"]["users"] > 0
    assert Path(found["backup"]).is_relative_to(Paths.default().data / "backups")
    assert on(pg_url, "SELECT to_regclass('precious')") == [(None,)]
    assert run("reset", "--status") == (0, {"unfinished": None})


def test_a_reset_that_stopped_goes_on(run: Cli, pg_url: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_run: object) -> None:
        raise ResetRefused("reset.migration_failed", revision="x", words="no")

    with monkeypatch.context() as patch:
        phases = {**running._PHASES, ResetPhase.SEED: failing}
        patch.setattr(running, "_PHASES", phases)
        patch.setattr(running.log, "warning", lambda *_, **__: None)
        code, found = run("reset", "--confirm", name)
    assert (code, found["error"]["code"]) == (1, "reset.stopped")
    assert "--resume" in found["error"]["next"]
    code, found = run("reset", "--status")
    said = found["unfinished"]
    assert (said["phase"], said["old_state_gone"], said["left"], said["failure"]) == (
        "seed", True, ["seed"], "reset.migration_failed",
    )  # fmt: skip
    code, found = run("reset", "--confirm", name)
    assert (code, found["error"]["code"]) == (1, "reset.unfinished")
    code, found = run("shelf", "take", "x")
    assert (code, found["error"]["code"]) == (1, "reset.unfinished")
    code, found = run("reset", "--resume")
    assert (code, found["error"]["code"]) == (1, "cli.confirm")
    code, found = run("reset", "--resume", "--confirm", name)
    assert code == 0
    assert found["rows_added"]["users"] > 0


def test_recreating_and_emptying(run: Cli, pg_url: str, name: str) -> None:
    on(pg_url, "CREATE TABLE parent (id serial PRIMARY KEY); CREATE TABLE child (id int REFERENCES parent)")
    on(pg_url, "INSERT INTO parent DEFAULT VALUES; INSERT INTO child VALUES (1)")
    code, found = run("empty", "parent", "--dry-run")
    assert [(each["table"], each["because_of"]) for each in found["would_lose"]["tables"]] == [
        ("child", "parent"),
        ("parent", None),
    ]
    assert run("empty", "parent")[1]["error"]["code"] == "cli.confirm"
    assert run("empty", "nobody", "--confirm", name)[1]["error"]["code"] == "reset.table_unknown"
    assert run("empty", "--confirm", name)[1]["error"]["code"] == "reset.nothing_chosen"
    code, found = run("empty", "--all", "--confirm", name)
    assert (code, found["lost"]["rows"]) == (0, 2)
    assert Path(found["backup"]).exists()
    on(pg_url, "INSERT INTO parent DEFAULT VALUES")
    assert on(pg_url, "SELECT id FROM parent") == [(1,)]  # identities were restarted
    assert run("recreate")[1]["error"]["code"] == "cli.confirm"
    code, found = run("recreate", "--empty", "--no-backup", "--confirm", name)
    assert (code, found["revisions"], found["backup"]) == (0, [], None)
    assert on(pg_url, "SELECT to_regclass('parent')") == [(None,)]


def test_shelves(run: Cli, pg_url: str, name: str) -> None:
    on(pg_url, "CREATE TABLE t AS SELECT 1 AS id")
    assert run("shelf", "take", "one")[0] == 0
    code, found = run("shelf", "list")
    assert [(each["name"], each["is_dump"]) for each in found["shelves"]] == [("one", False)]
    on(pg_url, "DROP TABLE t")
    assert run("shelf", "put-back", "nosuch")[1]["error"]["code"] == "shelf.unknown"
    assert run("shelf", "put-back", "one")[1]["error"]["code"] == "cli.yes"
    assert run("shelf", "put-back", "one", "--yes", "--end-others")[1]["error"]["code"] == "cli.confirm"
    assert run("shelf", "put-back", "one", "--keep-as", "two")[0] == 0
    assert on(pg_url, "SELECT id FROM t") == [(1,)]
    for environment in ("staging", "production"):
        for words in (["take", "x"], ["put-back", "one", "--yes"], ["drop", "one", "--yes"]):
            code, found = run("shelf", *words, "--environment", environment)
            assert (code, found["error"]["code"]) == (1, "forbidden.environment")
    assert run("shelf", "drop", "one")[1]["error"]["code"] == "cli.yes"
    for each in ("one", "two"):
        assert run("shelf", "drop", each, "--yes")[0] == 0
    assert run("shelf", "list")[1] == {"shelves": []}


def test_everything_has_words() -> None:
    assert STEPS.keys() == RESET_PROGRESS.keys()
    assert WINDOW_WORDS.keys() - RESET_WORDS.keys() <= {"reset.refused"}
    for code in WINDOW_WORDS:
        message, _ = words_for(ResetRefused(code))
        assert not message.startswith("Failed:")
