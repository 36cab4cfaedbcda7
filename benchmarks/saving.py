"""Saving 10 000 staged cell edits, against psycopg's executemany in pipeline mode with the same guarded updates."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg

from benchmarks.cluster import cache_folder, database, opened
from benchmarks.measure import Measurement, interleaved, seconds_of
from nexus_studio.core.data.cells import PageRequest
from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.images import SaveWitness
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.batches import batch_of
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.history.service import HistoryService
from nexus_studio.services.paths import Paths
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.session import Session

EDITS = 10_000
ROWS = 200_000
BOUND = 3.0
TABLE = """
CREATE TABLE customers (
    id bigint PRIMARY KEY, email text NOT NULL UNIQUE, name text NOT NULL, balance numeric(12, 2) NOT NULL,
    since timestamptz NOT NULL, note text
)
"""
FILL = """
INSERT INTO customers
SELECT n, 'c' || n || '@example.org', 'Customer ' || n, n / 7.0, '2024-01-01'::timestamptz + n * interval '1 minute',
       CASE WHEN n % 3 = 0 THEN 'note ' || n END
  FROM generate_series(1, 200000) n
"""
CTX = TaskContext.for_test()
NAME = RelationName("public", "customers")


def measure(server: EmbeddedServer, runs: int) -> Iterator[Measurement]:
    """Measure edits of one column that is in no index, and of a unique one, without history and with it."""
    profile = database(server, "bench_saving", _build)
    with opened(profile) as (session, plain), tempfile.TemporaryDirectory(dir=cache_folder()) as folder:
        history = HistoryService(session, Paths.below(Path(folder)))
        relation = CatalogReader(session).relation(NAME, CTX)
        saver = _Saver(session, relation, plain)
        for column, words in (("name", "a plain column"), ("email", "a unique column")):
            there, back = saver.edits(column)

            def alone(there: Sequence[RowChange] = there, back: Sequence[RowChange] = back) -> float:
                return saver.saved(there, back, None)

            def watched(there: Sequence[RowChange] = there, back: Sequence[RowChange] = back) -> float:
                return saver.saved(there, back, history.witness("measured"))

            def reference(there: Sequence[RowChange] = there, back: Sequence[RowChange] = back) -> float:
                return saver.executed(there, back)

            gc.disable()  # as both doors have it
            try:
                off, on, base = interleaved(alone, watched, reference, runs=runs)
            finally:
                gc.enable()
            yield Measurement(f"save 10,000 cell edits, {words}", off, "s", base, BOUND)
            yield Measurement(f"save 10,000 cell edits, {words}, kept in the history", on, "s", base, BOUND)


class _Saver:
    """Writes edits and takes them back, each time on a table that was vacuumed."""

    def __init__(self, session: Session, relation: Relation, plain: psycopg.Connection) -> None:
        self._session = session
        self._relation = relation
        self._plain = plain

    def edits(self, column: str) -> tuple[tuple[RowChange, ...], tuple[RowChange, ...]]:
        """Stage them as the grid does, and the edits that lead back."""
        page = RowSource(self._session).fetch(self._relation, RowQuery(NAME), PageRequest(0, EDITS), 1, CTX)
        staged = ChangeSet(self._relation, page.columns)
        place = page.columns.index(column)
        for row in page.rows:
            staged.edit(row, column, f"{row.cells[place]} (new)")
        changed = staged.freeze()
        reverse = tuple(
            RowChange(NAME, each.kind, each.draft, each.key, each.base, {column: str(each.values[column])})
            for each in changed
        )
        assert len(changed) == EDITS
        return changed, reverse

    def saved(self, there: Sequence[RowChange], back: Sequence[RowChange], witness: SaveWitness | None) -> float:
        """Save as the window does; return the seconds."""
        writer, relations = RowWriter(self._session), {NAME: self._relation}
        taken = seconds_of(lambda: writer.apply(there, relations, CTX, witness=witness))
        writer.apply(back, relations, CTX)
        self._plain.execute("VACUUM customers")
        return taken

    def executed(self, there: Sequence[RowChange], back: Sequence[RowChange]) -> float:
        """Run the same statements with executemany; their texts and values are ready before."""
        taken = self._run(there)
        self._run(back)
        self._plain.execute("VACUUM customers")
        return taken

    def _run(self, changes: Sequence[RowChange]) -> float:
        batch = batch_of(self._relation, changes[0])
        text, values = batch.text.encode(), [batch.values(change) for change in changes]

        def work() -> None:
            with self._plain.transaction(), self._plain.pipeline(), self._plain.cursor() as cursor:
                cursor.executemany(text, values)

        return seconds_of(work)


def _build(connection: psycopg.Connection) -> None:
    connection.execute(TABLE)
    connection.execute(FILL)
