"""Drawing the grid while it scrolls, against Qt's own table view over items that hold the same text.

Both show 41 rows of 12 columns in the same places, without a style sheet (which would slow Qt's view only), and paint
their whole viewport after each step. Their scroll bars are not drawn: Qt's own cost more than the grid's cells. Timed
is the processor, so that what else the machine does matters little.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QSize, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFrame, QScrollBar, QTableView, QWidget

from benchmarks.cluster import database
from benchmarks.measure import Measurement, interleaved
from nexus_studio.app import application
from nexus_studio.composition import furnish
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.overlay import ModelOverlay
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.paths import Paths
from nexus_studio.services.workspace import Workspace, open_workspace
from nexus_studio.ui.grid.grid_view import RowGrid
from nexus_studio.ui.grid.parts import GridParts
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.shell.doors import Start
from nexus_studio.ui.shell.main_window import MainWindow

LINES: Final = 41
PAGES: Final = 24
ROWS: Final = LINES * (PAGES + 1)
WIDTHS: Final = (70, 140, 90, 80, 210, 180, 90, 60, 90, 260, 80, 120)
BOUND: Final = 0.5
FRAME_MS: Final = 1000 / 60
GIVE_UP_S: Final = 30
TABLE: Final = RelationName("public", "drawn")


def measure(server: EmbeddedServer, runs: int) -> Iterator[Measurement]:
    """Measure; the table is small and built on first use."""
    profile = database(server, "bench_drawing", _build)
    app = application()
    workspace = open_workspace(profile, None, TaskContext.for_test())
    with tempfile.TemporaryDirectory(prefix="nxs-bench-") as room:
        window = MainWindow()
        context = furnish(app, window, Start(), Paths.below(Path(room)))[0].context
        try:
            with _undressed(app):
                grid = _grid(context, workspace)
                plain = _plain_view(grid)
                yield from _measured(grid, plain, runs)
                for widget in (grid, plain):
                    widget.deleteLater()
        finally:
            context.runner.shutdown(3000)
            workspace.close()
            window.deleteLater()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _measured(grid: RowGrid, plain: QTableView, runs: int) -> Iterator[Measurement]:
    height = grid.view.row_height
    ways = {
        "page by page": (LINES * height, PAGES, BOUND),
        "by steps of 3 rows": (3 * height, 4 * PAGES, BOUND),
        "by steps of 7 pixels": (7, 4 * PAGES, 1.0),
    }
    for name, (step, frames, bound) in ways.items():

        def scroll(view: QTableView, step: int = step, frames: int = frames) -> float:
            grid.view.cell_painter.forget()  # whatever it drew before is new to it again
            return _seconds_a_frame(view, view.viewport(), step, frames, time.process_time)

        value, reference = interleaved(lambda: scroll(grid.view), lambda: scroll(plain), runs=runs, warm_up=1)
        yield Measurement(f"draw while scrolling, {name} (CPU)", value * 1000, "ms", reference * 1000, bound)

    def whole() -> float:
        grid.view.cell_painter.forget()
        return _seconds_a_frame(grid.view, grid, LINES * height, PAGES, time.process_time)

    (value,) = interleaved(whole, runs=runs)
    yield Measurement("draw a frame of the whole grid, headers too (CPU)", value * 1000, "ms", None, FRAME_MS)


def _seconds_a_frame(view: QTableView, drawn: QWidget, step: int, frames: int, clock: Callable[[], float]) -> float:
    """Scroll down from the top, `step` pixels a frame, and paint; return the mean seconds of a frame."""
    bar = view.verticalScrollBar()
    bar.setValue(0)
    drawn.repaint()
    begin = clock()
    for frame in range(1, frames + 1):
        bar.setValue(frame * step)
        drawn.repaint()
    return (clock() - begin) / frames


@contextmanager
def _undressed(app: QApplication) -> Iterator[None]:
    """Take the style sheet off the application meanwhile."""
    sheet = app.styleSheet()
    app.setStyleSheet("")
    try:
        yield
    finally:
        app.setStyleSheet(sheet)


def _grid(context: UiContext, workspace: Workspace) -> RowGrid:
    """Return a grid with all its rows read, so that only drawing is left to do."""
    relation = workspace.catalog.relation(TABLE, TaskContext.for_test())
    grid = RowGrid(context)
    grid.open(
        GridParts(workspace.rows, workspace.catalog, ModelOverlay()), relation, RowQuery(TABLE), ChangeSet(relation)
    )
    grid.resize(1600, 1100)
    grid.show()
    _wait(lambda: grid.model.is_here(0) and grid.context.runner.is_idle)
    for line in range(0, ROWS, LINES):
        grid.view.verticalScrollBar().setValue(line * grid.view.row_height)
        grid.view.viewport().repaint()  # which is what asks for rows
        _wait(lambda line=line: all(grid.model.is_here(row) for row in range(line, line + LINES)))  # type: ignore[misc]
    _wait(lambda: grid.context.runner.is_idle)
    for index, width in enumerate(WIDTHS):
        grid.view.column_header.resizeSection(index, width)
    _size(grid, grid.view)
    return grid


def _size(widget: QWidget, view: QTableView) -> None:
    """Give a view's viewport room for the lines and the columns, exactly."""
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    for bar in widget.findChildren(QScrollBar):
        bar.setUpdatesEnabled(False)
    QCoreApplication.processEvents()
    wanted = QSize(sum(WIDTHS), LINES * view.verticalHeader().defaultSectionSize())
    widget.resize(widget.size() + wanted - view.viewport().size())
    QCoreApplication.processEvents()
    if view.viewport().size() != wanted:
        raise ValueError("the viewport has not the size that is measured")


