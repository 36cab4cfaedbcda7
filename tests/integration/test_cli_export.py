"""`export` on the command line: files and standard output, formats by name, what is refused, what is said as JSON."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nexus_studio import cli

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def run(
    pg_url: str, sql: Sql, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, bytes, str]]:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'x'), (2, NULL), (3, ''), (4, '=1')")
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, bytes, str]:
        code = cli.main(["export", "t", "--url", pg_url, *words])
        out, err = capsysbinary.readouterr()
        return code, out, err.decode()

    return call


def test_standard_output(run: Callable[..., tuple[int, bytes, str]]) -> None:
    assert run() == (0, b'id,a\n1,x\n2,\n3,""\n4,=1\n', "")
    assert run("--where", "id:lt:3", "--sort", "id:desc", "--columns", "id", "--no-header")[1] == b"2\n1\n"
    assert run("--guard", "--null", "NULL", "--delimiter", "\\t", "--where-sql", "id IN (2, 4)")[1] == (
        b"id\ta\n2\tNULL\n4\t'=1\n"
    )
    assert run("--format", "jsonl", "--where", "id:is:2")[1] == b'{"id":2,"a":null}\n'
    assert gzip.decompress(run("--compress", "gz")[1]).startswith(b"id,a\n")


def test_files(run: Callable[..., tuple[int, bytes, str]], tmp_path: Path) -> None:
    code, out, err = run("--output", "rows.json.gz")
    assert (code, err) == (0, "")
    assert out.decode().startswith("4 rows, ")
    assert len(json.loads(gzip.decompress((tmp_path / "rows.json.gz").read_bytes()))) == 4
    code, out, err = run("--output", "rows.json.gz")
    assert (code, out) == (1, b"")
    assert "--replace" in err
    code, out, _ = run("--output", "rows.json.gz", "--replace", "--json", "--columns", "a")
    found = json.loads(out)
    assert (code, found["rows"], found["columns"], found["format"], found["file"]) == (
        0, 4, ["a"], "json", "rows.json.gz",
    )  # fmt: skip
    assert found["bytes"] == (tmp_path / "rows.json.gz").stat().st_size


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--json",), "cli.output_json"),
        (("--output", "no/where.csv", "--json"), "transfer.no_folder"),
        (("--output", "x.csv", "--delimiter", "ab", "--json"), "transfer.style"),
        (("--output", "x.xlsx.gz", "--json"), "transfer.packed"),
        (("--output", "x.csv", "--columns", "nope", "--json"), "column.unknown"),
        (("--output", "x.csv", "--where-sql", "1; DROP TABLE t", "--json"), "filter.raw"),
    ],
)
def test_refusals(
    run: Callable[..., tuple[int, bytes, str]], words: tuple[str, ...], code: str, tmp_path: Path
) -> None:
    found, out, _ = run(*words)
    assert (found, json.loads(out)["error"]["code"]) == (1, code)
    assert list(tmp_path.iterdir()) == []


def test_excel_goes_to_no_pipe(run: Callable[..., tuple[int, bytes, str]]) -> None:
    code, out, err = run("--format", "xlsx")
    assert (code, out) == (1, b"")
    assert "--output FILE" in err
