"""Copies of a database: with rows where that is possible, else its schema; extensions and roles that are missing."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.copies import (
    copy_of,
    dump_schema,
    schema_copy,
    template_copy,
    without_extensions,
)
from nexus_studio.services.migrations.scratch import PREFIX
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()
VERSIONS = RelationName("public", "alembic_version")


@pytest.fixture(scope="module")
def paths(server_room: Path) -> Paths:
    return Paths.below(server_room / "scratch-home")


@pytest.fixture
def production(profile: ConnectionProfile, filled: None) -> Iterator[Session]:
    opened = Session.open(replace(profile, environment=Environment.PRODUCTION), None, CTX)
    yield opened
    opened.close()


@pytest.fixture
def filled(pg_url: str) -> None:
    """A database with a bit of everything. The connection that fills it is closed: nobody else is there then."""
    with psycopg.connect(pg_url, autocommit=True) as connection:
        connection.execute(
            """
            CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
            INSERT INTO alembic_version VALUES ('abc');
            CREATE SCHEMA "Own %s";
            CREATE TYPE "Own %s".mood AS ENUM ('good', 'o''k');
            CREATE TABLE "Own %s".t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mood "Own %s".mood NOT NULL);
            INSERT INTO "Own %s".t (mood) VALUES ('good');
            CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT '
\\restrict me' $$;
            CREATE VIEW v AS SELECT count(*) AS n FROM "Own %s".t;
            COMMENT ON VIEW v IS 'how many';
            """
        )


def _count(session: Session, statement: str) -> Any:
    with session.read(CTX) as connection:
        return connection.exec_driver_sql(statement.replace("%", "%%")).scalar()


def test_a_copy_has_the_rows_where_nobody_is_in_the_way(session: Session, filled: None, paths: Paths) -> None:
    with session.read(CTX), pytest.raises(MigrationBlocked) as caught, template_copy(session, paths, CTX):
        pytest.fail("a transaction is open")
    assert caught.value.facts == {"reason": "connected", "words": "1"}
    with copy_of(session, paths, CTX, rows_of=(VERSIONS,)) as copy:
        assert copy.kind == "template"
        assert copy.scratch.where == "server"
        assert _count(copy.scratch.session, "SELECT n FROM v") == 1
    assert _count(session, "SELECT n FROM v") == 1, "the session goes on"


def test_a_copy_has_the_schema_where_somebody_is(session: Session, filled: None, paths: Paths, sql: Sql) -> None:
    sql("SELECT 1")
    with copy_of(session, paths, CTX, rows_of=(VERSIONS, RelationName("no", "such"))) as copy:
        assert copy.kind == "schema"
        assert copy.scratch.where == "server"
        assert _count(copy.scratch.session, "SELECT n FROM v") == 0
        assert _count(copy.scratch.session, "SELECT f()") == "\n\\restrict me"
        assert _count(copy.scratch.session, "SELECT version_num FROM alembic_version") == "abc"
        assert dump_schema(copy.scratch.session, CTX) == dump_schema(session, CTX)
    assert not [
        name for (name,) in sql("SELECT datname FROM pg_database") if name.startswith(f"{PREFIX}{os.getpid()}_")
    ]


def test_a_large_database_is_copied_without_rows(session: Session, filled: None, paths: Paths) -> None:
    with copy_of(session, paths, CTX, limit_bytes=1_000_000) as copy:
        assert copy.kind == "schema"


def test_production_is_copied_to_the_embedded_server(production: Session, paths: Paths) -> None:
    with pytest.raises(MigrationBlocked) as caught, template_copy(production, paths, CTX):
        pytest.fail("on production's server")
    assert caught.value.facts["reason"] == "environment"
    with copy_of(production, paths, CTX, rows_of=(VERSIONS,)) as copy:
        assert (copy.kind, copy.scratch.where) == ("schema", "embedded")
        assert _count(copy.scratch.session, "SELECT version_num FROM alembic_version") == "abc"


def test_roles_that_policies_name_are_made_on_the_embedded_server(production: Session, paths: Paths, sql: Sql) -> None:
    role = f"nxs Role {uuid.uuid4().hex[:6]}"
    sql(f'CREATE ROLE "{role}"')
    sql("CREATE TABLE guarded (id int)")
    sql(f'CREATE POLICY p ON guarded TO "{role}" USING (true)')
    try:
        with schema_copy(production, paths, CTX) as scratch:
            assert _count(scratch.session, "SELECT roles[1]::text FROM pg_policies") == role
    finally:
        sql("DROP TABLE guarded")
        sql(f'DROP ROLE "{role}"')


def test_a_database_without_public_and_one_that_made_it_anew_are_copied(
    session: Session, paths: Paths, sql: Sql
) -> None:
    sql("DROP SCHEMA public")
    with schema_copy(session, paths, CTX):
        pass
    sql("CREATE SCHEMA public")
    sql("CREATE TABLE public.t (id int)")
    with schema_copy(session, paths, CTX) as scratch:
        assert _count(scratch.session, "SELECT count(*) FROM public.t") == 0


def test_what_may_not_be_read_is_said(profile: ConnectionProfile, filled: None, paths: Paths, sql: Sql) -> None:
    role = f"nxs_{uuid.uuid4().hex[:8]}"
    sql(f"CREATE ROLE {role} LOGIN PASSWORD 'open'")
    session = Session.open(replace(profile, user=role), "open", CTX)
    try:
        with pytest.raises(MigrationBlocked) as caught, schema_copy(session, paths, CTX):
            pytest.fail("it may not read the tables")
        assert caught.value.code == "migration.scratch_failed"
        assert caught.value.facts["reason"] == "dump"
        assert "permission denied" in str(caught.value.facts["words"])
    finally:
        session.close()
        sql(f"DROP ROLE {role}")


def test_extensions_that_are_not_to_be_had_are_left_out() -> None:
    dump = (
        b'CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA public;\n\n'
        b"COMMENT ON EXTENSION \"uuid-ossp\" IS 'generate (UUIDs)';\n\n"
        b"CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;\n"
        b"CREATE EXTENSION IF NOT EXISTS citext_more WITH SCHEMA public;\nSELECT 1;\n"
    )
    left, missing = without_extensions(dump, frozenset({"citext"}))
    assert missing == ("uuid-ossp", "citext_more")
    assert left == b"\n\nCREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;\nSELECT 1;\n"


def test_an_extension_that_something_is_built_on_is_named(production: Session, paths: Paths, sql: Sql) -> None:
    found = sql("SELECT name FROM pg_available_extensions WHERE name IN ('citext', 'hstore') ORDER BY name LIMIT 1")
    if not found:
        pytest.skip("this server has no extension that the embedded one lacks")
    sql(f"CREATE EXTENSION {found[0][0]}")
    with schema_copy(production, paths, CTX):
        pass  # nothing is built on it
    sql(f"CREATE TABLE with_it (word {found[0][0]})")
    with pytest.raises(MigrationBlocked) as caught, schema_copy(production, paths, CTX):
        pytest.fail("its type is missing")
    assert caught.value.facts == {"reason": "extension", "words": found[0][0]}
