"""Sizes: they add up as PostgreSQL's own do, and are said in its own words."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import psycopg

from nexus_studio.core.admin.sizes import human_bytes
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.maintenance import MaintenanceService
from nexus_studio.services.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]


def test_human_bytes_says_what_pg_size_pretty_says(cluster_url: str, server_version: int) -> None:
    chance = random.Random(18)
    limit = 62 if server_version >= 150000 else 55  # PB is new in 15
    sizes = [0, 1, -1, 10239, 10240, 10241, 20 * 1024 * 1024, (1 << limit) - 1]
    sizes += [(10 * 1024 << power) + off for power in range(0, 45, 5) for off in (-600, -1, 0, 1, 511, 512, 513)]
    sizes += [chance.getrandbits(chance.randint(1, limit)) * chance.choice((1, -1)) for _ in range(2000)]
    with psycopg.connect(cluster_url) as connection:
        said = connection.execute("SELECT s, pg_size_pretty(s) FROM unnest(%s::bigint[]) AS s", (sizes,)).fetchall()
    assert [(size, human_bytes(size)) for size, _ in said] == said


def test_the_parts_add_up(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE big (id int PRIMARY KEY, body text); CREATE TABLE none (); CREATE VIEW v AS SELECT * FROM big")
    sql("ALTER TABLE big ALTER body SET STORAGE EXTERNAL")
    sql("INSERT INTO big SELECT n, repeat('x', 5000) FROM generate_series(1, 300) n")
    sql("CREATE MATERIALIZED VIEW m AS SELECT * FROM big; DELETE FROM big WHERE id <= 100")
    sql("VACUUM ANALYZE big")
    report = MaintenanceService(session).sizes(TaskContext.for_test())
    sizes = {size.name.name: size for size in report.relations}
    assert set(sizes) == {"big", "none", "m"}
    real = dict[Any, Any](sql("SELECT relname, pg_total_relation_size(oid) FROM pg_class"))
    assert {name: size.total_bytes for name, size in sizes.items()} == {name: real[name] for name in sizes}
    big = sizes["big"]
    assert big.toast_bytes > big.table_bytes > 0
    assert big.index_bytes > 0
    assert big.last_vacuum is not None
    assert sizes["none"].total_bytes == 0
    assert [size.total_bytes for size in report.relations] == sorted(
        (size.total_bytes for size in report.relations), reverse=True
    )
    assert report.database == session.server.database
    assert report.database_bytes > big.total_bytes


def test_partitions_are_summed(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id)")
    sql("CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (1000)")
    sql("CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (1000) TO (3000) PARTITION BY RANGE (id)")
    sql("CREATE TABLE p21 PARTITION OF p2 FOR VALUES FROM (1000) TO (3000)")
    sql("INSERT INTO p SELECT generate_series(0, 2999)")
    report = MaintenanceService(session).sizes(TaskContext.for_test())
    sizes = {size.name.name: size for size in report.relations}
    assert sizes["p2"].total_bytes == sizes["p21"].total_bytes > 0
    assert sizes["p"].total_bytes == sizes["p1"].total_bytes + sizes["p21"].total_bytes
    assert sizes["p21"].parent == RelationName("public", "p2")
