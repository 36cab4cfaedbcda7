"""Rows that move between partitions when they are restored are where they should be; lost ones are missed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.admin.backups import BackupFormat, BackupSpec, Compression, Difference
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import checksum, read_record, size_of, write_record
from nexus_studio.services.backups.creating import create
from nexus_studio.services.backups.partitions import parents_of_movable
from nexus_studio.services.backups.proving import prove
from nexus_studio.services.migrations.scratchserver import embedded_session
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()

MOODS = """
    CREATE TYPE mood AS ENUM ('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
    CREATE TABLE "Feel ings" (m mood NOT NULL, n int NOT NULL) PARTITION BY HASH (m);
    CREATE TABLE f0 PARTITION OF "Feel ings" FOR VALUES WITH (MODULUS 3, REMAINDER 0);
    CREATE TABLE f1 PARTITION OF "Feel ings" FOR VALUES WITH (MODULUS 3, REMAINDER 1) PARTITION BY RANGE (n);
    CREATE TABLE f1_low PARTITION OF f1 FOR VALUES FROM (MINVALUE) TO (50);
    CREATE TABLE f1_high PARTITION OF f1 FOR VALUES FROM (50) TO (MAXVALUE);
    CREATE TABLE f2 PARTITION OF "Feel ings" FOR VALUES WITH (MODULUS 3, REMAINDER 2);
    INSERT INTO "Feel ings" SELECT (enum_range(NULL::mood))[1 + n % 8], n FROM generate_series(1, 400) n;
    CREATE TABLE words (w text NOT NULL) PARTITION BY HASH (w);
    CREATE TABLE w0 PARTITION OF words FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE w1 PARTITION OF words FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    INSERT INTO words SELECT 'w' || n FROM generate_series(1, 50) n
"""
PARENT = RelationName("public", "Feel ings")


@pytest.fixture(scope="module")
def paths(server_room: Path) -> Iterator[Paths]:
    found = Paths.below(server_room / "partitions-home")
    with embedded_session(found, CTX):
        yield found


def test_only_what_hangs_below_the_hash_of_an_enum_moves(session: Session, sql: Sql) -> None:
    sql(MOODS)
    with session.alone(CTX) as driver:
        found = parents_of_movable(driver)
    assert found == {RelationName("public", name): PARENT for name in ("f0", "f1_low", "f1_high", "f2")}


@pytest.mark.parametrize("spec", [BackupSpec(), BackupSpec(format=BackupFormat.DIRECTORY, jobs=2)])
def test_rows_in_other_partitions_are_no_difference(
    spec: BackupSpec, session: Session, sql: Sql, paths: Paths, tmp_path: Path
) -> None:
    sql(MOODS)
    file, made = create(session, paths, spec, CTX, folder=tmp_path)
    assert {each.relation.name for each in made.states or ()} == {"f0", "f1_low", "f1_high", "f2", "w0", "w1"}
    proof = prove(None, paths, file, CTX).proof
    assert proof is not None
    assert (proof.differences, proof.problems, proof.compared) == ((), (), 6)


def test_a_row_that_is_gone_is_missed_whichever_partition_it_was_in(
    session: Session, sql: Sql, paths: Paths, tmp_path: Path
) -> None:
    sql(MOODS)
    spec = BackupSpec(format=BackupFormat.PLAIN, compression=Compression.NONE)
    file, _ = create(session, paths, spec, CTX, folder=tmp_path)
    text = file.read_text()
    assert text.count("\nb\t1\n") == 1
    for replaced, kind, found in (("\n", Difference.ROWS, 399), ("\nb\t2\n", Difference.CHECKSUM, 400)):
        file.write_text(text.replace("\nb\t1\n", replaced))
        record = read_record(file.with_name(file.name + ".json"))
        assert record is not None
        write_record(replace(record, size_bytes=size_of(file), sha256=checksum(file, CTX)), tmp_path)
        proof = prove(None, paths, file, CTX).proof
        assert proof is not None
        (difference,) = proof.differences
        assert (difference.relation, difference.kind) == (PARENT, kind)
        assert (difference.expected, difference.found) == (400, found)
