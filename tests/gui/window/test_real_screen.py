"""On a real X server, with Qt's xcb plugin: the window comes up with the demo's rows, painted by that plugin."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from tests.support.fix_window import OpenWindow, open_table, row_at


@pytest.mark.window
def test_rows_on_a_real_screen(
    open_window: OpenWindow, seeded_url: str, qtbot: QtBot, gui_thread_guard: list[str]
) -> None:
    assert QGuiApplication.platformName() == "xcb"
    window = open_window(seeded_url)
    page = open_table(qtbot, window, "session_bookings")
    assert row_at(qtbot, page, 0).cells
    picture = QGuiApplication.primaryScreen().grabWindow(int(window.frame.winId())).toImage()
    colours = {picture.pixel(x, y) for x in range(0, picture.width(), 7) for y in range(0, picture.height(), 7)}
    assert len(colours) > 20, "the screen shows the window, not an empty frame"
    assert gui_thread_guard == []
