"""Scrolling in the real window: five million rows by bar, keys and wheel, and a table that changes meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QApplication, QScrollBar, QStyle, QStyleOptionSlider
from pytestqt.qtbot import QtBot

from nexus_studio.ui.panels.data.table_page import TablePage
from tests.support.fix_window import PATIENCE_MS, OpenWindow, open_table
from tests.support.widgets import child

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]
ROWS = 5_000_000
LEARNING_MS = 90_000
"""Milliseconds that the index of positions of all rows may take on a busy machine."""


@pytest.fixture(scope="module")
def big_url(make_database: Callable[..., str]) -> str:
    """A database with a table of five million rows, whose ids have gaps of two sizes; nobody writes to it."""
    url = make_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE UNLOGGED TABLE big (id bigint, name text)")
        connection.execute(
            "INSERT INTO big SELECT n * 2 + (n / 1000) * 700, 'row ' || n FROM generate_series(1, %s) n", [ROWS]
        )
        connection.execute("ALTER TABLE big ADD PRIMARY KEY (id)")
        connection.execute("VACUUM ANALYZE big")
    return url


@pytest.fixture
def big(open_window: OpenWindow, big_url: str, qtbot: QtBot) -> TablePage:
    page = open_table(qtbot, open_window(big_url), "big")
    qtbot.waitUntil(lambda: page.grid.row_count() > ROWS * 0.9, timeout=PATIENCE_MS)
    return page


def bar_of(page: TablePage) -> QScrollBar:
    return child(page.grid, QScrollBar, "grid_scroll")


def ids_in_sight(page: TablePage) -> list[int] | None:
    """Return the first cells of the rows in sight, top to bottom; None while one is not here."""
    first, last = page.grid.view.visible_rows()
    shown = [page.grid.model.shown(row) for row in range(first, last + 1)]
    if not shown or any(row is None or row.row is None for row in shown):
        return None
    return [int(str(row.cells[0])) for row in shown if row is not None]


def settled(qtbot: QtBot, page: TablePage) -> list[int]:
    """Wait until all rows in sight are here and none is on its way; return their ids."""
    qtbot.waitUntil(lambda: not page.grid.model.loader.is_busy and ids_in_sight(page) is not None, timeout=PATIENCE_MS)
    found = ids_in_sight(page)
    assert found is not None
    return found


def first_ordinal(page: TablePage) -> int:
    return page.grid.view.visible_rows()[0] + page.grid.model.base - page.grid.model.drafts


def handle_of(bar: QScrollBar) -> QPoint:
    """Return the middle of the bar's handle."""
    option = QStyleOptionSlider()
    bar.initStyleOption(option)
    style = bar.style()
    part = QStyle.SubControl.SC_ScrollBarSlider
    return style.subControlRect(QStyle.ComplexControl.CC_ScrollBar, option, part, bar).center()


def drag_to(qtbot: QtBot, bar: QScrollBar, share: float, steps: int = 1) -> None:
    """Take the bar's handle by the mouse and let it go where the bar is at that share."""
    start = handle_of(bar)
    qtbot.mousePress(bar, Qt.MouseButton.LeftButton, pos=start)
    for step in range(1, steps + 1):
        target = round(share * (bar.height() - 2 * start.y()) * step / steps)
        qtbot.mouseMove(bar, QPoint(start.x(), start.y() + target))
        QApplication.processEvents()
    qtbot.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=QPoint(start.x(), start.y() + target))


def what_psql_says(url: str, ordinal: int, count: int) -> list[int]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT id FROM big ORDER BY id OFFSET %s LIMIT %s", [ordinal, count]).fetchall()
    return [key for (key,) in rows]


def number_of(url: str, key: int) -> int:
    """Return how many rows stand before one."""
    with psycopg.connect(url) as connection:
        return int(connection.execute("SELECT count(*) FROM big WHERE id < %s", [key]).fetchone()[0])  # type: ignore[index]


def test_the_bar_dragged_to_nine_tenths_shows_what_psql_says(big: TablePage, big_url: str, qtbot: QtBot) -> None:
    bar, loader = bar_of(big), big.grid.model.loader
    drag_to(qtbot, bar, 0.9)
    share = bar.value() / bar.maximum()
    assert share == pytest.approx(0.9, abs=0.02)
    found = settled(qtbot, big)
    # at once: consecutive rows of the table, near where the bar says
    true = number_of(big_url, found[0])
    assert found == what_psql_says(big_url, true, len(found))
    assert true / ROWS == pytest.approx(share, abs=0.02)
    # and soon: exactly the rows that bear these numbers
    qtbot.waitUntil(lambda: loader.is_exact, timeout=LEARNING_MS)
    found = settled(qtbot, big)
    assert found == what_psql_says(big_url, first_ordinal(big), len(found))
    assert bar.value() / bar.maximum() == pytest.approx((first_ordinal(big)) / ROWS, abs=0.001)
    first, _last = big.grid.view.visible_rows()
    assert big.grid.model.number_of(first + big.grid.model.base) == str(first_ordinal(big) + 1)


def test_places_far_apart_are_all_true_once_numbers_are_exact(big: TablePage, big_url: str, qtbot: QtBot) -> None:
    bar, loader = bar_of(big), big.grid.model.loader
    drag_to(qtbot, bar, 0.5)
    qtbot.waitUntil(lambda: loader.numbering.are_positions_known and loader.is_exact, timeout=LEARNING_MS)
    for share in (0.99, 0.25, 0.6, 0.01, 0.75):
        bar.setValue(round(bar.maximum() * share))
        found = settled(qtbot, big)
        assert loader.is_exact
        assert first_ordinal(big) / ROWS == pytest.approx(share, abs=0.001)
        assert found == what_psql_says(big_url, first_ordinal(big), len(found))


