"""Throwaway Prisma projects on a test's database, and what Prisma's cases are told in: rows, codes, phrases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql as pgsql

from nexus_studio.core.admin.migrations import MigrationStatus, RunEvent, RunResult
from nexus_studio.core.admin.prisma import LOCK_KEY, PrismaVersion, read_version
from nexus_studio.core.admin.prismaverdict import PrismaVerdict
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.prisma.deploying import deploy
from nexus_studio.services.prisma.project import PrismaProject, find_prisma
from nexus_studio.services.prisma.reading import read_prisma_status
from nexus_studio.services.prisma.resolving import mark_applied, mark_rolled_back
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of

N1, N2, N3 = "20240101000000_init", "20240102000000_second", "20240103000000_third"

GOOD = {N1: "CREATE TABLE a(id int primary key);\n", N2: "CREATE TABLE b(id int);\n", N3: "CREATE TABLE c(id int);\n"}

MODELS = {"6": "6.19.3", "7": "7.10.1"}
"""A version for each of Prisma's two ways."""

SCHEMA = """datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

// generator client { provider = "nothing" }
generator client {
  provider = "prisma-client-js"
}
"""

Row = tuple[str, str, int, str]
"""Name, state, steps, logs: "NULL", "empty" or "text"."""

CTX = TaskContext.for_test()


@dataclass(frozen=True)
class Told:
    """How an action ended: 0 or 1 as Prisma's exit code, its code, all that was said, and the result of a run."""

    exit: int
    code: str = ""
    text: str = ""
    result: RunResult | None = None


@dataclass
class PrismaScene:
    """A project and a database. `model` is "6" or "7"."""

    folder: Path
    url: str
    session: Session
    model: str
    events: list[RunEvent] = field(default_factory=list)

    def write(self, scripts: Mapping[str, str | bytes | None]) -> None:
        """Write migrations; None: the folder alone."""
        for name, script in scripts.items():
            place = self.folder / "prisma" / "migrations" / name
            place.mkdir(parents=True, exist_ok=True)
            if script is not None:
                raw = script if isinstance(script, bytes) else script.encode()
                (place / "migration.sql").write_bytes(raw)

    def forget(self, name: str) -> None:
        """Remove a migration's folder."""
        place = self.folder / "prisma" / "migrations" / name
        for each in place.iterdir():
            each.unlink()
        place.rmdir()

    @property
    def version(self) -> PrismaVersion:
        """Whose ways are followed."""
        found = read_version(MODELS[self.model], "given")
        assert found is not None
        return found

    @property
    def project(self) -> PrismaProject:
        """The project as it is found now."""
        found = find_prisma(self.folder)
        assert found is not None
        return replace(found, version=self.version)

    # actions

    def standing(self) -> MigrationStatus:
        """Read where it stands."""
        return read_prisma_status(self.session, self.project, CTX)

    def status(self) -> PrismaVerdict:
        """Return what Prisma would say."""
        found = self.standing().verdict
        assert found is not None
        return found

    def deploy(self, **more: Any) -> Told:
        """Apply what is pending."""
        return self._told(lambda: deploy(self.session, self.project, CTX, listener=self.events.append, **more)[0])

    def applied(self, name: str) -> Told:
        """Mark as applied."""
        return self._told(lambda: mark_applied(self.session, self.project, name, CTX))

    def rolled_back(self, name: str) -> Told:
        """Mark as rolled back."""
        return self._told(lambda: mark_rolled_back(self.session, name, CTX))

    def _told(self, act: Callable[[], object]) -> Told:
        try:
            result = act()
        except MigrationBlocked as error:
            return Told(1, str(error.facts.get("prisma", "")), f"{error.code} {error.facts.get('prisma_text', '')}")
        if not isinstance(result, RunResult) or result.failed is None:
            return Told(0, result=result if isinstance(result, RunResult) else None)
        failed = result.failed
        words = [*result.warnings, failed.logs or (failed.error.message if failed.error else "")]
        text = "\n".join(words)
        code = "P3018" if "A migration failed to apply" in (failed.logs or "") else ""
        code = next((each for each in ("P1014", "P3015") if each in text), code)
        return Told(1, code, text, result)

    # the database

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement as somebody else and return its rows."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def rows(self) -> list[Row]:
        """Return the ledger in short, by `started_at`; it must be there."""
        found = self.sql(
            "SELECT migration_name, finished_at, rolled_back_at, started_at, applied_steps_count, logs"
            " FROM _prisma_migrations ORDER BY started_at"
        )
        return [(row[0], _state(row[1], row[2], row[3], row[4]), row[4], _logs(row[5])) for row in found]

    def whole_rows(self) -> list[tuple[Any, ...]]:
        """Return all of the ledger."""
        return self.sql("SELECT * FROM _prisma_migrations ORDER BY started_at, id")

    @property
    def has_ledger(self) -> bool:
        """Whether the ledger is there."""
        return bool(self.sql("SELECT 1 WHERE to_regclass('_prisma_migrations') IS NOT NULL"))

    def tables(self) -> set[str]:
        """Return the tables beside the ledger, in all schemas but the server's."""
        return {
            row[0]
            for row in self.sql(
                "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE relkind IN ('r', 'p') AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'"
                " AND relname <> '_prisma_migrations'"
            )
        }

    def locked(self) -> psycopg.Connection:
        """Take Prisma's lock as somebody else; it goes when the connection is closed."""
        connection = psycopg.connect(self.url, autocommit=True, application_name="prisma")
        connection.execute("SELECT pg_advisory_lock(%s::bigint)", (LOCK_KEY,))
        return connection

    def add_row(self, name: str, **values: Any) -> None:
        """Add a row to the ledger as it is said."""
        row = {"id": f"x{len(self.whole_rows())}", "checksum": "0" * 64, "migration_name": name, **values}
        with psycopg.connect(self.url, autocommit=True) as connection:
            names = pgsql.SQL(", ").join(map(pgsql.Identifier, row))
            places = pgsql.SQL(", ").join(map(pgsql.Placeholder, row))
            connection.execute(pgsql.SQL("INSERT INTO _prisma_migrations ({}) VALUES ({})").format(names, places), row)


def _state(finished: Any, rolled_back: Any, started: Any, steps: int) -> str:
    if finished is None:
        return "failed" if rolled_back is None else "rolledback"
    if rolled_back is not None:
        return "both"
    return "marked" if finished == started and steps == 0 else "applied"


def _logs(logs: str | None) -> str:
    if logs is None:
        return "NULL"
    return "text" if logs else "empty"


@pytest.fixture(params=sorted(MODELS))
def model(request: pytest.FixtureRequest) -> str:
    """Each of Prisma's two ways."""
    return str(request.param)


@pytest.fixture
def prisma_folder(tmp_path: Path) -> Path:
    """A Prisma project without migrations."""
    folder = tmp_path / "shop"
    (folder / "prisma").mkdir(parents=True)
    (folder / "prisma" / "schema.prisma").write_text(SCHEMA)
    return folder


@pytest.fixture
def prisma(prisma_folder: Path, pg_url: str, model: str) -> Iterator[PrismaScene]:
    """A project without migrations, and an empty database."""
    session = Session.open(profile_of(pg_url), None, CTX)
    yield PrismaScene(prisma_folder, pg_url, session, model)
    session.close()
