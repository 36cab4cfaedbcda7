"""A catalog as facts: the same SQL makes the same facts anywhere, and each kind of change is seen."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from nexus_studio.core.admin.evidence import FactKey, Facts
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.catalogfacts import read_facts
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of

EVERYTHING = """
CREATE SCHEMA shop;
CREATE EXTENSION IF NOT EXISTS plpgsql;
CREATE TYPE shop.mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN shop.price AS numeric(10, 2) DEFAULT 0 NOT NULL CONSTRAINT positive CHECK (VALUE >= 0);
CREATE TYPE shop.pair AS (a integer, b text);
CREATE TYPE shop.span AS RANGE (subtype = integer);
CREATE SEQUENCE shop.numbers START 5 INCREMENT 2;
CREATE TABLE shop.customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text COLLATE "C" NOT NULL, mood shop.mood DEFAULT 'ok',
    born date, age integer, doubled integer GENERATED ALWAYS AS (age * 2) STORED, CONSTRAINT named UNIQUE (name)
);
CREATE TABLE shop.orders (
    id serial PRIMARY KEY, customer bigint REFERENCES shop.customers ON DELETE CASCADE, total shop.price,
    number integer DEFAULT nextval('shop.numbers'), CHECK (number > 0)
) WITH (fillfactor = 70);
ALTER TABLE shop.orders ADD CONSTRAINT later CHECK (number < 1000000) NOT VALID;
CREATE UNLOGGED TABLE shop.cache (k text PRIMARY KEY, v jsonb);
CREATE TABLE shop.parts (id integer, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE shop.parts_2025 PARTITION OF shop.parts FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE shop.parts_2026 (id integer NOT NULL, at date NOT NULL);
ALTER TABLE shop.parts ATTACH PARTITION shop.parts_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE shop.child (extra text) INHERITS (shop.cache);
CREATE INDEX by_total ON shop.orders (total DESC) WHERE number IS NOT NULL;
CREATE INDEX by_date ON shop.parts (at);
CREATE STATISTICS shop.together (ndistinct) ON customer, number FROM shop.orders;
CREATE VIEW shop.rich WITH (security_barrier = true) AS SELECT o.customer, o.total FROM shop.orders o WHERE o.total > 5;
CREATE VIEW shop.plain AS SELECT id, name FROM shop.customers;
CREATE MATERIALIZED VIEW shop.sums AS SELECT customer, sum(total) AS s FROM shop.orders GROUP BY customer;
CREATE UNIQUE INDEX sums_by_customer ON shop.sums (customer);
CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
CREATE FUNCTION shop.twice(x integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT x * 2';
CREATE PROCEDURE shop.clean(x integer) LANGUAGE sql AS 'DELETE FROM shop.orders WHERE id = x';
CREATE AGGREGATE shop.total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
CREATE TRIGGER touching BEFORE UPDATE ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.touch();
ALTER TABLE shop.orders DISABLE TRIGGER touching;
CREATE RULE keep AS ON DELETE TO shop.cache DO INSTEAD NOTHING;
ALTER TABLE shop.customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop.customers FORCE ROW LEVEL SECURITY;
CREATE POLICY mine ON shop.customers FOR SELECT TO PUBLIC USING (name = CURRENT_USER);
ALTER TABLE shop.cache REPLICA IDENTITY FULL;
COMMENT ON TABLE shop.orders IS 'What was ordered';
COMMENT ON COLUMN shop.orders.total IS 'In euros';
COMMENT ON FUNCTION shop.twice(integer) IS 'Twice';
COMMENT ON INDEX shop.by_total IS 'For the list';
GRANT SELECT, INSERT ON shop.orders TO PUBLIC;
GRANT UPDATE (total) ON shop.orders TO PUBLIC;
REVOKE EXECUTE ON FUNCTION shop.twice(integer) FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO PUBLIC;
CREATE PUBLICATION news FOR TABLE shop.orders;
CREATE CAST (shop.pair AS text) WITH INOUT;
CREATE COLLATION shop.plain_order (locale = 'C');
"""

KINDS = re.findall(
    r"\w+",
    "schema table persistence row_security forced_row_security options replica_identity partition inherits column "
    "not_null default generated identity constraint domain_constraint index sequence sequence_owner view "
    "materialized_view populated trigger trigger_state rule policy statistics publication publication_table "
    "comment type attribute enum_value function procedure aggregate cast collation grant owner default_privilege",
)


@pytest.fixture
def facts_of() -> Callable[..., Facts]:
    """A function that reads the facts of the database of a URL."""

    def read(url: str, **options: Any) -> Facts:
        session = Session.open(profile_of(url), None, TaskContext.for_test())
        try:
            with session.read(TaskContext.for_test()) as connection:
                return read_facts(connection, **options)
        finally:
            session.close()

    return read


@pytest.mark.parametrize("portable", [False, True])
def test_the_same_sql_makes_the_same_facts(
    make_database: Callable[..., str], facts_of: Callable[..., Facts], portable: bool
) -> None:
    found = []
    for path in ("public", "shop, public"):
        url = make_database()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SELECT set_config('search_path', %s, false)", (path,))
            connection.execute(EVERYTHING.encode())
        found.append(facts_of(url, portable=portable))
    assert found[0] == found[1]
    assert {key.kind for key in found[0]}.issuperset(KINDS)


def test_what_postgresql_makes_beside_is_no_fact(pg_url: str, sql: Any, facts_of: Callable[..., Facts]) -> None:
    sql(EVERYTHING)
    facts = facts_of(pg_url)
    assert FactKey("sequence", ("shop", "customers_id_seq")) not in facts  # the identity column's
    assert FactKey("index", ("shop", "orders", "orders_pkey")) not in facts
    assert FactKey("index", ("shop", "parts_2025", "parts_2025_at_idx")) not in facts
    assert FactKey("constraint", ("shop", "parts_2025", "parts_2025_pkey")) not in facts
    assert FactKey("column", ("shop", "child", "k")) not in facts
    assert not [key for key in facts if "not_null" in key.name[-1]]  # version 18's constraints


# (what was there, the statement, the kinds of fact that change)
CHANGES = [
    ("", "CREATE TABLE t (id integer)", {"table", "column", "owner"}),
    ("CREATE TABLE t (id integer)", "ALTER TABLE t ADD n text", {"column"}),
    ("CREATE TABLE t (id integer)", "ALTER TABLE t ALTER id TYPE bigint", {"column"}),
    ("CREATE TABLE t (id integer)", "ALTER TABLE t ALTER id SET NOT NULL", {"not_null"}),
    ("CREATE TABLE t (id integer)", "ALTER TABLE t ALTER id SET DEFAULT 5", {"default"}),
    ("CREATE TABLE t (id integer)", "ALTER TABLE t ADD CONSTRAINT c CHECK (id > 0) NOT VALID", {"constraint"}),
    (
        "CREATE TABLE t (id integer); ALTER TABLE t ADD CONSTRAINT c CHECK (id > 0) NOT VALID",
        "ALTER TABLE t VALIDATE CONSTRAINT c",
        {"constraint"},
    ),
    ("CREATE TABLE t (id integer)", "ALTER TABLE t SET UNLOGGED", {"persistence"}),
    ("CREATE TABLE t (id integer)", "ALTER TABLE t ENABLE ROW LEVEL SECURITY", {"row_security"}),
    ("CREATE TABLE t (id integer)", "ALTER TABLE t SET (fillfactor = 50)", {"options"}),
    ("CREATE TABLE t (id integer)", "CREATE INDEX i ON t (id)", {"index"}),
    ("CREATE TYPE e AS ENUM ('a')", "ALTER TYPE e ADD VALUE 'b'", {"enum_value"}),
    ("CREATE TABLE t (id integer)", "COMMENT ON COLUMN t.id IS 'x'", {"comment"}),
    ("CREATE TABLE t (id integer)", "GRANT SELECT ON t TO PUBLIC", {"grant"}),
    ("CREATE VIEW v AS SELECT 1 AS a", "CREATE OR REPLACE VIEW v AS SELECT 2 AS a", {"view"}),
    ("CREATE SEQUENCE s", "ALTER SEQUENCE s INCREMENT 5", {"sequence"}),
    ("CREATE TABLE t (id integer); INSERT INTO t VALUES (1)", "UPDATE t SET id = 2", set()),
    ("CREATE SEQUENCE s", "SELECT nextval('s')", set()),
]


@pytest.mark.parametrize(("before", "statement", "kinds"), CHANGES, ids=[each[1][:40] for each in CHANGES])
def test_each_change_is_seen(
    before: str, statement: str, kinds: set[str], pg_url: str, sql: Any, facts_of: Callable[..., Facts]
) -> None:
    if before:
        sql(before)
    earlier = facts_of(pg_url)
    sql(statement)
    later = facts_of(pg_url)
    assert {key.kind for key in earlier.keys() | later.keys() if earlier.get(key) != later.get(key)} == kinds


def test_an_invalid_index_says_so(pg_url: str, sql: Any, facts_of: Callable[..., Facts]) -> None:
    sql("CREATE TABLE t (id integer)")
    sql("INSERT INTO t VALUES (1), (1)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        sql("CREATE UNIQUE INDEX CONCURRENTLY i ON t (id)")
    definition = facts_of(pg_url)[FactKey("index", ("public", "t", "i"))]
    assert definition == "INVALID CREATE UNIQUE INDEX i ON public.t USING btree (id)"


def test_bookkeeping_is_left_out(pg_url: str, sql: Any, facts_of: Callable[..., Facts]) -> None:
    earlier = facts_of(pg_url)
    sql("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
    sql("CREATE TABLE other_version (version_num varchar(32) PRIMARY KEY)")
    assert facts_of(pg_url, ignoring=("other_version",)) == earlier
    assert facts_of(pg_url) != earlier
