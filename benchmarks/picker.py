"""The picker of a foreign key to a table of ten million rows: from the last key pressed to the rows in the list.

The pause that waits for the next key is within it. The editor stands in a grid, as in the window; each run types
another text, and the table's names are indexed by an ordinary btree.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Iterator

import psycopg
from PySide6.QtCore import QCoreApplication, QEventLoop, Qt
from PySide6.QtTest import QTest

from benchmarks.cluster import database
from benchmarks.gridrig import Rig, rig
from benchmarks.measure import Measurement, interleaved
from nexus_studio.core.names import RelationName
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.ui.grid.editors.reference import ReferenceEditor

ROWS = 10_000_000
BOUND_MS = 150.0
OPEN_MS = 30.0
TABLE = RelationName("public", "orders")
GIVE_UP_S = 30


def measure(server: EmbeddedServer, runs: int) -> Iterator[Measurement]:
    """Measure; the table is built on first use (a minute, 1.4 GB)."""
    profile = database(server, "bench_picker", _build)
    numbers = itertools.count(1_234_567, 7_919)
    kinds: dict[str, Callable[[], tuple[str, str]]] = {
        "by key": lambda: ((key := str(next(numbers) % ROWS)), key),
        "by the beginning of a key": lambda: ((key := str(next(numbers) % ROWS))[:5], key[:5]),
        "by the beginning of a name": lambda: (f"Person {next(numbers) % ROWS:08}"[:-2], "Person"),
        "nothing found": lambda: (f"nobody {next(numbers)}", ""),
    }
    with rig(profile) as made:
        made.open(TABLE)
        made.wait(made.is_here)
        openers = [_search(made, text) for text in kinds.values()]
        found = dict(zip(kinds, interleaved(*openers, runs=max(runs, 5), warm_up=1), strict=True))
        (opened,) = interleaved(lambda: _open(made), runs=max(runs, 5), warm_up=1)
    for kind, seconds in found.items():
        print(f"  {kind}: {seconds * 1000:.0f} ms", file=sys.stderr)
        yield Measurement(f"picker on 10 million rows, {kind}", seconds * 1000, "ms", None, BOUND_MS)
    yield Measurement("open the picker on 10 million rows", opened * 1000, "ms", None, OPEN_MS)


def _open(made: Rig) -> float:
    """Open the editor; return the seconds until it is painted. Its first rows come later, and nobody waits for them."""
    made.grid.select_cell(0, "person")
    QCoreApplication.processEvents()
    begin = time.perf_counter()
    made.grid.begin_edit()
    editor = made.grid.editing.editor
    if editor is None:
        raise TypeError
    editor.repaint()
    taken = time.perf_counter() - begin
    made.grid.editing.cancel()
    QCoreApplication.processEvents()
    return taken


def _search(made: Rig, text_of: Callable[[], tuple[str, str]]) -> Callable[[], float]:
    """Return what types a text into an open picker, and tells the seconds until its rows are listed."""

    def seconds() -> float:
        typed, expected = text_of()
        made.grid.select_cell(0, "person")
        made.grid.begin_edit()
        editor = made.grid.editing.editor
        if not isinstance(editor, ReferenceEditor):
            raise TypeError
        _until(lambda: editor._found.count() > 0)
        editor._edit.setText(typed[:-1])
        begin = time.perf_counter()
        QTest.keyClicks(editor._edit, typed[-1])
        _until(lambda: not editor._timer.isActive() and not editor._latest.is_busy)
        editor.repaint()
        taken = time.perf_counter() - begin
        rows = [editor._found.item(row).data(Qt.ItemDataRole.DisplayRole) for row in range(editor._found.count())]
        if not all(expected in row for row in rows) or bool(rows) != bool(expected):
            raise LookupError(typed, rows)
        made.grid.editing.cancel()
        QCoreApplication.processEvents()
        return taken

    return seconds


def _until(is_so: Callable[[], bool]) -> None:
    end = time.perf_counter() + GIVE_UP_S
    while not is_so():
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)
        if time.perf_counter() > end:
            raise TimeoutError


def _build(connection: psycopg.Connection) -> None:
    # Unlogged: nothing of it is worth a write-ahead log. Names in no order: neighbours in the index lie far apart.
    connection.execute(
        f"""
        CREATE UNLOGGED TABLE people AS
        SELECT i AS id, 'Person ' || lpad((i * 7919 % {ROWS})::text, 8, '0') AS name, md5(i::text) AS email
          FROM generate_series(1::bigint, {ROWS}) AS i
        """.encode()
    )
    connection.execute("ALTER TABLE people ADD PRIMARY KEY (id)")
    connection.execute("CREATE INDEX ON people (name)")
    connection.execute("CREATE UNLOGGED TABLE orders (id int PRIMARY KEY, person bigint REFERENCES people)")
    connection.execute("INSERT INTO orders SELECT n, n FROM generate_series(1, 100) n")
