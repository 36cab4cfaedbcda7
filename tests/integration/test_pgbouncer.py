"""Behind PgBouncer in transaction mode: each transaction may meet another backend, and nothing may be left on one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from nexus_studio.core.data.cells import Bookmark, Page, PageRequest, RowCount
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.filters import AllOf, AnyOf, Condition
from nexus_studio.core.data.pagecache import PageCache
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.effects import Kind
from nexus_studio.core.errors import ConstraintViolated
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import Cancelled, TaskContext
from nexus_studio.services.workspace import Workspace, open_workspace
from tests.support.fix_pgbouncer import OpenPooler

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()
ROWS = 3_000
SETTINGS = (
    "DateStyle",
    "IntervalStyle",
    "bytea_output",
    "extra_float_digits",
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "default_transaction_read_only",
    "search_path",
    "TimeZone",
    "role",
)


@dataclass
class Bench:
    """A workspace behind a pooler."""

    profile: ConnectionProfile
    workspace: Workspace
    size: int

    def relation(self, name: str) -> Relation:
        return self.workspace.catalog.relation(RelationName("public", name), CTX)

    def page(self, query: RowQuery, request: PageRequest = PageRequest(0, 10)) -> Page:  # noqa: B008 - a frozen value
        return self.workspace.rows.fetch(self.relation(query.relation.name), query, request, 1, CTX)

    def stranger(self) -> psycopg.Connection:
        """Connect as somebody else does, through the same pooler."""
        return psycopg.connect(**_line(self.profile), autocommit=True, prepare_threshold=None)

    def column(self, query: RowQuery, name: str) -> list[str | None]:
        page = self.page(query)
        return [row.cells[page.columns.index(name)] for row in page.rows]


@pytest.fixture(params=[1, 2])
def bench(open_pooler: OpenPooler, sql: Sql, request: pytest.FixtureRequest) -> Iterator[Bench]:
    sql("CREATE TABLE place (id int PRIMARY KEY, name text)")
    sql("INSERT INTO place SELECT n, 'place ' || n FROM generate_series(1, 50) n")
    sql(
        "CREATE TABLE visit "
        "(id int PRIMARY KEY, place_id int REFERENCES place, paid numeric, at timestamptz, note text)"
    )
    sql(
        "INSERT INTO visit SELECT n * 3, mod(n, 50) + 1, mod(n * 7919, 1000), "
        "'2020-01-01Z'::timestamptz + n * interval '1h', 'visit ' || n FROM generate_series(1, %s) n",
        ROWS,
    )
    sql("CREATE INDEX ON visit (at)")
    sql("ANALYZE")
    profile = open_pooler(request.param)
    workspace = open_workspace(profile, None, CTX)
    yield Bench(profile, workspace, request.param)
    workspace.close()


def visit(**more: Any) -> RowQuery:
    return RowQuery(RelationName("public", "visit"), **more)


def test_browsing_down_and_up(bench: Bench) -> None:
    relation, cache = bench.relation("visit"), PageCache()
    cache.reset(1)
    found: list[str | None] = []
    for start in range(0, ROWS, 200):
        while (request := cache.plan(start, start + 199)) is not None:
            cache.store(bench.workspace.rows.fetch(relation, visit(), request, 1, CTX))
        for ordinal in range(start, start + 200):
            row = cache.row(ordinal)
            assert row is not None
            found.append(row.cells[0])
    assert found == [str(n * 3) for n in range(1, ROWS + 1)]
    last = bench.page(visit(), PageRequest(0, 10, backward=True))
    assert [row.cells[0] for row in last.rows] == [str(n * 3) for n in range(ROWS - 9, ROWS + 1)]


@pytest.mark.parametrize("column", ["at", "paid", "note"], ids=["indexed", "number", "text"])
def test_sorting(bench: Bench, sql: Sql, column: str) -> None:
    expected = sql(f"SELECT v.id::text FROM visit v ORDER BY v.{column} DESC, v.id LIMIT 10")
    found = bench.column(visit(sort=(Sort(column, descending=True), Sort("id"))), "id")
    assert found == [key for (key,) in expected]


def test_filtering_searching_counting(bench: Bench) -> None:
    paid = AnyOf((Condition.of("paid", "is", "919"), AllOf((Condition.of("note", "is", "visit 7"),))))
    assert bench.column(visit(filter=paid), "note") == ["visit 1", "visit 7", "visit 1001", "visit 2001"]
    assert bench.column(visit(search="sit 299"), "note")[:2] == ["visit 299", "visit 2990"]
    rows, relation = bench.workspace.rows, bench.relation("visit")
    assert rows.count(relation, visit(filter=paid), CTX) == RowCount(4, "exact")
    estimate = rows.estimate(relation, visit(), CTX)
    assert estimate.certainty == "estimate"
    assert estimate.value == pytest.approx(ROWS, rel=0.05)


@pytest.mark.parametrize("sort", [(), (Sort("paid", descending=True),)], ids=["by key", "without an index"])
def test_positions_are_learned_and_landed_on(bench: Bench, sort: tuple[Sort, ...]) -> None:
    rows, relation, query = bench.workspace.rows, bench.relation("visit"), visit(sort=sort)
    marks: list[Bookmark] = []
    assert rows.index_positions(relation, query, 500, marks, CTX) == RowCount(ROWS, "exact")
    assert [mark.ordinal for mark in marks] == list(range(499, ROWS, 500))
    after = bench.page(query, PageRequest(1000, 5, marks[1]))
    place = rows.place_of(relation, query, after.rows[3].key, CTX)
    assert place is not None
    assert rows.locate(relation, query, place, marks, CTX) == 1003
    near = bench.page(query, PageRequest(1003, 2, near=place, is_guess=True))
    assert [row.key for row in near.rows] == [row.key for row in after.rows[3:5]]


def test_landmarks(bench: Bench) -> None:
    marks = bench.workspace.rows.landmarks(bench.relation("visit"), visit(), CTX)
    assert len(marks) > 10
    middle = min(marks, key=lambda mark: abs(mark.fraction - 0.5))
    page = bench.page(visit(), PageRequest(ROWS // 2, 5, near=middle.place, is_guess=True))
    assert int(str(page.rows[0].cells[0])) / 3 == pytest.approx(ROWS * middle.fraction, abs=ROWS / 20)


def test_labels(bench: Bench) -> None:
    rows, place = bench.workspace.rows, bench.relation("place")
    assert rows.labels(place, ("id",), ("name",), [("7",), ("8",)], CTX) == {("7",): "place 7", ("8",): "place 8"}
    assert rows.search(place, ("id",), ("name",), "place 49", 5, CTX) == [(("49",), "place 49")]


def test_a_staged_save(bench: Bench, sql: Sql) -> None:
    relation = bench.relation("visit")
    page = bench.page(visit())
    changes = ChangeSet(relation, page.columns)
    changes.edit(page.rows[0], "note", "seen")
    changes.delete(page.rows[1])
    changes.insert({"id": "1", "place_id": "5"})
    effects = bench.workspace.writer.apply(changes.freeze(), {relation.name: relation}, CTX)
    assert effects.touches(Kind.ROWS, relation.name)
    assert sql("SELECT id, note FROM visit WHERE id < 10 ORDER BY id") == [(1, None), (3, "seen"), (9, "visit 3")]


def test_a_refused_save_writes_nothing(bench: Bench, sql: Sql) -> None:
    relation = bench.relation("visit")
    page = bench.page(visit())
    changes = ChangeSet(relation, page.columns)
    changes.edit(page.rows[0], "note", "seen")
    changes.edit(page.rows[1], "place_id", "999")
    with pytest.raises(ConstraintViolated):
        bench.workspace.writer.apply(changes.freeze(), {relation.name: relation}, CTX)
    assert sql("SELECT note FROM visit WHERE id = 3") == [("visit 1",)]
    assert len(bench.page(visit()).rows) == 10  # and the line is fit for the next


def test_a_cancel_ends_the_statement_on_the_server(bench: Bench, sql: Sql) -> None:
    sql("CREATE VIEW slow AS SELECT 1 AS id, pg_sleep(60)::text AS nap")
    relation, ctx = bench.relation("slow"), TaskContext.for_test()

    def stop() -> None:
        _until_asleep(sql, 1)
        ctx.token.cancel()

    stopping = threading.Thread(target=stop)
    stopping.start()
    with pytest.raises(Cancelled):
        bench.workspace.rows.fetch(relation, RowQuery(relation.name), PageRequest(0, 10), 1, ctx)
    stopping.join()
    _until_asleep(sql, 0)
    assert len(bench.page(visit()).rows) == 10


def test_a_cancel_reaches_who_still_waits_for_a_backend(bench: Bench) -> None:
    """All of the pooler's connections are taken: what is stopped now has never reached the server."""
    with ExitStack() as holders:
        for _ in range(bench.size):
            holders.enter_context(bench.stranger()).execute("BEGIN")
        ctx = TaskContext.for_test()
        timer = threading.Timer(0.3, ctx.token.cancel)
        timer.start()
        with pytest.raises(Cancelled), bench.workspace.session.read(ctx) as connection:
            connection.execute(text("SELECT 1"))
        timer.join()
    assert len(bench.page(visit()).rows) == 10


