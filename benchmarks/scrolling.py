"""Scrolling the grid through tables of any length and width, against the driver reading the same rows.

Timed is what a person waits for, in the window's own thread: from the movement to the rows being there. What the
driver is asked is the very statement the grid sent, so that both read the same rows from the same warm pages.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeyEvent

from benchmarks import tables
from benchmarks.gridrig import Rig, rig
from benchmarks.measure import Measurement, interleaved, seconds_of
from nexus_studio.core.data.pagecache import PAGE_ROWS
from nexus_studio.core.data.rowquery import Sort
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.embedded import EmbeddedServer

FRAME_S: Final = 1 / 60
FIRST_BOUND: Final = 1.5
DRAG_BOUND: Final = 3.0
OFFSET_BOUND: Final = 0.01
ALIKE_BOUND: Final = 1.5
WIDE_BOUND: Final = 2.0
STALL_MS: Final = 50.0
SCROLLED: Final = 100_000
GROWTH_MB: Final = 50.0
PLACES: Final = 41


def measure(server: EmbeddedServer, runs: int) -> Iterator[Measurement]:
    """Measure; the tables are built on first use (some minutes, 12 GB)."""
    stalls: list[float] = []
    with rig(tables.narrow(server)) as made:
        yield from _first_rows(made, runs)
        for size in ("10 million", "100 million"):
            yield from _drags(made, size)
        yield from _without_index(made)
        yield from _pages_down(made)
        stalls.append(made.watchdog.longest_s)
    with rig(tables.wide(server)) as made:
        yield from _wide(made, runs)
        stalls.append(made.watchdog.longest_s)
    yield Measurement("the window's thread is away, longest", max(stalls) * 1000, "ms", None, STALL_MS)


def _first_rows(made: Rig, runs: int) -> Iterator[Measurement]:
    """From asking for a table to its rows painted, against the driver's fetch; the bound allows a frame on top."""
    found = {}
    for size, table in tables.NARROW.items():
        made.open(table)
        made.settle()
        made.sent.clear()
        made.open(table)
        made.settle()
        fetch = _again(made)

        def opened(table: Any = table) -> float:
            with made.watchdog.watching():
                begin = time.perf_counter()
                made.open(table)
                made.grid.view.viewport().repaint()
                seconds = time.perf_counter() - begin
            made.settle()
            return seconds

        value, reference = interleaved(opened, lambda fetch=fetch: seconds_of(fetch), runs=runs * 3, warm_up=2)  # type: ignore[misc]
        found[size] = value
        allowed = reference + FRAME_S / FIRST_BOUND  # so that 1.5 times this is 1.5 fetches and one frame
        yield Measurement(f"first rows of {size}", value * 1000, "ms", allowed * 1000, FIRST_BOUND)
    least, most = min(found.values()), max(found.values())
    yield Measurement("first rows, slowest table against quickest", most * 1000, "ms", least * 1000, ALIKE_BOUND)


def _drags(made: Rig, size: str) -> Iterator[Measurement]:
    """Drag to places nobody was at, before the positions are learned and after."""
    made.open(tables.NARROW[size])
    made.settle()
    numbering = made.grid.model.loader.numbering
    numbering.learn_positions = lambda: None  # type: ignore[method-assign]
    try:
        yield from _drag(made, size, "by statistics")
    finally:
        del numbering.learn_positions
    yield _offset(made, size)
    numbering.learn_positions()
    with made.watchdog.watching():
        made.wait(lambda: numbering.are_positions_known)
    made.settle()
    yield from _drag(made, size, "to the very row")


def _drag(made: Rig, size: str, how: str) -> Iterator[Measurement]:
    """Drag to many places; measure the reading alone, and all there is until the rows are in the window.

    The driver reads in a transaction of its own, as the grid does. So many places that the grid has forgotten the first
    when it comes back; the server has read their pages once before, for either.
    """
    places = [random.Random(place).uniform(0.02, 0.98) for place in range(PLACES)]
    loader = made.grid.model.loader
    if loader.relation is None or loader.query is None:
        raise LookupError("no table is open")
    relation, query, source = loader.relation, loader.query, made.workspace.rows
    ctx = TaskContext.for_test()
    seen: list[tuple[float, float, float]] = []
    for number, place in enumerate(places * 2):
        seconds = _drag_to(made, place)
        made.settle()
        request = loader.last_request
        if number < len(places) or request is None:
            continue
        fetched = min(seconds_of(lambda r=request: source.fetch(relation, query, r, 0, ctx)) for _ in range(3))  # type: ignore[misc]
        seen.append((seconds, fetched, min(seconds_of(_again(made)) for _ in range(3))))
    shown, fetched, reference = (statistics.median(samples) for samples in zip(*seen, strict=True))
    where = f"anywhere in {size} rows, {how}"
    yield Measurement(f"read {where}", fetched * 1000, "ms", reference * 1000, DRAG_BOUND)
    allowed = reference + FRAME_S / DRAG_BOUND  # so that 3 times this is 3 fetches and one frame
    yield Measurement(f"drag {where}: rows in the window", shown * 1000, "ms", allowed * 1000, DRAG_BOUND)


def _drag_to(made: Rig, place: float) -> float:
    """Move the scroll bar; return the seconds until all rows in sight are here."""
    bar = made.bar
    with made.watchdog.watching():
        begin = time.perf_counter()
        bar.setValue(int(bar.maximum() * place))
        made.wait(made.is_here)
        return time.perf_counter() - begin


