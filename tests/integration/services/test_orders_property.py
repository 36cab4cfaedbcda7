"""In any order of any table, each row is met exactly once: down, up, and by seeks from any place."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nexus_studio.core.data.cells import UNREAD, Bookmark, Cell, Page, PageRequest, Place, Row, RowCount, RowKey
from nexus_studio.core.data.pagecache import PageCache
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()

COLUMNS = {
    "id": "int",
    "u": "uuid",
    "t": "text",
    "n": "int",
    "ci": 'text COLLATE "blind"',
    "f": "float8",
    "d": "timestamptz",
    "e": "mood",
    "a": "int[]",
}
BLIND = """
DO $$ BEGIN
    CREATE COLLATION IF NOT EXISTS blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
EXCEPTION WHEN feature_not_supported THEN
    CREATE COLLATION IF NOT EXISTS blind (locale = 'C');
END $$
"""
"""A collation that takes a for A, where the server was built with ICU; at least another one than the database's."""

KEYS = ("", "id", "u", "t, id", "ci, u", "d, e, id")
VALUES: dict[str, list[Cell]] = {
    "t": ["", "a", "B", "é", "x" * 300],
    "n": [None, "1", "2", "3"],
    "ci": ["a", "A", "b", "B"],
    "f": [None, "NaN", "0.1", "-Infinity", "1e-300"],
    "d": ["2026-01-01 00:00+00", "-infinity", "2026-01-01 00:00:00.000001+00"],
    "e": ["sad", "ok", "happy"],
    "a": [None, "{}", "{1}", "{1,NULL}", "{2}"],
}
NEVER_NULL = {"id", "u", "t", "ci", "d", "e"}
INDEXES = ("", "n", "n, id", "n DESC, id", "f NULLS FIRST, id", "t, n, id", "e, ci DESC, u", "a, u")


@dataclass(frozen=True)
class Case:
    """A table and a question about it."""

    key: str
    rows: int
    seed: int
    index: str
    sorts: tuple[Sort, ...]
    page_rows: int


@st.composite
def cases(draw: st.DrawFn) -> Case:
    names = draw(st.lists(st.sampled_from(list(COLUMNS)), unique=True, max_size=3))
    sorts = tuple(Sort(name, draw(st.booleans()), draw(st.sampled_from([None, True, False]))) for name in names)
    return Case(
        draw(st.sampled_from(KEYS)),
        draw(st.integers(0, 40)),
        draw(st.integers(0, 1000)),
        draw(st.sampled_from(INDEXES)),
        sorts,
        draw(st.sampled_from([1, 3, 7])),
    )


def fill(sql: Sql, case: Case) -> None:
    chance = random.Random(case.seed)
    columns = ", ".join(f"{name} {type_}{' NOT NULL' * (name in NEVER_NULL)}" for name, type_ in COLUMNS.items())
    sql("DROP TABLE IF EXISTS t")
    sql(f"CREATE TABLE t ({columns})")
    for number in range(case.rows):
        cells = [chance.choice(VALUES[name]) for name in list(COLUMNS)[2:]]
        unique = str(random.Random(case.seed + number).getrandbits(128)).zfill(32)[-32:]
        marks = ", ".join(f"%s::{type_.split()[0]}" for type_ in COLUMNS.values())
        sql(f"INSERT INTO t VALUES ({marks})", number, unique, *cells)
    if case.key:
        sql(f"ALTER TABLE t ADD PRIMARY KEY ({case.key})")
    if case.index:
        sql(f"CREATE INDEX ON t ({case.index})")
    sql("ANALYZE t")


def truth(sql: Sql, case: Case, relation: Relation) -> list[tuple[Cell, ...]]:
    """All rows as ORDER BY has them, by a statement written apart from the product's."""
    parts = [
        f"t.{sort.column} {'DESC' if sort.descending else 'ASC'} NULLS {'FIRST' if sort.nulls_lead else 'LAST'}"
        for sort in case.sorts
    ]
    way = "DESC" if case.sorts and case.sorts[-1].descending else "ASC"
    parts += [f"t.{name} {way}" for name in relation.key or ("ctid",)]
    cells = ", ".join(f"t.{name}::text AS x{index}" for index, name in enumerate((*COLUMNS, "ctid")))
    return sql(f"SELECT {cells} FROM t ORDER BY {', '.join(parts)}")


