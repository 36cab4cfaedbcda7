"""Two Studios on the same rows: whatever they do in whatever order, no write is lost without somebody being asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from nexus_studio.core.data.cells import Cell, PageRequest, Row
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.merge import Conflict
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.errors import ConstraintViolated, EditConflict, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.session import Session
from tests.support.watching import Watching

Sql = Callable[..., list[tuple[Any, ...]]]
State = dict[str, tuple[Cell, Cell]]  # by id: the texts of a and b
CTX = TaskContext.for_test()
NAME = RelationName("public", "t")
PARTS = "CREATE TABLE t_a PARTITION OF t FOR VALUES FROM (0) TO (3); CREATE TABLE t_b PARTITION OF t DEFAULT"
TABLES = {
    "with a key": "CREATE TABLE t (id int PRIMARY KEY, a text, b text)",
    "without a key": "CREATE TABLE t (id int, a text, b text)",
    "in partitions": f"CREATE TABLE t (id int PRIMARY KEY, a text, b text) PARTITION BY RANGE (id); {PARTS}",
    "of json and floats": "CREATE TABLE t (id int PRIMARY KEY, a json, b float8)",
    "of json and floats without a key": "CREATE TABLE t (id int, a json, b float8)",
}
FLOATS = ("NaN", "-0", "0", "Infinity", "-Infinity", "0.1", "0.30000000000000004", "1e-300")


class Studio:
    """One person at one window: a session, the rows as they were read, and what is staged on them."""

    def __init__(self, session: Session, relation: Relation) -> None:
        self.session = session
        self.relation = relation
        self.writer = RowWriter(session)
        self.rows: tuple[Row, ...] = ()
        self.changes = ChangeSet(relation)

    def read(self) -> None:
        page = RowSource(self.session).fetch(self.relation, RowQuery(NAME), PageRequest(0, 20), 1, CTX)
        self.rows = page.rows

    def row(self, number: int) -> Row | None:
        return self.rows[number % len(self.rows)] if self.rows else None

    def save(self, *, watched: bool) -> None:
        witness = Watching() if watched else None
        self.writer.apply(self.changes.freeze(), {NAME: self.relation}, CTX, witness=witness)


@dataclass
class Bench:
    """Two Studios and somebody who looks at what the table holds."""

    studios: tuple[Studio, Studio]
    look: psycopg.Connection
    next: int = 0
    asked: list[Conflict] = field(default_factory=list)

    def begin(self) -> None:
        """Fill the table anew; both have read it."""
        self.look.execute("TRUNCATE t")
        is_text = self.studios[0].relation.column("a").type.name == "text"
        for number in (1, 2, 3):
            cells = (f"a{number}", f"b{number}") if is_text else (f'{{"n": {number}}}', str(number))
            self.look.execute("INSERT INTO t VALUES (%s, %s, %s)", (number, *cells))
        for studio in self.studios:
            studio.changes.clear()
            studio.read()

    def state(self) -> State:
        self.look.execute("SET extra_float_digits = 1")
        found = self.look.execute("SELECT id::text, a::text, b::text FROM t ORDER BY id").fetchall()
        assert len({row[0] for row in found}) == len(found)
        return {row[0]: (row[1], row[2]) for row in found}

    def fresh_number(self) -> int:
        """Return an id that no row has had: nothing else keeps two rows of a table without a key apart."""
        self.next += 1
        return 100 + self.next

    def fresh(self, column: str) -> str:
        """Return a value that nobody has written yet (of floats: hardly)."""
        self.next += 1
        kind = self.studios[0].relation.column(column).type.name
        if kind == "json":
            return f'{{"n":{" " * (self.next % 3)}{self.next}}}'
        if kind == "text":
            return f"v{self.next}"
        return FLOATS[self.next % len(FLOATS)] if self.next % 2 else str(self.next)


def check_written(before: State, after: State, frozen: Collection[RowChange]) -> None:
    """Whoever overwrites a value has seen it; what he did not write stays; what he wrote is there."""
    left = dict(before)
    for change in frozen:
        assert change.key is not None
        number = change.base["id"] if change.key.by_place else change.key.cells[0]
        assert number is not None
        was = dict(zip(("id", "a", "b"), (number, *left.pop(number)), strict=True))
        for column, seen in change.base.items():
            agreed = change.values.get(column) == was[column]
            assert seen == was[column] or agreed, f"{column} of {number} was {was[column]}, and {seen} was seen"
        if change.kind is ChangeKind.UPDATE:
            assert set(change.values) <= set(change.base)
            now = {**was, **change.values}
            assert now["id"] not in left
            left[str(now["id"])] = (_text(now["a"]), _text(now["b"]))
    assert after == left


def _text(cell: object) -> Cell:
    return None if cell is None else str(cell)


Step = tuple[int, str, int, str, int]
STEPS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(("read", "edit", "edit", "edit", "key", "delete", "save", "save", "save watched")),
        st.integers(0, 2),
        st.sampled_from(("a", "b")),
        st.integers(0, 3),
    ),
    min_size=3,
    max_size=14,
)


def play(bench: Bench, steps: list[Step]) -> None:
    bench.begin()
    for who, what, which, column, choice in [*steps, (0, "save", 0, "a", 0), (1, "save", 0, "a", 0)]:
        studio = bench.studios[who]
        row = studio.row(which)
        if what == "read":
            studio.read()
        elif what.startswith("save"):
            attempt(bench, studio, choice, watched=what.endswith("watched"))
        elif row is None:
            continue
        elif what == "edit":
            studio.changes.edit(row, column, bench.fresh(column))
        elif what == "key":
            number = which + choice + 1 if studio.relation.key else bench.fresh_number()
            studio.changes.edit(row, "id", str(number))
        else:
            studio.changes.delete(row)


def attempt(bench: Bench, studio: Studio, choice: int, *, watched: bool) -> None:
    """Save; settle what is asked about in one of the ways there are."""
    before, frozen = bench.state(), studio.changes.freeze()
    try:
        studio.save(watched=watched)
    except EditConflict as error:
        assert bench.state() == before
        for conflict in error.conflicts:
            assert isinstance(conflict, Conflict)
            bench.asked.append(conflict)
            studio.changes.mark_conflict(conflict)
            some = {cell.column for cell in conflict.cells[:1]}
            # Without a key a row that is lost is dropped: a second one of its id could not be told apart here.
            keep = (True, False, some, True)[choice] if studio.relation.key else False
            studio.changes.resolve(conflict.draft, keep_mine=keep)
        if studio.changes.conflicts():  # a row that is lost and can't be made anew
            studio.changes.revert()
        studio.read()
    except ConstraintViolated:  # a key that another row has
        assert bench.state() == before
        studio.changes.revert()
        studio.read()
    else:
        made = [change for change in frozen if change.kind is ChangeKind.INSERT]
        after = bench.state()
        for change in made:  # rows made anew after somebody deleted them, and somebody was asked
            after.pop(str(change.values["id"]))
        check_written(before, after, [each for each in frozen if each.key is not None])
        studio.changes.settle(frozen)
        studio.changes.clear()
        studio.read()


@pytest.fixture
def bench(request: pytest.FixtureRequest, profile: ConnectionProfile, sql: Sql, pg_url: str) -> Iterator[Bench]:
    sql(TABLES[request.param])
    first, second = Session.open(profile, None, CTX), Session.open(profile, None, CTX)
    with psycopg.connect(pg_url, autocommit=True) as look:
        yield Bench(tuple(Studio(each, CatalogReader(each).relation(NAME, CTX)) for each in (first, second)), look)  # type: ignore[arg-type]
    first.close()
    second.close()


@pytest.mark.parametrize("bench", list(TABLES), indirect=True)
def test_no_interleaving_loses_a_write(bench: Bench, request: pytest.FixtureRequest) -> None:
    many = 100 if "with a key" in request.node.name else 40

    @settings(
        max_examples=many,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        phases=[Phase.generate],
    )
    @given(steps=STEPS)
    def run(steps: list[Step]) -> None:
        play(bench, steps)

    run()
    assert bench.asked  # it did come to conflicts


@pytest.mark.parametrize("bench", ["with a key", "in partitions", "without a key"], indirect=True)
@pytest.mark.parametrize("kind", ["same", "other", "delete", "key"])
def test_saves_in_the_same_moment(bench: Bench, kind: str) -> None:
    """Both save at once, thread against thread: of two edits of one cell exactly one is written unasked."""
    keyless = not bench.studios[0].relation.key
    for _ in range(8):
        bench.begin()
        one, two = bench.studios
        values = [bench.fresh("a"), bench.fresh("a")]
        one.changes.edit(one.rows[0], "a", values[0])
        if kind == "delete":
            two.changes.delete(two.rows[0])
        else:
            two.changes.edit(
                two.rows[0], {"same": "a", "other": "b", "key": "id"}[kind], {"key": "9"}.get(kind, values[1])
            )
        told = together(one, two)
        assert all(error is None or isinstance(error, EditConflict) for error in told)
        state, both = bench.state(), told == [None, None]
        if kind == "same":
            assert state["1"][0] == values[told.index(None)]
        elif kind == "other":
            assert both is not keyless  # without a key any other change makes the row unfindable
            assert keyless or state["1"] == (values[0], values[1])
        elif kind == "delete":
            assert ("1" in state) is (told[0] is None)
        assert kind == "other" or (kind == "key" and both and state["9"][0] == values[0]) or told.count(None) == 1


def together(*studios: Studio) -> list[StudioError | None]:
    """Save in as many threads; return what each was told."""
    gate = threading.Barrier(len(studios))
    told: list[StudioError | None] = [None] * len(studios)

    def work(place: int, studio: Studio) -> None:
        gate.wait(10)
        try:
            studio.save(watched=bool(place))
        except StudioError as error:
            told[place] = error

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(studios)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return told
