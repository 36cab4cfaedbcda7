"""The catalog reader on hand-made schemas: names, types, keys, privileges, verdicts."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from nexus_studio.core.data.cells import PageRequest
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.errors import UnknownRelation
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.schema.catalog import Editing, Generated, Relation, RelationKind
from nexus_studio.core.schema.types import PgType, TypeKind
from nexus_studio.core.tasks import Cancelled, TaskContext
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def reader(session: Session) -> CatalogReader:
    return CatalogReader(session)


def public(name: str) -> RelationName:
    return RelationName("public", name)


def read(reader: CatalogReader, name: str, schema: str = "public") -> Relation:
    return reader.relation(RelationName(schema, name), TaskContext.for_test())


def type_of(reader: CatalogReader, sql: Sql, spelled: str) -> PgType:
    name = f"t{uuid.uuid4().hex}"
    sql(f"CREATE TABLE {name} (c {spelled})")
    return read(reader, name).column("c").type


def test_the_tree_has_every_kind_of_relation_and_no_system_ones(reader: CatalogReader, sql: Sql) -> None:
    sql("CREATE SCHEMA other; CREATE TABLE t (a int); COMMENT ON TABLE t IS 'first'; CREATE VIEW v AS SELECT * FROM t")
    sql("CREATE MATERIALIZED VIEW m AS SELECT * FROM t; CREATE TABLE other.t (a int); CREATE TEMP TABLE mine (a int)")
    sql("CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)")
    sql("CREATE SEQUENCE s; CREATE INDEX i ON t (a); CREATE TYPE c AS (x int)")
    tree = reader.tree(TaskContext.for_test())
    assert {(str(name), summary.kind) for name, summary in tree.summaries.items()} == {
        ("m", RelationKind.MATERIALIZED_VIEW),
        ("p", RelationKind.PARTITIONED),
        ("p1", RelationKind.TABLE),
        ("t", RelationKind.TABLE),
        ("v", RelationKind.VIEW),
        ("other.t", RelationKind.TABLE),
    }
    assert tree.summary(public("t")).comment == "first"
    assert tree.summary(public("p1")).parent == public("p")
    assert tree.summary(public("p")).parent is None
    assert tree.read_at is not None
    with pytest.raises(UnknownRelation):
        tree.summary(public("mine"))


def test_row_estimates_are_unknown_until_counted_and_summed_over_partitions(reader: CatalogReader, sql: Sql) -> None:
    sql("CREATE TABLE t (a int); CREATE VIEW v AS SELECT * FROM t")
    sql("CREATE TABLE p (a int, b int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)")
    sql("CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2) PARTITION BY LIST (b)")
    sql("CREATE TABLE p21 PARTITION OF p2 FOR VALUES IN (1)")
    tree = reader.tree(TaskContext.for_test())
    assert [tree.summary(public(name)).rows for name in ("t", "v", "p", "p1")] == [None] * 4
    sql("INSERT INTO t SELECT generate_series(1, 70); INSERT INTO p SELECT 1, 1 FROM generate_series(1, 30)")
    sql("INSERT INTO p SELECT 2, 1 FROM generate_series(1, 12)")
    sql("ANALYZE")
    tree = reader.tree(TaskContext.for_test())
    assert [tree.summary(public(name)).rows for name in ("t", "v", "p1", "p2", "p")] == [70, None, 30, 12, 42]
    assert read(reader, "p").rows == 42
    assert read(reader, "t").rows == 70


HOSTILE = [
    'quo"te',
    "CapiTal",
    "with space",
    "naïve 🐘",
    "x" * 63,
    "per%cent",
    "co:lon",
    "back\\slash",
    "'; DROP",
    "a.b",
]


def test_names_that_want_to_break_out_do_not(reader: CatalogReader, sql: Sql) -> None:
    for name in HOSTILE:
        quoted = '"' + name.replace('"', '""') + '"'
        sql(f"CREATE SCHEMA {quoted}")
        sql(f"CREATE TYPE public.{quoted} AS ENUM ('a', 'b')")
        sql(f"CREATE TABLE {quoted}.{quoted} ({quoted} public.{quoted} PRIMARY KEY)")
    tree = reader.tree(TaskContext.for_test()).summaries
    relations = reader.relations([RelationName(name, name) for name in HOSTILE], TaskContext.for_test())
    for name in HOSTILE:
        assert RelationName(name, name) in tree
        relation = relations[RelationName(name, name)]
        assert relation.key == (name,)
        column = relation.column(name)
        assert (column.type.name, column.type.labels) == (name, ("a", "b"))
        # the spelling is what a CAST takes
        assert sql(f"SELECT CAST('b' AS {column.type.sql})::text") == [("b",)]


TYPES: list[tuple[str, TypeKind, dict[str, Any]]] = [
    ("text", TypeKind.TEXT, {"sql": "text", "is_wide": True, "has_equality": True}),
    ("varchar(20)", TypeKind.TEXT, {"sql": "character varying", "display": "character varying(20)", "length": 20}),
    ("varchar(20)", TypeKind.TEXT, {"is_wide": False, "name": "varchar", "has_equality": True}),
    ("varchar(2000)", TypeKind.TEXT, {"is_wide": True}),
    ("varchar", TypeKind.TEXT, {"is_wide": True, "length": None}),
    ("char(3)", TypeKind.TEXT, {"sql": "bpchar", "display": "character(3)", "length": 3, "is_wide": False}),
    ("numeric(10,3)", TypeKind.NUMBER, {"precision": 10, "scale": 3, "display": "numeric(10,3)", "is_wide": False}),
    ("bigint", TypeKind.NUMBER, {"sql": "bigint", "name": "int8"}),
    ("double precision", TypeKind.NUMBER, {"has_equality": True}),
    ("boolean", TypeKind.BOOLEAN, {}),
    ("date", TypeKind.DATE, {}),
    ("time", TypeKind.TIME, {"has_time_zone": False}),
    ("timetz", TypeKind.TIME, {"has_time_zone": True}),
    ("timestamp(3)", TypeKind.TIMESTAMP, {"precision": 3, "has_time_zone": False}),
    ("timestamptz", TypeKind.TIMESTAMP, {"has_time_zone": True, "sql": "timestamp with time zone"}),
    ("interval", TypeKind.INTERVAL, {"precision": None}),
    ("interval(2)", TypeKind.INTERVAL, {"precision": 2}),
    ("uuid", TypeKind.UUID, {"has_equality": True}),
    ("json", TypeKind.JSON, {"has_equality": False, "is_wide": True}),
    ("jsonb", TypeKind.JSON, {"has_equality": True, "is_wide": True}),
    ("bytea", TypeKind.BINARY, {"is_wide": True, "has_equality": True}),
    ("inet", TypeKind.NETWORK, {"has_equality": True}),
    ("cidr", TypeKind.NETWORK, {"has_equality": True}),
    ("tsvector", TypeKind.SEARCH, {"is_wide": True}),
    ("xml", TypeKind.OTHER, {"has_equality": False, "is_wide": True}),
    ("point", TypeKind.OTHER, {"has_equality": False}),
    ("box", TypeKind.OTHER, {"has_equality": False}),
    ("polygon", TypeKind.OTHER, {"has_equality": False}),
    ("circle", TypeKind.OTHER, {"has_equality": False}),
    ("bit(7)", TypeKind.OTHER, {"length": 7, "sql": '"bit"', "has_equality": True}),
    ("money", TypeKind.OTHER, {"is_wide": False}),
    ("int2vector", TypeKind.OTHER, {}),
    ("tstzrange", TypeKind.RANGE, {"has_time_zone": True, "is_wide": False, "has_equality": True}),
    ("text[]", TypeKind.ARRAY, {"is_wide": True, "has_equality": True, "sql": "text[]", "name": "_text"}),
    ("json[]", TypeKind.ARRAY, {"has_equality": False}),
    ("numeric(6,2)[]", TypeKind.ARRAY, {"sql": "numeric[]", "display": "numeric(6,2)[]"}),
]


def test_types(reader: CatalogReader, sql: Sql) -> None:
    sql(f"CREATE TABLE t ({', '.join(f'c{n} {spelled}' for n, (spelled, _, _) in enumerate(TYPES))})")
    columns = read(reader, "t").columns
    for column, (spelled, kind, expected) in zip(columns, TYPES, strict=True):
        found = {name: getattr(column.type, name) for name in expected}
        assert (spelled, column.type.kind, found) == (spelled, kind, expected)


def test_elements_labels_and_domains(reader: CatalogReader, sql: Sql) -> None:
    sql("CREATE SCHEMA s; CREATE TYPE s.\"Mood\" AS ENUM ('sad', 'ok')")
    sql("ALTER TYPE s.\"Mood\" ADD VALUE 'mad' BEFORE 'ok'")
    sql("CREATE DOMAIN code AS varchar(8); CREATE DOMAIN strict AS code NOT NULL CHECK (VALUE <> '')")
    sql('CREATE DOMAIN mood AS s."Mood"; CREATE DOMAIN doc AS json; CREATE TYPE pair AS (a int, b json)')
    mood = type_of(reader, sql, 's."Mood"')
    assert (mood.kind, mood.sql, mood.display) == (TypeKind.ENUM, 's."Mood"', '"Mood"')
    assert mood.labels == ("sad", "mad", "ok")
    moods = type_of(reader, sql, 's."Mood"[]')
    assert (moods.kind, moods.sql, moods.labels) == (TypeKind.ARRAY, 's."Mood"[]', mood.labels)
    assert moods.element == mood
    assert type_of(reader, sql, "mood").labels == mood.labels
    strict = type_of(reader, sql, "strict")
    assert (strict.kind, strict.sql, strict.length) == (TypeKind.TEXT, "public.strict", 8)
    assert (strict.domain_of, strict.is_wide) == ("character varying", False)
    doc = type_of(reader, sql, "doc")
    assert (doc.kind, doc.has_equality, doc.is_wide) == (TypeKind.JSON, False, True)
    span = type_of(reader, sql, "daterange")
    assert span.element is not None
    assert span.element.kind is TypeKind.DATE
    pair = type_of(reader, sql, "pair")
    assert (pair.kind, pair.has_equality, pair.is_wide) == (TypeKind.COMPOSITE, False, True)


def test_arrays_have_the_limits_of_their_column(reader: CatalogReader, sql: Sql) -> None:
    found = type_of(reader, sql, "numeric(6,2)[]")
    assert (found.precision, found.scale) == (6, 2)
    assert type_of(reader, sql, "timestamp(0)[]").precision == 0
    sql("CREATE DOMAIN cents AS numeric(6,2)")
    element = type_of(reader, sql, "cents[]").element
    assert element is not None
    assert (element.precision, element.scale) == (6, 2)


@pytest.mark.pg(">= 14")
def test_multiranges(reader: CatalogReader, sql: Sql) -> None:
    assert type_of(reader, sql, "int4multirange").kind is TypeKind.RANGE


@pytest.mark.pg(">= 15")
def test_a_negative_scale(reader: CatalogReader, sql: Sql) -> None:
    found = type_of(reader, sql, "numeric(5,-2)")
    assert (found.precision, found.scale) == (5, -2)


def test_columns(reader: CatalogReader, sql: Sql) -> None:
    sql("CREATE DOMAIN must AS int NOT NULL; CREATE SCHEMA s")
    sql("CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    sql("""
        CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY, b int GENERATED BY DEFAULT AS IDENTITY, gone int,
                        c int DEFAULT s.f(), d int GENERATED ALWAYS AS (c * 2) STORED, e must, f text NOT NULL)
    """)
    sql("ALTER TABLE t DROP COLUMN gone; COMMENT ON COLUMN t.f IS 'the ''f'''")
    relation = read(reader, "t")
    assert [(column.name, column.generated) for column in relation.columns] == [
        ("a", Generated.IDENTITY_ALWAYS),
        ("b", Generated.IDENTITY_BY_DEFAULT),
        ("c", Generated.NO),
        ("d", Generated.STORED),
        ("e", Generated.NO),
        ("f", Generated.NO),
    ]
    assert [column.nullable for column in relation.columns] == [False, False, True, True, False, False]
    assert relation.column("c").default == "s.f()"
    assert relation.column("d").default == "(c * 2)"
    assert relation.column("f").comment == "the 'f'"
    assert relation.column("f").position == 7


@pytest.mark.pg(">= 18")
def test_a_virtual_column(reader: CatalogReader, sql: Sql) -> None:
    sql("CREATE TABLE t (a int PRIMARY KEY, b int GENERATED ALWAYS AS (a + 1) VIRTUAL)")
    assert read(reader, "t").column("b").generated is Generated.VIRTUAL


def test_the_key_is_the_primary_key_else_a_fitting_unique_index(reader: CatalogReader, sql: Sql) -> None:
    sql("CREATE TABLE a (x int UNIQUE NOT NULL, y int, z int, PRIMARY KEY (z, y))")
    assert read(reader, "a").key == read(reader, "a").primary_key == ("z", "y")
    sql("CREATE TABLE b (x int NOT NULL, y int NOT NULL, z int, UNIQUE (z), UNIQUE (x, y))")
    sql("CREATE UNIQUE INDEX b_half ON b (x) WHERE y > 0; CREATE UNIQUE INDEX b_made ON b ((x + 1))")
    sql("ALTER TABLE b ADD CONSTRAINT b_late UNIQUE (y) DEFERRABLE INITIALLY DEFERRED")
    sql("CREATE UNIQUE INDEX b_more ON b (y, x) INCLUDE (z)")
    relation = read(reader, "b")
    assert relation.primary_key == ()
    assert set(relation.key) == {"x", "y"}
    assert relation.editing is Editing.BY_KEY
    made = next(index for index in relation.indexes if index.name == "b_made")
    assert (made.columns, made.unique, made.partial) == (("",), True, False)
    sql("CREATE INDEX b_down ON b USING btree (x DESC, y); CREATE INDEX b_hash ON b USING hash (x)")
    reader.forget([public("b")])
    indexes = {index.name: index for index in read(reader, "b").indexes}
    assert indexes["b_down"].descending == (True, False)
    assert indexes["b_hash"].method == "hash"
    assert indexes["b_more"].columns == ("y", "x")
    assert indexes["b_half"].partial


def forbid_null_from_now_on(sql: Sql, table: str, column: str) -> None:
    """NOT NULL NOT VALID of PostgreSQL 18; on older servers the catalog is made to say what it would say there."""
    if sql("SELECT current_setting('server_version_num')::int")[0][0] >= 180000:
        sql(f"ALTER TABLE {table} ADD CONSTRAINT later NOT NULL {column} NOT VALID")
        return
    sql(f"ALTER TABLE {table} ADD CONSTRAINT later CHECK ({column} IS NOT NULL) NOT VALID")
    sql("SET allow_system_table_mods = on")
    sql(f"UPDATE pg_constraint SET contype = 'n' WHERE conname = 'later' AND conrelid = '{table}'::regclass")
    sql(f"UPDATE pg_class SET relchecks = 0 WHERE oid = '{table}'::regclass")
    sql(f"UPDATE pg_attribute SET attnotnull = true WHERE attrelid = '{table}'::regclass AND attname = '{column}'")


def test_a_not_null_that_is_not_valid_promises_nothing(
    reader: CatalogReader, session: Session, sql: Sql, server_version: int
) -> None:
    if server_version // 10_000 in {12, 17}:  # 12 alters catalogs after a restart only; 17's planner believes them
        pytest.skip("the catalog can't be made to say so")
    sql("CREATE TABLE t (id int PRIMARY KEY, a int)")
    sql("INSERT INTO t SELECT n, CASE WHEN n > 25 THEN n END FROM generate_series(1, 50) n")
    sql("CREATE TABLE u (a int UNIQUE, b int NOT NULL)")
    forbid_null_from_now_on(sql, "t", "a")
    forbid_null_from_now_on(sql, "u", "a")
    relation = read(reader, "t")
    assert [column.nullable for column in relation.columns] == [False, True]
    assert read(reader, "u").key == ()
    seen, page = 0, None
    for start in (0, 20, 40):
        after = page.marks[-1] if page else None
        query = RowQuery(relation.name, sort=(Sort("a"),))
        page = RowSource(session).fetch(relation, query, PageRequest(start, 20, after), 1, TaskContext.for_test())
        seen += len(page.rows)
    assert seen == 50


def test_foreign_keys_both_ways(reader: CatalogReader, sql: Sql) -> None:
    sql("CREATE SCHEMA s; CREATE TABLE s.target (a int, b int, PRIMARY KEY (a, b))")
    sql(
        """
        CREATE TABLE t (id int PRIMARY KEY, parent int REFERENCES t ON DELETE SET NULL DEFERRABLE, y int, x int,
                        FOREIGN KEY (y, x) REFERENCES s.target (a, b) ON DELETE CASCADE ON UPDATE RESTRICT)
    """.replace("(b, a)", "(a, b)")
    )
    relation = read(reader, "t")
    self, composite = sorted(relation.foreign_keys, key=lambda key: len(key.columns))
    assert (self.columns, self.target, self.on_delete, self.deferrable) == (("parent",), public("t"), "set null", True)
    assert (composite.columns, composite.target_columns) == (("y", "x"), ("a", "b"))
    assert (composite.on_delete, composite.on_update) == ("cascade", "restrict")
    assert relation.referenced_by == (self,)
    assert read(reader, "target", schema="s").referenced_by == (composite,)


def test_partitions_say_each_foreign_key_once(reader: CatalogReader, sql: Sql) -> None:
    sql("CREATE TABLE target (id int PRIMARY KEY)")
    sql("CREATE TABLE p (id int, t int REFERENCES target, PRIMARY KEY (id)) PARTITION BY LIST (id)")
    sql("CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2)")
    sql("CREATE TABLE far (id int PRIMARY KEY, p int REFERENCES p)")
    assert [key.table for key in read(reader, "target").referenced_by] == [public("p")]
    assert [key.target for key in read(reader, "p1").foreign_keys] == [public("target")]
    assert [key.target for key in read(reader, "far").foreign_keys] == [public("p")]
    assert [key.table for key in read(reader, "p").referenced_by] == [public("far")]
    partitioned = read(reader, "p")
    assert (partitioned.key, partitioned.has_ctid, partitioned.editing) == (("id",), False, Editing.BY_KEY)
    assert read(reader, "p1").has_ctid


def test_verdicts(reader: CatalogReader, sql: Sql) -> None:
    sql("CREATE TABLE t (a int); CREATE VIEW v AS SELECT * FROM t; CREATE VIEW w AS SELECT count(*) FROM t")
    sql("CREATE MATERIALIZED VIEW m AS SELECT * FROM t; CREATE TABLE none ()")
    sql("CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE top (a int PRIMARY KEY)")
    sql("CREATE TABLE child () INHERITS (top)")
    verdicts = {name: read(reader, name) for name in ("t", "v", "w", "m", "none", "p", "top", "child")}
    assert {name: relation.editing for name, relation in verdicts.items()} == {
        "t": Editing.BY_ALL_CELLS,
        "v": Editing.READ_ONLY_VIEW,
        "w": Editing.READ_ONLY_VIEW,
        "m": Editing.READ_ONLY_MATERIALIZED,
        "none": Editing.READ_ONLY_NO_COLUMNS,
        "p": Editing.READ_ONLY_NO_KEY,
        "top": Editing.READ_ONLY_NO_KEY,
        "child": Editing.BY_ALL_CELLS,
    }
    with_ctid = {name for name, relation in verdicts.items() if relation.has_ctid}
    assert with_ctid == {"t", "m", "none", "child"}


def test_foreign_tables_are_read_only(reader: CatalogReader, sql: Sql) -> None:
    sql(
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE f (a int) SERVER s"
    )
    relation = read(reader, "f")
    assert (relation.kind, relation.editing) == (RelationKind.FOREIGN, Editing.READ_ONLY_FOREIGN)
    assert not relation.has_ctid


@pytest.fixture
def reduced(profile: ConnectionProfile, sql: Sql) -> Iterator[tuple[CatalogReader, str]]:
    """A reader as a role of its own without any privilege, and the role's name."""
    role = f"nxs_role_{uuid.uuid4().hex[:8]}"
    sql(f"CREATE ROLE {role}")
    opened = Session.open(replace(profile, role=role), None, TaskContext.for_test())
    yield CatalogReader(opened), role
    opened.close()
    sql(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_privileges_decide(reduced: tuple[CatalogReader, str], sql: Sql) -> None:
    reader, role = reduced
    sql("CREATE TABLE shut (a int PRIMARY KEY); CREATE TABLE seen (a int PRIMARY KEY, b int, c int)")
    sql("CREATE TABLE keyless (a int PRIMARY KEY, b int); CREATE SCHEMA closed")
    sql("CREATE TABLE closed.t (a int PRIMARY KEY)")
    sql(f"GRANT SELECT ON seen TO {role}; GRANT UPDATE (b) ON seen TO {role}; GRANT INSERT (a, b) ON seen TO {role}")
    sql(f"GRANT SELECT (b), UPDATE ON keyless TO {role}; GRANT ALL ON closed.t TO {role}")
    tree = reader.tree(TaskContext.for_test())
    assert {str(name): summary.may_select for name, summary in tree.summaries.items()} == {
        "shut": False,
        "seen": True,
        "keyless": True,
        "closed.t": False,
    }
    assert read(reader, "shut").editing is Editing.READ_ONLY_PRIVILEGE
    seen = read(reader, "seen")
    assert seen.editing is Editing.BY_KEY
    assert (seen.may_insert, seen.may_update, seen.may_delete) == (True, True, False)
    assert [column.may_update for column in seen.columns] == [False, True, False]
    assert [column.may_insert for column in seen.columns] == [True, True, False]
    keyless = read(reader, "keyless")
    assert [column.may_select for column in keyless.columns] == [False, True]
    assert keyless.editing is Editing.READ_ONLY_PRIVILEGE  # whose key can't be read can't be named
    assert not read(reader, "t", schema="closed").editable


def test_width_zero_and_1600(reader: CatalogReader, sql: Sql) -> None:
    sql("CREATE TABLE none ()")
    sql(f"CREATE TABLE wide ({', '.join(f'c{n} int' for n in range(1600))})")
    found = reader.relations((public("wide"), public("none"), public("missing")), TaskContext.for_test())
    assert [(name.name, len(relation.columns)) for name, relation in found.items()] == [("wide", 1600), ("none", 0)]
    assert found[public("wide")].columns[1599].name == "c1599"


def test_a_relation_is_remembered_until_forgotten(reader: CatalogReader, sql: Sql) -> None:
    sql("CREATE TABLE t (a int)")
    first = read(reader, "t")
    sql("ALTER TABLE t ADD b int")
    assert read(reader, "t") is first
    reader.forget()
    assert [column.name for column in read(reader, "t").columns] == ["a", "b"]
    sql("DROP TABLE t")
    reader.forget([public("t")])
    with pytest.raises(UnknownRelation) as caught:
        read(reader, "t")
    assert caught.value.facts == {"relation": "t"}


def test_the_search_path_of_other_reads_stays(reader: CatalogReader, session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (a int)")
    read(reader, "t")
    ctx = TaskContext.for_test()
    with session.read(ctx) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM t").scalar() == 0


def test_cancelled_before_it_starts(reader: CatalogReader) -> None:
    ctx = TaskContext()
    ctx.token.cancel()
    with pytest.raises(Cancelled):
        reader.tree(ctx)