class Walker:
    """Asks for pages and compares them with the truth."""

    def __init__(self, session: Session, sql: Sql, case: Case) -> None:
        self.source = RowSource(session)
        self.relation = CatalogReader(session).relation(RelationName("public", "t"), CTX)
        self.query = RowQuery(self.relation.name, sort=case.sorts)
        self.all = truth(sql, case, self.relation)
        self.order = [*dict.fromkeys([s.column for s in case.sorts] + list(self.relation.key or ("ctid",)))]

    def place(self, ordinal: int) -> Place:
        names = [*COLUMNS, "ctid"]
        return tuple(self.all[ordinal][names.index(name)] for name in self.order)

    def key(self, ordinal: int) -> RowKey:
        names = [*COLUMNS, "ctid"]
        by = self.relation.key or ("ctid",)
        return RowKey(tuple(self.all[ordinal][names.index(name)] for name in by), by_place=not self.relation.key)

    def ask(self, request: PageRequest) -> Page:
        return self.source.fetch(self.relation, self.query, request, 1, CTX)

    def expect(self, page: Page, first: int, stop: int) -> None:
        first, stop = max(first, 0), max(min(stop, len(self.all)), 0)
        assert shown(page.rows) == [tuple(c and c[:256] for c in row[:-1]) for row in self.all[first:stop]]
        assert [row.key for row in page.rows] == [self.key(o) for o in range(first, stop)]


def shown(rows: Sequence[Row]) -> list[tuple[Cell, ...]]:
    return [tuple(cell and cell[:256] for cell in row.cells) for row in rows]  # a key's cells are whole


orders = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def prepare(session: Session, sql: Sql, case: Case) -> Walker:
    sql("DO $$ BEGIN CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); EXCEPTION WHEN duplicate_object THEN END $$")
    sql(BLIND)
    fill(sql, case)
    return Walker(session, sql, case)


@orders
@given(case=cases())
def test_down_and_up_meet_each_row_once(session: Session, sql: Sql, case: Case) -> None:
    walker = prepare(session, sql, case)
    rows, size = len(walker.all), case.page_rows
    after: Bookmark | None = None
    for start in range(0, rows + 1, size):
        page = walker.ask(PageRequest(start, size, after))
        walker.expect(page, start, start + size)
        assert page.is_last == (start + size >= rows)
        assert page.is_first == (start == 0)
        assert page.beyond == (walker.key(start + size) if start + size < rows else None)
        if page.is_last:
            break
        assert [mark.place for mark in page.marks] == [walker.place(mark.ordinal) for mark in page.marks]
        after = page.marks[-1]
        assert after.ordinal == start + size - 1
    before: Bookmark | None = None
    stop = rows
    while stop > 0:
        page = walker.ask(PageRequest(stop - size, size, before, backward=True))
        walker.expect(page, stop - size, stop)
        assert page.start == max(stop - size, 0)
        assert page.is_first == (stop <= size)
        assert page.is_last == (before is None)
        assert page.beyond == (walker.key(stop - size - 1) if stop > size else None)
        before, stop = page.marks[0], page.start


@orders
@given(case=cases(), chance=st.randoms(use_true_random=False))
def test_seeks_find_what_stands_there(session: Session, sql: Sql, case: Case, chance: random.Random) -> None:
    walker = prepare(session, sql, case)
    rows, size = len(walker.all), case.page_rows
    for _ in range(min(rows, 8)):
        at = chance.randrange(rows)
        length = chance.randint(1, len(walker.order))
        near = walker.place(at)[:length]
        first = first_of(sql, walker, at, length)
        skip = chance.choice([0, 0, 2])
        walker.expect(walker.ask(PageRequest(at, size, near=near, skip=skip)), first + skip, first + skip + size)
        walker.expect(walker.ask(PageRequest(at, size, near=near, backward=True)), first - size, first)
        skip = chance.choice([0, 1, 5])
        after = Bookmark(at, walker.place(at))
        stop = at + 1 + skip + size
        page = walker.ask(PageRequest(at + 1 + skip, size, after, skip))
        walker.expect(page, at + 1 + skip, stop)
        for end in (stop - 1, stop, stop + 3):
            until = walker.place(end) if end < rows else None
            again = walker.ask(PageRequest(at + 1 + skip, size, after, skip, until=until))
            assert (again.rows, again.marks) == (page.rows, page.marks)
            assert again.is_last <= page.is_last
        walker.expect(
            walker.ask(PageRequest(at - skip - size, size, after, skip, backward=True)), at - skip - size, at - skip
        )


