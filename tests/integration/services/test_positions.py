"""Landmarks, positions and places on a table large enough that the server uses its indexes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from nexus_studio.core.data.cells import Bookmark, PageRequest
from nexus_studio.core.data.filters import AllOf, Condition
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.explain import Explain
from nexus_studio.core.sql.select import page_statement
from nexus_studio.core.tasks import Cancelled, CancelToken, Progress, TaskContext
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()
ROWS = 40_000
SORTS = {
    "key": (),
    "key down": (Sort("id", descending=True),),
    "nullable": (Sort("at"),),
    "nulls first": (Sort("at", nulls_first=True),),
    "nulls last down": (Sort("at", descending=True, nulls_first=False),),
    "ties": (Sort("kind"),),
    "mixed": (Sort("kind"), Sort("id", descending=True)),
    "skewed": (Sort("state"),),
    "text": (Sort("code"),),
    "uuid": (Sort("u"),),
    "numeric": (Sort("price", descending=True),),
    "no index": (Sort("plain"),),
}


@pytest.fixture
def big(session: Session, sql: Sql) -> Relation:
    sql(
        "CREATE TABLE big (id bigint PRIMARY KEY, at timestamptz, kind int NOT NULL, state text NOT NULL,"
        " code text NOT NULL, u uuid NOT NULL, price numeric NOT NULL, plain int)"
    )
    sql(
        "INSERT INTO big SELECT i + i * i / 10000, CASE WHEN i % 5 > 0 THEN"
        " timestamptz '2026-01-01' + i * interval '1 minute' END, i % 7, CASE WHEN i % 10 > 0 THEN"
        " 'done' ELSE 's' || i % 30 END, md5(i::text),"
        f" md5(i::text)::uuid, (i % 9999) / 100.0, i * 37 % 1000 FROM generate_series(1::bigint, {ROWS}) i"
    )
    for columns in ("at, id", "kind, id", "kind, id DESC", "state, id", "code, id", "u, id", "price, id"):
        sql(f"CREATE INDEX ON big ({columns})")
    sql("VACUUM ANALYZE big")
    return CatalogReader(session).relation(RelationName("public", "big"), CTX)


@pytest.mark.parametrize("name", list(SORTS))
def test_landmarks_positions_and_places_agree(session: Session, big: Relation, name: str) -> None:
    source, query = RowSource(session), RowQuery(big.name, sort=SORTS[name])
    steps: list[Progress] = []
    found: list[Bookmark] = []
    count = source.index_positions(big, query, 1000, found, TaskContext(on_progress=steps.append))
    assert (count.value, count.certainty) == (ROWS, "exact")
    assert [mark.ordinal for mark in found] == list(range(999, ROWS, 1000))
    assert steps[0].step == "rows.positions"
    for mark in found[::7]:
        page = source.fetch(big, query, PageRequest(mark.ordinal + 1, 3, mark), 1, CTX)
        again = source.fetch(big, query, PageRequest(mark.ordinal + 1, 3, None, mark.ordinal + 1), 1, CTX)
        assert page.rows == again.rows
        assert source.locate(big, query, mark.place, found, CTX) == mark.ordinal
        assert source.locate(big, query, mark.place, [], CTX) == mark.ordinal
    landmarks = source.landmarks(big, query, CTX)
    assert len(landmarks) > 500
    fractions = [one.fraction for one in landmarks]
    assert fractions == sorted(set(fractions))
    assert fractions[-1] > 0.95
    for wanted in (0.03, 0.25, 0.5, 0.77, 0.96):
        nearest = min(landmarks, key=lambda one: abs(one.fraction - wanted))
        ordinal = source.locate(big, query, nearest.place, found, CTX)
        assert ordinal / ROWS == pytest.approx(wanted, abs=0.02)
        page = source.fetch(big, query, PageRequest(0, 5, near=nearest.place), 1, CTX)
        assert source.locate(big, query, page.marks[0].place, found, CTX) == ordinal


@pytest.mark.parametrize("name", [name for name in SORTS if name != "no index"])
def test_near_a_place_means_an_index(session: Session, big: Relation, name: str) -> None:
    source, query = RowSource(session), RowQuery(big.name, sort=SORTS[name])
    landmarks = source.landmarks(big, query, CTX)
    for at in (0, len(landmarks) // 2):
        for backward in (False, True):
            request = PageRequest(0, 50, near=landmarks[at].place, backward=backward)
            statement = page_statement(big, query, request).statement
            with session.read(CTX) as connection:
                plan = connection.execute(Explain(statement)).scalar_one()
            assert "Seq Scan" not in str(plan)


def test_a_filter_on_the_first_column_narrows_the_landmarks(session: Session, sql: Sql, big: Relation) -> None:
    source = RowSource(session)
    query = RowQuery(
        big.name, AllOf((Condition.of("id", "between", "20000", "90000"), Condition.of("kind", "lt", "5")))
    )
    landmarks = source.landmarks(big, query, CTX)
    assert all(20_000 <= int(one.place[0] or 0) <= 90_000 for one in landmarks)
    count = source.count(big, query, CTX).value
    middle = min(landmarks, key=lambda one: abs(one.fraction - 0.5))
    assert source.locate(big, query, middle.place, [], CTX) / count == pytest.approx(0.5, abs=0.03)
    sql("CREATE TABLE fresh (id int PRIMARY KEY)")
    fresh = CatalogReader(session).relation(RelationName("public", "fresh"), CTX)
    assert source.landmarks(fresh, RowQuery(fresh.name), CTX) == ()


def test_rows_without_key_have_blocks_as_landmarks(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE heap AS SELECT i, repeat('x', 50) AS t FROM generate_series(1, 20000) i")
    sql("VACUUM heap")  # gives the blocks back that were taken in advance
    heap = CatalogReader(session).relation(RelationName("public", "heap"), CTX)
    source, query = RowSource(session), RowQuery(heap.name)
    landmarks = source.landmarks(heap, query, CTX)
    nearest = min(landmarks, key=lambda one: abs(one.fraction - 0.6))
    page = source.fetch(heap, query, PageRequest(0, 1, near=nearest.place), 1, CTX)
    assert int(page.rows[0].cells[0] or 0) == pytest.approx(12_000, abs=300)


def test_numbering_stops_at_once(session: Session, big: Relation) -> None:
    token, found = CancelToken(), list[Bookmark]()
    marked = threading.Event()

    def stop(_: Progress) -> None:
        if found and not marked.is_set():
            marked.set()
            token.cancel()

    with pytest.raises(Cancelled):
        RowSource(session).index_positions(big, RowQuery(big.name), 5, found, TaskContext(token, stop))
    assert marked.is_set()
    assert len(found) < ROWS // 5
    assert [mark.ordinal for mark in found[:2]] == [4, 9]


def test_a_page_of_huge_documents_converts_none(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE docs (id int PRIMARY KEY, doc jsonb)")
    sql("ALTER TABLE docs ALTER doc SET STORAGE EXTERNAL")
    sql("INSERT INTO docs SELECT i, to_jsonb(repeat('ab', 100000 * (i % 2) + 10)) FROM generate_series(1, 20) i")
    docs = CatalogReader(session).relation(RelationName("public", "docs"), CTX)
    page = RowSource(session).fetch(docs, RowQuery(docs.name), PageRequest(0, 20), 1, CTX)
    assert page.rows[1].cells[1] == '"' + "ab" * 10 + '"'
    assert page.rows[1].sizes == {}
    assert page.rows[0].cells[1] == ""
    assert page.rows[0].sizes[1] > 200_000
