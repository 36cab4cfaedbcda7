"""`nexus-studio migrate …` on a Prisma project: Prisma's codes and phrases beside our own words, and our exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio import cli
from tests.support.fix_cluster import drop_database, make_conninfo_url
from tests.support.fix_prisma import GOOD, N1, N2, N3

Say = Callable[..., tuple[int, str, str]]
Run = Callable[..., tuple[int, Any]]
Sql = Callable[..., list[tuple[Any, ...]]]

A = GOOD[N1]


def write(folder: Path, name: str, script: str | None) -> Path:
    place = folder / "prisma" / "migrations" / name
    place.mkdir(parents=True, exist_ok=True)
    if script is not None:
        (place / "migration.sql").write_text(script)
    return place / "migration.sql"


@pytest.fixture
def say(prisma_folder: Path, pg_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """A function that runs `migrate …` on the test's project, the database from DATABASE_URL, and returns all said."""
    monkeypatch.setenv("DATABASE_URL", pg_url)

    def said(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(["migrate", *words, "--project", str(prisma_folder)])
        found = capsys.readouterr()
        return code, found.out, found.err

    return said


@pytest.fixture
def run(say: Say) -> Run:
    """The same with the answer in JSON."""

    def run(*words: str) -> tuple[int, Any]:
        code, out, _ = say(*words, "--json")
        return code, json.loads(out) if out else None

    return run


def fail(folder: Path, say: Say) -> None:
    """Bring it to where N1 is applied and N2 has failed."""
    write(folder, N1, A)
    write(folder, N2, "CREATE TABEL b(id int);")
    assert say("deploy")[0] == 1


def test_status_deploy_status(prisma_folder: Path, say: Say) -> None:
    write(prisma_folder, N1, A)
    write(prisma_folder, N2, GOOD[N2])
    code, out, _ = say("status")
    assert code == 1
    assert "2 migrations found in prisma/migrations" in out
    assert f"Following migrations have not yet been applied:\n{N1}\n{N2}" in out
    code, out, err = say("deploy")
    assert code == 0
    assert f"Applying migration `{N1}`" in out
    assert "The following migration(s) have been applied:" in out
    assert "All migrations have been successfully applied." in out
    assert "[1/2] applies" in err
    code, out, _ = say("status")
    assert (code, "Database schema is up to date!" in out) == (0, True)
    code, out, _ = say("deploy")
    assert (code, "No pending migrations to apply." in out) == (0, True)


def test_a_failed_one(prisma_folder: Path, say: Say, run: Run) -> None:
    write(prisma_folder, N1, A)
    write(prisma_folder, N2, "CREATE TABEL b(id int);")
    code, out, err = say("deploy")
    assert code == 1
    assert "Error: P3018" in err
    assert "Database error code: 42601" in err
    assert "The migration 20240102000000_second failed." in out
    code, out, _ = say("status")
    assert code == 2  # somebody must decide, as on Alembic's projects
    assert "have failed" in out
    assert f"next: nexus-studio migrate resolve --show {N2}" in out
    code, out, err = say("deploy")
    assert code == 1
    assert "2 migrations found in prisma/migrations" in out  # counted also where it is refused
    assert "Error: P3009" in err
    assert "migrate found failed migrations in the target database" in err
    assert "(P3009)" in err
    code, found = run("deploy")
    assert (code, found["error"]["code"]) == (1, "migration.unresolved")
    assert "P3009" in found["error"]["message"]


def test_a_failed_one_is_resolved_both_ways(prisma_folder: Path, say: Say, sql: Sql) -> None:
    fail(prisma_folder, say)
    code, out, _ = say("resolve", "--rolled-back", N2)
    assert (code, f"Migration {N2} marked as rolled back." in out) == (0, True)
    write(prisma_folder, N2, GOOD[N2])
    assert say("deploy")[0] == 0
    write(prisma_folder, N3, "SELECT 1/0;")
    assert say("deploy")[0] == 1
    code, out, _ = say("resolve", "--applied", N3)
    assert (code, f"Migration {N3} marked as applied." in out) == (0, True)
    assert say("status")[0] == 0
    rows = sql("SELECT migration_name, applied_steps_count, logs FROM _prisma_migrations ORDER BY started_at")
    assert [(row[0], row[1], row[2] == "") for row in rows] == [
        (N1, 1, False),
        (N2, 0, False),
        (N2, 1, False),
        (N3, 0, False),
        (N3, 0, True),
    ]


@pytest.mark.parametrize(
    ("words", "code", "phrase"),
    [
        (("resolve", "--applied", N1), "P3008", "is already recorded as applied in the database."),
        (("resolve", "--applied", "2024"), "P3017", "could not be found"),
        (("resolve", "--rolled-back", N1), "P3012", "it is not in a failed state"),
        (("resolve", "--rolled-back", N3), "P3011", "it was never applied to the database"),
    ],
)
def test_what_is_refused(prisma_folder: Path, say: Say, words: tuple[str, ...], code: str, phrase: str) -> None:
    write(prisma_folder, N1, A)
    assert say("deploy")[0] == 0
    exit_code, _, err = say(*words)
    assert exit_code == 1
    assert f"Error: {code}\n\n" in err
    assert phrase in err


def test_rolling_back_without_a_ledger(say: Say) -> None:
    code, _, err = say("resolve", "--rolled-back", N1)
    assert code == 1
    assert "Invariant violation: called markMigrationRolledBack on a database without migrations table." in err


def test_c35_resolve_with_no_or_both_options(say: Say) -> None:
    code, _, err = say("resolve", "--applied", N1, "--rolled-back", N1)
    assert (code, "Pass either --applied or --rolled-back, not both." in err) == (2, True)
    code, _, err = say("resolve")
    assert (code, "--applied or --rolled-back must be part of the command" in err) == (2, True)
    code, _, err = say("resolve", "--applied", "")
    assert (code, "--applied or --rolled-back must be part of the command" in err) == (2, True)


@pytest.mark.parametrize(
    ("words", "done"),
    [
        (("--applied", "", "--rolled-back", N2), f"Migration {N2} marked as rolled back."),
        (("--rolled-back", "", "--applied", N2), f"Migration {N2} marked as applied."),
    ],
)
def test_an_empty_option_of_resolve_counts_as_absent(
    prisma_folder: Path, say: Say, words: tuple[str, ...], done: str
) -> None:
    fail(prisma_folder, say)
    code, out, err = say("resolve", *words)
    assert (done in out, "not both" in err) == (True, False), code


def test_a_baseline(prisma_folder: Path, say: Say, sql: Sql) -> None:
    sql("CREATE TABLE a(id int)")
    write(prisma_folder, N1, A)
    write(prisma_folder, N2, GOOD[N2])
    code, _, err = say("deploy")
    assert (code, "Error: P3005\n\nThe database schema is not empty." in err) == (1, True)
    code, out, _ = say("status")
    assert code == 2
    assert "migrate stamp NAME" in out
    assert say("stamp", N1, "--yes")[0] == 0
    code, out, _ = say("deploy")
    assert (code, f"Applying migration `{N2}`" in out, N1 in out) == (0, True, False)


def test_an_edited_one_and_a_missing_folder_are_told(prisma_folder: Path, say: Say, run: Run) -> None:
    file = write(prisma_folder, N1, A)
    other = write(prisma_folder, N2, GOOD[N2])
    say("deploy")
    file.write_text("CREATE TABLE other(id int);")
    code, out, _ = say("status")
    assert code == 0
    assert "edited since applied" in out
    assert "says, with exit code 0" in out
    assert f"That is not so:\n  - {N1} was edited since it was applied" in out
    other.unlink()
    other.parent.rmdir()
    code, found = run("status")
    assert (code, found["standing"]) == (2, "ahead")
    assert found["prisma"]["exit_code"] == 0
    assert found["prisma"]["misleading"] is True
    assert found["prisma"]["untold"] == [
        {"migration": N2, "why": "missing"},
        {"migration": N1, "why": "edited"},
    ]


def test_c47_a_folder_without_its_file(prisma_folder: Path, say: Say) -> None:
    write(prisma_folder, N1, A)
    write(prisma_folder, N2, None)
    code, out, _ = say("status")
    assert (code, "P3015" in out) == (2, True)
    code, out, err = say("deploy")
    assert code == 1
    assert f"Applying migration `{N1}`" in out
    assert "P3015" in err
    code, _, err = say("deploy")
    assert (code, "Error: P3015\n\nCould not find the migration file at migration.sql." in err) == (1, True)
    assert str(prisma_folder / "prisma" / "migrations" / N2) in err


def test_c63_the_provider(prisma_folder: Path, say: Say) -> None:
    write(prisma_folder, N1, A)
    (prisma_folder / "prisma" / "migrations" / "migration_lock.toml").write_text('provider = "mysql"\n')
    code, out, _ = say("status")
    assert (code, "P3019" in out) == (2, True)
    code, _, err = say("deploy")
    assert (code, "Error: P3019" in err) == (1, True)


def test_c65_a_database_that_is_not_there(
    prisma_folder: Path, cluster_url: str, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(prisma_folder, N1, A)
    url = make_conninfo_url(cluster_url, "nxs_prisma_made")
    monkeypatch.setenv("DATABASE_URL", url)
    code, _, err = say("status")
    assert code == 3
    assert "Error: P1003\n\nDatabase `nxs_prisma_made` does not exist on the database server at" in err
    try:
        code, _, err = say("deploy")
        assert (code, "PostgreSQL database nxs_prisma_made created at " in err) == (0, True)
    finally:
        with psycopg.connect(cluster_url, autocommit=True) as connection:
            drop_database(connection, "nxs_prisma_made")


def test_a_server_that_is_not_there(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://postgres@localhost:1/nothing")
    code, _, err = say("status")
    assert code == 3
    assert "Error: P1001\n\nCan't reach database server at `localhost:1`" in err


def test_no_right_to_read_the_ledger(
    prisma_folder: Path, say: Say, sql: Sql, pg_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(prisma_folder, N1, A)
    assert say("deploy")[0] == 0
    sql("DROP ROLE IF EXISTS prisma_poor")
    sql("CREATE ROLE prisma_poor LOGIN")
    try:
        monkeypatch.setenv("DATABASE_URL", pg_url.replace("//postgres", "//prisma_poor"))
        for words in ("status", "deploy"):
            code, _, err = say(words)
            assert code in {1, 2}
            assert "ERROR: permission denied for table _prisma_migrations" in err
    finally:
        sql("DROP ROLE prisma_poor")


def test_a_deploy_says_beforehand_what_is_news(prisma_folder: Path, say: Say) -> None:
    write(prisma_folder, N1, f"{A}; CREATE TABLE gone(id int)")
    assert say("deploy")[0] == 0
    write(prisma_folder, N2, "CREATE TABLE b(id int); CREATE TABLE c(id int); DROP TABLE gone")
    code, _, err = say("deploy")
    assert (code, "rolled back" in err, "gone" in err) == (0, False, True), err


def test_c67_reset_wants_the_databases_name(prisma_folder: Path, say: Say, sql: Sql, pg_url: str) -> None:
    write(prisma_folder, N1, A)
    assert say("deploy")[0] == 0
    sql("INSERT INTO a VALUES (1)")
    sql("CREATE TABLE leftover(id int); CREATE SCHEMA kept; CREATE TABLE kept.t(id int)")
    before = sql("SELECT id FROM _prisma_migrations")
    assert say("reset", "--force")[0] == 1
    assert sql("SELECT count(*) FROM a") == [(1,)]
    name = sql("SELECT current_database()")[0][0]
    code, out, err = say("reset", "--confirm", name, "--no-backup", "--beside-others")
    assert code == 0, err
    assert (
        f"Database reset successful\n\nThe following migration(s) have been applied:\n\nmigrations/\n  └─ {N1}" in out
    )
    after = sql("SELECT id, applied_steps_count FROM _prisma_migrations")
    assert [row[1] for row in after] == [1]
    assert after[0][0] != before[0][0]
    assert sql("SELECT count(*) FROM a") == [(0,)]
    assert sql("SELECT to_regclass('leftover') IS NULL, to_regclass('kept.t') IS NOT NULL") == [(True, True)]


@pytest.mark.parametrize("words", [("create", "-m", "add users"), ("dev", "-m", "add users")])
def test_creating_is_left_to_prisma(say: Say, words: tuple[str, ...]) -> None:
    code, _, err = say(*words)
    assert code == 1
    assert "left to Prisma" in err
    flags = "--create-only --name" if "create" in words or "--create-only" in words else "--name"
    assert f"npx prisma migrate dev {flags} 'add users'" in err


@pytest.mark.parametrize("words", [("check",), ("merge", "-m", "x"), ("push", "--dry-run"), ("downgrade", "base")])
def test_what_prisma_has_no_like_of(say: Say, words: tuple[str, ...]) -> None:
    code, _, err = say(*words)
    assert code == 1
    assert "Prisma" in err


def test_plan_show_test_and_evidence(prisma_folder: Path, say: Say, run: Run) -> None:
    fail(prisma_folder, say)
    write(prisma_folder, N3, "CREATE TABLE c(id int); CREATE INDEX c_id ON c(id);")
    code, out, _ = say("show", N3)
    assert (code, "CREATE INDEX c_id ON c(id);" in out) == (0, True)
    code, out, _ = say("plan")
    assert (code, N3 in out) == (0, True)
    code, out, _ = say("test")
    assert code == 1
    assert "P3006" in out
    code, found = run("resolve", "--show", N2)
    assert code == 0
    assert found["recommended"] == "mark_rolled_back"  # it fails by itself: it has to be corrected first
    code, out, _ = say("resolve", "--show", N2)
    assert 'syntax error at or near "TABEL"' in out


def test_a_half_applied_one_is_finished(prisma_folder: Path, say: Say, run: Run, sql: Sql) -> None:
    write(prisma_folder, N1, "CREATE TABLE a(id int); CREATE TABLE b(id int);")
    sql("CREATE SCHEMA s; CREATE TABLE s.b(id int)")
    assert say("status")[0] == 1
    file = write(prisma_folder, N2, "CREATE TABLE c(id int); ALTER TABLE later ADD x int; CREATE TABLE d(id int);")
    assert say("deploy", "--prisma-version", "7.10.1")[0] == 1
    assert sql("SELECT to_regclass('c') IS NOT NULL, to_regclass('d') IS NULL") == [(True, True)]
    file.write_text("CREATE TABLE c(id int); CREATE TABLE d(id int);")
    code, found = run("resolve", "--show", N2)
    assert [each["presence"] for each in found["statements"]] == ["present", "absent"]
    assert code == 0
    assert found["recommended"] in {"clean_up", "finish"}
    code, out, err = say("resolve", "--finish", N2, "--yes")
    assert code == 0, (out, err)
    assert sql("SELECT to_regclass('d') IS NOT NULL") == [(True,)]
    rows = sql(
        "SELECT rolled_back_at IS NULL, finished_at IS NULL, applied_steps_count, logs = '' FROM"
        " _prisma_migrations WHERE migration_name = %s ORDER BY started_at",
        N2,
    )
    assert rows == [(False, True, 0, False), (True, False, 0, True)]
    assert say("status")[0] == 0


def test_one_that_is_run_again_alone(prisma_folder: Path, say: Say, sql: Sql) -> None:
    fail(prisma_folder, say)
    write(prisma_folder, N2, GOOD[N2])
    write(prisma_folder, N3, GOOD[N3])
    code, out, err = say("resolve", "--run-again", N2, "--yes")
    assert code == 0, (out, err)
    assert sql("SELECT migration_name, finished_at IS NOT NULL FROM _prisma_migrations ORDER BY started_at") == [
        (N1, True),
        (N2, False),
        (N2, True),
    ]


def test_production_wants_a_reason_and_the_name(prisma_folder: Path, say: Say, sql: Sql) -> None:
    write(prisma_folder, N1, A)
    assert say("deploy", "--environment", "production")[0] == 1
    assert sql("SELECT to_regclass('_prisma_migrations') IS NULL") == [(True,)]
    name = sql("SELECT current_database()")[0][0]
    safe = ("--environment", "production", "--unlock", "the release of May", "--confirm")
    assert say("deploy", *safe, "other")[0] == 1
    assert say("deploy", *safe, name)[0] == 0
    assert say("resolve", "--applied", N1, "--environment", "production")[0] == 1


def test_the_nearest_project_counts(
    prisma_folder: Path, pg_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(prisma_folder, N1, A)
    inside = prisma_folder / "src" / "deeper"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    assert cli.main(["migrate", "status", "--url", pg_url, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["prisma"]["says"] == "pending"


def test_adopt_says_what_it_will_do_and_does_it(prisma_folder: Path, say: Say, run: Run, tmp_path: Path) -> None:
    write(prisma_folder, N1, A)
    assert say("deploy")[0] == 0
    folder = tmp_path / "db"
    code, out, _ = say("adopt", "--into", str(folder), "--dry-run")
    assert code == 0
    assert "1. read 1 tables and 0 views of the schema public" in out
    assert "Prisma's own table and files stay as they are." in out
    assert not folder.exists()
    code, found = run("adopt", "--into", str(folder), "--yes")
    assert (code, found["done"], found["tables"]) == (0, True, 1)
    assert sorted(each.name for each in folder.iterdir()) == ["alembic", "alembic.ini", "models.py"]
    code, out, err = say("adopt", "--into", str(folder), "--yes")
    assert code == 1
    assert "Alembic has been at work in this database already" in err
    code = cli.main(["migrate", "status", "--project", str(folder)])
    assert code == 0
    assert cli.main(["migrate", "check", "--project", str(folder)]) == 0
    assert cli.main(["migrate", "adopt", "--into", str(tmp_path / "x"), "--project", str(folder)]) == 1


def test_adopt_refuses_what_is_not_finished(prisma_folder: Path, say: Say, tmp_path: Path) -> None:
    fail(prisma_folder, say)
    code, _, err = say("adopt", "--into", str(tmp_path / "db"), "--yes")
    assert code == 1
    assert N2 in err
    assert "Migrations have failed" in err


def test_the_lock_is_given_back_before_anybody_looks(prisma_folder: Path, say: Say) -> None:
    """Whatever a script leaves open: the line's end alone would be seen by the server a moment later."""
    write(prisma_folder, N1, A)
    write(prisma_folder, N2, "BEGIN; SELECT 1/0;")
    for _ in range(5):
        _, out, _ = say("deploy")
        assert "being migrated right now" not in out
        say("resolve", "--rolled-back", N2)


def test_a_version_that_is_none_is_refused(say: Say) -> None:
    code, _, err = say("status", "--prisma-version", "banana")
    assert code == 2
    assert "must be a version of Prisma" in err


def test_dev_gives_prismas_command_with_the_name_quoted(say: Say) -> None:
    code, _, err = say("dev", "-m", "add two; rm -rf x")
    assert code == 1
    assert "Run `npx prisma migrate dev --name 'add two; rm -rf x'`." in err


def test_a_version_that_is_none_is_refused_of_a_connection_too(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["profiles", "add", "x", "postgresql://x@localhost/x", "--prisma-version", "banana"]
    assert cli.main(words) == 2
    assert "must be a version of Prisma" in capsys.readouterr().err


def test_the_version_said_goes_before_that_of_the_connection(
    prisma_folder: Path, pg_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(prisma_folder, N1, A)
    words = ["--environment", "development", "--prisma-version", "6.19.3", "--project", str(prisma_folder)]
    assert cli.main(["profiles", "add", "shop", pg_url, *words]) == 0
    for said, version in (([], "6.19.3"), (["--prisma-version", "7.4.0"], "7.4.0")):
        capsys.readouterr()
        assert cli.main(["migrate", "status", "--profile", "shop", "--json", *said]) == 1
        assert json.loads(capsys.readouterr().out)["prisma"]["version"] == version


def test_status_makes_a_schema_that_is_gone(prisma_folder: Path, say: Say, sql: Sql) -> None:
    write(prisma_folder, N1, A)
    sql("DROP SCHEMA public")
    code, out, _ = say("status")
    assert (code, "The schema public was not there and was made" in out) == (1, True)
    assert sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'public'") == [(1,)]
    code, out, _ = say("status")
    assert (code, "was made" in out) == (1, False)


def test_prismas_switch_does_without_the_lock(
    prisma_folder: Path, say: Say, pg_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(prisma_folder, N1, A)
    monkeypatch.setattr("nexus_studio.services.prisma.connection.LOCK_WAIT_S", 0.2)
    with psycopg.connect(pg_url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(72707369)")
        for value in ("", "0"):
            monkeypatch.setenv("PRISMA_SCHEMA_DISABLE_ADVISORY_LOCK", value)
            code, _, err = say("deploy")
            assert (code, "P1002" in err) == (1, True)
        monkeypatch.setenv("PRISMA_SCHEMA_DISABLE_ADVISORY_LOCK", "1")
        assert say("deploy")[0] == 0


def test_the_schema_of_the_url_leads_all_there(
    prisma_folder: Path, say: Say, pg_url: str, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{pg_url}{'&' if '?' in pg_url else '?'}schema=Shop")
    schema = prisma_folder / "prisma" / "schema.prisma"
    schema.write_text(schema.read_text().replace('DATABASE_URL")\n', 'DATABASE_URL")\n  schemas = ["Shop", "more"]\n'))
    write(prisma_folder, N1, A)
    write(prisma_folder, N2, "CREATE TABEL b(id int);")
    code, out, _ = say("status")
    assert (code, "The schema Shop was not there and was made" in out) == (1, True)
    assert "schema.prisma names further schemas: more." in out
    assert say("deploy")[0] != 0
    assert say("status", "--json")[0] == 2
    assert say("resolve", "--rolled-back", N2)[0] == 0
    found = sql("SELECT DISTINCT schemaname FROM pg_tables WHERE tablename IN ('a', '_prisma_migrations')")
    assert found == [("Shop",)]
    assert sql('SELECT count(*) FROM "Shop"._prisma_migrations WHERE rolled_back_at IS NOT NULL') == [(1,)]