def first_of(sql: Sql, walker: Walker, at: int, length: int) -> int:
    """Return the ordinal of the first row whose first `length` columns of the order equal those of a row."""
    names = walker.order[:length]
    same = " AND ".join(f"t.{name} IS NOT DISTINCT FROM o.{name}" for name in names)
    found = {
        row[0] for row in sql(f"SELECT t.ctid::text FROM t, t o WHERE o.ctid = %s::tid AND {same}", walker.all[at][-1])
    }
    return next(ordinal for ordinal, row in enumerate(walker.all) if row[-1] in found)


@orders
@given(case=cases(), wanted=st.frozensets(st.sampled_from(list(COLUMNS))))
def test_columns_that_are_not_wanted_are_not_read(
    session: Session, sql: Sql, case: Case, wanted: frozenset[str]
) -> None:
    walker = prepare(session, sql, case)
    page = walker.ask(PageRequest(0, 50, columns=wanted))
    read = wanted | {*walker.relation.key, *walker.order}
    names = list(COLUMNS)
    assert page.columns == tuple(names)
    assert page.unread == frozenset(index for index, name in enumerate(names) if name not in read)
    whole = walker.ask(PageRequest(0, 50))
    for row, other in zip(page.rows, whole.rows, strict=True):
        for index in range(len(names)):
            unread = index in page.unread
            assert row.cells[index] == ("" if unread else other.cells[index])
            assert row.sizes.get(index) == (UNREAD if unread else other.sizes.get(index))
    assert page.marks == whole.marks


@orders
@given(case=cases(), step=st.integers(1, 9), chance=st.randoms(use_true_random=False))
def test_positions_are_exact(session: Session, sql: Sql, case: Case, step: int, chance: random.Random) -> None:
    walker = prepare(session, sql, case)
    rows = len(walker.all)
    for setting in ("on", "off"):  # a small table is never read by its indexes unless it must
        with session.read(CTX) as connection:
            connection.exec_driver_sql(f"SET enable_seqscan = {setting}")
            connection.exec_driver_sql(f"SET enable_sort = {setting}")
            connection.commit()
        found: list[Bookmark] = []
        count = walker.source.index_positions(walker.relation, walker.query, step, found, CTX)
        assert (count.value, count.certainty) == (rows, "exact")
        assert found == [Bookmark(o, walker.place(o)) for o in range(step - 1, rows, step)]
    for _ in range(min(rows, 5)):
        at = chance.randrange(rows)
        assert walker.source.place_of(walker.relation, walker.query, walker.key(at), CTX) == walker.place(at)
        length = chance.randint(1, len(walker.order))
        known = chance.choice([[], found])
        located = walker.source.locate(walker.relation, walker.query, walker.place(at)[:length], known, CTX)
        assert located == first_of(sql, walker, at, length)
    gone = RowKey(tuple("999" for _ in walker.relation.key)) if walker.relation.key == ("id",) else None
    assert gone is None or walker.source.place_of(walker.relation, walker.query, gone, CTX) is None


@orders
@given(case=cases(), chance=st.randoms(use_true_random=False))
def test_a_cache_that_jumps_by_statistics_meets_neighbours(
    session: Session, sql: Sql, case: Case, chance: random.Random
) -> None:
    walker = prepare(session, sql, case)
    landmarks = walker.source.landmarks(walker.relation, walker.query, CTX)
    assert [one.fraction for one in landmarks] == sorted({one.fraction for one in landmarks})
    rows = len(walker.all)
    cache = PageCache(page_rows=case.page_rows, max_pages=3, cheap_skip=0)
    cache.reset(1)
    cache.set_landmarks(landmarks)
    cache.set_total(RowCount(rows + chance.choice([0, 5]), "estimate"))
    whole = [walker.key(ordinal) for ordinal in range(rows)]
    for _ in range(4 if rows else 0):
        met: list[RowKey] = []
        look(walker, cache, chance.randrange(rows))
        here = [row.key for ordinal in range(rows + 99) if (row := cache.row(ordinal)) is not None]
        assert here
        assert len(here) == len(set(here))
        at = next((ordinal for ordinal in range(rows + 99) if cache.row(ordinal) is not None), 0)
        moved = 0
        while (row := cache.row(at)) is not None:
            met.append(row.key)
            at += 1 + look(walker, cache, at + 1)
            moved += 1
            assert moved <= rows
        assert met == whole[rows - len(met) :]  # down to the last row, each once


def look(walker: Walker, cache: PageCache, ordinal: int) -> int:
    """Have a row read, as a grid does; return by how much the ordinals moved meanwhile."""
    moved = 0
    for _ in range(9):
        request = cache.plan(ordinal + moved, ordinal + moved)
        if request is None:
            break
        arrival = cache.store(walker.ask(request))
        moved += arrival.moved if arrival is not None else 0
    return moved
