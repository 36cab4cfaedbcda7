"""What reading must not lose or leave behind: the rows behind a page that others change, and locks of raw filters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nexus_studio.core.data.cells import Bookmark, PageRequest, RowKey
from nexus_studio.core.data.filters import Raw
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.errors import StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services import rowsource
from nexus_studio.services.filterchecking import check_query
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.session import Session

Sql = Callable[..., Any]


def _relation(session: Session, name: str) -> Relation:
    return CatalogReader(session).relation(RelationName("public", name), TaskContext.for_test())


@pytest.mark.parametrize(
    "meanwhile", ["UPDATE long SET v = repeat('z', 300) WHERE id = 10", "DELETE FROM long WHERE id = 10"]
)
def test_a_row_changed_while_a_page_is_read_hides_nothing(
    session: Session, sql: Sql, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    sql("CREATE TABLE long (id int PRIMARY KEY, v text)")
    sql("CREATE INDEX ON long (v)")
    sql("INSERT INTO long SELECT i, repeat('x', 300) || to_char(i, '000') FROM generate_series(1, 40) i")
    relation, source, ctx = _relation(session, "long"), RowSource(session), TaskContext.for_test()
    query = RowQuery(relation.name, sort=(Sort("v"),))
    whole = rowsource._whole

    def late(connection: Any, asked: Relation, key: RowKey, columns: Any) -> Any:
        if key.cells == ("10",):
            sql(meanwhile)
        return whole(connection, asked, key, columns)

    monkeypatch.setattr(rowsource, "_whole", late)
    first = source.fetch(relation, query, PageRequest(0, 10), 0, ctx)
    monkeypatch.setattr(rowsource, "_whole", whole)
    assert [row.key.cells[0] for row in first.rows] == [str(i) for i in range(1, 11)]
    second = source.fetch(relation, query, PageRequest(10, 10, first.marks[-1]), 0, ctx)
    assert [row.key.cells[0] for row in second.rows] == [str(i) for i in range(11, 21)]
    assert not second.is_last


@pytest.mark.parametrize("ends", ["well", "badly"])
def test_a_raw_filter_leaves_no_lock_behind(session: Session, sql: Sql, ends: str) -> None:
    sql("CREATE TABLE r (id int PRIMARY KEY)")
    sql("INSERT INTO r VALUES (1), (2)")
    text = "pg_advisory_lock(77) IS NOT NULL" + ("" if ends == "well" else " AND 1 / (id - 2) < 0")
    relation, source, ctx = _relation(session, "r"), RowSource(session), TaskContext.for_test()
    query = RowQuery(relation.name, Raw(text))
    asked: list[Callable[[], object]] = [
        lambda: source.fetch(relation, query, PageRequest(0, 10), 0, ctx),
        lambda: source.count(relation, query, ctx),
        lambda: source.index_positions(relation, query, 1, [], ctx),
        lambda: check_query(session, relation, query, ctx),
    ]
    failures = 0
    for ask in asked:
        try:
            ask()
        except StudioError:
            failures += 1
        assert sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")[0][0] == 0
    assert bool(failures) is (ends == "badly")
    with session.read(ctx) as connection:  # and the connection is as good as before
        assert connection.exec_driver_sql("SHOW transaction_read_only").scalar_one() == "on"


def test_places_of_a_regclass_that_holds_none_are_counted(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE rc (id int PRIMARY KEY, v regclass)")
    sql("INSERT INTO rc SELECT i, CASE WHEN i % 3 = 0 THEN 0 ELSE 1259::regclass END FROM generate_series(1, 30) i")
    relation, source, ctx = _relation(session, "rc"), RowSource(session), TaskContext.for_test()
    query = RowQuery(relation.name, sort=(Sort("v"),))
    found: list[Bookmark] = []
    source.index_positions(relation, query, 5, found, ctx)
    for mark in found:
        others = tuple(other for other in found if other != mark)
        assert source.locate(relation, query, mark.place, others, ctx) == mark.ordinal
