"""The status of a project of 500 revisions: in a fresh process, on first sight, and looked at again."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from benchmarks.cluster import database, opened
from benchmarks.measure import Measurement, interleaved, seconds_of
from nexus_studio.core.admin.migrations import MigrationStanding
from nexus_studio.core.tasks import TaskContext
from nexus_studio.core.urls import url_of
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.migrations import revisionfiles
from nexus_studio.services.migrations.project import find_project
from nexus_studio.services.migrations.status import read_status
from nexus_studio.services.paths import Paths

REVISIONS = 500
BOUND_COLD_S = 1.0
BOUND_FIRST = 2.5
BOUND_AGAIN = 6.0
ROOT = Path(__file__).parents[1]

# What any tool must do: have Python read each file, and ask for the version.
VERSIONS = "SELECT version_num FROM alembic_version"

_REVISION = '''"""Make table {number}

Revision ID: {revision}
Revises: {down}
Create Date: 2026-01-01 00:00:00.000000

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa

revision: str = {revision!r}
down_revision: Union[str, None] = {down!r}
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    op.create_table(
        "table_{number}",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_table_{number}_name"), "table_{number}", ["name"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_table_{number}_name"), table_name="table_{number}")
    op.drop_table("table_{number}")
'''


def measure(server: EmbeddedServer, runs: int) -> Iterator[Measurement]:
    """Measure; the files are written anew each time."""
    profile = database(server, "bench_migrations", _build)
    ctx = TaskContext.for_test()
    with tempfile.TemporaryDirectory(prefix="nxs-bench-") as room, opened(profile) as (session, plain):
        folder = Path(room) / "project"
        files = _write(folder)
        project, paths = find_project(folder), Paths.below(Path(room) / "home")

        def status() -> object:
            found = read_status(session, project, paths, ctx)
            assert found.standing is MigrationStanding.UP_TO_DATE, found.standing
            assert len(found.revisions) == REVISIONS
            return found

        def first() -> object:
            revisionfiles.forget()
            return status()

        def parsed() -> object:
            for file in files:
                compile(file.read_bytes(), str(file), "exec", dont_inherit=True)
            return plain.execute(VERSIONS).fetchall()

        def read() -> object:
            for file in files:
                file.read_bytes()
            return plain.execute(VERSIONS).fetchall()

        def process() -> object:
            command = [sys.executable, "-m", "nexus_studio", "migrate", "status", "--json"]
            words = ["--url", url_of(profile), "--project", str(folder)]
            environment = {**os.environ, "NEXUS_STUDIO_HOME": str(Path(room) / "home")}
            return subprocess.run([*command, *words], cwd=ROOT, env=environment, check=True, capture_output=True)

        (cold,) = interleaved(lambda: seconds_of(process), runs=runs)
        value, base = interleaved(lambda: seconds_of(first), lambda: seconds_of(parsed), runs=runs)
        again, floor = interleaved(lambda: seconds_of(status), lambda: seconds_of(read), runs=runs * 3)
    subject = f"status of {REVISIONS} revisions"
    yield Measurement(f"{subject}, a fresh `nexus-studio migrate status`", cold, "s", None, BOUND_COLD_S)
    yield Measurement(f"{subject}, on first sight", value * 1000, "ms", base * 1000, BOUND_FIRST)
    yield Measurement(f"{subject}, looked at again", again * 1000, "ms", floor * 1000, BOUND_AGAIN)


def _name(number: int) -> str:
    return f"{number * 2654435761 % 2**48:012x}"  # looks as Alembic's ids do, and differs for each number


def _write(folder: Path) -> list[Path]:
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n", encoding="utf-8")
    (folder / "migrations" / "env.py").write_text("raise SystemExit('nobody runs this')\n", encoding="utf-8")
    files = []
    for number in range(REVISIONS):
        down = _name(number - 1) if number else None
        file = versions / f"{_name(number)}_make_table_{number}.py"
        file.write_text(_REVISION.format(number=number, revision=_name(number), down=down), encoding="utf-8")
        files.append(file)
    return files


def _build(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
    connection.execute("INSERT INTO alembic_version VALUES (%s)", (_name(REVISIONS - 1),))
