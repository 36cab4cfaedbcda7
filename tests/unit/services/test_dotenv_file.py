"""DATABASE_URL is found where people keep it, filled in as docker compose fills it in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nexus_studio.core.admin.envfiles import expand
from nexus_studio.core.urls import profile_from_url
from nexus_studio.services.compose import compose_facts
from nexus_studio.services.dotenv_file import FoundUrl, find_database_url, read_env_file
from nexus_studio.services.project import project_facts, project_folder

ROOT = Path(__file__).parents[3]


def test_the_environment_goes_first(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DATABASE_URL=postgresql://file/d\n")
    assert find_database_url(tmp_path, {"DATABASE_URL": " postgresql://env/d "}) == FoundUrl(
        "postgresql://env/d", "environment"
    )
    assert find_database_url(tmp_path, {"DATABASE_URL": " "}) == FoundUrl("postgresql://file/d", str(tmp_path / ".env"))


def test_it_is_searched_upward_past_files_without_it(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / ".env").write_text('export DATABASE_URL="postgresql://top/d" # the one\n')
    (tmp_path / "a" / ".env").write_text("OTHER=1\n")
    (deep / ".env").mkdir()  # a folder of that name is no file
    assert find_database_url(deep, {}) == FoundUrl("postgresql://top/d", str(tmp_path / ".env"))


def test_nothing_found(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00")
    assert find_database_url(tmp_path, {}) is None


def test_the_url_is_not_in_the_repr() -> None:
    assert "pw" not in repr(FoundUrl("postgresql://u:pw@h/d", "environment"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${A}-$A", "1-1"),
        ("${NONE}|${NONE-d}|${NONE:-d}", "|d|d"),
        ("${EMPTY-d}|${EMPTY:-d}", "|d"),
        ("pa$$word", "pa$word"),
        ("pa$word$5", "pa$word$5"),
    ],
)
def test_expansion(text: str, expected: str) -> None:
    assert expand(text, {"A": "1", "EMPTY": ""}) == expected


def test_values_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("PORT=1\nA=\"p:${PORT}\"\nB='${PORT}'\nC=${HOME_PORT:-7}\nnonsense line\nPORT2=${PORT}\n")
    assert read_env_file(file, {"PORT": "9"}) == {
        "PORT": "1", "A": "p:9", "B": "${PORT}", "C": "7", "PORT2": "9",
    }  # fmt: skip


def test_the_compose_file_and_the_example_agree() -> None:
    example = read_env_file(ROOT / ".env.example", {})
    compose = (ROOT / "docker-compose.yml").read_text()
    used = dict(re.findall(r"(?<!\$)\$\{(\w+):-([^}]*)\}", compose))
    assert used == {name: example[name] for name in used}
    assert set(used) == {"POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB", "POSTGRES_PORT"}
    assert set(example) == {*used, "DATABASE_URL"}
    assert not re.findall(r"(?<!\$)\$\{?(?!POSTGRES_)\w+", compose.replace("$$", ""))
    parsed = profile_from_url(example["DATABASE_URL"])
    assert parsed.warnings == ()
    assert parsed.secret == example["POSTGRES_PASSWORD"]
    assert (parsed.profile.user, parsed.profile.database, str(parsed.profile.port), parsed.profile.host) == (
        example["POSTGRES_USER"], example["POSTGRES_DB"], example["POSTGRES_PORT"], "localhost",
    )  # fmt: skip


def test_the_compose_file_is_the_documented_one() -> None:
    facts = compose_facts(ROOT)
    assert (facts.service, facts.command) == ("postgres-db", "docker compose up -d postgres-db")
    text = (ROOT / "docker-compose.yml").read_text()
    for part in (
        "postgres:15-alpine",
        "nexus-postgres-db",
        ":5432",
        "nexus-postgres-data",
        "nexus-network",
        "pg_isready",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("services:\n  web:\n    image: nginx\n  db:\n    image: 'postgis/postgis:16'\n", "db"),
        ("services:\n    cache:\n        image: redis\n", ""),
        ("volumes:\n  db:\n    image: postgres\n", ""),
        ("", ""),
    ],
)
def test_other_compose_files(tmp_path: Path, text: str, service: str) -> None:
    (tmp_path / "compose.yaml").write_text(text)
    facts = compose_facts(tmp_path)
    assert facts.service == service
    assert bool(facts.command) == bool(service)


def test_a_folder_without_compose(tmp_path: Path) -> None:
    facts = compose_facts(tmp_path)
    assert (facts.file, facts.service, facts.command) == (None, "", "")


def test_project_facts(tmp_path: Path) -> None:
    assert not project_facts(tmp_path).is_project
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\n")
    assert project_facts(tmp_path).alembic_config is None
    (tmp_path / "pyproject.toml").write_text("[tool.alembic]\n")
    assert project_facts(tmp_path).alembic_config == tmp_path / "pyproject.toml"
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/x\n")
    (tmp_path / "prisma").mkdir()
    (tmp_path / "prisma" / "schema.prisma").write_text("")
    (tmp_path / ".env").write_text("")
    facts = project_facts(tmp_path)
    assert facts.alembic_config == tmp_path / "alembic.ini"
    assert facts.prisma_schema == tmp_path / "prisma" / "schema.prisma"
    assert facts.env_file == tmp_path / ".env"
    assert facts.compose_file is None
    assert project_folder(tmp_path / "prisma" / "nowhere") == tmp_path


def test_a_broken_alembic_ini_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "alembic.ini").write_text("no section")
    assert project_facts(tmp_path).alembic_config is None
