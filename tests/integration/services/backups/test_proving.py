"""A backup is proven by restoring it: what is compared, what is written down, what is left behind."""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.admin.archives import ArchiveKind
from nexus_studio.core.admin.backups import Difference
from nexus_studio.core.errors import BackupDamaged, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import Cancelled, CancelToken, Progress, TaskContext
from nexus_studio.services.backups.proving import prove
from nexus_studio.services.migrations.project import bundled, find_project
from nexus_studio.services.migrations.scratch import PREFIX
from nexus_studio.services.migrations.scratchserver import embedded_session
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.pidfile import read_postmaster
from nexus_studio.services.session import Session
from tests.integration.services.backups.proofdumps import describe, dump, sidecar
from tests.support.fix_projects import Rev

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()


MODELS = """
import sqlalchemy as sa
metadata = sa.MetaData()
t = sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), MORE)
"""


@pytest.fixture(scope="module")
def paths(server_room: Path) -> Paths:
    return Paths.below(server_room / "proving-home")


@pytest.fixture(scope="module", autouse=True)
def scratch_server(paths: Paths) -> Iterator[Session]:
    """The embedded server, started once for all tests."""
    with embedded_session(paths, CTX) as session:
        yield session


@pytest.fixture
def shop(sql: Sql) -> None:
    """A small database with a bit of everything that a dump can trip over."""
    sql("CREATE SCHEMA \"Sh op\"; CREATE TYPE mood AS ENUM ('ok', 'it''s')")
    sql('CREATE TABLE "Sh op"."It""ems" (id int PRIMARY KEY, name text NOT NULL, m mood)')
    sql('CREATE TABLE orders (id int PRIMARY KEY, item int REFERENCES "Sh op"."It""ems")')
    sql("INSERT INTO \"Sh op\".\"It\"\"ems\" SELECT n, 'item ' || n, 'it''s' FROM generate_series(1, 300) n")
    sql("INSERT INTO orders SELECT n, 1 + n % 300 FROM generate_series(1, 500) n")


def _scratches(session: Session) -> list[str]:
    with session.read(CTX) as connection:
        names = [str(row[0]) for row in connection.exec_driver_sql("SELECT datname FROM pg_database")]
    return [name for name in names if name.startswith(f"{PREFIX}{os.getpid()}_")]


def test_a_whole_backup_is_proven(
    session: Session, shop: None, paths: Paths, tmp_path: Path, scratch_server: Session
) -> None:
    file = dump(session, tmp_path)
    describe(session, file)
    told: list[str] = []
    record = prove(session, paths, file, TaskContext(on_progress=lambda progress: told.append(progress.step)))
    assert record.proof is not None
    assert record.proof.is_good
    assert record.proof.compared == 2
    assert record.proof.where == "embedded"
    assert record.proven_at == record.proof.proven_at
    assert sidecar(file) == record
    steps = [step for step in dict.fromkeys(told) if not step.startswith("embedded.")]
    assert steps == ["backup.checking", "migration.scratch", "restore.loading", "backup.counting"]
    assert _scratches(scratch_server) == []


def test_no_database_is_needed(session: Session, shop: None, paths: Paths, tmp_path: Path) -> None:
    file = dump(session, tmp_path)
    describe(session, file)
    record = prove(None, paths, file, CTX)
    assert record.proof is not None
    assert record.proof.is_good
    assert record.proof.compared == 2


def test_of_a_foreign_file_only_that_it_can_be_restored_is_proven(
    session: Session, shop: None, paths: Paths, tmp_path: Path
) -> None:
    file = dump(session, tmp_path, ArchiveKind.PLAIN_GZIP)
    record = prove(None, paths, file, CTX)
    assert record.proof is not None
    assert record.proof.is_good
    assert record.proof.compared == 0
    assert (record.format, record.compression, record.reason) == ("plain", "gzip", "foreign")
    assert sidecar(file) == record
    assert prove(None, paths, file, CTX).proof is not None  # it has a sidecar now, which knows of no tables


def test_rows_that_are_not_as_they_were_are_named(
    session: Session, shop: None, paths: Paths, tmp_path: Path, sql: Sql
) -> None:
    file = dump(session, tmp_path)
    sql('DELETE FROM orders WHERE id = 7; UPDATE "Sh op"."It""ems" SET name = \'x\' WHERE id = 1')
    sql("CREATE TABLE later ()")
    describe(session, file)
    record = prove(session, paths, file, CTX)
    assert record.proof is not None
    assert record.proven_at is None
    assert {(each.relation, each.kind, each.expected, each.found) for each in record.proof.differences} == {
        (RelationName("public", "orders"), Difference.ROWS, 499, 500),
        (RelationName("Sh op", 'It"ems'), Difference.CHECKSUM, 300, 300),
        (RelationName("public", "later"), Difference.MISSING, 0, None),
    }
    assert sidecar(file) == record


def test_an_altered_file_is_not_even_restored(session: Session, shop: None, paths: Paths, tmp_path: Path) -> None:
    file = dump(session, tmp_path)
    describe(session, file)
    assert prove(None, paths, file, CTX).proven_at is not None
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    told: list[str] = []
    with pytest.raises(BackupDamaged) as caught:
        prove(None, paths, file, TaskContext(on_progress=lambda progress: told.append(progress.step)))
    assert caught.value.code == "backup.altered"
    assert set(told) == {"backup.checking"}
    said = sidecar(file)
    assert said.proven_at is None
    assert said.proof is not None
    assert said.proof.problems == ("backup.altered",)