def _offset(made: Rig, size: str) -> Measurement:
    """Drag to 60 % against the same page by OFFSET."""
    _drag_to(made, 0.0)
    made.settle()
    value = _drag_to(made, 0.6)
    made.settle()
    rows = int(tables.NARROW_ROWS[size] * 0.6)
    table = tables.NARROW[size].name
    statement = f"SELECT id, amount, created_at FROM {table} ORDER BY id OFFSET {rows} LIMIT {PAGE_ROWS}"
    reference = seconds_of(lambda: made.plain.execute(statement.encode()).fetchall())
    return Measurement(
        f"drag to 60 % of {size} rows against OFFSET", value * 1000, "ms", reference * 1000, OFFSET_BOUND
    )


def _without_index(made: Rig) -> Iterator[Measurement]:
    """Sort 10 million rows by a column without an index, and read a page deep inside."""
    table = tables.NARROW["10 million"]
    made.sent.clear()
    begin = time.perf_counter()
    made.open(table, (Sort("amount"),))
    value = time.perf_counter() - begin
    reference = seconds_of(_again(made))
    yield Measurement("first rows of 10 million in an order without index", value, "s", reference, 1.5)
    made.settle()
    made.grid.model.loader.numbering.learn_positions()
    made.wait(lambda: made.grid.model.loader.numbering.are_positions_known)
    made.settle()
    values = [_drag_to(made, place) for place in (0.31, 0.62, 0.87)]
    made.settle()

    def by_cursor() -> None:
        """Read the same page by a cursor that holds the whole order, which costs the sort once per session."""
        with made.plain.transaction(), made.plain.cursor() as cursor:
            cursor.execute(b"DECLARE deep SCROLL CURSOR FOR SELECT id, amount FROM narrow_10m ORDER BY amount, id")
            cursor.execute(b"MOVE ABSOLUTE 6200000 IN deep")
            cursor.execute(b"FETCH 2000 FROM deep").fetchall()

    yield Measurement(
        "a page deep inside it, against a cursor", statistics.median(values), "s", seconds_of(by_cursor), 1.0
    )


def _pages_down(made: Rig) -> Iterator[Measurement]:
    """Scroll through 100 000 rows by Page Down."""
    made.open(tables.NARROW["10 million"])
    made.settle()
    view, loader = made.grid.view, made.grid.model.loader
    view.setFocus()
    _page_down(made, 2_000)  # whatever is made once is made by now
    sent, before = loader.requests_sent, _resident_mb()
    first = view.currentIndex().row()
    begin = time.perf_counter()
    pages = _page_down(made, SCROLLED)
    seconds = time.perf_counter() - begin
    rows = view.currentIndex().row() - first
    yield Measurement(f"memory after {SCROLLED:,} rows by Page Down", _resident_mb() - before, "MB", None, GROWTH_MB)
    requests = loader.requests_sent - sent
    yield Measurement("requests sent meanwhile, against rows a page", requests, "", rows / PAGE_ROWS, 1.0)
    yield Measurement("one Page Down, with rows and paint", seconds / pages * 1000, "ms", None, STALL_MS)


def _page_down(made: Rig, rows: int) -> int:
    """Press Page Down until so many rows have passed; return how often."""
    view, pages = made.grid.view, 0
    stop = view.currentIndex().row() + rows
    with made.watchdog.watching():
        while view.currentIndex().row() < stop:
            press = QKeyEvent(QKeyEvent.Type.KeyPress, Qt.Key.Key_PageDown, Qt.KeyboardModifier.NoModifier)
            QCoreApplication.sendEvent(view, press)
            view.viewport().repaint()
            made.wait(made.is_here)
            view.viewport().repaint()
            QCoreApplication.processEvents()  # as between any two presses of a key
            pages += 1
    return pages


def _wide(made: Rig, runs: int) -> Iterator[Measurement]:
    """Open the wide table, against the driver fetching the columns in sight of the same rows, cut as a cell shows."""
    made.open(tables.WIDE)
    made.settle()
    made.sent.clear()
    made.open(tables.WIDE)
    made.settle()
    seen = [column.name for column in made.grid.model.columns if column.name in made.grid.view.columns_in_sight()]
    cells = ", ".join(f"left({name}::text, 257)" for name in seen)
    statement = f"SELECT {cells} FROM wide ORDER BY id LIMIT {PAGE_ROWS}"

    def opened() -> float:
        with made.watchdog.watching():
            begin = time.perf_counter()
            made.open(tables.WIDE)
            made.grid.view.viewport().repaint()
            seconds = time.perf_counter() - begin
        made.settle()
        return seconds

    value, reference = interleaved(
        opened, lambda: seconds_of(lambda: made.plain.execute(statement.encode()).fetchall()), runs=runs, warm_up=1
    )
    yield Measurement("open 300 columns with documents of 1 MB", value * 1000, "ms", reference * 1000, WIDE_BOUND)


def _again(made: Rig) -> Callable[[], object]:
    """Return a call that has the driver read the page that was read last."""
    statement, parameters = made.last_page()

    def read() -> None:
        with made.plain.transaction():
            made.plain.execute(statement.encode(), parameters).fetchall()

    return read


def _resident_mb() -> float:
    """Return the memory of this process in MB (proc(5), VmRSS)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