def test_nothing_is_left_on_a_backend(open_pooler: OpenPooler, sql: Sql) -> None:
    """The next client of a backend finds the server's own settings, whatever a profile wanted."""
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    sql("CREATE SCHEMA corner")
    found = open_pooler(1, "&schema=corner")
    role = sql("SELECT current_user")[0][0]
    profile = replace(found, environment=Environment.STAGING, time_zone="Asia/Tokyo", role=role)
    with psycopg.connect(**_line(profile), autocommit=True, prepare_threshold=None) as stranger:
        before = _settings(stranger)
        with _opened(profile) as workspace:
            assert _settings(stranger) == before
            relation = workspace.catalog.relation(RelationName("public", "t"), CTX)
            with workspace.session.read(CTX, timeout_ms=1234) as connection:
                assert connection.execute(text("SHOW TimeZone")).scalar_one() == "Asia/Tokyo"
                assert connection.execute(text("SHOW statement_timeout")).scalar_one() == "1234ms"
            assert _settings(stranger) == before
            changes = ChangeSet(relation)
            changes.insert({"id": "1"})
            workspace.writer.apply(changes.freeze(), {relation.name: relation}, CTX)
            assert _settings(stranger) == before
            with workspace.session.autocommit(CTX) as connection:
                connection.execute(text("VACUUM public.t"))
            assert _settings(stranger) == before