@pytest.mark.parametrize("step", ["backup.checking", "migration.scratch", "restore.loading", "backup.counting"])
def test_stopped_at_any_time_it_leaves_nothing(
    session: Session, shop: None, paths: Paths, tmp_path: Path, scratch_server: Session, step: str
) -> None:
    file = dump(session, tmp_path)
    before = describe(session, file)
    token = CancelToken()

    def hear(progress: Progress) -> None:
        if progress.step == step:
            token.cancel()

    with pytest.raises(Cancelled):
        prove(session, paths, file, TaskContext(token, hear))
    assert _scratches(scratch_server) == []
    assert sidecar(file) == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["x.dump", "x.dump.json"]


@pytest.mark.parametrize("kind", [ArchiveKind.CUSTOM, ArchiveKind.PLAIN], ids=lambda kind: kind.value)
@pytest.mark.pg(">= 15")
def test_roles_and_tablespaces_that_only_the_real_server_has_do_not_matter(
    session: Session, paths: Paths, tmp_path: Path, sql: Sql, kind: ArchiveKind
) -> None:
    token = secrets.token_hex(4)
    role, space = f'"Ro le {token}"', f"nxs_space_{token}"
    sql("SET allow_in_place_tablespaces = on")
    sql(f"CREATE TABLESPACE {space} LOCATION ''")
    sql(f"CREATE ROLE {role}")
    try:
        sql(f"CREATE TABLE t (id int PRIMARY KEY USING INDEX TABLESPACE {space}) TABLESPACE {space}")
        sql(f"ALTER TABLE t OWNER TO {role}; GRANT SELECT ON t TO {role}; INSERT INTO t VALUES (1)")
        sql(f"ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t TO {role} USING (true)")
        sql(f"ALTER DEFAULT PRIVILEGES FOR ROLE {role} GRANT SELECT ON TABLES TO {role}")
        file = dump(session, tmp_path, kind)
        describe(session, file)
        proof = prove(None, paths, file, CTX).proof
        assert proof is not None
        assert proof.is_good, proof
    finally:
        sql(f"DROP TABLE IF EXISTS t; DROP OWNED BY {role}; DROP ROLE {role}")
        sql(f"DROP TABLESPACE {space}")


def test_where_nothing_can_be_written_the_proof_is_returned_all_the_same(
    session: Session, shop: None, paths: Paths, tmp_path: Path
) -> None:
    file = dump(session, tmp_path)
    (tmp_path / "x.dump.json").mkdir()
    record = prove(session, paths, file, CTX)
    assert record.proof is not None
    assert record.proof.is_good
    assert sorted(each.name for each in tmp_path.iterdir()) == ["x.dump", "x.dump.json"]


def test_what_models_and_backup_differ_in_is_a_note(
    session: Session, make_project: Callable[..., Path], paths: Paths, tmp_path: Path, sql: Sql
) -> None:
    agreeing = make_project([Rev("a1", None, "pass")], models=MODELS.replace(", MORE", ""))
    sql("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)")
    file = dump(session, tmp_path)
    describe(session, file)
    found = []
    for project in (
        agreeing,
        make_project([], models=MODELS.replace("MORE", "sa.Column('more', sa.Text)")),
        make_project([]),
    ):
        service = partial(_migrations, project=project, paths=paths)
        proof = prove(session, paths, file, CTX, migrations=service).proof
        assert proof is not None
        assert proof.is_good
        found.append(proof.model_problems)
    assert found == [(), ("add_column t.more TEXT",), ("migration.no_metadata",)]


def test_the_models_of_nobody_are_not_compared(session: Session, paths: Paths, tmp_path: Path, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    file = dump(session, tmp_path)
    proof = prove(session, paths, file, CTX, migrations=lambda one: MigrationService(one, bundled(), paths)).proof
    assert proof is not None
    assert proof.model_problems == ()


def _migrations(session: Session, *, project: Path, paths: Paths) -> MigrationService:
    return MigrationService(session, find_project(project), paths)


@pytest.mark.logs("scratch database not dropped")
def test_a_server_that_dies_in_the_middle_says_nothing_of_the_backup(
    session: Session, shop: None, server_room: Path, tmp_path: Path
) -> None:
    paths = Paths.below(server_room / "dying-home")
    file = dump(session, tmp_path)
    before = describe(session, file)
    killed: list[int] = []

    def hear(progress: Progress) -> None:
        found = read_postmaster(paths.cache / "scratch" / "postgres" / "data")
        if progress.step == "restore.loading" and found is not None and not killed:
            killed.append(found.pid)
            os.kill(found.pid, signal.SIGKILL)

    with pytest.raises(StudioError):
        prove(session, paths, file, TaskContext(on_progress=hear))
    assert killed
    assert sidecar(file) == before
    with embedded_session(paths, CTX) as scratch_server:
        assert len(_scratches(scratch_server)) == 1
        proof = prove(session, paths, file, CTX).proof
        assert proof is not None
        assert proof.is_good
        assert _scratches(scratch_server) == []
