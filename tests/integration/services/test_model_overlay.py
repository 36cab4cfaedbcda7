"""The models' knowledge laid over real tables: only where table and column match."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models import metadata
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.overlay import ModelOverlay
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.upgrade import upgrade
from nexus_studio.services.model_overlay import read_overlay
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]


def read(session: Session) -> ModelOverlay:
    return read_overlay(session, TaskContext.for_test())


def test_every_table_of_the_platform_is_known(session: Session, sql: Sql) -> None:
    ctx = TaskContext.for_test()
    upgrade(session, ctx)
    overlay = read(session)
    assert {RelationName("public", name) for name in metadata.tables} <= set(overlay.tables)
    assert RelationName("public", "student_overview") in overlay.tables
    users = CatalogReader(session).relation(RelationName("public", "users"), ctx)
    known = overlay.of(users)
    assert overlay.label_columns(users) == ("firstName", "lastName")
    assert {"email", "password", "phone"} <= known.sensitive
    assert "activation" in known.descriptions["password"]
    assert set(known.on_update) == {"updatedAt"}
    # every type of every model's column is recognised: nothing is lost to spelling
    for table in metadata.tables.values():
        made = {column.name for column in table.columns if column.default is not None}
        assert set(overlay.tables[RelationName("public", table.name)].defaults) == made, table.name
    partition = sql("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' LIMIT 1")[0][0]
    assert overlay.tables[RelationName("public", partition)].description


def test_defaults_are_text_that_postgresql_takes(session: Session, sql: Sql) -> None:
    upgrade(session, TaskContext.for_test())
    defaults = read(session).tables[RelationName("public", "users")].defaults
    row = {name: make() for name, make in defaults.items()}
    assert set(row) == {"id", "updatedAt"}
    sql(
        'INSERT INTO users (id, "updatedAt", email, role) VALUES (%s, CAST(%s AS timestamptz), %s, %s)',
        row["id"],
        row["updatedAt"],
        "a@example.org",
        "COACH",
    )
    assert sql("SELECT now() - \"updatedAt\" < interval '1 minute' FROM users") == [(True,)]
    assert defaults["id"]() != row["id"]


def test_a_database_of_others_gets_nothing(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE users (id bigint PRIMARY KEY, email text, password text, phone text)")
    sql("CREATE TABLE messages (id text PRIMARY KEY, body text); CREATE VIEW student_overview AS SELECT 1 AS one")
    assert read(session).tables == {}


def test_a_model_that_moved_on_is_known_by_what_still_fits(session: Session, sql: Sql) -> None:
    upgrade(session, TaskContext.for_test())
    sql("CREATE SCHEMA old; ALTER TABLE badges SET SCHEMA old; ALTER TABLE users ALTER phone TYPE int USING 0")
    overlay = read(session)
    assert RelationName("old", "badges") in overlay.tables
    users = overlay.tables[RelationName("public", "users")]
    assert "phone" not in users.sensitive
    assert "email" in users.sensitive