def test_keys_go_to_both_ends_and_by_pages(big: TablePage, big_url: str, qtbot: QtBot) -> None:
    view = big.grid.view
    first = settled(qtbot, big)
    assert first == what_psql_says(big_url, 0, len(first))
    qtbot.keyClick(view, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: current_id(big) == (ROWS * 2 + ROWS // 1000 * 700), timeout=PATIENCE_MS)
    last = settled(qtbot, big)
    assert last == what_psql_says(big_url, ROWS - len(last), len(last))
    for _ in range(2):  # first to the top of the screen, then a page up
        qtbot.keyClick(view, Qt.Key.Key_PageUp)
    before = settled(qtbot, big)
    assert before[-1] < last[-1]
    assert before == what_psql_says(big_url, number_of(big_url, before[0]), len(before))
    qtbot.keyClick(view, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    assert settled(qtbot, big) == first
    assert current_id(big) == first[0]
    for _ in range(3):
        qtbot.keyClick(view, Qt.Key.Key_PageDown)
    there = settled(qtbot, big)
    assert there[0] > first[-1]
    assert there == what_psql_says(big_url, first_ordinal(big), len(there))
    for _ in range(3):
        qtbot.keyClick(view, Qt.Key.Key_PageUp)
    assert settled(qtbot, big) == first


@pytest.mark.any_screen
def test_the_wheel_moves_by_pixels(big: TablePage, qtbot: QtBot) -> None:
    if QGuiApplication.platformName() == "xcb":
        pytest.skip("X11 tells no pixels that mean anything: there the wheel moves by Qt's own steps")
    settled(qtbot, big)
    view = big.grid.view
    inner = view.verticalScrollBar()
    for pixels in (7, 30, 1, 400):
        before = inner.value()
        roll(big, -pixels)
        assert inner.value() - before == pixels
    total = inner.value()
    roll(big, total)
    assert inner.value() == 0
    for _ in range(200):  # far along: all rows on the way come, none twice
        roll(big, -300)
    found = settled(qtbot, big)
    assert found == sorted(set(found))
    assert first_ordinal(big) == 200 * 300 // view.row_height


def roll(page: TablePage, pixels: int) -> None:
    """Turn the wheel as a touchpad does: in pixels."""
    viewport = page.grid.view.viewport()
    middle = QPointF(viewport.rect().center())
    event = QWheelEvent(
        middle,
        viewport.mapToGlobal(middle),
        QPoint(0, pixels),
        QPoint(0, pixels),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, event)


def test_a_fast_drag_queues_nothing(big: TablePage, big_url: str, qtbot: QtBot) -> None:
    settled(qtbot, big)
    bar, loader = bar_of(big), big.grid.model.loader
    sent = loader.requests_sent
    bar.setSliderDown(True)
    steps = iter(range(1, 201))
    timer = QTimer()

    def drag() -> None:
        step = next(steps, 0)
        if step:
            bar.setSliderPosition(round(bar.maximum() * 0.8 * step / 200))
        else:
            timer.stop()

    timer.timeout.connect(drag)
    timer.start(2)
    qtbot.waitUntil(lambda: not timer.isActive())
    bar.setSliderDown(False)
    # one request at a time: movements that come meanwhile only change what is asked next
    assert loader.requests_sent - sent < 200
    found = settled(qtbot, big)
    true = number_of(big_url, found[0])
    assert found == what_psql_says(big_url, true, len(found))
    assert true / ROWS == pytest.approx(0.8, abs=0.02)
    database = conninfo_to_dict(big_url)["dbname"]
    with psycopg.connect(big_url, autocommit=True) as connection:

        def pages_running() -> int:
            statement = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND state = 'active' "
                "AND pid <> pg_backend_pid() AND query LIKE '%%ORDER BY%%'"
            )
            return int(connection.execute(statement, [database]).fetchone()[0])  # type: ignore[index]

        assert pages_running() <= 1  # the index of positions may still be at work


def test_rows_come_and_go_while_one_scrolls(open_window: OpenWindow, pg_url: str, sql: Sql, qtbot: QtBot) -> None:
    """Another session inserts and deletes; whoever pages down meets each row that was left alone exactly once."""
    sql("CREATE TABLE busy (id int PRIMARY KEY, name text)")
    sql("INSERT INTO busy SELECT n * 10, 'row ' || n FROM generate_series(1, 4000) n")
    sql("ANALYZE busy")
    page = open_table(qtbot, open_window(pg_url), "busy")
    touched: set[int] = set()
    met: list[int] = []
    view = page.grid.view
    for turn in range(1000):
        found = settled(qtbot, page)
        assert found == sorted(set(found)), "a row stands twice on one screen, or out of order"
        met += [key for key in found if not met or key > met[-1]]
        if met[-1] >= 40_000:
            break
        ahead, behind = (turn * 7919) % 4000 * 10 + 10, (turn * 4253) % 4000 * 10 + 10
        sql("DELETE FROM busy WHERE id IN (%s, %s)", ahead, behind)
        sql("INSERT INTO busy VALUES (%s, 'new'), (%s, 'new') ON CONFLICT DO NOTHING", ahead + 3, behind + 7)
        touched |= {ahead, behind}
        qtbot.keyClick(view, Qt.Key.Key_PageDown)
    untouched = [key for key in range(10, 40_001, 10) if key not in touched]
    assert len(untouched) > 3_000
    assert [key for key in met if key % 10 == 0 and key not in touched] == untouched


def current_id(page: TablePage) -> int | None:
    shown = page.grid.current_row()
    return int(str(shown.cells[0])) if shown is not None and shown.row is not None else None
