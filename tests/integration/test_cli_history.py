"""`history` on a real server: list, show, revert, prune, share; and what `set` keeps."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio import cli
from nexus_studio.services.paths import Paths
from tests.support.planted_history import plant_set

Sql = Callable[..., list[tuple[Any, ...]]]
Cli = Callable[..., Any]


@pytest.fixture
def run(pg_url: str, sql: Sql, capsys: pytest.CaptureFixture[str]) -> Cli:
    """A function that runs a command on a database with a table and returns the answer, or an error's code."""
    sql("CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'old'), (2, 'two')")

    def call(*words: str) -> Any:
        capsys.readouterr()
        code = cli.main([*words, "--url", pg_url, "--json"])
        found = json.loads(capsys.readouterr().out)
        assert (code == 0) == ("error" not in found)
        return found["error"]["code"] if "error" in found else found

    return call


def change(run: Cli, value: str, *more: str) -> str:
    """Change the first row by the command line, and return the set's id."""
    assert run("set", "t", f"a={value}", "--key", "id=1", *more)["applied"]
    return str(run("history", "list", "--limit", "1")["sets"][0]["id"])


def test_what_set_writes_is_kept_and_taken_back(run: Cli, sql: Sql) -> None:
    identifier = change(run, "new", "--reason", "wrong name", "--ticket", "NX-1")
    (saved,) = run("history", "list")["sets"]
    assert (saved["reason"], saved["ticket"], saved["rows"], saved["standing"]) == ("wrong name", "NX-1", 1, "written")
    shown = run("history", "show", identifier[:6], "--sql")
    (image,) = shown["images"]
    assert (image["key"], image["before"], image["after"]) == ({"id": "1"}, {"a": "old"}, {"a": "new"})
    assert "'old'" in shown["sql"][0]
    assert not run("history", "revert", identifier)["applied"]
    assert sql("SELECT a FROM t WHERE id = 1") == [("new",)]
    done = run("history", "revert", identifier[:6], "--yes", "--reason", "it was right")
    assert (done["applied"], done["rows"]) == (True, 1)
    assert sql("SELECT a FROM t WHERE id = 1") == [("old",)]
    back, first = run("history", "list")["sets"]
    assert (back["action"], back["reverts"], back["reason"]) == ("revert", identifier, "it was right")
    assert first["reverted_by"] == back["id"]


