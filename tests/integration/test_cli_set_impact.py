"""`set --dry-run` of a key: what else the database would do is tried, said and rolled back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from nexus_studio import cli

Sql = Callable[..., list[tuple[Any, ...]]]


def test_a_dry_run_says_what_follows_a_key(pg_url: str, sql: Sql, capsys: pytest.CaptureFixture[str]) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'x'), (2, 'y')")
    sql("CREATE TABLE child (t int CONSTRAINT to_t REFERENCES t ON UPDATE CASCADE); INSERT INTO child VALUES (1), (1)")

    def run(*words: str) -> Any:
        assert cli.main(["set", "t", *words, "--url", pg_url, "--dry-run", "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    assert run("id=9", "--key", "id=1")["impact"] == {
        "known": True,
        "reason": None,
        "tables": [
            {
                "relation": "child",
                "removed": 0,
                "changed": 2,
                "added": 0,
                "foreign_keys": ["to_t"],
                "by_triggers": False,
            }
        ],
        "triggers": [],
    }
    refused = run("id=2", "--key", "id=1")["impact"]
    assert (refused["known"], refused["reason"], refused["tables"]) == (False, "constraint.unique", [])
    assert "impact" not in run("a=new", "--key", "id=1")
    assert cli.main(["set", "t", "id=9", "--key", "id=1", "--url", pg_url, "--dry-run"]) == 0
    assert "-- besides: child: 0 removed, 2 changed, 0 added" in capsys.readouterr().out
    assert sql("SELECT id FROM t ORDER BY id") == [(1,), (2,)]
