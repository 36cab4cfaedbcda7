"""`duplicate` on a real server: a row with chosen children, in one transaction, kept in the history."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from nexus_studio import cli

Sql = Callable[..., list[tuple[Any, ...]]]
Run = Callable[..., Any]


@pytest.fixture
def duplicate(pg_url: str, sql: Sql, capsys: pytest.CaptureFixture[str]) -> Run:
    """A function that runs `duplicate` with --json on orders with lines and returns the answer."""
    sql("CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text UNIQUE NOT NULL, note text)")
    sql("CREATE TABLE lines (id serial PRIMARY KEY, order_id int NOT NULL REFERENCES orders, article text)")
    sql("INSERT INTO orders (code, note) VALUES ('A', 'old')")
    sql("INSERT INTO lines (order_id, article) VALUES (1, 'pen'), (1, 'ink')")

    def run(*words: str) -> Any:
        capsys.readouterr()
        code = cli.main(["duplicate", *words, "--url", pg_url, "--json"])
        found = json.loads(capsys.readouterr().out)
        assert (code == 0) == ("error" not in found)
        return found

    return run


def test_a_row_is_written_with_its_children(duplicate: Run, sql: Sql) -> None:
    found = duplicate("orders", "--key", "id=1", "--with", "lines", "--set", "note=new")
    assert found["applied"]
    assert [str(row["relation"]) for row in found["rows"]] == ["orders", "lines", "lines"]
    assert found["unique"][0]["copy"] == "A (copy)"
    assert sql(
        "SELECT o.code, o.note, l.article FROM orders o JOIN lines l ON l.order_id = o.id WHERE o.id = 2 ORDER BY l.id"
    ) == [("A (copy)", "new", "pen"), ("A (copy)", "new", "ink")]


def test_a_dry_run_takes_no_numbers(duplicate: Run, sql: Sql) -> None:
    found = duplicate("orders", "--key", "id=1", "--with", "lines", "--dry-run")
    assert not found["applied"]
    assert len(found["rows"]) == 3
    assert sql("SELECT last_value FROM orders_id_seq") == [(1,)]
    assert sql("SELECT count(*) FROM orders") == [(1,)]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--key", "id=7"), "duplicate.gone"),
        (("--key", "id=1", "--with", "nothing"), "duplicate.unknown_child"),
        (("--key", "id=1", "--set", "id=5"), "cli.read_only_column"),
        (("--key", "id=1", "--set", "code"), "cli.assignment"),
        (("--key", "code=A"), "cli.key"),
    ],
)
def test_what_cannot_be_is_said(duplicate: Run, words: tuple[str, ...], code: str) -> None:
    assert duplicate("orders", *words)["error"]["code"] == code
