"""`import-sqlite` on the command line: dry run, import, refusals, exit codes, and what is said as JSON."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from nexus_studio import cli

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    connection.executescript("""
        CREATE TABLE User (id INTEGER PRIMARY KEY, email TEXT, isActive, createdAt DATETIME, extra TEXT);
        CREATE TABLE Leftover (id INT);
        INSERT INTO User VALUES (1, 'a@x', 1, 1700000000000, ''), (2, 'SECRET', 'maybe', 1700000000000, '')
    """)
    connection.close()
    return path


def test_import_sqlite(old: Path, pg_url: str, sql: Sql, capsys: pytest.CaptureFixture[str]) -> None:
    sql("CREATE TABLE users (id int PRIMARY KEY, email text, is_active boolean, created_at timestamptz)")
    database = str(conninfo_to_dict(pg_url)["dbname"])

    def run(*words: str) -> tuple[int, str, str]:
        code = cli.main(["import-sqlite", str(old), "--url", pg_url, *words])
        out, err = capsys.readouterr()
        assert "SECRET" not in out + err, "no value is ever said"
        return code, out, err

    code, out, _ = run("--dry-run", "--json")
    found = json.loads(out)
    assert (code, found["refused"], found["dry_run"], found["constraints_tried"]) == (1, 1, True, True)
    assert found["refusals"] == [{"table": "User", "row": 2, "column": "isActive", "reason": "value.not_boolean"}]
    (table,) = found["tables"]
    assert (table["target"], table["columns"]["createdAt"]) == ("users", "created_at")
    assert table["moments"] == {"createdAt": "milliseconds"}
    assert (table["unmatched_columns"], found["unmatched_tables"]) == (["extra"], ["Leftover"])
    code, out, _ = run("--dry-run")
    assert code == 1
    assert "this is neither true nor false" in out
    assert "No table for: Leftover" in out
    code, _, err = run()
    assert (code, "--confirm" in err) == (1, True)
    code, out, _ = run("--confirm", database, "--json")
    assert (code, json.loads(out)["error"]["code"]) == (1, "import.values")
    assert sql("SELECT count(*) FROM users") == [(0,)]

    connection = sqlite3.connect(old)
    connection.execute("UPDATE User SET isActive = 0")
    connection.commit()
    connection.close()
    assert run("--dry-run")[0] == 0
    code, out, _ = run("--confirm", database, "--moments", "User.createdAt=seconds", "--map", "User.email=")
    assert code == 0
    assert "Counts and checksums of file and database agree." in out
    assert sql("SELECT email, extract(year FROM created_at)::int FROM users") == [(None, 55840), (None, 55840)]
    for words, wrong in (
        (("--map", "User"), "cli.assignment"),
        (("--moments", "User.createdAt=weeks"), "import.form_unknown"),
        (("--map", "Nobody=users"), "import.map_unknown"),
    ):
        code, out, _ = run("--dry-run", "--json", *words)
        assert (code, json.loads(out)["error"]["code"]) == (1, wrong)
    old.unlink()  # said before anybody is asked for a name
    assert json.loads(run("--json")[1])["error"]["code"] == "import.file_missing"
    code, out, _ = run("--confirm", database, "--json", "--environment", "production")
    assert (code, json.loads(out)["error"]["code"]) == (1, "forbidden.environment")
