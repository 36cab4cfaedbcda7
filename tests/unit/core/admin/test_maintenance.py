"""What is known of a job of maintenance before and while it is at work: disk, time, phases of every version."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.admin.acts import ACTS
from nexus_studio.core.admin.maintenance import (
    CONFLICTS,
    Bytes,
    Disk,
    Ended,
    Holder,
    HoldsUp,
    Job,
    MaintenanceReport,
    Outcome,
    PastRun,
    Phase,
    Target,
)
from nexus_studio.core.admin.maintenancephases import PHASES, WORKING, phase_of
from nexus_studio.core.admin.maintenancerules import copy_bytes, disk_bytes, duration_of
from nexus_studio.core.names import RelationName

MB = 1 << 20
T, U = RelationName("public", "t"), RelationName("public", "u")

SIZES = st.integers(0, 1 << 40)


def target(name: RelationName = T, table: int = 100 * MB, indexes: int = 20 * MB, **more: Any) -> Target:
    return Target(name, 1, Bytes(table, indexes, 0), largest_index_bytes=more.pop("largest", indexes), **more)


def test_each_job_says_what_it_locks_and_has_an_act() -> None:
    for job in Job:
        assert (job.holds_up is HoldsUp.EVERYBODY) == (job.lock == "AccessExclusiveLock") == job.rewrites
        assert job.lock in CONFLICTS[job.lock]  # each excludes itself
        assert job.act in {each.id for each in ACTS}
    assert [job for job in Job if job.waits_for_transactions] == [Job.REINDEX]


def test_the_disk_that_a_job_needs() -> None:
    small = {"sort_bytes": 64 * MB}
    assert {copy_bytes(job, target(), **small) for job in (Job.VACUUM, Job.ANALYZE, Job.VACUUM_ANALYZE)} == {0}
    assert copy_bytes(Job.VACUUM_FULL, target(), **small) == 120 * MB
    assert copy_bytes(Job.VACUUM_FULL, target(bloat_bytes=50 * MB), **small) == 80 * MB  # 50 are left, and a margin
    assert copy_bytes(Job.VACUUM_FULL, target(bloat_bytes=500 * MB), **small) == 20 * MB
    assert copy_bytes(Job.CLUSTER, target(), **small) == 220 * MB  # it may sort the rows on disk
    assert copy_bytes(Job.REINDEX, target(), **small) == 20 * MB
    assert copy_bytes(Job.REINDEX, target(index="i", index_bytes=5 * MB), **small) == 5 * MB
    assert copy_bytes(Job.REINDEX, target(indexes=200 * MB, largest=150 * MB), **small) == 350 * MB
    two = [target(), target(U, table=10 * MB)]
    assert disk_bytes(Job.VACUUM_FULL, two, sort_bytes=64 * MB, wal_bytes=0) == 120 * MB  # one after the other
    assert disk_bytes(Job.VACUUM_FULL, two, sort_bytes=64 * MB, wal_bytes=16 * MB) == 136 * MB
    assert disk_bytes(Job.VACUUM_FULL, two, sort_bytes=64 * MB, wal_bytes=1 << 40) == 240 * MB
    assert disk_bytes(Job.VACUUM, [], sort_bytes=0, wal_bytes=16 * MB) == 0


@given(SIZES, SIZES, SIZES, st.none() | SIZES)
def test_a_table_never_needs_more_than_twice_itself_and_its_sorting(
    table: int, indexes: int, sort: int, bloat: int | None
) -> None:
    one = target(table=table, indexes=indexes, bloat_bytes=bloat)
    full, cluster = (copy_bytes(job, one, sort_bytes=sort) for job in (Job.VACUUM_FULL, Job.CLUSTER))
    assert indexes <= full <= table + 2 * indexes
    assert full <= cluster <= 2 * table + 2 * indexes


def test_a_disk_is_too_small_only_where_it_is_known() -> None:
    assert Disk(10, 9).is_too_small
    assert not Disk(10, 10).is_too_small
    assert not Disk(10, None, "remote").is_too_small


def run(name: RelationName, megabytes: float, seconds: float, job: Job = Job.VACUUM, database: str = "d") -> PastRun:
    return PastRun(job, name, round(megabytes * MB), seconds, database)


def test_what_nobody_has_seen_takes_nobody_knows_how_long() -> None:
    assert duration_of(Job.VACUUM, [target()], [], "d") is None
    assert duration_of(Job.VACUUM, [target()], [run(T, 120, 5, Job.VACUUM_FULL)], "d") is None
    assert duration_of(Job.VACUUM, [target()], [run(U, 0.5, 9)], "d") is None  # too small to say anything
    assert duration_of(Job.VACUUM, [], [run(T, 120, 5)], "d") is None
    tiny = duration_of(Job.VACUUM, [target(table=8192, indexes=0)], [], "d")
    assert tiny is not None
    assert tiny.most <= 0.2


def test_how_long_it_took_before_says_how_long_it_takes() -> None:
    once = duration_of(Job.VACUUM, [target()], [run(T, 120, 6)], "d")
    assert once is not None
    assert [once.seconds, once.least, once.most] == pytest.approx([6, 3, 12])
    grown = duration_of(Job.VACUUM, [target(table=220 * MB)], [run(T, 120, 6)], "d")
    assert grown is not None
    assert grown.seconds == pytest.approx(12)
    often = duration_of(Job.VACUUM, [target()], [run(T, 120, each) for each in (4, 5, 9)], "d")
    assert often is not None
    assert [often.least, often.seconds, often.most] == pytest.approx([4, 5, 9])
    others = [run(U, 60, 30), run(T, 120, 30, database="other")]
    elsewhere = duration_of(Job.VACUUM, [target()], others, "d")
    assert elsewhere is not None
    assert 30 < elsewhere.seconds < 60
    assert duration_of(Job.VACUUM, [target(table=2000 * MB)], others, "d") is None  # far bigger than any of them
    both = duration_of(Job.VACUUM, [target(), target(U)], [run(T, 120, 6), run(U, 120, 1)], "d")
    assert both is not None
    assert both.seconds == pytest.approx(7)
    assert duration_of(Job.VACUUM, [target(average_s=8.0)], [], "d") is not None
    big = duration_of(Job.ANALYZE, [target(table=1 << 40)], [run(T, 1 << 20, 3, Job.ANALYZE)], "d")
    assert big is not None
    assert big.seconds == pytest.approx(3)  # it reads a sample, however big the table has become


VACUUM_12 = {"phase": "scanning heap", "heap_blks_total": 100, "heap_blks_scanned": 25, "heap_blks_vacuumed": 0,
             "index_vacuum_count": 0, "max_dead_tuples": 291, "num_dead_tuples": 0}  # fmt: skip
VACUUM_18 = {"phase": "vacuuming indexes", "heap_blks_total": 100, "heap_blks_scanned": 100, "indexes_total": 3,
             "indexes_processed": 1, "delay_time": 0.0, "num_dead_item_ids": 7}  # fmt: skip
BUILD = {"phase": "building index: scanning table", "blocks_total": 10, "blocks_done": 5, "tuples_total": 0,
         "lockers_total": 0, "lockers_done": 0}  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "phase"),
    [
        ({"vacuum": VACUUM_12}, Phase("scanning_heap", 25 * 8192, 100 * 8192, "bytes")),
        ({"vacuum": VACUUM_12 | {"phase": "vacuuming indexes"}}, Phase("vacuuming_indexes", 0, None)),
        ({"vacuum": VACUUM_18}, Phase("vacuuming_indexes", 1, 3)),
        ({"vacuum": VACUUM_12 | {"phase": "truncating heap"}}, Phase("truncating_heap")),
        ({"vacuum": VACUUM_12 | {"phase": "something of PostgreSQL 31"}}, Phase(WORKING)),
        ({"vacuum": {"phase": None}}, Phase(WORKING)),  # another role's, which may not be seen
        ({}, Phase(WORKING)),
        ({"vacuum": None, "create_index": BUILD}, Phase("building_index", 5 * 8192, 10 * 8192, "bytes")),
        (
            {"create_index": BUILD | {"phase": "building index: loading tuples in tree", "blocks_total": 0,
                                      "tuples_total": 9, "tuples_done": 4}},
            Phase("building_index", 4, 9, "rows"),
        ),
        (
            {"create_index": BUILD | {"phase": "waiting for old snapshots", "lockers_total": 2, "lockers_done": 1}},
            Phase("waiting_for_old_snapshots", 1, 2),
        ),
        (
            {"create_index": BUILD | {"phase": "index validation: scanning table"}},
            Phase("index_validation_scanning_table", 5 * 8192, 10 * 8192, "bytes"),
        ),
        (
            {"cluster": {"phase": "rebuilding index", "index_rebuild_count": 2, "heap_blks_total": 0}},
            Phase("rebuilding_index", 2, 4),
        ),
        (
            {"cluster": {"phase": "index scanning heap", "heap_tuples_scanned": 7}},
            Phase("index_scanning_heap", 7, None, "rows"),
        ),
        (
            {"analyze": {"phase": "acquiring inherited sample rows", "child_tables_total": 3, "child_tables_done": 1}},
            Phase("acquiring_inherited_sample_rows", 1, 3, "tables"),
        ),
    ],
)  # fmt: skip
def test_phases_of_all_versions(seen: dict[str, Any], phase: Phase) -> None:
    found = phase_of(seen, block_bytes=8192, indexes=4)
    assert found == phase
    assert found.code in PHASES


def test_a_report_adds_up_what_is_known() -> None:
    done = Outcome(T, Ended.DONE, Bytes(10, 5, 1), Bytes(4, 2, 1))
    grown = Outcome(U, Ended.DONE, Bytes(1), Bytes(3))
    unknown = Outcome(U, Ended.DONE, Bytes(1), None)
    assert (done.freed_bytes, grown.freed_bytes, unknown.freed_bytes) == (9, -2, None)
    assert MaintenanceReport(Job.VACUUM, (done, grown, unknown)).freed_bytes == 7
    assert MaintenanceReport(Job.VACUUM, (done,)).is_done
    assert not MaintenanceReport(Job.VACUUM, (done, Outcome(T, Ended.SKIPPED))).is_done


def test_who_has_a_lock_is_named() -> None:
    assert Holder(12, "ann", "psql").said == "12 ann psql"
    assert Holder(12).said == "12"
    assert Holder(0, "ann", name="gid 7").said == "gid 7"