def test_many_readers_share_one_backend(open_pooler: OpenPooler, sql: Sql) -> None:
    sql("CREATE TABLE t AS SELECT n AS id, 'row ' || n AS name FROM generate_series(1, 5000) n")
    sql("ALTER TABLE t ADD PRIMARY KEY (id)")
    with _opened(open_pooler(1)) as workspace, ThreadPoolExecutor(8) as threads:
        relation = workspace.catalog.relation(RelationName("public", "t"), CTX)
        query = RowQuery(relation.name)

        def read(start: int) -> list[str | None]:
            ctx = TaskContext.for_test()
            page = workspace.rows.fetch(relation, query, PageRequest(start, 5, skip=start), 1, ctx)
            return [row.cells[1] for row in page.rows]

        starts = [n * 97 for n in range(40)]
        assert list(threads.map(read, starts)) == [[f"row {start + n}" for n in range(1, 6)] for start in starts]


@contextmanager
def _opened(profile: ConnectionProfile) -> Iterator[Workspace]:
    workspace = open_workspace(profile, None, CTX)
    try:
        yield workspace
    finally:
        workspace.close()


def _line(profile: ConnectionProfile) -> dict[str, Any]:
    return {"host": profile.host, "port": profile.port, "user": profile.user, "dbname": profile.database}


def _settings(connection: psycopg.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT name, current_setting(name) FROM unnest(%s::text[]) AS s(name)", [list(SETTINGS)])
    return dict(rows.fetchall())


def _until_asleep(sql: Sql, number: int) -> None:
    """Wait until so many backends sleep, as another client sees it; ask for some ten seconds."""
    for _ in range(500):
        # the pause is the server's: between two looks its own sleep is over
        sql("SELECT pg_sleep(0.02)")
        asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
        if sql(asleep) == [(number,)]:
            return
    raise AssertionError(number)
