"""`doctor` and `ci` from the command line: the demo, exit codes, forms, and a job that does what it says."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from nexus_studio import __version__, cli
from nexus_studio.core.admin import readinessrules
from nexus_studio.core.admin.readiness import CHECKS

NEVER = dict.fromkeys(range(12, 40), date(9999, 1, 1))  # these tests are to hold when the server is an old one
Sql = Callable[..., list[tuple[Any, ...]]]
Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """A function that runs the program in a folder of its own and returns exit code, text and what went to stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(readinessrules, "END_OF_LIFE", NEVER)

    def said(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(list(words))
        found = capsys.readouterr()
        return code, found.out, found.err

    return said


def test_the_demo_is_ready_and_says_so_in_every_form(say: Cli, seeded_url: str) -> None:
    asked = ("doctor", "--url", seeded_url, "--environment", "demo")
    code, out, err = say(*asked, "--json")
    found = json.loads(out)
    faults = [each for each in found["findings"] if each["verdict"] not in {"ok", "not_applicable"}]
    assert (faults, code, err) == ([], 0, "")
    assert [each["check"] for each in found["findings"]] == [each.id for each in CHECKS]
    asked_of_a_demo = {each["check"] for each in found["findings"] if each["verdict"] == "ok"}
    assert {"migrations", "models", "sequences", "indexes", "encoding", "version", "wraparound"} <= asked_of_a_demo
    assert found["verdict"] == "ok"
    code, out, _ = say(*asked)
    assert code == 0
    assert "✔ Ready" in out
    assert "[models]: Nothing differs." in out


def test_exit_codes_and_only(say: Cli, seeded_url: str, sql: Sql, pg_url: str) -> None:
    asked = ("doctor", "--environment", "production", "--no-password", "--only", "health")
    code, out, _ = say(*asked, "--url", seeded_url)
    assert code == 1
    assert "▲ The health endpoint answers [health]: The connection names no health URL." in out
    code, out, _ = say(*asked, "--url", seeded_url, "--health-url", "http://127.0.0.1:1/api/health", "--json")
    (finding,) = json.loads(out)["findings"]
    assert (code, finding["reason"]) == (2, "health.silent")
    assert finding["evidence"]["url"] == "http://127.0.0.1:1/api/health"
    sql("CREATE SEQUENCE tickets AS smallint")
    sql("SELECT setval('tickets', 32000)")
    code, out, _ = say("doctor", "--url", pg_url, "--only", "sequences", "--only", "encoding")
    assert code == 2
    assert "tickets: 97.7 %" in out
    assert "[encoding]: It is." in out
    code, out, err = say("doctor", "--url", pg_url, "--only", "weather")
    assert (code, out) == (2, "")
    assert "There is no check weather." in err
    code, _, err = say("doctor", "--url", "postgresql://nobody@127.0.0.1:1/nowhere")
    assert code == 3
    assert "Can't reach" in err


def test_a_report_for_a_ticket(say: Cli, pg_url: str, sql: Sql) -> None:
    sql('CREATE TABLE "pay|ments" (id int)')
    sql('CREATE INDEX "by <id>" ON "pay|ments" (id)')
    sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = '\"by <id>\"'::regclass")
    asked = ("doctor", "--url", pg_url, "--only", "indexes", "--only", "wraparound")
    code, out, _ = say(*asked, "--markdown")
    assert code == 1
    assert out.startswith("# Readiness of nxs\\_")
    rows = [line for line in out.splitlines() if line.startswith("| ")]
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 4 for line in rows), "a name broke the table"
    assert '```\nREINDEX INDEX CONCURRENTLY "public"."by <id>";\n```' in out
    code, out, _ = say(*asked, "--html")
    assert code == 1
    tags = _Tags()
    tags.feed(out)
    assert tags.open == []
    assert tags.rows == ["indexes", "wraparound"]
    assert "by <id>" not in out
    assert "by &lt;id&gt;" in out


def test_the_list_of_checks(say: Cli) -> None:
    code, out, _ = say("doctor", "--list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[2:]] == [each.id for each in CHECKS]


def test_the_job_is_one_that_github_understands(say: Cli, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "requirements.txt").write_text("alembic\n")
    code, out, _ = say("ci", "--python", "3.10", "--postgres", "17")
    assert code == 0
    job = yaml.safe_load(out)["jobs"]["database"]
    assert yaml.safe_load(out)[True] == {"push": {"branches": ["main"]}, "pull_request": None}  # YAML 1.1 reads `on` so
    assert job["services"]["postgres"]["image"] == "postgres:17"
    assert job["services"]["postgres"]["ports"] == ["5432:5432"]
    assert "--health-cmd" in job["services"]["postgres"]["options"]
    assert job["env"]["DATABASE_URL"].endswith(f"/{job['services']['postgres']['env']['POSTGRES_DB']}")
    steps = job["steps"]
    assert [step["uses"] for step in steps if "uses" in step] == ["actions/checkout@v4", "actions/setup-python@v5"]
    assert steps[1]["with"] == {"python-version": "3.10"}
    runs = [step["run"] for step in steps if "run" in step]
    assert runs[:4] == [
        "pip install -r requirements.txt",
        f"pip install nexus-studio=={__version__}",
        "nexus-studio migrate deploy --environment ci --ledger database",
        "nexus-studio migrate status --environment ci",
    ]
    assert "nexus-studio doctor --environment ci --markdown" in runs[4]
    code, out, _ = say("ci")
    assert yaml.safe_load(out)["jobs"]["database"]["services"]["postgres"]["image"] == "postgres:15-alpine"
    odd = 'git+https://example.org/studio.git#egg=nexus: "studio"'
    job = yaml.safe_load(say("ci", "--install", odd)[1])["jobs"]["database"]
    assert shlex.split(job["steps"][3]["run"]) == ["pip", "install", odd]


def test_the_job_works_below_the_top_of_a_repository(say: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "backend"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[tool.alembic]\nscript_location = "alembic"\n')
    monkeypatch.chdir(folder)
    job = yaml.safe_load(say("ci")[1])["jobs"]["database"]
    assert job["defaults"]["run"]["working-directory"] == "backend"
    assert job["steps"][2]["run"] == "pip install -e ."


def test_what_the_job_runs_makes_an_empty_database_ready(say: Cli, pg_url: str) -> None:
    steps = yaml.safe_load(say("ci")[1])["jobs"]["database"]["steps"]
    lines = [line.strip() for step in steps for line in str(step.get("run", "")).splitlines()]
    commands = [shlex.split(line.partition(">")[0])[1:] for line in lines if line.startswith("nexus-studio ")]
    assert [words[0] for words in commands] == ["migrate", "migrate", "doctor"]
    for words in commands:
        code, out, err = say(*words, "--url", pg_url)
        assert code == 0, (words, out, err)


class _Tags(HTMLParser):
    """Sees that what is opened is closed, and which rows there are."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append(dict(attrs).get("id"))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
