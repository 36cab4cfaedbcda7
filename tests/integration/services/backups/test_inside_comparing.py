"""A table compared with the same one in another database: what is found, by which key, in any type; how it stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from nexus_studio.core.admin.tablecomparison import Fate, TableComparison
from nexus_studio.core.errors import PermissionDenied
from nexus_studio.core.tasks import Cancelled, CancelToken, Progress, TaskContext
from nexus_studio.services.session import Session
from tests.integration.services.backups.two import Two
from tests.support.fix_cluster import profile_of

CTX = TaskContext.for_test()


@pytest.fixture
def two(own_database: Callable[..., str]) -> Iterator[Two]:
    found = Two(own_database(), own_database())
    yield found
    found.close()


def _keys(found: TableComparison, fate: Fate) -> list[tuple[str | None, ...]]:
    return [row.key.cells for row in found.of(fate)]


def test_rows_that_are_gone_new_or_changed(two: Two) -> None:
    two.run("CREATE TABLE t (id int PRIMARY KEY, a text, b timestamptz)")
    two.run("INSERT INTO t SELECT n, 'a', '2026-01-01 12:00+02' FROM generate_series(1, 12) n")
    two.run("DELETE FROM t WHERE id IN (2, 10)", then=False)
    two.run("UPDATE t SET a = NULL WHERE id = 3; INSERT INTO t VALUES (100, 'new', NULL)", then=False)
    found = two.compare()
    assert (found.rows_then, found.rows_now) == (12, 11)
    assert (found.only_in_backup, found.only_now, found.changed) == (2, 1, 1)
    assert found.key == ("id",)
    assert _keys(found, Fate.ONLY_IN_BACKUP) == [("2",), ("10",)]
    assert _keys(found, Fate.ONLY_NOW) == [("100",)]
    (changed,) = found.of(Fate.CHANGED)
    assert changed.changed == ("a",)
    assert changed.then is not None
    assert changed.now is not None
    assert (changed.then[:2], changed.now[:2]) == (("3", "a"), ("3", None))
    assert found.column_differences == ()


def test_equal_tables_are_the_same(two: Two) -> None:
    two.run("CREATE TABLE t (id uuid PRIMARY KEY DEFAULT md5(random()::text)::uuid, a numeric, m money, r regclass)")
    two.run("CREATE SCHEMA s; CREATE TABLE s.x ()")
    two.run("INSERT INTO t SELECT CAST(md5(n::text) AS uuid), n / 7.0, n, 's.x' FROM generate_series(1, 500) n")
    two.run("ALTER ROLE CURRENT_USER SET search_path TO DEFAULT")
    two.run(f"ALTER DATABASE {two.now.server.database} SET search_path TO s, public", then=False)
    two.run(f"ALTER DATABASE {two.now.server.database} SET timezone TO 'Asia/Tokyo'", then=False)
    two.now.drop_idle()
    found = two.compare()
    assert found.is_same
    assert found.rows_then == found.rows_now == 500


@pytest.mark.parametrize("type_", ["text", "varchar(40)", "bytea", "numeric", "date", "interval", "jsonb"])
def test_keys_of_any_type_are_walked_in_one_order(two: Two, type_: str) -> None:
    values = {
        "text": "chr(n) || E'\\t\\\\é' || n",
        "varchar(40)": "CASE n % 2 WHEN 0 THEN 'Ä' ELSE 'z' END || n",
        "bytea": "decode(lpad(to_hex(n), 4, '0'), 'hex')",
        "numeric": "n / 3.0 - 40",
        "date": "date '0001-01-01 BC' + n * 30000",
        "interval": "make_interval(mins => n * 977)",
        "jsonb": "to_jsonb(n::text)",
    }[type_]
    two.run(f"CREATE TABLE t (k {type_} PRIMARY KEY, n int)")
    two.run(f"INSERT INTO t SELECT {values}, n FROM generate_series(40, 240) n")
    two.run("DELETE FROM t WHERE n % 10 = 3", then=False)
    two.run("DELETE FROM t WHERE n % 10 = 4", now=False)
    two.run("UPDATE t SET n = -n WHERE n % 10 = 5", then=False)
    found = two.compare()
    assert (found.only_in_backup, found.only_now, found.changed) == (20, 20, 20)
    for fate, rest in ((Fate.ONLY_IN_BACKUP, 3), (Fate.ONLY_NOW, 4), (Fate.CHANGED, 5)):
        cells = [row.then or row.now or () for row in found.of(fate)]
        assert sorted(int(each[1] or 0) for each in cells) == list(range(40 + rest, 240, 10))


def test_a_key_of_several_columns(two: Two) -> None:
    two.run("CREATE TABLE t (a int, b text, c int, PRIMARY KEY (a, b))")
    two.run("INSERT INTO t SELECT n / 10, 'x' || n % 10, n FROM generate_series(0, 99) n")
    two.run("DELETE FROM t WHERE c IN (5, 50)", then=False)
    found = two.compare()
    assert _keys(found, Fate.ONLY_IN_BACKUP) == [("0", "x5"), ("5", "x0")]
    assert (found.only_now, found.changed) == (0, 0)


def test_a_table_without_a_key_is_a_bag_of_rows(two: Two) -> None:
    two.run("CREATE TABLE t (a int, b text)")
    two.run("INSERT INTO t VALUES (1, 'x'), (1, 'x'), (1, 'x'), (2, NULL), (3, 'y')")
    two.run("DELETE FROM t; INSERT INTO t VALUES (1, 'x'), (2, NULL), (3, 'z')", then=False)
    found = two.compare()
    assert found.key == ()
    assert (found.only_in_backup, found.only_now, found.changed) == (3, 1, 0)
    gone = {row.then: row.copies for row in found.of(Fate.ONLY_IN_BACKUP)}
    assert gone == {("1", "x"): 2, ("3", "y"): 1}
    assert [row.now for row in found.of(Fate.ONLY_NOW)] == [("3", "z")]


def test_columns_that_only_one_has_are_named_and_left_out(two: Two) -> None:
    two.run("CREATE TABLE t (id int PRIMARY KEY, a int, old text)")
    two.run("INSERT INTO t SELECT n, n, 'o' FROM generate_series(1, 5) n")
    two.run("ALTER TABLE t DROP COLUMN old, ADD COLUMN fresh text DEFAULT 'f', ALTER a TYPE bigint", then=False)
    found = two.compare()
    assert found.is_same
    assert found.columns == ("id", "a")
    assert {(each.name, each.then, each.now) for each in found.column_differences} == {
        ("old", "text", ""),
        ("fresh", "", "text"),
        ("a", "integer", "bigint"),
    }


def test_a_change_far_behind_the_beginning_of_a_long_cell_is_found(two: Two) -> None:
    two.run("CREATE TABLE t (id int PRIMARY KEY, a text, d bytea)")
    two.run("INSERT INTO t VALUES (1, repeat('x', 10000) || 'y', decode(repeat('00', 5000), 'hex'))")
    two.run("UPDATE t SET a = repeat('x', 10000) || 'z'", then=False)
    (row,) = two.compare().of(Fate.CHANGED)
    assert row.changed == ("a",)
    assert row.then is not None
    assert [len(cell or "") for cell in row.then] == [1, 256, 256]


def test_all_are_counted_and_few_are_kept(two: Two) -> None:
    two.run("CREATE TABLE t (id int PRIMARY KEY)")
    two.run("INSERT INTO t SELECT generate_series(1, 9000)", now=False)
    told: list[Progress] = []
    found = two.compare(TaskContext(on_progress=told.append), limit=3)
    assert found.only_in_backup == 9000
    assert _keys(found, Fate.ONLY_IN_BACKUP) == [("1",), ("2",), ("3",)]
    assert {each.step for each in told} == {"inside.comparing"}


def test_it_stops_when_asked_to(two: Two) -> None:
    two.run("CREATE TABLE t (id int PRIMARY KEY)")
    two.run("INSERT INTO t SELECT generate_series(1, 50000)")
    token = CancelToken()
    with pytest.raises(Cancelled):
        two.compare(TaskContext(token, lambda _progress: token.cancel()))
    assert two.compare().is_same  # the sessions are as good as before


def test_rows_that_a_policy_hides_are_no_rows_that_are_gone(two: Two) -> None:
    two.run("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2)")
    two.run("ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (id = 1)", then=False)
    two.run(
        "DROP ROLE IF EXISTS nxs_half_blind; CREATE ROLE nxs_half_blind; GRANT SELECT ON t TO nxs_half_blind",
        then=False,
    )
    blind = Session.open(profile_of(two.urls[1], role="nxs_half_blind"), None, CTX)
    former, two.now = two.now, blind
    try:
        with pytest.raises(PermissionDenied):
            two.compare()
    finally:
        blind.close()
        two.now = former
        two.run("DROP OWNED BY nxs_half_blind; DROP ROLE nxs_half_blind", then=False)
