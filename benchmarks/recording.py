"""What the ledger costs: `alembic upgrade head` of 100 revisions through the bundled env.py, recorded and not."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from psycopg import sql

from benchmarks.measure import Measurement, paired, seconds_of
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.services.bundled_project import project_folder
from nexus_studio.services.connecting import connect, libpq_parameters
from nexus_studio.services.embedded import EmbeddedServer

REVISIONS = 100
BOUND = 1.05
DATABASE = "bench_recording"
ROOT = Path(__file__).parents[1]

# The same program both times; `plain` tells env.py that somebody else records.
_PROGRAM = """
import sys
from alembic import command
from alembic.config import Config
config = Config(toml_file="pyproject.toml")
config.attributes["recorded"] = sys.argv[1] == "plain"
command.upgrade(config, "head")
"""
_REVISION = '''"""Change {number}."""

import sqlalchemy as sa
from alembic import op

revision = "r{number:03}"
down_revision = {down!r}


def upgrade() -> None:
    op.create_table(
        "table_{number}",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
    )
    op.create_index("table_{number}_name", "table_{number}", ["name"])


def downgrade() -> None:
    op.drop_table("table_{number}")
'''


def measure(server: EmbeddedServer, runs: int) -> Iterator[Measurement]:
    """Upgrade an empty database, each time as a process of its own; only the upgrade is timed."""
    with tempfile.TemporaryDirectory(prefix="nxs-bench-") as name:
        folder = Path(name)
        _write_project(folder)
        value, reference = paired(
            lambda: _upgrade(server, folder, "recorded"), lambda: _upgrade(server, folder, "plain"), runs=runs * 3
        )
    _drop(server)
    yield Measurement("record 100 migrations", value, "s", reference, BOUND)


def _upgrade(server: EmbeddedServer, folder: Path, how: str) -> float:
    _drop(server)
    server.create_database_if_missing(DATABASE)
    profile = server.profile(DATABASE)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DATABASE_URL": _url(profile)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what was compiled is kept, as it is for anybody
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    line = [sys.executable, "-c", _PROGRAM, how]
    seconds = seconds_of(lambda: subprocess.run(line, cwd=folder, env=environment, check=True))
    with connect(profile, None) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE tablename LIKE 'table_%'").fetchone()
        rows = connection.execute("SELECT to_regclass('_nexus_migrations') IS NOT NULL").fetchone()
    assert tables == (REVISIONS,), tables
    assert rows == (how == "recorded",), rows
    return seconds


def _write_project(folder: Path) -> None:
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[tool.alembic]\nscript_location = "%(here)s/migrations"\n')
    (folder / "migrations" / "env.py").write_text((project_folder() / "env.py").read_text(encoding="utf-8"))
    for number in range(REVISIONS):
        down = f"r{number - 1:03}" if number else None
        (versions / f"r{number:03}.py").write_text(_REVISION.format(number=number, down=down))


def _url(profile: ConnectionProfile) -> str:
    given = libpq_parameters(profile, None)
    return f"postgresql://{given['user']}@/{DATABASE}?host={given['host']}&port={given.get('port', 5432)}"


def _drop(server: EmbeddedServer) -> None:
    with connect(server.profile("postgres"), None) as connection:
        connection.autocommit = True
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
