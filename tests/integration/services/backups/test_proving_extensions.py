"""Extensions that a backup needs: named where they are not to be had, and the rest is restored and compared."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio.core.admin.archives import ArchiveKind
from nexus_studio.core.admin.backups import Difference
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import write_record
from nexus_studio.services.backups.proving import prove
from nexus_studio.services.migrations.scratch import PREFIX
from nexus_studio.services.migrations.scratchserver import embedded_session
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.integration.services.backups.proofdumps import describe, dump

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()
BOTH = [ArchiveKind.CUSTOM, ArchiveKind.PLAIN]


@pytest.fixture(scope="module")
def paths(server_room: Path) -> Iterator[Paths]:
    found = Paths.below(server_room / "extensions-home")
    with embedded_session(found, CTX):
        yield found


@pytest.fixture
def gadgets(sql: Sql) -> None:
    """A database with an extension that no server has, which a table is built on, and a table that is not."""
    sql(
        "INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)"
        " VALUES (99999, 'none such', 10, 'public'::regnamespace, true, '1')"
    )
    sql("CREATE DOMAIN gizmo AS text")
    sql('ALTER EXTENSION "none such" ADD DOMAIN gizmo')
    sql("CREATE TABLE built_on (id int PRIMARY KEY, g gizmo); INSERT INTO built_on VALUES (1, '\\! not a command')")
    sql("CREATE TABLE plain (id int PRIMARY KEY, t text); INSERT INTO plain SELECT n, 'x' FROM generate_series(1, 9) n")
    sql("CREATE TABLE child (id int REFERENCES built_on); INSERT INTO child VALUES (1)")


@pytest.mark.parametrize("kind", BOTH, ids=lambda kind: kind.value)
def test_what_is_missing_is_named_and_the_rest_is_compared(
    session: Session, gadgets: None, paths: Paths, tmp_path: Path, sql: Sql, kind: ArchiveKind
) -> None:
    file = dump(session, tmp_path, kind)
    sql("DELETE FROM plain WHERE id = 1")
    describe(session, file)
    record = prove(session, paths, file, CTX)
    assert record.proven_at is None
    assert record.proof is not None
    assert record.proof.missing_extensions == ("none such",)
    assert any("gizmo" in problem for problem in record.proof.problems)
    assert [(each.relation, each.kind) for each in record.proof.differences] == [
        (RelationName("public", "plain"), Difference.ROWS)
    ]


def test_an_older_proof_stands_where_an_extension_is_not_to_be_had(
    session: Session, gadgets: None, paths: Paths, tmp_path: Path
) -> None:
    file = dump(session, tmp_path)
    record = describe(session, file)
    proven = replace(record, proven_at=record.made_at)
    write_record(proven, tmp_path)
    assert prove(session, paths, file, CTX).proven_at == record.made_at


def test_an_extension_that_nothing_is_built_on_is_only_named(
    session: Session, paths: Paths, tmp_path: Path, sql: Sql
) -> None:
    sql(
        "INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)"
        " VALUES (99999, 'none such', 10, 'public'::regnamespace, true, '1')"
    )
    sql("CREATE TABLE t (id int)")
    for kind in BOTH:
        file = dump(session, tmp_path, kind)
        describe(session, file)
        proof = prove(session, paths, file, CTX).proof
        assert proof is not None
        assert proof.missing_extensions == ("none such",)
        assert proof.problems == ()
        assert not proof.is_good


@pytest.fixture
def only_here(cluster_url: str, server_room: Path) -> Iterator[str]:
    """An extension that only the test's server has: its folder is on that server's path alone."""
    folder = server_room / "more-extensions" / "extension"
    folder.mkdir(parents=True, exist_ok=True)
    folder.parent.chmod(0o755)
    (folder / "gadget.control").write_text("default_version = '1'\nrelocatable = true\n", encoding="utf-8")
    (folder / "gadget--1.sql").write_text("CREATE DOMAIN gizmo AS text;\n", encoding="utf-8")
    with psycopg.connect(cluster_url, autocommit=True) as connection:
        path = f"{folder.parent}:$system"
        connection.execute(f"ALTER ROLE CURRENT_USER SET extension_control_path = '{path}'".encode())
        yield "gadget"
        connection.execute("ALTER ROLE CURRENT_USER RESET extension_control_path")


@pytest.mark.pg(">= 18")
def test_where_only_the_real_server_has_it_the_backup_is_proven_there(
    only_here: str, profile: ConnectionProfile, paths: Paths, tmp_path: Path
) -> None:
    session = Session.open(profile, None, CTX)
    try:
        with session.autocommit(CTX) as connection:
            connection.exec_driver_sql("CREATE EXTENSION gadget")
            connection.exec_driver_sql("CREATE TABLE built_on (id int PRIMARY KEY, g gizmo)")
            connection.exec_driver_sql("INSERT INTO built_on VALUES (1, 'x')")
        file = dump(session, tmp_path)
        describe(session, file)
        proof = prove(session, paths, file, CTX).proof
        assert proof is not None
        assert (proof.where, proof.missing_extensions, proof.is_good) == ("server", (), True)
        with session.read(CTX) as connection:
            names = [str(row[0]) for row in connection.exec_driver_sql("SELECT datname FROM pg_database")]
        assert [name for name in names if name.startswith(f"{PREFIX}{os.getpid()}_")] == []
    finally:
        session.close()
    production = Session.open(replace(profile, environment=Environment.PRODUCTION), None, CTX)
    try:
        proof = prove(production, paths, file, CTX).proof
        assert proof is not None
        assert (proof.where, proof.missing_extensions) == ("embedded", ("gadget",))
    finally:
        production.close()
