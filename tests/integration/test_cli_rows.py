"""`rows` on a real server: conditions in every form, orders, places, columns, formats and prices."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from nexus_studio import cli

Rows = Callable[..., Any]


@pytest.fixture(scope="module")
def url(make_database: Callable[..., str]) -> str:
    """A database with a table of a thousand rows."""
    return make_database()


@pytest.fixture(scope="module", autouse=True)
def _table(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute('CREATE TABLE t (id int PRIMARY KEY, name text, n int, tags text[], "a:desc" int, j jsonb)')
        connection.execute(
            "INSERT INTO t SELECT i, CASE WHEN i % 10 <> 0 THEN 'row ' || i END, i % 7, ARRAY[(i % 3)::text], -i,"
            " jsonb_build_object('k', i) FROM generate_series(1, 1000) i"
        )
        connection.execute("ANALYZE t")


@pytest.fixture
def rows(url: str, capsys: pytest.CaptureFixture[str]) -> Rows:
    """A function that runs `rows t` with --json and returns the answer; or the ids of the rows, or the error's code."""

    def rows(*words: str) -> Any:
        capsys.readouterr()
        code = cli.main(["rows", "t", "--url", url, *words, "--json"])
        found = json.loads(capsys.readouterr().out)
        assert (code == 0) == ("error" not in found)
        return found

    return rows


def ids(found: Any) -> list[int]:
    return [int(row["id"]) for row in found["rows"]]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--where-sql", "id < 4 -- the first"], [1, 2, 3]),
        (["--where-sql", "id < 4", "--where-sql", "n > 1"], [2, 3]),
        (["--where", "id:is:5", "--where-sql", "id = 1", "--any"], [1, 5]),
        (["--any", "--where-sql", "id < 3"], [1, 2]),
        (["--filter", '{"any": [{"column": "id", "operator": "is", "values": [7]}, {"sql": "id = 9"}]}'], [7, 9]),
        (["--filter", '{"not": {"column": "id", "operator": "gt", "values": ["2"]}}', "--where", "n:is:2"], [2]),
        (["--where", "j:json_path_is:k|12"], [12]),
        (["--where", "tags:array_overlaps:0|9", "--where", "id:lt:7"], [3, 6]),
        (["--sort", "name:desc:nulls-last", "--limit", "2"], [999, 998]),
        (["--sort", "name:nulls-first", "--sort", "id:desc", "--limit", "2"], [1000, 990]),
        (["--sort", "name:asc", "--limit", "1"], [1]),
        (["--sort", "a:desc", "--limit", "2"], [1000, 999]),
        (["--sort", "a:desc:desc", "--limit", "2"], [1, 2]),
        (["--row", "998"], [998, 999, 1000]),
        (["--row", "1001"], []),
        (["--row", "3", "--sort", "id:desc", "--limit", "2"], [998, 997]),
        (["--at", "0%", "--limit", "1"], [1]),
    ],
)
def test_which_rows_come(rows: Rows, words: list[str], expected: list[int]) -> None:
    assert ids(rows(*words)) == expected


def test_a_part_of_the_whole_is_found_about_there(rows: Rows) -> None:
    for share, words in (
        (0.6, ["--at", "60%"]),
        (0.25, ["--at", "25"]),
        (0.9, ["--at", "90", "--sort", "a:desc:desc"]),
    ):
        found = rows(*words, "--limit", "3")
        assert abs(ids(found)[0] - 1000 * share) <= 15
        assert abs(found["start"] - 1000 * share) <= 1
        assert ids(found) == list(range(ids(found)[0], ids(found)[0] + 3))


def test_any_of_nothing_is_every_row(rows: Rows) -> None:
    assert rows("--any", "--count")["count"] == 1000
    assert rows("--where-sql", "n = 0", "--count")["count"] == 142


def test_columns_stand_as_asked_for(rows: Rows, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = rows("--columns", "n,id", "--limit", "1")
    assert (found["columns"], found["rows"]) == (["n", "id"], [{"n": "1", "id": "1"}])
    assert rows("--columns", "a:desc", "--limit", "1")["rows"] == [{"a:desc": "-1"}]
    assert rows("--row", "5", "--limit", "1")["start"] == 5
    assert cli.main(["rows", "t", "--url", url, "--columns", "name", "--limit", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[:3] == ["name", "-----", "row 1"]


def test_every_format(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    def text(form: str) -> str:
        words = ["--where", "id:between:9|10", "--columns", "id,name,tags", "--format", form]
        assert cli.main(["rows", "t", "--url", url, *words]) == 0
        return capsys.readouterr().out

    cells = [["id", "name", "tags"], ["9", "row 9", "{0}"], ["10", "", "{1}"]]
    assert list(csv.reader(io.StringIO(text("csv")))) == cells
    assert list(csv.reader(io.StringIO(text("tsv")), dialect="excel-tab")) == cells
    assert [row["name"] for row in json.loads(text("json"))] == ["row 9", None]
    assert text("markdown").splitlines()[2] == "| 9 | row 9 | {0} |"
    assert text("insert").startswith('INSERT INTO "public"."t" ("id", "name", "tags") VALUES\n')
    assert "NULL" in text("table")


def test_what_a_question_costs(rows: Rows, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = rows("--where-sql", "n = 1", "--explain")
    assert (found["time"], found["index"]) == ("instant", None)
    assert cli.main(["rows", "t", "--url", url, "--explain"]) == 0
    assert capsys.readouterr().out.startswith("time")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--where-sql", "true; DROP TABLE t"], "filter.raw", "semicolon, at character 5"),
        (["--where-sql", "nope = 1"], "filter.refused", 'column "nope" does not exist'),
        (["--where-sql", "n = (SELECT writes())"], "filter.refused", "writes()"),
        (["--where", "j:json_has_path:$."], "filter.refused", "jsonpath"),
        (["--where", "id:is:x"], "filter.refused", "integer"),
        (["--filter", "{"], "cli.filter", "not understood"),
        (["--filter", '{"column": "nope", "operator": "is_null"}'], "filter.column", "nope"),
        (["--filter", '{"column": "id", "operator": "matches", "values": ["1"]}'], "filter.operator", "matches"),
        (["--columns", "id,nope"], "column.unknown", "nope"),
        (["--sort", "id:up"], "column.unknown", "id:up"),
    ],
)
def test_what_is_refused(rows: Rows, words: list[str], code: str, said: str) -> None:
    found = rows(*words)["error"]
    assert found["code"] == code
    assert said in found["message"]
    assert found["next"]


@pytest.mark.parametrize(
    "words",
    [
        ["--at", "101%"],
        ["--at", "half"],
        ["--row", "0"],
        ["--row", "2", "--at", "5"],
        ["--format", "xml"],
        ["--count", "--explain"],
    ],
)
def test_a_wrong_command_line_exits_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["rows", "t", *words]) == 2
    assert "usage:" in capsys.readouterr().err
