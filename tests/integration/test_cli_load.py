"""`import` on the command line: preview, dry run, import, refused lines, exit codes, and what is said as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nexus_studio import cli

Sql = Callable[..., list[tuple[Any, ...]]]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    pg_url: str, sql: Sql, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    sql("CREATE TABLE t (id int PRIMARY KEY, prénom text, n int CHECK (n > 0), at date)")
    sql("INSERT INTO t VALUES (1, 'Ada', 1, NULL)")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.csv").write_text("ID;Prenom;quantity;at\n2;Bo;2;03/04/2024\n3;;3;\n", encoding="utf-8")
    (tmp_path / "bad.csv").write_text("id,prénom,n\n2,x,0\nx,y,1\n1,z,1\n4,ok,1\n", encoding="utf-8")

    def call(*words: str) -> tuple[int, str, str]:
        code = cli.main(["import", *words, "--into", "t", "--url", pg_url])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def test_preview(run: Run) -> None:
    code, out, _ = run("good.csv", "--preview", "--map", "quantity=n", "--json")
    found = json.loads(out)
    assert (code, found["delimiter"], found["header"], found["encoding"]) == (0, ";", True, "utf-8")
    assert found["mapped"] == {"ID": "id", "Prenom": "prénom", "quantity": "n", "at": "at"}
    assert found["rows"][1] == ["3", None, "3", None]
    code, out, _ = run("good.csv", "--preview")
    assert "Goes nowhere: quantity" in out


def test_import(run: Run, sql: Sql) -> None:
    words = ("good.csv", "--map", "quantity=n", "--dates", "DMY")
    code, out, _ = run(*words, "--dry-run")
    assert code == 0
    assert "new rows      2" in out
    assert "nothing was written" in out
    assert sql("SELECT count(*) FROM t") == [(1,)]
    code, out, _ = run(*words, "--json")
    found = json.loads(out)
    assert (code, found["inserted"], found["written"], found["refused"]) == (0, 2, True, 0)
    assert sql("SELECT prénom, n, at::text FROM t ORDER BY id") == [
        ("Ada", 1, None), ("Bo", 2, "2024-04-03"), (None, 3, None),
    ]  # fmt: skip


def test_bad_lines(run: Run, sql: Sql, tmp_path: Path) -> None:
    for words in (("--dry-run",), ()):
        code, out, _ = run("bad.csv", *words, "--json")
        found = json.loads(out)
        assert (code, found["refused"], found["written"]) == (1, 3, False)
        assert [(each["line"], each["columns"], each["code"]) for each in found["refusals"]] == [
            (2, [], "constraint.check"), (3, ["id"], "value.invalid"), (4, ["id"], "constraint.unique"),
        ]  # fmt: skip
    code, out, _ = run("bad.csv", "--bad-lines", "refused.csv")
    assert code == 1
    assert 'invalid input syntax for type integer: "x"' in out
    assert "3 lines refused of 4. Nothing was written." in out
    lines = (tmp_path / "refused.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "line,columns,reason"
    assert lines[2] == '3,id,"invalid input syntax for type integer: ""x"""'
    assert sql("SELECT count(*) FROM t") == [(1,)]


def test_changes_want_yes(run: Run, sql: Sql, tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text("id,n\n1,7\n9,9\n", encoding="utf-8")
    code, out, _ = run("more.csv", "--mode", "upsert", "--json")
    assert (code, json.loads(out)["error"]["code"]) == (1, "cli.yes")
    code, out, _ = run("more.csv", "--mode", "upsert", "--yes", "--json")
    found = json.loads(out)
    assert (code, found["inserted"], found["updated"], found["key"]) == (0, 1, 1, ["id"])
    code, out, _ = run("more.csv", "--mode", "update", "--key", "id", "--yes", "--json")
    assert (code, json.loads(out)["updated"]) == (0, 2)
    (tmp_path / "more.csv").write_text("id,n\n1,8\n77,9\n", encoding="utf-8")
    code, out, _ = run("more.csv", "--mode", "update", "--yes")
    assert code == 1
    assert "there is no row with that key" in out
    code, out, _ = run("more.csv", "--mode", "update", "--yes", "--skip-missing")
    assert (code, sql("SELECT n FROM t WHERE id = 1")) == (0, [(8,)])
    assert "passed over, no such row" in out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("gone.csv",), "transfer.file_missing"),
        (("good.csv", "--map", "x=y"), "transfer.map_unknown"),
        (("good.csv", "--map", "nothing"), "cli.assignment"),
        (("good.csv", "--mode", "update", "--key", "n", "--map", "quantity=n"), "transfer.key_not_unique"),
        (("good.csv", "--delimiter", "ab"), "transfer.style"),
        (("good.csv", "--read-only"), "forbidden.read_only"),
    ],
)
def test_refusals(run: Run, words: tuple[str, ...], code: str) -> None:
    found, out, _ = run(*words, "--json")
    assert (found, json.loads(out)["error"]["code"]) == (1, code)


def test_it_is_kept_and_taken_back(
    run: Run, sql: Sql, tmp_path: Path, pg_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "more.csv").write_text("id,n\n1,7\n9,9\n", encoding="utf-8")
    words = ("more.csv", "--mode", "upsert", "--yes", "--reason", "asked for", "--ticket", "NX-1")
    assert "Can be taken back: yes" in run(*words, "--dry-run")[1]
    code, out, _ = run(*words)
    assert code == 0
    assert "yes, with history revert" in out
    assert sql("SELECT id, n FROM t ORDER BY id") == [(1, 7), (9, 9)]

    def history(*words: str) -> tuple[int, Any]:
        code = cli.main(["history", *words, "--url", pg_url, "--json"])
        return code, json.loads(capsys.readouterr().out)

    (saved,) = history("list")[1]["sets"]
    assert (saved["action"], saved["rows_kept"], saved["reason"], saved["ticket"]) == (
        "import", True, "more.csv · asked for", "NX-1",
    )  # fmt: skip
    assert history("revert", saved["id"], "--yes")[0] == 0
    assert sql("SELECT id, n FROM t ORDER BY id") == [(1, 1)]


def test_what_is_too_large_is_said_before(run: Run, sql: Sql, tmp_path: Path) -> None:
    (tmp_path / "large.csv").write_text("id\n" + "".join(f"{n}\n" for n in range(10, 10_011)), encoding="utf-8")
    code, out, _ = run("large.csv", "--preview", "--json")
    assert (code, json.loads(out)["not_kept"], json.loads(out)["lines"]) == (0, "many", None)
    assert (
        "Can be taken back: no: the history keeps the rows of at most 10,000 lines" in run("large.csv", "--preview")[1]
    )
    code, out, _ = run("large.csv")
    assert (code, "can be taken back  no" in out) == (0, True)


def test_a_reason_is_asked_for(run: Run, sql: Sql, pg_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["profiles", "add", "strict", pg_url, "--requires-reason"]) == 0
    words = ["import", "good.csv", "--into", "t", "--dates", "DMY", "--profile", "strict", "--json"]
    capsys.readouterr()
    assert cli.main([*words, "--dry-run"]) == 0
    capsys.readouterr()
    assert cli.main(words) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "history.reason"
    assert sql("SELECT count(*) FROM t") == [(1,)]
    assert cli.main([*words, "--reason", "asked for"]) == 0
    assert sql("SELECT count(*) FROM t") == [(3,)]
