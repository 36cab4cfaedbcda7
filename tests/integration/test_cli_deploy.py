"""`migrate deploy` before it runs: what the statements tell, a backup, the wait for locks, whose project it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nexus_studio import cli
from nexus_studio.services.bundled_folder import project_folder
from nexus_studio.services.paths import Paths
from tests.support.fix_projects import Rev

Sql = Callable[..., list[tuple[Any, ...]]]
Said = tuple[int, str, str]

CHAIN = (
    Rev("a1", None, 'op.execute("CREATE TABLE a (id int, note text, wait text)")', "pass", "Create a"),
    Rev(
        "b2",
        "a1",
        "op.execute(\"INSERT INTO a (wait) SELECT current_setting('lock_timeout')\")\n"
        'op.execute("ALTER TABLE a DROP COLUMN note")',
        "pass",
        "Drop the note",
    ),
)
PRODUCTION = ("--environment", "production", "--unlock", "release 4", "--ledger", "database")
NO_BACKUP = "no backup is made"


@pytest.fixture
def folder(make_project: Callable[..., Path]) -> Path:
    return make_project(CHAIN)


@pytest.fixture
def say(folder: Path, pg_url: str, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """A function that runs `migrate …` and returns exit code, text and what went to stderr."""

    def said(*words: str) -> Said:
        capsys.readouterr()
        code = cli.main(["migrate", *words, "--url", pg_url, "--project", str(folder)])
        found = capsys.readouterr()
        return code, found.out, found.err

    return said


@pytest.fixture
def name(sql: Sql) -> str:
    """The database's name, which production wants to see."""
    return str(sql("SELECT current_database()::text")[0][0])


def test_what_the_statements_tell_is_said_before_anything_is_asked(say: Callable[..., Said], sql: Sql) -> None:
    say("deploy", "--to", "a1", "--ledger", "database")
    sql("INSERT INTO a (note) VALUES ('x')")
    code, _, err = say("deploy", *PRODUCTION)
    assert code == 1, "nobody has typed the name"
    lines = err.splitlines()
    (dropped,) = [place for place, line in enumerate(lines) if "a column of a is dropped" in line]
    assert "danger" in lines[dropped]
    (rehearse,) = [place for place, line in enumerate(lines) if "migrate safety" in line]
    (backup,) = [place for place, line in enumerate(lines) if NO_BACKUP in line]
    (refused,) = [place for place, line in enumerate(lines) if "--confirm" in line]
    assert "--backup" in lines[backup]
    assert dropped < rehearse < backup < refused
    assert sql("SELECT note FROM a") == [("x",)]


def test_where_nothing_is_lost_development_hears_nothing_and_staging_that(say: Callable[..., Said]) -> None:
    _, _, err = say("deploy", "--to", "a1", "--ledger", "database")
    assert "migrate safety" not in err
    _, _, err = say("downgrade", "base", "--yes")
    _, _, err = say("deploy", "--to", "a1", "--environment", "staging", "--unlock", "x")
    assert "tell of no loss" in err
    assert "migrate safety" in err
    assert NO_BACKUP not in err


def test_production_is_backed_up_where_that_is_asked_for(say: Callable[..., Said], name: str, sql: Sql) -> None:
    words = ("deploy", *PRODUCTION, "--confirm", name)
    code, out, err = say(*words, "--to", "a1", "--backup", "--json")
    found = json.loads(out)
    assert code == 0, out
    assert Path(found["backup"]["file"]).is_file()
    assert found["backup"]["reason"] == "deploy"
    assert NO_BACKUP not in err
    code, out, err = say(*words, "--json")
    assert code == 0
    assert "backup" not in json.loads(out)
    assert NO_BACKUP in err
    assert sql("SELECT wait FROM a") == [("5s",)], "with and without a backup nobody waits for a lock for long"
    code, out, err = say(*words, "--backup")
    assert (code, NO_BACKUP in err) == (0, False)
    assert "Nothing is pending: no backup was made." in err


def test_the_wait_for_locks_is_set_beside_a_backup_too(say: Callable[..., Said], name: str, sql: Sql) -> None:
    code, _, err = say("deploy", *PRODUCTION, "--confirm", name, "--backup")
    assert code == 0, err
    assert "Backup: " in err
    assert sql("SELECT wait FROM a") == [("5s",)]


def test_without_the_backup_that_was_asked_for_nothing_is_applied(
    say: Callable[..., Said], name: str, sql: Sql
) -> None:
    data = Paths.default().data
    data.mkdir(parents=True, exist_ok=True)
    (data / "backups").write_text("a file where the folder of backups should be")
    code, out, _ = say("deploy", *PRODUCTION, "--confirm", name, "--backup", "--json")
    assert code == 1
    assert json.loads(out)["error"]["code"].startswith("backup.")
    assert sql("SELECT to_regclass('a')::text") == [(None,)]


def test_the_bundled_project_is_named_where_nobody_named_one(
    pg_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    words = ["migrate", "dev", "-m", "Anything", "--create-only", "--url", pg_url]
    assert cli.main(words) == 1
    first = capsys.readouterr().err.splitlines()[0]
    assert "bundled" in first
    assert str(project_folder().parent) in first
    assert cli.main([*words, "--json"]) == 1
    found = capsys.readouterr()
    assert json.loads(found.out)["error"]["code"] == "migration.behind"
    assert found.err == ""


def test_what_is_refused_anyway_is_not_foretold(say: Callable[..., Said], sql: Sql) -> None:
    sql("CREATE TABLE others (id int)")
    _, _, err = say("deploy", *PRODUCTION)
    assert NO_BACKUP not in err
    assert "migrate safety" not in err


def test_a_project_that_is_near_or_named_needs_no_word(say: Callable[..., Said]) -> None:
    assert "project: " not in say("plan")[2]
