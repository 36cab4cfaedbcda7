"""What a table's own rows tell: looked at by index, bounded, never in the way; what the models say goes first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.conventions import IdKind, kind_of_ids
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.schema.overlay import ModelOverlay, ModelTable
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.conventions import MOST_JOINED, joined_keys, joins_of, learned
from nexus_studio.services.duplicating import Duplicating
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.session import Session

CTX = TaskContext.for_test()
Sql = Callable[..., list[tuple[Any, ...]]]
NAME = RelationName("public", "t")


def learn(session: Session, overlay: ModelOverlay | None = None) -> ModelTable:
    relation = CatalogReader(session).relation(NAME, CTX)
    return learned(session, relation, overlay or ModelOverlay(), CTX).of(relation)


@pytest.mark.parametrize(
    ("type_", "values", "kind"),
    [
        ("text", ["cjld2cjxh0000qzrmn831i7rn"], IdKind.CUID),
        ("varchar(30)", ["tz4a98xxat96iws9zmbrgj3a", "pfh0haxfpzowht3oi213cqos"], IdKind.CUID2),
        ("text", ["9b2d0e1c-5b1f-4a52-8f0e-0a1b2c3d4e5f"], IdKind.UUID4),
        ("uuid", ["0190a5b0-7c1e-7def-8abc-0123456789ab"], IdKind.UUID7),
        ("varchar(24)", ["tz4a98xxat96iws9zmbrgj3a"], IdKind.CUID2),
    ],
)
def test_ids_are_proposed_that_the_column_takes(
    sql: Sql, session: Session, type_: str, values: list[str], kind: IdKind
) -> None:
    sql(f"CREATE TABLE t (id {type_} PRIMARY KEY, note text)")
    for value in values:
        sql(f"INSERT INTO t VALUES ('{value}')")
    make = learn(session).defaults["id"]
    made = [make() for _ in range(50)]
    assert len(set(made)) == 50
    assert all(isinstance(each, str) and kind_of_ids((each,)) in {kind, None} for each in made)
    for each in made:
        sql("INSERT INTO t VALUES (%s)", each)


@pytest.mark.parametrize(
    "ddl",
    [
        "CREATE TABLE t (id text PRIMARY KEY)",
        "CREATE TABLE t (id text PRIMARY KEY); INSERT INTO t VALUES ('admin'), ('cjld2cjxh0000qzrmn831i7rn')",
        "CREATE TABLE t (id text PRIMARY KEY DEFAULT 'x'); INSERT INTO t VALUES ('cjld2cjxh0000qzrmn831i7rn')",
        "CREATE TABLE t (id bigint PRIMARY KEY); INSERT INTO t VALUES (1)",
        "CREATE TABLE t (a text, b text, PRIMARY KEY (a, b)); INSERT INTO t VALUES ('cjld2cjxh0000qzrmn831i7rn', '')",
        "CREATE VIEW t AS SELECT 'cjld2cjxh0000qzrmn831i7rn'::text AS id",
    ],
)
def test_nothing_is_proposed_where_nothing_is_known(sql: Sql, session: Session, ddl: str) -> None:
    sql(ddl)
    assert dict(learn(session).defaults) == {}


def test_what_the_models_say_goes_first(sql: Sql, session: Session) -> None:
    sql("CREATE TABLE t (id text PRIMARY KEY); INSERT INTO t VALUES ('cjld2cjxh0000qzrmn831i7rn')")
    known = ModelOverlay({NAME: ModelTable(defaults={"id": lambda: "mine"})})
    assert learn(session, known).defaults["id"]() == "mine"


def test_a_table_that_is_locked_is_not_waited_for(sql: Sql, session: Session, pg_url: str) -> None:
    sql("CREATE TABLE t (id text PRIMARY KEY); INSERT INTO t VALUES ('cjld2cjxh0000qzrmn831i7rn')")
    relation = CatalogReader(session).relation(NAME, CTX)
    with psycopg.connect(pg_url) as other:
        other.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        overlay = learned(session, relation, ModelOverlay(), CTX)
    assert dict(overlay.of(relation).defaults) == {}


@pytest.mark.parametrize("is_allowed", [True, False])
def test_updated_at_is_the_connection_s_to_allow(sql: Sql, profile: ConnectionProfile, is_allowed: bool) -> None:
    sql('CREATE TABLE t (id int PRIMARY KEY, "updatedAt" timestamptz NOT NULL, updated_at timestamptz DEFAULT now())')
    session = Session.open(replace(profile, fills_updated_at=is_allowed), None, CTX)
    found = learn(session)
    session.close()
    assert set(found.on_update) == ({"updatedAt"} if is_allowed else set())
    if is_allowed:
        made = found.on_update["updatedAt"]()
        assert sql("SELECT abs(extract(epoch FROM now() - %s::timestamptz)) < 60", made) == [(True,)]


def test_pairs_lead_across_and_not_endlessly(sql: Sql, session: Session) -> None:
    sql(
        'CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY); CREATE TABLE "_AToB" ('
        '"A" int REFERENCES a, "B" int REFERENCES b, PRIMARY KEY ("A", "B"))'
    )
    sql("INSERT INTO a VALUES (1), (2); INSERT INTO b SELECT generate_series(1, 500)")
    sql('INSERT INTO "_AToB" SELECT 1, generate_series(1, 500); INSERT INTO "_AToB" VALUES (2, 7)')
    catalog = CatalogReader(session)
    pairs = catalog.relation(RelationName("public", "_AToB"), CTX)
    joins = joins_of(dict.fromkeys(pairs.foreign_keys, pairs))
    key, other = next((key, other) for key, other in joins.items() if key.columns == ("A",))
    assert (other.columns, other.target.name) == (("B",), "b")
    assert joined_keys(session, pairs, key, other, {"id": "2"}, CTX) == ("7",)
    assert len(joined_keys(session, pairs, key, other, {"id": "1"}, CTX)) == MOST_JOINED + 1
    assert joined_keys(session, pairs, key, other, {"id": None}, CTX) == ()


def test_copies_of_rows_get_ids_of_their_own(sql: Sql, profile: ConnectionProfile) -> None:
    sql('CREATE TABLE t (id text PRIMARY KEY, note text, "updatedAt" timestamp(3) NOT NULL)')
    sql("CREATE TABLE child (id uuid PRIMARY KEY, t_id text NOT NULL REFERENCES t)")
    old, child = "cjld2cjxh0000qzrmn831i7rn", "9b2d0e1c-5b1f-4a52-8f0e-0a1b2c3d4e5f"
    sql("INSERT INTO t VALUES (%s, 'one', '2020-01-01')", old)
    sql("INSERT INTO child VALUES (%s, %s)", child, old)
    session = Session.open(replace(profile, fills_updated_at=True), None, CTX)
    catalog = CatalogReader(session)
    service, relation = Duplicating(session, catalog, ModelOverlay()), catalog.relation(NAME, CTX)
    plan = service.plan(relation, RowKey((old,)), service.paths(relation, ["child"], CTX), CTX)
    assert plan.questions == ()
    made = service.changes(plan, {}, CTX)
    session.close()
    (copy,), (below,) = made[NAME], made[RelationName("public", "child")]
    assert isinstance(copy.values["id"], str)
    assert (kind_of_ids((copy.values["id"],)), copy.values["id"] == old) == (IdKind.CUID, False)
    assert copy.values["note"] == "one"
    assert str(copy.values["updatedAt"]) > "2020-01-02"
    assert (below.values["t_id"], below.values["id"] == child) == (copy.values["id"], False)
