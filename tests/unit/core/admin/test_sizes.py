"""Sizes: shares, sums over schemas and partitions, and who did what last."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from nexus_studio.core.admin.sizes import IndexSize, RelationSize, SizeReport, human_bytes, with_partitions_summed
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import RelationKind

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def size(name: str, table: int = 0, *, kind: RelationKind = RelationKind.TABLE, schema: str = "public") -> RelationSize:
    return RelationSize(RelationName(schema, name), kind, table, 0, 0)


def test_bytes_are_said_as_postgresql_says_them() -> None:
    said = {0: "0 bytes", 10239: "10239 bytes", 10240: "10 kB", 10 << 20: "10 MB", -(10 << 30): "-10 GB"}
    assert {number: human_bytes(number) for number in said} == said
    assert human_bytes((20 << 10) * 1024 - 1) == "20 MB"
    assert human_bytes(1 << 62) == "4096 PB"


def test_shares_are_unknown_where_nothing_is_known() -> None:
    bare = size("a")
    assert (bare.dead_share, bare.bloat_share, bare.cache_hit, bare.last_vacuum, bare.last_analyze) == (None,) * 5
    assert not bare.is_vacuumed_by_auto
    assert not bare.is_analyzed_by_auto
    full = replace(
        size("a", 1000),
        rows=60,
        dead_rows=40,
        bloat_bytes=250,
        blocks_fetched=10,
        blocks_hit=5,
        indexes=(IndexSize("i", 8192, 3, blocks_fetched=30, blocks_hit=25), IndexSize("j", 8192, 4)),
    )
    assert (full.dead_share, full.bloat_share, full.cache_hit, full.index_scans) == (0.4, 0.25, 0.75, 7)
    assert replace(full, bloat_bytes=2000).bloat_share == 1.0


def test_who_was_last() -> None:
    visited = replace(
        size("a"), last_manual_vacuum=NOON, last_autovacuum=NOON - timedelta(1), last_autoanalyze=NOON - timedelta(2)
    )
    assert (visited.last_vacuum, visited.is_vacuumed_by_auto) == (NOON, False)
    assert (visited.last_analyze, visited.is_analyzed_by_auto) == (NOON - timedelta(2), True)


def test_schemas_count_partitions_once() -> None:
    parent = size("p", kind=RelationKind.PARTITIONED)
    parts = [
        replace(size(name, 10, schema=schema), parent=parent.name) for name, schema in (("p1", "public"), ("p2", "old"))
    ]
    report = SizeReport("d", 100, with_partitions_summed([parent, *parts, size("b", 50)]))
    assert [(each.name, each.relations, each.total_bytes) for each in report.schemas] == [
        ("public", 2, 60),
        ("old", 1, 10),
    ]
    assert report.other_bytes == 30
    found = report.relation(parent.name)
    assert found is not None
    assert found.total_bytes == 20
    assert report.relation(RelationName("public", "none")) is None


def test_indexes_of_partitions_are_summed_through_all_levels() -> None:
    top = replace(size("p", kind=RelationKind.PARTITIONED), indexes=(IndexSize("p_i", 0, 0),))
    middle = replace(
        size("p1", kind=RelationKind.PARTITIONED),
        parent=top.name,
        indexes=(IndexSize("p1_i", 0, 0, parent="p_i"), IndexSize("p1_own", 0, 0)),
    )
    leaf = replace(
        size("p11"),
        parent=middle.name,
        index_bytes=120,
        rows=5,
        dead_rows=1,
        bloat_bytes=7,
        is_locked=True,
        indexes=(
            IndexSize("p11_i", 70, 2, parent="p1_i", blocks_fetched=4, blocks_hit=3),
            IndexSize("p11_own", 30, 1, parent="p1_own"),
            IndexSize("p11_mine", 20, 0),
        ),
    )
    other = replace(size("p2"), parent=top.name, index_bytes=8, indexes=(IndexSize("p2_i", 8, 1, parent="p_i"),))
    sums = {each.name.name: each for each in with_partitions_summed([leaf, other, middle, top])}
    assert sums["p1"].indexes == (
        IndexSize("p1_i", 70, 2, parent="p_i", blocks_fetched=4, blocks_hit=3),
        IndexSize("p1_own", 30, 1),
    )
    assert sums["p"].indexes == (IndexSize("p_i", 78, 3, blocks_fetched=4, blocks_hit=3),)
    assert (sums["p"].index_bytes, sums["p"].rows, sums["p"].dead_rows, sums["p"].bloat_bytes) == (128, 5, 1, 7)
    assert sums["p"].is_locked
