"""The command `seed` on a real server: a project's own seeds, listed, tried, run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nexus_studio import cli

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one seed, in which the commands are called."""
    folder = tmp_path / "project"
    (folder / "seeds").mkdir(parents=True)
    (folder / "seeds" / "few.sql").write_text(
        "-- description: A few rows\n-- environments: development, ci\n"
        "INSERT INTO t (said) VALUES ('a'), ('b');\nDELETE FROM t WHERE said = 'old';\n"
    )
    (folder / "seeds" / "alone.py").write_text("from nexus_seeds import seed\n\n@seed\ndef alone(): ...\n")
    (folder / "seeds" / "odd.sql").write_text("-- idempotent: perhaps\n")
    monkeypatch.chdir(folder)
    return folder


def test_seeds_of_a_project(project: Path, pg_url: str, sql: Sql, capsys: pytest.CaptureFixture[str]) -> None:
    sql("CREATE TABLE t (n serial PRIMARY KEY, said text)")
    sql("INSERT INTO t (said) VALUES ('old')")

    def run(*words: str) -> tuple[int, str, str]:
        code = cli.main(["seed", *words, "--url", pg_url])
        said = capsys.readouterr()
        return code, said.out, said.err

    code, out, _ = run("--list", "--json")
    answer = json.loads(out)
    few = next(each for each in answer["seeds"] if each["name"] == "few")
    assert (code, few["kind"], few["environments"], few["idempotent"]) == (0, "sql", ["ci", "development"], False)
    assert answer["folder"] == str(project / "seeds")
    assert [(each["fault"], each["subject"]) for each in answer["problems"]] == [("idempotent", "perhaps")]
    code, out, _ = run("--list")
    assert "few" in out
    assert [line.split()[-2:] for line in out.splitlines() if line.startswith("alone")] == [["no", "no"]]
    assert "odd.sql:1: perhaps says neither yes nor no" in out

    code, out, err = run("few", "--dry-run")
    assert code == 0
    assert "few.sql:3  INSERT 0 2" in err
    assert "t_n_seq" in out
    assert "all of it was taken back" in out
    assert sql("SELECT said FROM t") == [("old",)]
    code, out, _ = run("few", "--json")
    answer = json.loads(out)
    assert answer["tables"] == [{"relation": "t", "added": 2, "changed": 0, "deleted": 1}]
    assert (answer["rows_added"], answer["total"], answer["dry_run"]) == ({"t": 2}, 2, False)
    assert sql("SELECT said FROM t ORDER BY 1") == [("a",), ("b",)]

    for words, error in (
        (("nothing",), "seed.unknown"),
        (("few", "--scale", "2"), "seed.no_scale"),
        (("few", "--environment", "staging"), "seed.environment"),
        (("few", "--dry-run", "--environment", "production"), "seed.environment"),
        (("alone", "--dry-run"), "seed.no_dry_run"),
        (("few", "--read-only"), "forbidden.read_only"),
        (("few", "--project", str(project / "gone")), "seed.project_missing"),
    ):
        code, out, _ = run(*words, "--json")
        assert (code, json.loads(out)["error"]["code"]) == (1, error), words
    assert sql("SELECT count(*) FROM t") == [(2,)]
