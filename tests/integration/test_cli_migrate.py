"""`nexus-studio migrate …` on a real server: answers, exit codes, and what must be confirmed."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio import cli
from nexus_studio.cli_arguments import parse
from nexus_studio.cli_migrate_arguments import ACTIONS
from nexus_studio.cli_wording import words_for
from nexus_studio.cli_wording_migrations import MIGRATION_WORDS, STEPS
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.services.bundled_folder import project_folder
from tests.support.fix_projects import Rev

Sql = Callable[..., list[tuple[Any, ...]]]
Cli = Callable[..., tuple[int, Any]]

CHAIN = (
    Rev("a1", None, 'op.execute("CREATE TABLE a (id int)")', 'op.execute("DROP TABLE a")', "Create a"),
    Rev("b2", "a1", 'op.execute("CREATE TABLE b (id int)")', 'op.execute("DROP TABLE b")', "Create b"),
    Rev("c3", "b2", 'op.execute("CREATE TABLE c (id int)")', 'op.execute("DROP TABLE c")', "Create c"),
)


MODELS = """
from sqlalchemy import Column, Integer, MetaData, Table, Text

metadata = MetaData()
a = Table("a", metadata, Column("id", Integer), Column("note", Text, comment="what was said"))
"""


@pytest.fixture
def folder(make_project: Callable[..., Path]) -> Path:
    return make_project(CHAIN)


@pytest.fixture
def run(folder: Path, pg_url: str, capsys: pytest.CaptureFixture[str]) -> Cli:
    """A function that runs `migrate …` on the test's project and database and returns exit code and JSON answer."""

    def run(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = cli.main(["migrate", *words, "--url", pg_url, "--project", str(folder), "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else None

    return run


@pytest.fixture
def say(folder: Path, pg_url: str, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """A function that does the same and returns exit code, text and what went to stderr."""

    def said(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(["migrate", *words, "--url", pg_url, "--project", str(folder)])
        found = capsys.readouterr()
        return code, found.out, found.err

    return said


def fail(folder: Path) -> None:
    """Make the project's second revision one that fails."""
    file = next((folder / "alembic" / "versions").glob("b2_*"))
    file.write_text(file.read_text().replace("def downgrade", '    op.execute("SELECT 1/0")\n\n\ndef downgrade'))


def test_every_action_has_a_line_of_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["migrate", "--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"    {name} " in text for name, _, _ in ACTIONS)


@pytest.mark.parametrize(
    "words",
    [
        ["resolve"],
        ["resolve", "--applied", "a", "--retry", "b"],
        ["merge"],
        ["deploy", "--lock-timeout", "soon"],
        ["dev"],
    ],
)
def test_a_wrong_command_line_exits_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["migrate", *words]) == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(("said", "ms"), [("5s", 5000), ("500ms", 500), ("250", 250), ("1min", 60_000)])
def test_a_lock_timeout_has_units(said: str, ms: int) -> None:
    assert parse(["migrate", "deploy", "--lock-timeout", said]).lock_timeout == ms


@pytest.mark.parametrize(("said", "ms"), [("90", 90_000), ("0", None), ("5s", None), ("99999999", None)])
def test_the_patience_of_a_replay_is_in_seconds(said: str, ms: int | None) -> None:
    words = ["migrate", "resolve", "--show", "b2", "--replay-timeout", said]
    if ms is None:
        with pytest.raises(SystemExit):
            parse(words)
    else:
        assert parse(words).replay_timeout == ms


def test_the_exit_codes_of_status(run: Cli, sql: Sql, folder: Path) -> None:
    code, found = run("status")
    assert (code, found["standing"], found["pending"]) == (1, "none", 3)
    assert found["pending_revisions"] == ["a1", "b2", "c3"]
    assert found["next"] == ["nexus-studio migrate plan", "nexus-studio migrate deploy"]
    sql("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
    sql("INSERT INTO alembic_version VALUES ('c3')")
    code, found = run("status")
    assert (code, found["state"], found["project"]["place"]) == (0, "up_to_date", str(folder / "alembic.ini"))
    sql("UPDATE alembic_version SET version_num = 'b2'")
    assert run("status")[0] == 1
    sql("UPDATE alembic_version SET version_num = 'zz'")
    code, found = run("status")
    assert (code, found["state"], found["standing"]) == (2, "unknown", "ahead")
    sql("UPDATE alembic_version SET version_num = 'c3'")
    (folder / "alembic" / "versions" / "d4.py").write_text('revision = "d4"\ndown_revision = "c3"\ndef up(\n')
    code, found = run("status")
    assert code == 2
    assert (found["problems"][0]["code"], found["problems"][0]["line"]) == ("syntax", 3)


def test_the_status_of_nothing_and_of_nobodys_project(
    run: Cli, folder: Path, tmp_path: Path, pg_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    unreachable = ["--url", "postgresql://x:hush@127.0.0.1:1/d", "--project", str(folder), "--json"]
    assert cli.main(["migrate", "status", *unreachable]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "connection.refused"
    assert cli.main(["migrate", "status", "--url", pg_url, "--project", str(tmp_path), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "migration.project_missing"
    (folder / "alembic.ini").write_text("[alembic\n")
    code, found = run("status")
    assert (code, found["error"]["code"]) == (2, "migration.project_broken")
    assert "line" not in found["error"]["message"]


def test_the_way_up_and_the_way_down(run: Cli, say: Callable[..., tuple[int, str, str]], sql: Sql) -> None:
    code, found = run("plan", "--to", "b2")
    assert (code, [each["revision"] for each in found["steps"]]) == (0, ["a1", "b2"])
    assert found["steps"][0]["statements"][0]["sql"].startswith("CREATE TABLE a")
    code, found = run("deploy")
    assert (code, found["error"]["code"]) == (1, "migration.ledger_unasked")
    code, text, progress = say("deploy", "--to", "b2", "--ledger", "database")
    assert (code, text.splitlines()[-1]) == (0, "The database is now: 1 pending (b2)")
    assert "[1/2] applies a1 Create a" in progress
    assert "    1: CREATE TABLE a (id int)" in progress
    code, found = run("upgrade")
    assert (code, found["applied"], found["done"], found["state"]) == (0, 1, ["c3"], "up_to_date")
    code, found = run("downgrade", "a1")
    assert (code, found["error"]["code"]) == (1, "cli.yes")
    code, found = run("downgrade", "a1", "--yes")
    assert (code, found["done"], found["pending"]) == (0, ["c3", "b2"], 2)
    code, text, _ = say("status")
    assert "rolled back  b2" in text
    assert sql("SELECT count(*) FROM pg_class WHERE relname IN ('a', 'b', 'c')") == [(1,)]


def test_out_of_a_failed_one(run: Cli, say: Callable[..., tuple[int, str, str]], folder: Path) -> None:
    fail(folder)
    code, text, progress = say("deploy", "--ledger", "database")
    assert code == 1
    assert "FAILED: division by zero (22012)" in progress
    assert "next: nexus-studio migrate resolve --show b2" in text
    code, text, _ = say("status")
    assert code == 2
    assert "The migration b2 started at" in text
    assert "statement  2: SELECT 1/0" in text
    code, found = run("deploy")
    assert (code, found["error"]["code"]) == (1, "migration.unresolved")
    code, found = run("resolve", "--show", "b2")
    assert (code, [each["presence"] for each in found["statements"]]) == (0, ["absent", "invisible"])
    code, found = run("resolve", "--applied", "b2")
    assert (code, found["error"]["code"]) == (1, "cli.yes")  # against the evidence
    code, text, _ = say("resolve", "--rolled-back", "b2")
    assert (code, text.splitlines()[0]) == (0, "Migration b2 marked as rolled back.")
    code, found = run("resolve", "--rolled-back", "b2")
    assert (code, found["error"]["code"]) == (1, "migration.not_failed")
    assert run("resolve", "--applied", "nobody")[1]["error"]["code"] == "migration.unknown"


def test_a_lost_version_table_is_stamped(run: Cli, sql: Sql) -> None:
    run("deploy", "--to", "b2", "--ledger", "database")
    sql("DROP TABLE alembic_version")
    code, found = run("status")
    assert (code, found["standing"], found["next"]) == (2, "versions_lost", ["nexus-studio migrate stamp b2"])
    assert run("deploy")[1]["error"]["code"] == "migration.versions_lost"
    code, found = run("stamp", "b2")
    assert (code, found["standing"], found["current"]) == (0, "behind", ["b2"])


def test_tables_without_a_history_become_a_baseline(run: Cli, sql: Sql) -> None:
    """Where nobody has said yet where the ledger is kept, each command that writes it can be told."""
    sql("CREATE TABLE a (id int)")
    assert run("stamp", "a1")[1]["error"]["code"] == "migration.ledger_unasked"
    code, found = run("stamp", "a1", "--ledger", "database")
    assert (code, found["standing"], found["current"]) == (0, "behind", ["a1"])
    assert [each["state"] for each in found["revisions"]] == ["baseline", "pending", "pending"]
    assert run("deploy")[1]["done"] == ["b2", "c3"]


@pytest.mark.parametrize("words", [("downgrade", "b2", "--yes"), ("resolve", "--applied", "c3", "--yes")])
def test_what_plain_alembic_did_is_gone_on_with(run: Cli, sql: Sql, words: tuple[str, ...]) -> None:
    for name in "abc":
        sql(f"CREATE TABLE {name} (id int)")
    sql("CREATE TABLE alembic_version (version_num varchar(32) NOT NULL)")
    sql("INSERT INTO alembic_version VALUES (%s)", "c3" if words[0] == "downgrade" else "b2")
    assert run(*words)[1]["error"]["code"] == "migration.ledger_unasked"
    code, found = run(*words, "--ledger", "local")
    assert (code, found["current"]) == (0, ["b2"] if words[0] == "downgrade" else ["c3"])


def test_production_wants_a_reason_and_its_name(run: Cli) -> None:
    words = ("deploy", "--environment", "production", "--ledger", "database")
    code, found = run(*words, "--yes", "--confirm", "whatever")
    assert (code, found["error"]["code"]) == (1, "forbidden.locked")
    code, found = run(*words, "--yes", "--unlock", "release 4")
    assert (code, found["error"]["code"]) == (1, "cli.confirm")
    name = found["error"]["next"].removeprefix("Add --confirm ").rstrip(".")
    code, found = run(*words, "--unlock", "release 4", "--confirm", "another")
    assert code == 1
    code, found = run("resolve", "--applied", "a1", "--environment", "production", "--yes", "--unlock", "release 4")
    assert (code, found["error"]["code"]) == (1, "cli.confirm")
    code, found = run(*words, "--unlock", "release 4", "--confirm", name)
    assert (code, found["applied"]) == (0, 3)
    code, found = run("dev", "-m", "x", "--environment", "production", "--unlock", "release 4")
    assert (code, found["error"]["code"]) == (1, "forbidden.environment")


def test_a_revisions_sql_both_ways(run: Cli) -> None:
    code, found = run("show", "b")
    assert (code, found["revision"]) == (0, "b2")
    assert found["up"]["statements"][0]["sql"].startswith("CREATE TABLE b")
    assert found["down"]["statements"][0]["sql"].startswith("DROP TABLE b")


def test_two_heads_are_merged(run: Cli, folder: Path) -> None:
    versions = folder / "alembic" / "versions"
    (versions / "d4.py").write_text('revision = "d4"\ndown_revision = "b2"\ndef upgrade(): pass\n')
    code, found = run("status")
    assert (code, found["standing"], found["heads"]) == (2, "diverged", ["c3", "d4"])
    code, found = run("merge", "-m", "Join")
    assert code == 0
    assert Path(found["file"]).parent == versions
    assert run("status")[1]["standing"] == "none"


def test_from_models_to_a_migration(
    make_project: Callable[..., Path], pg_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_project(CHAIN[:1], models=MODELS)

    def run(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = cli.main(["migrate", *words, "--url", pg_url, "--project", str(folder), "--json"])
        return code, json.loads(capsys.readouterr().out)

    assert run("deploy", "--ledger", "database")[0] == 0
    code, found = run("check")
    assert (code, [each["name"] for each in found["differences"]]) == (1, ["a.note"])
    code, found = run("push", "--dry-run")
    assert (code, found["done"]) == (0, False)
    assert "ADD COLUMN note" in found["sql"][0]
    code, found = run("dev", "-m", "Add a note", "--create-only")
    assert code == 0
    assert "ADD COLUMN note" in found["sql"]
    assert run("status")[1]["pending_revisions"] == [found["revision"]]
    Path(found["file"]).unlink()
    code, found = run("dev", "-m", "Add a note")
    assert (code, found["done"], found["standing"]) == (0, [found["revision"]], "up_to_date")
    assert run("check") == (0, {"differences": []})
    assert run("dev", "-m", "Nothing")[1]["file"] is None
    code, found = run("generate")
    assert code == 0
    assert "note" in found["source"]


def test_without_a_project_the_bundled_one_counts(
    pg_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["migrate", "status", "--url", pg_url, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["project"]["bundled"], found["project"]["place"]) == (True, str(project_folder()))


def test_the_nearest_project_counts(
    pg_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "deeper").mkdir()
    monkeypatch.chdir(folder / "deeper")
    assert cli.main(["migrate", "status", "--url", pg_url, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["project"]["place"] == str(folder / "alembic.ini")


def test_looking_imports_no_alembic(folder: Path, pg_url: str) -> None:
    program = (
        "import sys; from nexus_studio import cli; "
        f"code = cli.main(['migrate', 'status', '--url', {pg_url!r}, '--project', {str(folder)!r}, '--json']); "
        "print(code, sorted({'alembic', 'models', 'env'} & set(sys.modules)), file=sys.stderr)"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert found.stderr == "1 []\n"


def test_a_saved_connection_knows_its_project(
    folder: Path, pg_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    python = tmp_path / "bin" / "python"
    added = ["profiles", "add", "shop", pg_url, "--project", str(folder), "--python", "bin/python", "--json"]
    assert cli.main(added) == 0
    assert json.loads(capsys.readouterr().out)["profile"]["python"] == str(python)
    assert cli.main(["migrate", "status", "--profile", "shop", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["project"]
    assert (found["place"], found["python"]) == (str(folder / "alembic.ini"), str(python))
    assert cli.main(["migrate", "deploy", "--profile", "shop", "--ledger", "local", "--json"]) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "migration.project_broken"
    assert "its Python can't be started" in error["message"]


def test_every_error_and_every_step_has_words() -> None:
    errors: set[str] = set()
    steps: set[str] = set()
    for file in (Path(cli.__file__).parent / "services").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                said = {"MigrationBlocked": errors, "Refused": errors, "Progress": steps}
                said.get(ast.unparse(node.func).rpartition(".")[2], set()).add(str(node.args[0].value))
    assert errors
    assert errors <= set(MIGRATION_WORDS)
    assert {step for step in steps if step.startswith("migration.")} <= set(STEPS)


@pytest.mark.parametrize("code", sorted(MIGRATION_WORDS))
def test_every_code_makes_a_sentence(code: str) -> None:
    message, _ = words_for(MigrationBlocked(code, reason="syntax", file="/x/alembic.ini"))
    assert message.strip()
    assert "{" not in message
    assert "  " not in message


def test_what_is_applied_needs_no_way_out(say: Callable[..., tuple[int, str, str]]) -> None:
    say("deploy", "--ledger", "database")
    code, text, _ = say("resolve", "--show", "b2")
    assert code == 0
    assert "there is nothing to resolve" in text
    assert "present           CREATE TABLE b" in text
    assert "--applied" not in text


def test_what_runs_is_not_judged(say: Callable[..., tuple[int, str, str]], pg_url: str, sql: Sql) -> None:
    say("deploy", "--ledger", "database", "--to", "a1")
    with psycopg.connect(pg_url, application_name="nexus-studio migrate feedfacefeed") as runner:
        columns = "id, checksum, migration_name, started_at, run, backend_pid"
        row = ("run-b2", "", "b2", "feedfacefeed", runner.info.backend_pid)
        sql(f"INSERT INTO _nexus_migrations ({columns}) VALUES (%s, %s, %s, now(), %s, %s)", *row)
        runner.execute("SELECT 1")  # in a transaction: at work, and not idle
        code, _, complaint = say("resolve", "--show", "b2")
        assert code == 1
        assert f"The migration b2 is still being run by server process {row[4]}." in complaint
