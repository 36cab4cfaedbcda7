"""The first rows of a table of ten million, on the screen, against the driver fetching the same rows plus one frame.

Timed is all that a click in the tree brings about: what the relation is like, the tab, the first page, the paint.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget
from sqlalchemy import event

from benchmarks.cluster import database
from benchmarks.measure import Measurement, interleaved, seconds_of
from nexus_studio.app import application
from nexus_studio.composition import furnish
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.connecting import connect
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.paths import Paths
from nexus_studio.services.workspace import Workspace, open_workspace
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.data.table_page import TablePage
from nexus_studio.ui.shell.doors import Start
from nexus_studio.ui.shell.main_window import MainWindow

ROWS = 10_000_000
BOUND = 3.0
FRAME_S = 1 / 60
GIVE_UP_S = 30
TABLE = RelationName("public", "big")


def measure(server: EmbeddedServer, runs: int) -> Iterator[Measurement]:
    """Measure; the table is built on first use (half a minute, 1.3 GB)."""
    profile = database(server, "bench_rows", _build)
    app = application()
    workspace = open_workspace(profile, None, TaskContext.for_test())
    with tempfile.TemporaryDirectory(prefix="nxs-bench-") as room:
        window = MainWindow()
        context = furnish(app, window, Start(), Paths.below(Path(room)))[0].context
        try:
            statement, parameters = _first_page_statement(context, workspace)
            with connect(profile, None) as plain:
                plain.autocommit = True
                value, base = interleaved(
                    lambda: _seconds_to_rows(context, workspace),
                    lambda: _reference_seconds(plain, statement, parameters),
                    runs=runs * 3,
                    warm_up=2,
                )
        finally:
            context.runner.shutdown(3000)
            workspace.close()
            window.deleteLater()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    yield Measurement("open a table of 10 million rows", value * 1000, "ms", base * 1000, BOUND)


def _reference_seconds(plain: psycopg.Connection, statement: str, parameters: Any) -> float:
    return seconds_of(lambda: plain.execute(statement.encode(), parameters).fetchall()) + FRAME_S


def _seconds_to_rows(context: UiContext, workspace: Workspace) -> float:
    workspace.catalog.forget()
    frame = QWidget()
    frame.resize(1100, 750)
    layout = QVBoxLayout(frame)
    frame.show()
    QCoreApplication.processEvents()
    begin = time.perf_counter()
    page = TablePage(context, workspace, RowQuery(TABLE), frame)
    layout.addWidget(page)
    # A real event loop: polling would hold the interpreter's lock against the worker that reads the rows.
    loop = QEventLoop()
    page.grid.model.loaded.connect(loop.quit)
    QTimer.singleShot(GIVE_UP_S * 1000, loop, loop.quit)
    loop.exec()
    if not page.grid.model.index(0, 0).data(Qt.ItemDataRole.DisplayRole):
        raise TimeoutError("no rows came")
    frame.repaint()
    seconds = time.perf_counter() - begin
    _settle(context)
    frame.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return seconds


def _settle(context: UiContext) -> None:
    """Let what the tab still asks for (estimates, labels) come to its end: it is the next run's no more."""
    begin = time.perf_counter()
    while not context.runner.is_idle and time.perf_counter() - begin < GIVE_UP_S:
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)


def _first_page_statement(context: UiContext, workspace: Workspace) -> tuple[str, Any]:
    """Open the table once, and return the statement that read its rows, as the driver was given it."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    engine = workspace.session._engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        _seconds_to_rows(context, workspace)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    pages = [(statement, parameters) for statement, parameters in seen if "LIMIT" in statement and "big" in statement]
    if not pages:
        raise LookupError("no statement read the table's rows")
    return pages[0]


def _build(connection: psycopg.Connection) -> None:
    # Unlogged: nothing of it is worth a write-ahead log. The key comes last, which is how it is built quickest.
    connection.execute(
        f"""
        CREATE UNLOGGED TABLE big AS
        SELECT i AS id, 'name of row ' || i AS name, (i * 37 % 100000) / 100.0 AS amount, i % 3 = 0 AS active,
               timestamptz '2020-01-01 00:00+00' + i * interval '7 seconds' AS created_at,
               md5(i::text) AS code
          FROM generate_series(1::bigint, {ROWS}) AS i
        """.encode()
    )
    connection.execute("ALTER TABLE big ADD PRIMARY KEY (id)")