def test_triggers_are_named_whose_writing_is_not_kept(
    run: Cli, sql: Sql, pg_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    identifier = change(run, "new")
    assert run("history", "show", identifier)["triggers"] == []
    sql("CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")
    sql("CREATE TRIGGER noting BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION note()")
    assert run("history", "show", identifier)["triggers"] == ["t: noting"]
    assert cli.main(["history", "show", identifier, "--url", pg_url]) == 0
    assert "what triggers wrote (t: noting)" in capsys.readouterr().out


def test_tables_of_another_database_are_not_looked_at_for_triggers(
    run: Cli, make_database: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    identifier = change(run, "new")
    other = make_database()
    with psycopg.connect(other, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, a text)")
        connection.execute("CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")
        connection.execute("CREATE TRIGGER noting BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION note()")
    capsys.readouterr()
    assert cli.main(["history", "show", identifier, "--url", other, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["triggers"] == []


def test_what_others_changed_since_is_not_overwritten(run: Cli, sql: Sql) -> None:
    identifier = change(run, "new")
    sql("UPDATE t SET a = 'theirs' WHERE id = 1")
    assert run("history", "revert", identifier, "--yes") == "rows.conflict"
    assert sql("SELECT a FROM t WHERE id = 1") == [("theirs",)]


def test_the_list_is_narrowed_and_goes_on(run: Cli) -> None:
    ids = [change(run, value, "--reason", f"because {value}") for value in ("b", "c", "d")]

    def listed(*words: str) -> list[str]:
        return [each["id"] for each in run("history", "list", *words)["sets"]]

    assert listed() == ids[::-1]
    assert listed("--search", "BECAUSE C") == [ids[1]]
    assert listed("--limit", "2", "--before", ids[2]) == [ids[1], ids[0]]
    assert listed("--table", "t", "--since", "2020-01-01") == ids[::-1]
    assert listed("--table", "u") == listed("--until", "2020-01-01") == listed("--person", "nobody") == []
    assert listed("--all") == ids[::-1]


def test_people_read_it_too(run: Cli, pg_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    identifier = change(run, "new\u202eline", "--reason", "why")
    assert cli.main(["history", "show", identifier, "--url", pg_url]) == 0
    said = capsys.readouterr().out
    assert "changed t id = 1" in said
    assert "a: old → new" in said
    assert "\u202e" not in said
    assert cli.main(["history", "list", "--url", pg_url]) == 0
    assert "why" in capsys.readouterr().out


def test_what_is_not_there_is_said(run: Cli) -> None:
    assert run("history", "show", "ffff") == "history.unknown_set"
    assert run("history", "revert", "ffff") == "history.unknown_set"
    assert run("history", "list", "--shared") == "history.no_table"


def test_a_masking_connection_shows_no_values(seeded_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*words: str) -> str:
        capsys.readouterr()
        assert cli.main(words) == 0
        return capsys.readouterr().out

    said("profiles", "add", "masked", seeded_url, "--masking")
    row = json.loads(said("rows", "users", "--limit", "1", "--url", seeded_url, "--json"))["rows"][0]
    said("set", "users", "email=secret@new.example", "--key", f"id={row['id']}", "--url", seeded_url)
    (saved,) = json.loads(said("history", "list", "--profile", "masked", "--json"))["sets"]
    for words in (("show", saved["id"], "--sql"), ("revert", saved["id"])):
        for form in ((), ("--json",)):
            shown = said("history", *words, "--profile", "masked", *form)
            assert "masked" in shown
            assert row["email"] not in shown
            assert "secret@new.example" not in shown


def test_a_connection_that_asks_for_a_reason_gets_one(
    pg_url: str, run: Cli, sql: Sql, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["profiles", "add", "strict", pg_url, "--requires-reason"]) == 0
    words = ["set", "t", "a=new", "--key", "id=1", "--profile", "strict", "--json"]
    capsys.readouterr()
    assert cli.main(words) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "history.reason"
    assert sql("SELECT a FROM t WHERE id = 1") == [("old",)]
    assert cli.main([*words, "--reason", "because"]) == 0
    assert sql("SELECT a FROM t WHERE id = 1") == [("new",)]


def test_without_room_for_history_nothing_is_written_unless_wanted(run: Cli, sql: Sql) -> None:
    folder = Paths.default().data
    folder.mkdir(parents=True)
    Path(folder / "history").write_text("in the way", encoding="utf-8")
    words = ("set", "t", "a=new", "--key", "id=1")
    assert run(*words) == "history.unwritten"
    assert sql("SELECT a FROM t WHERE id = 1") == [("old",)]
    assert run(*words, "--without-history")["applied"]
    assert sql("SELECT a FROM t WHERE id = 1") == [("new",)]


def test_old_sets_are_pruned_when_that_was_said(run: Cli, pg_url: str) -> None:
    for name, days in (("aa", 40), ("bb", 20), ("cc", 0)):
        plant_set(pg_url, name, days=days)
    assert run("history", "prune", "--days", "30", "--dry-run")["would_delete"] == 1
    assert run("history", "prune", "--days", "30") == "cli.yes"
    assert run("history", "prune", "--days", "30", "--yes")["deleted"] == 1
    assert [each["id"] for each in run("history", "list")["sets"]] == ["cc", "bb"]
    assert run("history", "prune")["would_delete"] == 0


def test_a_team_shares_a_history(run: Cli, sql: Sql) -> None:
    assert run("history", "share") == "cli.yes"
    assert run("history", "share", "--yes")["relation"] == "_nexus_history"
    assert run("history", "share", "--yes") == "history.has_table"
    identifier = change(run, "new", "--reason", "for all")
    (saved,) = run("history", "list", "--shared")["sets"]
    assert (saved["id"], saved["source"], saved["reason"]) == (identifier, "shared", "for all")
    assert run("history", "revert", identifier, "--shared", "--yes")["applied"]
    assert sql("SELECT a FROM t WHERE id = 1") == [("old",)]
