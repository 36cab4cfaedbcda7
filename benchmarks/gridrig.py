"""A grid on a real table, with a watchdog over the thread it lives in, and the driver beside it for the reference."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QScrollBar
from sqlalchemy import event

from nexus_studio.app import application
from nexus_studio.composition import furnish
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.schema.overlay import ModelOverlay
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.connecting import connect
from nexus_studio.services.paths import Paths
from nexus_studio.services.workspace import Workspace, open_workspace
from nexus_studio.ui.grid.grid_view import RowGrid
from nexus_studio.ui.grid.parts import GridParts
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.shell.doors import Start
from nexus_studio.ui.shell.main_window import MainWindow

GIVE_UP_S: Final = 120
_BEAT_MS: Final = 2


class Watchdog(QObject):
    """Notes the longest time the thread's event loop was away. Watches inside `watching` only."""

    def __init__(self) -> None:
        super().__init__()
        self.longest_s = 0.0
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._beat)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch what is done in the block."""
        self._last = time.perf_counter()
        self._timer.start()
        try:
            yield
        finally:
            self._beat()
            self._timer.stop()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.longest_s = max(self.longest_s, now - self._last - _BEAT_MS / 1000)
        self._last = now


@dataclass(slots=True)
class Rig:
    """What a measurement of the grid needs. `sent` are the statements that went to the server, oldest first."""

    context: UiContext
    workspace: Workspace
    grid: RowGrid
    plain: psycopg.Connection
    watchdog: Watchdog = field(default_factory=Watchdog)
    sent: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def bar(self) -> QScrollBar:
        """The scroll bar over the whole table."""
        bar = self.grid.findChild(QScrollBar, "grid_scroll")
        if not isinstance(bar, QScrollBar):
            raise TypeError("the grid has no scroll bar")
        return bar

    def open(self, table: RelationName, sort: tuple[Sort, ...] = ()) -> None:
        """Show a table from its first row on; returns when the rows are there."""
        relation = self.workspace.catalog.relation(table, TaskContext.for_test())
        parts = GridParts(self.workspace.rows, self.workspace.catalog, ModelOverlay())
        self.grid.open(parts, relation, RowQuery(table, sort=sort), ChangeSet(relation))
        self.wait(self.is_here)

    def is_here(self) -> bool:
        """Tell whether every row in sight is."""
        first, last = self.grid.view.visible_rows()
        return last >= first and self.grid.model.is_here(first) and self.grid.model.is_here(last)

    def wait(self, is_done: Callable[[], bool]) -> None:
        """Run the event loop until something is so; it is looked at whenever rows come, and now and then."""
        loop = QEventLoop()
        loader = self.grid.model.loader
        begin = time.perf_counter()
        now_and_then = QTimer()
        now_and_then.timeout.connect(lambda: loop.quit() if is_done() else None)
        now_and_then.start(5)

        def look() -> None:
            if is_done():
                loop.quit()

        connection = loader.arrived.connect(look)
        while not is_done():
            if time.perf_counter() - begin > GIVE_UP_S:
                raise TimeoutError("what was waited for did not come")
            loop.exec()
        now_and_then.stop()
        QObject.disconnect(connection)

    def settle(self) -> None:
        """Let what still runs behind the rows come to its end."""
        self.wait(lambda: self.context.runner.is_idle)

    def last_page(self) -> tuple[str, Any]:
        """Return the statement, with its parameters, that read the last page."""
        for statement, parameters in reversed(self.sent):
            if "LIMIT" in statement and not statement.startswith("EXPLAIN"):
                return statement, parameters
        raise LookupError("no statement read rows")


@contextmanager
def rig(profile: ConnectionProfile) -> Iterator[Rig]:
    """Yield a grid of about 41 rows on a database, offscreen."""
    app = application()
    workspace = open_workspace(profile, None, TaskContext.for_test())
    with tempfile.TemporaryDirectory(prefix="nxs-bench-") as room, connect(profile, None) as plain:
        plain.autocommit = True
        window = MainWindow()
        context = furnish(app, window, Start(), Paths.below(Path(room)))[0].context
        grid = RowGrid(context)
        grid.resize(1500, 1200)
        grid.show()
        made = Rig(context, workspace, grid, plain)
        engine = workspace.session._engine

        def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            made.sent.append((statement, parameters))

        event.listen(engine, "before_cursor_execute", note)
        try:
            yield made
        finally:
            event.remove(engine, "before_cursor_execute", note)
            grid.close_rows()
            context.runner.shutdown(3000)
            workspace.close()
            for widget in (grid, window):
                widget.deleteLater()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
