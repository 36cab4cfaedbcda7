"""Sizes: PostgreSQL's own figures, for every role, whoever holds what, and said in its own words."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql as pgsql

from nexus_studio.core.admin.sizes import RelationSize, SizeReport, human_bytes
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import RelationKind
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.health.sizing import SizingService
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of
from tests.support.patient import Patient

Sql = Callable[..., list[tuple[Any, ...]]]

STRATEGY = """
    SELECT schemaname, tablename, pg_size_pretty(pg_total_relation_size(schemaname||'.'||tablename)) AS size
      FROM pg_tables WHERE schemaname = 'public'
     ORDER BY pg_total_relation_size(schemaname||'.'||tablename) DESC
"""
"""As strategy.md writes it."""

OWN = """
    SELECT n.nspname, c.relname, c.relkind,
           pg_table_size(c.oid), pg_indexes_size(c.oid), pg_total_relation_size(c.oid),
           pg_size_pretty(pg_total_relation_size(c.oid)),
           CASE WHEN c.reltoastrelid = 0 THEN 0 ELSE pg_total_relation_size(c.reltoastrelid) END,
           s.n_live_tup, s.n_dead_tup, s.seq_scan, coalesce(s.idx_scan, 0),
           s.last_vacuum, s.last_autovacuum, s.last_analyze, s.last_autoanalyze,
           coalesce(io.heap_blks_hit + coalesce(io.idx_blks_hit, 0) + coalesce(io.toast_blks_hit, 0), 0)
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
      LEFT JOIN pg_statio_all_tables io ON io.relid = c.oid
     WHERE c.relkind IN ('r', 'm', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""

INDEXES = """
    SELECT n.nspname, t.relname, i.indexrelid::regclass::text, c.relname, pg_relation_size(c.oid),
           pg_table_size(c.oid), s.idx_scan
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
      JOIN pg_namespace n ON n.oid = t.relnamespace
      JOIN pg_stat_all_indexes s ON s.indexrelid = c.oid
     WHERE t.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""


def measured(session: Session) -> SizeReport:
    return SizingService(session).sizes(TaskContext.for_test())


def of(session: Session, name: str) -> RelationSize:
    found = measured(session).relation(RelationName("public", name))
    assert found is not None
    return found


@pytest.fixture
def stranger(session: Session, sql: Sql, pg_url: str) -> Iterator[Session]:
    """A session of a role that may connect, and nothing else."""
    role = f"stranger_{uuid.uuid4().hex[:8]}"
    sql(f"CREATE ROLE {role} LOGIN")
    opened = Session.open(profile_of(pg_url.replace("postgres@", f"{role}@")), None, TaskContext.for_test())
    yield opened
    opened.close()
    sql(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_human_bytes_says_what_pg_size_pretty_says(cluster_url: str, server_version: int) -> None:
    chance = random.Random(18)
    limit = 62 if server_version >= 150000 else 53  # PB is new in 15
    sizes = [0, 1, -1, 10239, 10240, 10241, 20 * 1024 * 1024, (1 << limit) - 1]
    sizes += [(10 * 1024 << power) + off for power in range(0, 45, 5) for off in (-600, -1, 0, 1, 511, 512, 513)]
    sizes += [chance.getrandbits(chance.randint(1, limit)) * chance.choice((1, -1)) for _ in range(2000)]
    sizes = [size for size in sizes if abs(size) < 1 << limit]
    with psycopg.connect(cluster_url) as connection:
        said = connection.execute("SELECT s, pg_size_pretty(s) FROM unnest(%s::bigint[]) AS s", (sizes,)).fetchall()
    assert [(size, human_bytes(size)) for size, _ in said] == said


def test_every_figure_of_the_demo_at_scale_is_postgresqls_own(demo_patient: Patient) -> None:
    demo_patient.run(
        "DELETE FROM session_bookings WHERE ctid IN (SELECT ctid FROM session_bookings LIMIT 500)",
        "VACUUM payments",
        'CREATE SCHEMA other; CREATE UNLOGGED TABLE other."Odd name" AS SELECT generate_series(1, 5000) AS id',
        "CREATE MATERIALIZED VIEW other.seen AS SELECT * FROM users; REFRESH MATERIALIZED VIEW other.seen",
    )
    report = measured(demo_patient.session)
    found = {each.name: each for each in report.relations}
    own = demo_patient.run(OWN)
    assert {RelationName(row[0], row[1]) for row in own} == set(found)
    assert len(own) > 50
    for row in own:
        size = found[RelationName(row[0], row[1])]
        assert size.kind.value == row[2]
        if row[2] == "p":
            continue
        sizes = (size.table_bytes + size.toast_bytes, size.index_bytes, size.total_bytes, human_bytes(size.total_bytes))
        assert sizes == row[3:7], size.name
        assert size.toast_bytes == row[7], size.name
        assert (size.rows, size.dead_rows, size.seq_scans, size.index_scans) == row[8:12], size.name
        visits = (size.last_manual_vacuum, size.last_autovacuum, size.last_manual_analyze, size.last_autoanalyze)
        assert visits == row[12:16], size.name
        assert size.blocks_hit + sum(each.blocks_hit for each in size.indexes) == row[16], size.name
        assert size.cache_hit is None or 0 <= size.cache_hit <= 1
    indexes = demo_patient.run(INDEXES)
    assert {(row[0], row[1], row[3], row[5], row[6]) for row in indexes} == {
        (each.name.schema, each.name.name, index.name, index.bytes, index.scans)
        for each in report.relations
        if each.kind is not RelationKind.PARTITIONED
        for index in each.indexes
    }
    (database_bytes,) = demo_patient.run("SELECT pg_database_size(current_database())")[0]
    assert abs(report.database_bytes - database_bytes) <= 3 * 8192  # what this test itself writes meanwhile
    assert 0 < report.other_bytes < database_bytes


def test_the_query_of_the_strategy_says_the_same(demo_patient: Patient) -> None:
    report = measured(demo_patient.session)
    found = {each.name: each for each in report.relations}
    told = demo_patient.run(STRATEGY)
    stored = [row for row in told if found[RelationName(*row[:2])].kind is RelationKind.TABLE]
    assert len(stored) > 50
    assert [(s, t, human_bytes(found[RelationName(s, t)].total_bytes)) for s, t, _ in stored] == stored
    totals = [each.total_bytes for each in report.relations]
    assert totals == sorted(totals, reverse=True)


def test_partitions_are_rolled_up(patient: Patient) -> None:
    patient.run(
        "CREATE TABLE p (id int PRIMARY KEY, note text) PARTITION BY RANGE (id)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (1000)",
        "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (1000) TO (3000) PARTITION BY RANGE (id)",
        "CREATE SCHEMA old; CREATE TABLE old.p21 PARTITION OF p2 FOR VALUES FROM (1000) TO (3000)",
        "CREATE INDEX by_note ON p (note)",
        "INSERT INTO p SELECT n, 'note ' || n FROM generate_series(0, 2999) n",
    )
    report = measured(patient.session)
    sizes = {size.name.name: size for size in report.relations}
    assert sizes["p2"].total_bytes == sizes["p21"].total_bytes > 0
    assert sizes["p"].total_bytes == sizes["p1"].total_bytes + sizes["p21"].total_bytes
    assert sizes["p"].rows == 3000
    assert sizes["p21"].parent == RelationName("public", "p2")
    parts = """
        SELECT t.relid::regclass::text, sum(pg_relation_size(s.relid))::bigint
          FROM pg_partition_tree('by_note') t, pg_partition_tree(t.relid) s WHERE NOT t.isleaf GROUP BY 1
    """
    tree = dict[Any, Any](patient.run(parts))
    assert len(tree) == 2
    assert {each.name for each in sizes["p"].indexes} == {"by_note", "p_pkey"}
    assert {i.name: i.bytes for s in ("p", "p2") for i in sizes[s].indexes if i.name in tree} == tree
    assert sum(each.bytes for each in sizes["p"].indexes) == sizes["p"].index_bytes
    assert {(each.name, each.relations) for each in report.schemas} == {("public", 1), ("old", 1)}


def test_bloat_is_what_vacuum_full_wins_back(patient: Patient) -> None:
    patient.run(
        "CREATE TABLE mixed (a bool, b bigint, c int, t text, d date, n numeric, j jsonb)",
        """
        INSERT INTO mixed SELECT n % 2 = 0, n, n, repeat('x', n % 120),
               CASE WHEN n % 3 = 0 THEN '2026-11-30'::date END, n / 7.0,
               CASE WHEN n % 2 = 0 THEN jsonb_build_object('n', n) END FROM generate_series(1, 60000) n
        """,
        "CREATE TABLE loose (id int, t text) WITH (fillfactor = 60)",
        "INSERT INTO loose SELECT n, md5(n::text) FROM generate_series(1, 40000) n",
        "CREATE TABLE fresh AS SELECT n AS id, md5(n::text) AS t FROM generate_series(1, 100) n",
        "ALTER TABLE mixed ADD gone text DEFAULT 'gone'; ALTER TABLE mixed DROP gone",
    )
    assert of(patient.session, "fresh").bloat_bytes == 0  # one page can't be less
    assert of(patient.session, "mixed").bloat_bytes is None  # nobody has analyzed it
    patient.run("ANALYZE")
    for name in ("mixed", "loose"):
        whole = of(patient.session, name)
        assert whole.bloat_share is not None
        assert whole.bloat_share < 0.05, name
    whole_share = of(patient.session, "mixed").bloat_share
    patient.run("DELETE FROM mixed WHERE b % 5 < 3", "DELETE FROM loose WHERE id % 2 = 0")
    dead = of(patient.session, "mixed")
    assert (dead.dead_rows, dead.bloat_share) == (36_000, whole_share)  # what is dead still has its place
    patient.run("VACUUM ANALYZE")
    before = {name: of(patient.session, name) for name in ("mixed", "loose")}
    patient.run("VACUUM FULL mixed", "VACUUM FULL loose")
    for name, size in before.items():
        won = size.table_bytes - of(patient.session, name).table_bytes
        assert size.bloat_bytes is not None
        assert won > size.table_bytes / 3
        assert abs(size.bloat_bytes - won) < 0.06 * size.table_bytes, name


def test_what_a_role_may_not_see_is_marked(session: Session, stranger: Session, sql: Sql) -> None:
    sql("CREATE TABLE mine AS SELECT n AS id, md5(n::text) AS t FROM generate_series(1, 20000) n")
    sql("CREATE TABLE open AS SELECT * FROM mine; CREATE TABLE rows_hidden AS SELECT * FROM mine")
    sql("CREATE TABLE part (id int PRIMARY KEY) PARTITION BY RANGE (id)")
    sql(
        "DELETE FROM mine WHERE id % 2 = 0; DELETE FROM open WHERE id % 2 = 0; DELETE FROM rows_hidden WHERE id % 2 = 0"
    )
    sql("VACUUM ANALYZE")
    sql(f"GRANT SELECT ON open, rows_hidden TO {stranger.profile.user}")
    sql("ALTER TABLE rows_hidden ENABLE ROW LEVEL SECURITY")
    mine, theirs = measured(session), measured(stranger)
    assert mine.may_not_see == ()
    assert theirs.may_not_see == (RelationName("public", "mine"), RelationName("public", "rows_hidden"))
    assert {each.name: each.total_bytes for each in theirs.relations} == {
        each.name: each.total_bytes for each in mine.relations
    }
    bloat = {each.name.name: each.bloat_bytes for each in theirs.relations}
    assert bloat["mine"] is None
    assert bloat["rows_hidden"] is None
    assert bloat["open"] == {each.name.name: each.bloat_bytes for each in mine.relations}["open"]
    assert bloat["open"]


def test_who_has_a_table_to_himself_is_not_waited_for(session: Session, sql: Sql, pg_url: str) -> None:
    sql("CREATE TABLE held (id int PRIMARY KEY, body text); ALTER TABLE held ALTER body SET STORAGE EXTERNAL")
    sql("INSERT INTO held SELECT n, repeat('x', 5000) FROM generate_series(1, 200) n; CREATE TABLE free (id int)")
    sql("CREATE TABLE rebuilt (id int PRIMARY KEY); INSERT INTO rebuilt SELECT generate_series(1, 5000)")
    sql("VACUUM ANALYZE")
    before = {each.name.name: each for each in measured(session).relations}
    with psycopg.connect(pg_url) as holder:
        holder.execute("LOCK TABLE held IN ACCESS EXCLUSIVE MODE; REINDEX INDEX rebuilt_pkey")
        during = {each.name.name: each for each in measured(session).relations}
    assert {name for name, each in during.items() if each.is_locked} == {"held"}
    assert during["held"].index_bytes == before["held"].index_bytes
    assert 0 < during["held"].total_bytes <= before["held"].total_bytes
    assert during["held"].toast_bytes > 0.9 * before["held"].toast_bytes
    assert during["rebuilt"].total_bytes > 0
    assert during["free"] == before["free"]


def test_what_was_never_counted_is_taken_from_the_last_look(patient: Patient) -> None:
    patient.run("CREATE TABLE t AS SELECT generate_series(1, 7000) AS id", "CREATE TABLE unseen (id int)")
    patient.run("INSERT INTO unseen VALUES (1)")
    assert of(patient.session, "t").rows == 7000
    patient.run("ANALYZE t", "SELECT pg_stat_reset()")
    report = measured(patient.session)
    rows = {each.name.name: (each.rows, each.bloat_bytes is not None) for each in report.relations}
    assert rows == {"t": (7000, True), "unseen": (None, False)}
    assert report.counted_since is not None
    assert report.measured_at is not None
    assert report.counted_since < report.measured_at
    patient.run("INSERT INTO t VALUES (1)")
    assert of(patient.session, "t").rows == 7000  # what was counted since is not all there is
    patient.run("TRUNCATE t")
    assert of(patient.session, "t").rows == 0


def test_an_empty_database_has_a_size(session: Session) -> None:
    report = measured(session)
    assert (report.relations, report.schemas, report.is_standby) == ((), (), False)
    assert report.other_bytes == report.database_bytes > 5_000_000


def test_tables_of_citus_have_the_size_of_all_nodes(patient: Patient) -> None:
    """Citus itself is not here: this stands in for its catalog and its two functions, under their names."""
    with patient.connect(autocommit=True) as superuser:
        superuser.execute("SET allow_system_table_mods = on")
        superuser.execute("CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass)")
        for name in ("citus_table_size", "citus_total_relation_size"):
            size = pgsql.Literal(30_000_000_000 if name == "citus_table_size" else 50_000_000_000)
            superuser.execute(
                pgsql.SQL(
                    "CREATE FUNCTION pg_catalog.{} (regclass, fail_on_error boolean DEFAULT true) RETURNS bigint"
                    " LANGUAGE sql AS $$ SELECT {}::bigint $$"
                ).format(pgsql.Identifier(name), size)
            )
        superuser.execute("CREATE TABLE spread (id int PRIMARY KEY); CREATE TABLE here (id int PRIMARY KEY)")
        superuser.execute("INSERT INTO pg_dist_partition VALUES ('spread')")
        superuser.execute(
            "INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)"
            " VALUES (99999, 'citus', 10, 2200, false, '12.1-1')"
        )
    session = Session.open(profile_of(patient.url), None, TaskContext.for_test())
    try:
        report = measured(session)
        assert report.is_distributed
        first = report.relations[0]
        assert (first.name.name, first.is_distributed, first.total_bytes) == ("spread", True, 50_000_000_000)
        assert (first.table_bytes, first.index_bytes, first.rows) == (30_000_000_000, 20_000_000_000, None)
        assert [each.is_distributed for each in report.relations] == [True, False]
        assert 0 < report.other_bytes < report.database_bytes
        patient.run("SET allow_system_table_mods = on", "DROP FUNCTION pg_catalog.citus_table_size")
        report = measured(session)
        assert report.distributed_unknown == (RelationName("public", "spread"),)
        assert max(each.total_bytes for each in report.relations) < 100_000
        patient.run("SET allow_system_table_mods = on", "DROP TABLE pg_catalog.pg_dist_partition")
        assert measured(session).distributed_unknown == ()
    finally:
        session.close()
