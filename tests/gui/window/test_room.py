"""Panes have the room they need where there is some, and a database with nothing in it says what would fill it."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea, QTreeView, QTreeWidget
from pytestqt.qtbot import QtBot

from nexus_studio.core.settings import UI_LANGUAGE
from nexus_studio.ui.panels.migrations.panel import MigrationsPanel
from nexus_studio.ui.panels.sizes.panel import SizesPanel
from nexus_studio.ui.panels.sizes.size_cells import INDEXES, TABLE, TOAST, TOTAL
from tests.support.fix_window import PATIENCE_MS, OpenWindow, data_panel, has_tree, open_table, row_at, stage
from tests.support.widgets import child

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

MANY = 11
LONG = "a_table_whose_name_has_all_of_the_sixty_three_characters_there_"


@pytest.fixture
def url(own_database: Callable[..., str]) -> str:
    """A database of this test's own."""
    return own_database()


def test_rows_that_point_here_are_seen_without_scrolling(url: str, open_window: OpenWindow, qtbot: QtBot) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE hub (id int PRIMARY KEY)")
        connection.execute("INSERT INTO hub SELECT generate_series(1, 3)")
        for number in range(MANY):
            connection.execute(f"CREATE TABLE spoke_{number} (hub int REFERENCES hub)")
        connection.execute(f"CREATE TABLE {LONG} (hub int REFERENCES hub)")
    studio = open_window(url)
    record = data_panel(studio).record
    row_at(qtbot, open_table(qtbot, studio, "hub"), 1)
    related = child(record, QScrollArea, "record.related")
    qtbot.waitUntil(related.isVisible, timeout=PATIENCE_MS)
    lines = [each for each in related.findChildren(QPushButton) if each.isVisible()]
    assert len(lines) == MANY + 1
    qtbot.waitUntil(lambda: not related.verticalScrollBar().isVisible(), timeout=PATIENCE_MS)
    assert not related.horizontalScrollBar().isVisible()
    assert all(related.viewport().width() >= line.geometry().right() for line in lines)
    long = next(line for line in lines if line.text().startswith(LONG))
    assert long.width() < long.sizeHint().width()


def test_a_database_without_tables_says_what_makes_some(url: str, open_window: OpenWindow, qtbot: QtBot) -> None:
    studio = open_window(url, wait=False)
    qtbot.waitUntil(lambda: has_tree(studio), timeout=PATIENCE_MS)
    panel = data_panel(studio)
    title = child(panel, QLabel, "page_title")
    qtbot.waitUntil(lambda: title.text() == "This database has no tables yet", timeout=PATIENCE_MS)
    assert "No tables yet." in [each.text() for each in panel.tree.findChildren(QLabel)]
    child(panel, QPushButton, "step_panel_migrations").click()
    assert isinstance(studio.current_panel, MigrationsPanel)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE first (id int)")
    studio.show_panel("data")
    panel.refresh()
    qtbot.waitUntil(lambda: title.text() == "Choose a table", timeout=PATIENCE_MS)


def test_numbers_of_rows_in_the_tree_are_read_whole(seeded_url: str, open_window: OpenWindow) -> None:
    tree = child(data_panel(open_window(seeded_url)), QTreeView, "tree.relations")
    model = tree.model()
    schema = model.index(0, 0)
    figures = {index.data(): index for row in range(model.rowCount(schema)) if (index := model.index(row, 1, schema))}
    assert "2.0k" in figures
    for text, index in figures.items():
        assert tree.sizeHintForIndex(index).width() <= tree.columnWidth(1), text


def test_sizes_are_read_whole_in_french(url: str, open_window: OpenWindow, qtbot: QtBot) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE small (id int PRIMARY KEY)")
    studio = open_window(url)
    studio.context.settings.set(UI_LANGUAGE, "fr")
    studio.show_panel("sizes")
    panel = studio.panel("sizes")
    assert isinstance(panel, SizesPanel)
    qtbot.waitUntil(lambda: panel.sizes.report is not None and studio.context.runner.is_idle, timeout=PATIENCE_MS)
    tree = panel.sizes.list
    tree.expandAll()
    for column in (TOTAL, TABLE, INDEXES, TOAST):
        assert tree.sizeHintForColumn(column) <= tree.columnWidth(column)
    studio.context.settings.set(UI_LANGUAGE, "en")


def test_lines_of_a_review_are_of_one_height(seeded_url: str, open_window: OpenWindow, qtbot: QtBot) -> None:
    studio = open_window(seeded_url)
    page = open_table(qtbot, studio, "session_bookings")
    for ordinal in (1, 2):
        stage(page, row_at(qtbot, page, ordinal), "rating", "5")
    page.saving.review()
    trees: list[QTreeWidget] = []

    def is_shown() -> bool:
        trees[:] = [each for each in studio.findChildren(QTreeWidget, "review_changes") if each.isVisible()]
        return bool(trees)

    qtbot.waitUntil(is_shown, timeout=PATIENCE_MS)
    QApplication.processEvents()
    tree = trees[0]
    rows = [item for number in range(2) if (item := tree.topLevelItem(number)) is not None]
    heights = {tree.visualItemRect(item).height() for item in (*rows, *(row.child(0) for row in rows)) if item}
    assert len(heights) == 1
