"""The real main window on a real server: the platform's schema with its demo data, one clone of it per test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nexus_studio.composition import furnish, leave
from nexus_studio.core.data.cells import Row
from nexus_studio.core.data.filters import Filter
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.upgrade import upgrade
from nexus_studio.services.paths import Paths
from nexus_studio.services.seeding import DEFAULT_SEED, SeedService
from nexus_studio.services.session import Session
from nexus_studio.ui.panels.data.panel import DataPanel
from nexus_studio.ui.panels.data.table_page import TablePage
from nexus_studio.ui.shell.doors import Start
from nexus_studio.ui.shell.main_window import MainWindow
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_cluster import profile_of

PATIENCE_MS = 20_000
OpenWindow = Callable[..., Studio]


@pytest.fixture(scope="session")
def seeded_template(make_database: Callable[..., str]) -> str:
    """The name of a database with the platform's schema and demo data, to be cloned."""
    url = make_database()
    session = Session.open(profile_of(url), None, TaskContext.for_test())
    upgrade(session, TaskContext.for_test())
    SeedService(session).run(DEFAULT_SEED, 1, TaskContext.for_test())
    session.close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")
    return str(conninfo_to_dict(url)["dbname"])


@pytest.fixture
def seeded_url(seeded_template: str, own_database: Callable[..., str]) -> str:
    """The URL of this test's own copy of the demo database."""
    return own_database(seeded_template)


@pytest.fixture
def open_window(qapp: QApplication, qtbot: QtBot) -> Iterator[OpenWindow]:
    """A function that opens the main window on a URL and, unless told otherwise, waits until its tree stands."""
    opened: list[tuple[Studio, Any]] = []

    def open_on(url: str | None, *, wait: bool = True, **more: Any) -> Studio:
        frame = MainWindow()
        frame.resize(1280, 800)
        with qtbot.waitSignal(frame.painted, timeout=PATIENCE_MS):
            frame.show()
        studio, doors = furnish(qapp, frame, Start(url=url, **more), Paths.default())
        opened.append((studio, doors))
        studio.begin()
        if wait:
            qtbot.waitUntil(lambda: has_tree(studio), timeout=PATIENCE_MS)
        return studio

    yield open_on
    for window, doors in opened:
        panel = data_panel_or_none(window)
        for page in panel.pages() if panel is not None else ():
            if page.changes is not None:
                page.changes.clear()
        window.frame.close()
        leave(window, doors)
        window.frame.deleteLater()


def has_tree(window: Studio) -> bool:
    """Tell whether the schema tree was read."""
    panel = data_panel_or_none(window)
    return panel is not None and panel.tree.catalog.read_at is not None


def data_panel_or_none(window: Studio) -> DataPanel | None:
    """Return the data panel once it was made."""
    panel = window.panel("data")
    return panel if isinstance(panel, DataPanel) else None


def data_panel(window: Studio) -> DataPanel:
    """Return the data panel."""
    panel = data_panel_or_none(window)
    assert panel is not None
    return panel


def open_table(
    qtbot: QtBot, window: Studio, name: str, condition: Filter | None = None, schema: str = "public"
) -> TablePage:
    """Open a table as a click in the tree would, and wait for its first rows."""
    panel = data_panel(window)
    panel.show_relation(RelationName(schema, name), condition)
    page = panel.page
    assert page is not None
    wait_loaded(qtbot, page)
    return page


def wait_loaded(qtbot: QtBot, page: TablePage) -> None:
    """Wait until the page shows what was asked last."""

    def is_there() -> bool:
        grid = page.grid
        return page.relation is not None and grid.query == page.query and not grid.model.loader.is_busy

    qtbot.waitUntil(is_there, timeout=PATIENCE_MS)


def row_at(qtbot: QtBot, page: TablePage, ordinal: int) -> Row:
    """Go to a stored row and return it as it was read."""

    def is_there() -> bool:
        page.grid.go_to_row(ordinal)
        shown = page.grid.current_row()
        return shown is not None and shown.row is not None and page.status.ordinal == ordinal

    qtbot.waitUntil(is_there, timeout=PATIENCE_MS)
    shown = page.grid.current_row()
    assert shown is not None
    assert shown.row is not None
    return shown.row


def cells_of(page: TablePage, row: Row) -> dict[str, Any]:
    """Return a row's cells by column name."""
    assert page.changes is not None
    return dict(zip(page.changes.columns, row.cells, strict=True))


def stage(page: TablePage, row: Row, column: str, cell: str | None) -> None:
    """Stage a cell as an editor would."""
    assert page.changes is not None
    page.changes.edit(row, column, cell)
    page.grid.changes_touched()


def save(qtbot: QtBot, page: TablePage) -> None:
    """Save and wait for the answer."""
    page.saving.save()
    qtbot.waitUntil(lambda: not page.saving.is_running, timeout=PATIENCE_MS)


def rows_of(page: TablePage) -> int:
    """Return how many rows the page says there are."""
    assert page.grid.count is not None
    return page.grid.count.value
