"""Opening editors in the grid: on ten million rows against a hundred, in the middle of the table.

Timed is what a person waits for, in the window's own thread: from the key to the editor painted over its cell. Values
that were cut when they were read are read whole first; that time counts as well, and no statement may be sent from the
window's thread. The columns but the first two are constants, which PostgreSQL keeps in the catalog: they cost no disk.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import sql
from PySide6.QtCore import QCoreApplication, QEventLoop
from sqlalchemy import event

from benchmarks.cluster import database
from benchmarks.gridrig import Rig, rig
from benchmarks.measure import Measurement, interleaved
from nexus_studio.core.names import RelationName
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.ui.grid.grid_view import RowGrid

ROWS: Final = {"100": 100, "10 million": 10_000_000}
TABLES: Final = {size: RelationName("public", f"edited_{size.replace(' ', '_')}") for size in ROWS}
OPEN_MS: Final = 30.0
ALIKE: Final = 1.5

COLUMNS: Final = {
    "name": ("text", "a name"),
    "story": ("text", "once upon a time " * 500),
    "price": ("numeric(10,2)", "10.00"),
    "mood": ("mood", "ok"),
    "paid": ("boolean", "true"),
    "born": ("date", "2000-02-29"),
    "seen": ("timestamptz", "2026-01-01 10:00:00+00"),
    "span": ("int4range", "[1,5)"),
    "code": ("uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    "doc": ("jsonb", '{"a": 1.10, "b": [1, 2, {"c": null}]}'),
    "big_doc": ("jsonb", '{"list": [' + ", ".join(f'{{"n": {n}, "t": "text {n}"}}' for n in range(200)) + "]}"),
    "tags": ("text[]", '{a,"b c",NULL}'),
    "moods": ("mood[]", "{ok,sad}"),
    "home": ("place", "(street,12)"),
    "photo": ("bytea", "\\x" + "89504e47" * 100),
    "address": ("inet", "192.168.0.1/24"),
}


def measure(server: EmbeddedServer, runs: int) -> Iterator[Measurement]:
    """Measure; the table is built on first use (half a minute, 700 MB)."""
    profile = database(server, "bench_editing", _build)
    in_window: list[str] = []
    with rig(profile) as made:
        engine = made.workspace.session._engine

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if threading.current_thread() is threading.main_thread():
                in_window.append(statement)

        found: dict[str, dict[str, float]] = {}
        with _beside(made) as other:
            rigs = {"many": (made, "10 million"), "few": (other, "100")}
            for each, size in rigs.values():
                each.open(TABLES[size])
                each.grid.go_to_row(ROWS[size] // 2)
                each.wait(each.is_here)
                each.settle()
            event.listen(engine, "before_cursor_execute", note)
            for column in COLUMNS:
                openers = [_opener(each, ROWS[size] // 2, column) for each, size in rigs.values()]
                found[column] = dict(zip(rigs, interleaved(*openers, runs=max(runs, 5)), strict=True))
            event.remove(engine, "before_cursor_execute", note)
        for column, sides in sorted(found.items(), key=lambda pair: -pair[1]["many"]):
            print(f"  {column}: {sides['many'] * 1000:.1f} ms, {sides['few'] * 1000:.1f} ms", file=sys.stderr)
    slowest = max(found, key=lambda column: found[column]["many"])
    yield Measurement(
        f"open an editor on 10 million rows, slowest type ({slowest})",
        found[slowest]["many"] * 1000,
        "ms",
        None,
        OPEN_MS,
    )
    many, few = (sum(each[side] for each in found.values()) / len(found) for side in ("many", "few"))
    yield Measurement("open an editor, 10 million rows against 100", many * 1000, "ms", few * 1000, ALIKE)
    yield Measurement("statements sent by the window's thread to open editors", len(in_window), "", None, 0)


@contextmanager
def _beside(made: Rig) -> Iterator[Rig]:
    """Yield a second grid on the same database."""
    grid = RowGrid(made.context)
    grid.resize(made.grid.size())
    grid.show()
    try:
        yield Rig(made.context, made.workspace, grid, made.plain)
    finally:
        grid.close_rows()
        grid.deleteLater()


def _opener(made: Rig, row: int, column: str) -> Callable[[], float]:
    """Return what opens an editor, and tells the seconds from the key to its being painted."""

    def opened() -> float:
        made.grid.select_cell(row, column)
        made.wait(made.is_here)
        made.settle()
        begin = time.perf_counter()
        made.grid.begin_edit()
        while made.grid.editing.editor is None:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        made.grid.editing.editor.repaint()
        seconds = time.perf_counter() - begin
        made.grid.editing.cancel()
        QCoreApplication.processEvents()
        return seconds

    return opened


def _build(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad')")
    connection.execute("CREATE TYPE place AS (street text, number int)")
    for size, rows in ROWS.items():
        table = sql.Identifier(TABLES[size].name)
        connection.execute(
            sql.SQL(
                "CREATE UNLOGGED TABLE {} AS SELECT i AS id, i % 977 AS amount FROM generate_series(1, {}) i"
            ).format(table, sql.Literal(rows))
        )
        connection.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY (id)").format(table))
        for column, (type_, value) in COLUMNS.items():
            add = sql.SQL("ALTER TABLE {} ADD COLUMN {} {} DEFAULT {}")
            connection.execute(add.format(table, sql.Identifier(column), sql.SQL(type_), sql.Literal(value)))