def _plain_view(grid: RowGrid) -> QTableView:
    """Return Qt's view with the same text in the same places."""
    items = QStandardItemModel(ROWS, len(WIDTHS))
    for row in range(ROWS):
        for column in range(len(WIDTHS)):
            index = grid.model.index(row, column)
            item = QStandardItem(str(index.data()))
            item.setTextAlignment(Qt.AlignmentFlag(index.data(Qt.ItemDataRole.TextAlignmentRole)))
            items.setItem(row, column, item)
    view = QTableView()
    items.setParent(view)
    view.setModel(items)
    view.setFont(grid.view.font())
    view.setFrameShape(QFrame.Shape.NoFrame)
    view.setWordWrap(False)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.verticalHeader().setDefaultSectionSize(grid.view.row_height)
    for section, width in enumerate(WIDTHS):
        view.setColumnWidth(section, width)
    view.show()
    QCoreApplication.processEvents()
    _size(view, view)
    return view


def _wait(is_done: Callable[[], bool]) -> None:
    begin = time.perf_counter()
    while not is_done():
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)
        if time.perf_counter() - begin > GIVE_UP_S:
            raise TimeoutError("rows are missing")


def _build(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TYPE mood AS ENUM ('new', 'active', 'waiting', 'closed')")
    connection.execute(
        f"""
        CREATE TABLE drawn AS
        SELECT i AS id, 'name of row ' || i AS name, ((i * 37 % 100000) / 100.0)::numeric(10, 2) AS amount,
               i * 13 % 977 AS quantity,
               timestamptz '2024-01-01 00:00+00' + i * interval '7001 seconds' AS created_at,
               timestamp '2023-05-01 00:00' + i * interval '90 minutes' AS seen_at,
               (enum_range(NULL::mood))[1 + i % 4] AS mood, i % 3 = 0 AS active,
               CASE WHEN i % 4 > 0 THEN 'city ' || i * 7 % 500 END AS city,
               'row ' || i || ' has a text which goes on and on, so that it never fits into its column' AS note,
               i * 997 % 100000 AS points, substr(md5(i::text), 1, 12) AS code
          FROM generate_series(1, {ROWS}) AS i
        """.encode()
    )
    connection.execute("ALTER TABLE drawn ADD PRIMARY KEY (id)")
