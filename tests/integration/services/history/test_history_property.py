"""Whatever is saved in whatever mixture: taken back, not a row is another than it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nexus_studio.core.data.cells import PageRequest
from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.data.undoing import Gap
from nexus_studio.core.errors import ConstraintViolated, EditConflict
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.history.service import HistoryService
from nexus_studio.services.paths import Paths
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()

SCHEMA = """
    CREATE TABLE a (id int PRIMARY KEY, up int REFERENCES a ON DELETE SET NULL ON UPDATE CASCADE, t text UNIQUE);
    CREATE TABLE b (a int REFERENCES a ON DELETE CASCADE ON UPDATE CASCADE, n int, t text, PRIMARY KEY (a, n));
    CREATE TABLE c (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int, n int, t text,
                    g text GENERATED ALWAYS AS (t || '!') STORED,
                    FOREIGN KEY (a, n) REFERENCES b ON DELETE CASCADE ON UPDATE CASCADE)
"""
ROWS = """
    TRUNCATE a, b, c RESTART IDENTITY;
    INSERT INTO a VALUES (1, NULL, 'one'), (2, 1, 'two'), (3, 2, NULL), (4, 4, 'four');
    INSERT INTO b VALUES (1, 1, 'x'), (1, 2, NULL), (2, 1, ''), (4, 1, 'y');
    INSERT INTO c (a, n, t) VALUES (1, 1, 'p'), (1, 1, NULL), (2, 1, 'q'), (NULL, NULL, 'r')
"""
STATE = "SELECT a::text FROM a UNION ALL SELECT b::text FROM b UNION ALL SELECT c::text FROM c ORDER BY 1"
COLUMNS = {"a": ("id", "up", "t"), "b": ("a", "n", "t"), "c": ("a", "n", "t")}

CELL = st.sampled_from([None, "1", "2", "3", "5", "6"])
STEP = st.tuples(
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["edit", "edit", "delete", "insert"]),
    st.integers(0, 3),
    st.integers(0, 2),
    CELL,
)


class World:
    """A session with its history and the three tables."""

    def __init__(self, session: Session, home: Path) -> None:
        self.session = session
        self.history = HistoryService(session, Paths.below(home))
        self.catalog = CatalogReader(session)
        names = [RelationName("public", name) for name in COLUMNS]
        self.relations: dict[RelationName, Relation] = self.catalog.relations(names, CTX)

    def staged(self, steps: list[tuple[str, str, int, int, str | None]]) -> list[RowChange]:
        """Stage steps as a person would, each table in its own set."""
        sets = {name.name: ChangeSet(relation) for name, relation in self.relations.items()}
        rows = {}
        for known, relation in self.relations.items():
            source = RowSource(self.session)
            rows[known.name] = source.fetch(relation, RowQuery(known), PageRequest(0, 10), 1, CTX).rows
        for table, what, row, column, cell in steps:
            changes, name = sets[table], COLUMNS[table][column]
            if what == "insert":
                changes.insert({COLUMNS[table][0]: str(row + 5), COLUMNS[table][1]: cell or "1", "t": cell})
            elif what == "delete":
                changes.delete(rows[table][row])
            else:
                changes.edit(rows[table][row], name, cell)
        return [change for each in sets.values() for change in each.freeze()]

    def write(self, changes: list[RowChange]) -> None:
        """Write in one transaction."""
        RowWriter(self.session).apply(changes, self.relations, CTX, witness=self.history.witness())


def test_any_save_is_taken_back_whole(session: Session, sql: Sql, tmp_path: Path) -> None:
    sql(SCHEMA)
    world = World(session, tmp_path)
    tried = [0]

    @example(  # a row takes the key of one that goes, and a child of that moves to it
        [("a", "edit", 1, 0, "1"), ("a", "delete", 0, 0, None), ("b", "edit", 0, 0, "2"), ("b", "edit", 0, 1, "2")]
    )
    @example([("a", "edit", 0, 0, "5"), ("a", "edit", 0, 1, "1")])  # a row points to the key that it leaves
    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(STEP, min_size=1, max_size=6))
    def run(steps: list[tuple[str, str, int, int, str | None]]) -> None:
        sql(ROWS)
        before = sql(STATE)
        changes = world.staged(steps)
        if not changes:
            return
        try:
            world.write(changes)
        except (ConstraintViolated, EditConflict):
            assert sql(STATE) == before
            return
        after = sql(STATE)
        for expected in (before, after, before):
            saved = world.history.sets(CTX, limit=1)[0]
            inverse = world.history.inverse(saved.id, world.catalog, CTX)
            if inverse.shortfalls:  # said before, and the only reason there is
                assert {each.gap for each in inverse.shortfalls} == {Gap.TAKEN_OVER}
                return
            assert inverse.rows or before == after
            world.write(list(inverse.all_changes()))
            assert sql(STATE) == expected
        tried[0] += 1

    run()
    assert tried[0] > 20
